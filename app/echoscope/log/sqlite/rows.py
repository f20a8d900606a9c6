"""The rows of a log: a record has a row of its own, or shares one with records that came together with it.

A row costs SQLite far more than the bytes in it: its places in the table and in the index, and the same again when it
leaves. So exchanges that have ended and are written together form a *run*: one row with consecutive seqs, whose ids
have one length and rise. The ids of two runs do not overlap: an id can only be in the run whose lowest and highest id
are around it, which the index finds by the highest. What the exchanges of a run have in common is compressed by zstd at
a quick level: a tenth of the bytes remains, and compressing takes a fifth of the time that SQLite takes to write all.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from operator import lt
from threading import local
from typing import Any, Final, NamedTuple

import msgspec
import zstandard

from ...exchange.wire import Wire

EXCHANGE, REFUSED, DELETED, CLEARED, RUN = range(5)
"""The values of `records_N.kind`: what a row is."""

COLUMNS: Final = 10
"""How many columns a row has: seq, first, kind, length, low, high, size, sizes, data, whole."""

READ: Final = "seq, first, kind, high, size, sizes, data, typeof(whole) = 'blob'"
"""The columns that `records_of` takes. The whole of a large exchange is not among them."""

_encoder: Final = msgspec.msgpack.Encoder()
_encode: Final = _encoder.encode
_sizes: Final = msgspec.msgpack.Decoder(list[int])
_ids_and_forms: Final = msgspec.msgpack.Decoder(tuple[list[str], list[msgspec.Raw]])

_LEVEL: Final = -1
"""Of zstd. Negative levels look for repetitions and do little else."""


class _Packer(local):
    """Packs the exchanges that share a row. Each thread has a buffer and zstd's memory of its own."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._compress = zstandard.ZstdCompressor(level=_LEVEL).compress
        self._decompress = zstandard.ZstdDecompressor().decompress

    def pack(self, ids: list[str], forms: Sequence[Any]) -> bytes:
        """Ids and stored forms as the bytes of a row. A single exchange is not compressed, since it shares nothing."""
        _encoder.encode_into((ids, forms), self._buffer)
        return self._compress(self._buffer) if len(ids) > 1 else bytes(self._buffer)

    def unpack(self, data: bytes) -> tuple[list[str], list[msgspec.Raw]]:
        return _ids_and_forms.decode(self._decompress(data) if data.startswith(zstandard.FRAME_HEADER) else data)


_packer: Final = _Packer()


class Item(msgspec.Struct, frozen=True, gc=False):
    """An exchange to put. `kind`: `RUN` where it may share a row. `data`: its stored form, which is made of a `Wire`
    when it is written. `whole`: the stored form where it is too large for lists; `data` is then the head alone."""

    id: str
    kind: int
    size: int
    data: bytes | Wire
    whole: bytes | None = None

    @property
    def stored(self) -> bytes:
        """`data` in stored form."""
        return self.data if isinstance(self.data, bytes) else _encode(self.data.form)


class Record(NamedTuple):
    """A record as it is read. `is_outline`: whether `data` is its head alone."""

    seq: int
    kind: int
    id: str
    size: int
    data: bytes | None
    is_outline: bool


class Run(NamedTuple):
    """The exchanges that share a row. What stands at one index of the lists is one exchange. `first`: the seq of the
    first one."""

    first: int
    ids: list[str]
    sizes: list[int]
    forms: list[msgspec.Raw]

    @property
    def last(self) -> int:
        """Its highest seq, which is that of the row."""
        return self.first + len(self.ids) - 1

    def part(self, start: int, stop: int) -> "Run":
        return Run(self.first + start, self.ids[start:stop], self.sizes[start:stop], self.forms[start:stop])

    @property
    def values(self) -> tuple[Any, ...]:
        """The columns of the row."""
        return run_values(self.first, self.ids, self.sizes, self.forms)


def forms_of(items: Iterable[Item]) -> list[Any]:
    """The values that msgpack encodes into the stored forms."""
    return [msgspec.Raw(data) if isinstance(data := item.data, bytes) else data.form for item in items]


def groups(items: Sequence[Item]) -> list[Sequence[Item]]:
    """The items in their order, cut into groups of which each may share a row."""
    slices: list[Sequence[Item]] = []
    start = 0
    for stop in range(1, len(items) + 1):
        if stop == len(items) or not may_share(items[stop - 1 : stop + 1]):
            slices.append(items[start:stop])
            start = stop
    return slices


def may_share(items: Sequence[Item]) -> bool:
    """Whether these items may be one run."""
    ids = [item.id for item in items]
    return {item.kind for item in items} == {RUN} and len({*map(len, ids)}) == 1 and all(map(lt, ids, ids[1:]))


def run_values(first: int, ids: list[str], sizes: list[int], forms: Sequence[Any]) -> tuple[Any, ...]:
    """The columns of the row of a run. `forms`: the values that msgpack encodes into the stored forms."""
    last = first + len(ids) - 1
    size, low, high = sum(sizes), ids[0], ids[-1]
    return last, first, RUN, len(low), low, high, size, _encode(sizes), _packer.pack(ids, forms), None


def values_of(seq: int, item: Item) -> tuple[Any, ...]:
    """The columns of the row that an exchange has for itself."""
    name, kind = item.id, EXCHANGE if item.kind == RUN else item.kind
    return seq, seq, kind, len(name), name, name, item.size, None, item.stored, item.whole


def marker_values(seq: int, kind: int, exchange_id: str, size: int) -> tuple[Any, ...]:
    """The columns of the row of a marker, which says that something was deleted."""
    return seq, seq, kind, len(exchange_id), exchange_id, exchange_id, size, None, None, None


def run_of(first: int, sizes: bytes, data: bytes) -> Run:
    """A run from the columns of its row."""
    ids, forms = _packer.unpack(data)
    return Run(first, ids, _sizes.decode(sizes), forms)


def sizes_of(sizes: bytes) -> list[int]:
    return _sizes.decode(sizes)


def records_of(row: tuple[Any, ...]) -> Iterator[Record]:
    """The records of a row, whose columns are those of `READ`, in the order of their seqs."""
    seq, first, kind, name, size, sizes, data, is_outline = row
    if kind != RUN:
        yield Record(seq, kind, name, size, data, bool(is_outline))
        return
    run = run_of(first, sizes, data)
    for at, (one_id, one_size, form) in enumerate(zip(run.ids, run.sizes, run.forms, strict=True), first):
        yield Record(at, EXCHANGE, one_id, one_size, bytes(form), is_outline=False)


def room_in(sizes: Sequence[int], count: int, size: int) -> tuple[int, int]:
    """How many of the first of these records must leave to make room for `count` records and for `size` bytes, and the
    bytes that they take; all of them where that does not suffice."""
    if count < len(sizes):
        for number, total in enumerate(accumulate(sizes, initial=0)):
            if number >= count and total >= size:
                return number, total
    return len(sizes), sum(sizes)

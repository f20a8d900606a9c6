"""The rows of a log: a record has a row of its own, or shares one with records that came together with it (`items`).

The ids of a run have one length and rise, and the ids of two runs do not overlap: an id can only be in the run whose
lowest and highest id are around it, which the index finds by the highest.
"""

from collections.abc import Iterable, Iterator, Sequence
from operator import lt
from typing import Any, Final, NamedTuple

import msgspec

from ..items import EXCHANGE, RUN, Put, alone, are_free, pack, unpack

DELETED, CLEARED = 3, 4
"""What else a row can be than an item, as a value of `records_N.kind`."""

COLUMNS: Final = "seq, first, kind, length, low, high, size, sizes, data, whole"
"""The columns that each row has. `low` is null where it would be the same as `high`."""

STATE: Final = "gone, exchanges, bytes, refused, refused_bytes"
"""The state of the log behind a row, in those that tell it. They stand before the data, which may take many pages."""

READ: Final = "seq, first, kind, high, size, sizes, data, typeof(whole) = 'blob'"
"""The columns that `records_of` takes. The whole of a large exchange is not among them."""

_encode: Final = msgspec.msgpack.Encoder().encode
_sizes: Final = msgspec.msgpack.Decoder(list[int])
_ids_and_forms: Final = msgspec.msgpack.Decoder(tuple[list[str], list[msgspec.Raw]])


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


def groups(items: Sequence[Put]) -> list[Sequence[Put]]:
    """The items in their order, cut into groups of which each may share a row."""
    slices: list[Sequence[Put]] = []
    ids = [item.id for item in items]
    start = 0
    for stop in range(1, len(items) + 1):
        if stop == len(items) or not may_share(items[stop - 1 : stop + 1], ids[stop - 1 : stop + 1]):
            slices.append(items[start:stop])
            start = stop
    return slices


def may_share(items: Iterable[Put], ids: list[str]) -> bool:
    """Whether these items, which have these ids, may be one run."""
    return are_free(items) and len({*map(len, ids)}) == 1 and all(map(lt, ids, ids[1:]))


def run_values(first: int, ids: list[str], sizes: list[int], forms: Sequence[Any]) -> tuple[Any, ...]:
    """The columns of the row of a run. `forms`: the values that msgpack encodes into the stored forms."""
    last = first + len(ids) - 1
    low, high = ids[0] if len(ids) > 1 else None, ids[-1]
    data = pack((ids, forms), is_run=len(ids) > 1)
    return last, first, RUN, len(high), low, high, sum(sizes), _encode(sizes), data, None


def values_of(seq: int, put: Put) -> tuple[Any, ...]:
    """The columns of the row that an exchange has for itself."""
    item = alone(put)
    name, kind = item.id, EXCHANGE if item.kind == RUN else item.kind
    return seq, seq, kind, len(name), None, name, item.size, None, item.stored, item.whole


def marker_values(seq: int, kind: int, exchange_id: str, size: int) -> tuple[Any, ...]:
    """The columns of the row of a marker, which says that something was deleted."""
    return seq, seq, kind, len(exchange_id), None, exchange_id, size, None, None, None


def run_of(first: int, sizes: bytes, data: bytes) -> Run:
    """A run from the columns of its row."""
    ids, forms = _ids_and_forms.decode(unpack(data))
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
    number = min(max(count, 0), len(sizes))
    total = sum(sizes[:number])
    while total < size and number < len(sizes):
        total += sizes[number]
        number += 1
    return number, total

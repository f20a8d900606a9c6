"""What is put into a store that keeps exchanges elsewhere than in memory, and how items that come together are kept.

A row of its own costs a store far more than the bytes in it: to find places for it, and the same again when it leaves.
So exchanges that have ended and are written together form a *run*: one row with consecutive seqs. What the exchanges of
a run have in common is compressed by zstd at a quick level: a tenth of the bytes remains, and compressing takes a
fraction of the time that it takes to write all.
"""

from collections.abc import Iterable, Sequence
from threading import local
from typing import Any, Final

import msgspec
import zstandard

from ..exchange.wire import Wire, encoder
from .store import RECORD_OVERHEAD, Captured
from .stored import LARGE, encoded, outline

EXCHANGE, REFUSED, RUN = range(3)
"""The kinds of items: with a row of its own; of a refused request, which has one as well; and free to share a row."""

_LEVEL: Final = -1
"""Of zstd. Negative levels look for repetitions and do little else."""


class Item(msgspec.Struct, frozen=True, gc=False):
    """An exchange to put, in its stored form. `size`: what a log counts. `whole`: the stored form where it is too large
    for lists; `form` is then that of the head alone."""

    id: str
    kind: int
    size: int
    form: msgspec.Raw
    whole: bytes | None = None

    @property
    def stored(self) -> bytes:
        """The stored form or, of what is too large for lists, that of the head."""
        return bytes(self.form)


Put = Wire | Item
"""What is put: an item, or a settled `Wire` that is free to share a row, as it is. All that share a row are encoded by
one call."""


def to_put(exchange: Captured, buffer: bytearray) -> Put:
    """An exchange as it is put. `buffer`: of whoever encodes often."""
    if isinstance(exchange, Wire) and exchange.size <= LARGE:
        return exchange if exchange.peer.tells is None else exchange.settled
    data = encoded(exchange, buffer)
    is_large = len(data) > LARGE
    if exchange.state == "refused":
        kind = REFUSED
    elif exchange.state == "open" or is_large:
        kind = EXCHANGE
    else:
        kind = RUN
    form = msgspec.Raw(outline(data) if is_large else data)
    return Item(exchange.id, kind, RECORD_OVERHEAD + len(data), form, data if is_large else None)


def kind_of(item: Put) -> int:
    """One of the three."""
    return RUN if isinstance(item, Wire) else item.kind


def are_free(items: Iterable[Put]) -> bool:
    """Whether all of them are free to share a row."""
    return {RUN} == {RUN if isinstance(item, Wire) else item.kind for item in items}


def forms_of(items: Sequence[Put]) -> list[Wire | msgspec.Raw]:
    """What msgpack encodes into the stored forms."""
    return [item if isinstance(item, Wire) else item.form for item in items]


def alone(item: Put) -> Item:
    """As it is put into a row of its own."""
    return Item(item.id, RUN, item.size, msgspec.Raw(encoder.encode(item))) if isinstance(item, Wire) else item


class _Packer(local):
    """Each thread has a buffer and zstd's memory of its own."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._compress = zstandard.ZstdCompressor(level=_LEVEL).compress
        self._decompress = zstandard.ZstdDecompressor().decompress

    def pack(self, value: Any, *, is_run: bool = True) -> bytes:
        """A value as the bytes of a row. What is no run is not compressed, since a single exchange shares nothing."""
        encoder.encode_into(value, self._buffer)
        return self._compress(self._buffer) if is_run else bytes(self._buffer)

    def unpack(self, data: bytes) -> bytes:
        """What msgpack decodes."""
        return self._decompress(data) if data.startswith(zstandard.FRAME_HEADER) else data


_packer: Final = _Packer()
pack: Final = _packer.pack
unpack: Final = _packer.unpack

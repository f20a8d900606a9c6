"""Entries of a file before they are read, so that whoever reads them chooses where: a long one takes long."""

from collections.abc import Callable

import msgspec

from .bounds import Bounds
from .imported import Imported


class Unread(msgspec.Struct, frozen=True):
    """An entry: where it stands in the file, and what reads it, given its number, its bytes and the bounds."""

    number: int
    start: int
    end: int
    reader: Callable[[int, bytes, Bounds], Imported]

    def read(self, raw: bytes, bounds: Bounds) -> Imported:
        """The exchange, or what is wrong with it. `raw`: its bytes."""
        return self.reader(self.number, raw, bounds)

"""One budget of bytes for all that is on its way in a process: bodies that are gathered, answers that are not sent."""

import ctypes
from threading import Thread
from typing import Final

DEFAULT_BYTES: Final = 64 << 20

_MUCH_BYTES: Final = 8 << 20
"""After so much, what the allocator keeps for later is worth giving back to the system."""


class Budget:
    """`used` of `most` bytes are taken. Whoever takes gives back, whatever happens."""

    __slots__ = ("_peak", "most", "used")

    def __init__(self, most: int = DEFAULT_BYTES) -> None:
        self.most = most
        self.used = 0
        self._peak = 0

    def take(self, size: int) -> bool:
        """Whether there was room for so many bytes; if not, none are taken."""
        if self.used + size > self.most:
            return False
        self.used += size
        return True

    def count(self, size: int) -> None:
        """Take bytes that are here already, whether there is room for them or not."""
        self.used += size

    def give_back(self, size: int) -> None:
        self._peak = max(self._peak, self.used)
        self.used -= size
        if not self.used and self._peak > _MUCH_BYTES:
            self._peak = 0
            Thread(target=return_memory, name="malloc_trim", daemon=True).start()


def return_memory() -> None:
    """Give free memory back to the system, where the C library can (glibc); takes milliseconds, without the
    interpreter's lock."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)

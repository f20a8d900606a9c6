"""One budget of bytes for all that is on its way in a process: bodies that are gathered, answers that are not sent."""

from typing import Final

DEFAULT_BYTES: Final = 64 << 20


class Budget:
    """`used` of `most` bytes are taken. Whoever takes gives back, whatever happens."""

    __slots__ = ("most", "used")

    def __init__(self, most: int = DEFAULT_BYTES) -> None:
        self.most = most
        self.used = 0

    def take(self, size: int) -> bool:
        """Whether there was room for so many bytes; if not, none are taken."""
        if self.used + size > self.most:
            return False
        self.used += size
        return True

    def give_back(self, size: int) -> None:
        self.used -= size

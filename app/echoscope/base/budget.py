"""A bound on the bytes that all bodies on their way share, as those see it who take from it."""

from typing import Protocol


class Budget(Protocol):
    """Whoever takes gives back, whatever happens. Our server has one (`server.budget`), and the app shares it."""

    def take(self, size: int) -> bool:
        """Whether there was room for so many bytes; if not, none are taken."""
        ...

    def give_back(self, size: int) -> None: ...


class Unbounded:
    """A budget that always has room."""

    def take(self, size: int) -> bool:
        return True

    def give_back(self, size: int) -> None: ...

"""The bound on the bytes of all bodies in flight, as seen by the code that takes from it."""

from typing import Protocol


class Budget(Protocol):
    """Whoever takes bytes gives them back, whatever happens. `server.budget` implements it; the app shares the same
    one."""

    def take(self, size: int) -> bool:
        """Whether there was room for so many bytes; if not, none are taken."""
        ...

    def count(self, size: int) -> None:
        """Take bytes that are here already, whether there is room for them or not."""
        ...

    def give_back(self, size: int) -> None: ...


class Unbounded:
    """A budget that always has room."""

    def take(self, size: int) -> bool:
        return True

    def count(self, size: int) -> None: ...

    def give_back(self, size: int) -> None: ...

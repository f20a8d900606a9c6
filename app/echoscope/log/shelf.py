"""What is kept beside the exchanges: small documents under names, such as the bins, the sessions and their counters.

A shelf does not know what its documents mean: they are bytes, in the form that their owner chose. Processes that share
a store share its shelf."""

from typing import Protocol


class Shelf(Protocol):
    """Documents by key. A key is text of visible ASCII, its parts divided by slashes: `bins/NAME`.

    Every method but `get` and `items` is one step: two processes that do it at once do it one behind the other.
    Raises `StoreAway` where the store cannot be reached.
    """

    async def get(self, key: str) -> bytes | None:
        """The document, None where there is none."""

    async def put(self, key: str, document: bytes) -> None:
        """Keep a document, in the place of an earlier one."""

    async def add(self, key: str, document: bytes) -> bool:
        """Keep a document where there is none; False where there is one."""

    async def delete(self, key: str) -> bool:
        """Take a document or a counter away; False where there was none."""

    async def items(self, prefix: str) -> dict[str, bytes]:
        """The documents whose keys begin so, by key."""

    async def count(self, key: str) -> int:
        """The next number of a counter, 1 at first."""


class MemoryShelf:
    """A shelf in this process's memory."""

    def __init__(self) -> None:
        self._documents: dict[str, bytes] = {}
        self._counters: dict[str, int] = {}

    async def get(self, key: str) -> bytes | None:
        return self._documents.get(key)

    async def put(self, key: str, document: bytes) -> None:
        self._documents[key] = document

    async def add(self, key: str, document: bytes) -> bool:
        if key in self._documents:
            return False
        self._documents[key] = document
        return True

    async def delete(self, key: str) -> bool:
        counter = self._counters.pop(key, None)
        return self._documents.pop(key, None) is not None or counter is not None

    async def items(self, prefix: str) -> dict[str, bytes]:
        return {key: document for key, document in self._documents.items() if key.startswith(prefix)}

    async def count(self, key: str) -> int:
        self._counters[key] = number = self._counters.get(key, 0) + 1
        return number

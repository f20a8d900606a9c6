"""What the stores have in common that keep exchanges elsewhere than in memory: they are put by a `GroupCommit`."""

import asyncio
from collections.abc import Awaitable, Callable

from .commit import Backlog, GroupCommit, Tell
from .items import Put, to_put
from .store import Captured


class CommittingStore:
    """Puts what `write` writes. Reading and everything else is for each kind of store."""

    takes_time = True

    def __init__(self, write: Callable[[int, list[Put]], Awaitable[None]]) -> None:
        self._commit: GroupCommit[Put] = GroupCommit(write)
        self._buffer = bytearray()

    def put(self, exchange: Captured) -> "asyncio.Future[bool]":
        item = to_put(exchange, self._buffer)
        return self._commit.put(item, item.size)

    def put_then(self, exchange: Captured, tell: Tell[Captured]) -> int:
        item = to_put(exchange, self._buffer)
        size = item.size
        self._commit.put_then(item, size, tell, exchange)
        return size

    @property
    def backlog(self) -> Backlog:
        return self._commit.backlog

"""What this process has put into a log that others share, for whoever follows that alone.

Read back from the log it would come with what all others have put, over the network and encoded: with two processes
each would read everything that both write.
"""

import asyncio
from collections import deque
from typing import Final

from .commit import Tell, settle
from .store import Captured, Store

MAX_OWN: Final = 4_000
MAX_OWN_BYTES: Final = 16 << 20
"""How much waits to be looked at, in stored form. Of more, the oldest is not seen."""


class Own:
    """Exchanges, numbered from 1 in the order in which they were put into `store`, by way of this. `news` is set while
    some wait."""

    def __init__(self, store: Store) -> None:
        self._put_then = store.put_then
        self.news = asyncio.Event()
        self.newest = 0
        self._waiting: deque[tuple[int, Captured, int]] = deque()
        self._bytes = 0

    def put(self, exchange: Captured) -> "asyncio.Future[bool]":
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.put_then(exchange, lambda _, is_stored: settle(future, is_stored))
        return future

    def put_then(self, exchange: Captured, tell: Tell[Captured]) -> int:
        size = self._put_then(exchange, tell)
        self._add(exchange, size)
        return size

    def _add(self, exchange: Captured, size: int) -> None:
        waiting = self._waiting
        self.newest += 1
        waiting.append((self.newest, exchange, size))
        self._bytes += size
        if len(waiting) == 1:
            self.news.set()
        while len(waiting) > 1 and (len(waiting) > MAX_OWN or self._bytes > MAX_OWN_BYTES):
            self._bytes -= waiting.popleft()[2]

    def take(self, most: int) -> list[tuple[int, Captured]]:
        """The oldest ones with their numbers, which are here no longer."""
        taken: list[tuple[int, Captured]] = []
        while self._waiting and len(taken) < most:
            number, exchange, size = self._waiting.popleft()
            self._bytes -= size
            taken.append((number, exchange))
        if not self._waiting:
            self.news.clear()
        return taken

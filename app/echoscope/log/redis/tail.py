"""Hearing of what comes into a log, whoever puts it there."""

import asyncio
from contextlib import suppress
from typing import Final, Protocol

from ..store import Status, StoreAway

GATHER_S: Final = 0.005
"""How long news gather before whoever waits for them is told, so that a busy log costs at most 200 looks a second."""

LINGER_S: Final = 5.0
"""How long the log is still watched when nobody waits any more, since a reader of the news waits again at once."""

RETRY_S: Final = 0.1


class Watched(Protocol):
    """The log, as it is watched."""

    async def status(self) -> Status: ...

    async def until_news(self, status: Status) -> bool: ...

    async def drop_foreign(self) -> None: ...


class Tail:
    """Watches a log, on a connection of its own, while anybody waits for news of it."""

    def __init__(self, store: Watched) -> None:
        self._store = store
        self._waiters = 0
        self._news: asyncio.Future[Status] | None = None
        self._task: asyncio.Task[None] | None = None

    async def next(self) -> Status:
        """The status at the next look. Raises `StoreAway`."""
        loop = asyncio.get_running_loop()
        if self._news is None:
            self._news = loop.create_future()
        if self._task is None:
            self._task = loop.create_task(self._watch())
        self._waiters += 1
        try:
            return await asyncio.shield(self._news)
        finally:
            self._waiters -= 1

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._tell(StoreAway("it is closed"))

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        waited_at = loop.time()
        place, has_news = ("", 0), False
        try:
            while self._waiters or loop.time() - waited_at < LINGER_S:
                waited_at = loop.time() if self._waiters else waited_at
                try:
                    status = await self._store.status()
                    if has_news and (status.epoch, status.head) == place:
                        await self._store.drop_foreign()
                    self._tell(status)
                    place = status.epoch, status.head
                    has_news = await self._store.until_news(status)
                    await asyncio.sleep(GATHER_S)
                except Exception as error:
                    has_news = False
                    self._tell(error)
                    await asyncio.sleep(RETRY_S)
        finally:
            self._task = None

    def _tell(self, news: Status | Exception) -> None:
        future, self._news = self._news, None
        if future is None:
            return
        if isinstance(news, Status):
            future.set_result(news)
        else:
            future.set_exception(news)
            future.exception()  # whoever waited may have left

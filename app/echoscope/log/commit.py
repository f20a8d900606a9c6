"""Writing to a store that is not in this process: many at once, in order, again until it is done, within bounds.

One batch is under way at any time; what is put meanwhile forms the next. The quarter of a second bounds how long an
answer waits, never how long a write may take: on a busy machine a write that is cut short is an exchange that is lost.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from contextlib import suppress
from functools import partial
from typing import Any, Final, Generic, TypeVar

import msgspec

PUT_WAIT_S: Final = 0.25
"""How long an answer waits, at most, until its exchange is stored."""

logger = logging.getLogger(__name__)

BATCH: Final = 256
BATCH_BYTES: Final = 4 << 20
MAX_WAITING: Final = 10_000
MAX_WAITING_BYTES: Final = 64 << 20
WRITE_TIMEOUT_S: Final = 5.0
RETRY_S: Final = 0.1
CLOSE_S: Final = 1.0

GATHERED: Final = 10
"""How many make a load. Whoever comes with fewer is not kept waiting for them: then there is time enough for a write of
their own, and waiting for each other would only make them slower."""

Item = TypeVar("Item")


class Backlog(msgspec.Struct, frozen=True):
    """What this process could not store yet: also while the store is away it is told.

    `lost`: what it never will. `is_full`: whether the next that comes costs another one. `fault`: why the last write
    failed; None when it did not.
    """

    waiting: int = 0
    waiting_bytes: int = 0
    lost: int = 0
    is_full: bool = False
    fault: str | None = None


class Storing(msgspec.Struct, Generic[Item], eq=False):
    """An item on its way to the store. Whoever waits for it, by `await` or by `then`, is told whether it was stored
    before its time was over.

    Nearly every exchange is waited for by one callback, which costs neither a future nor a turn of the loop.
    """

    item: Item
    weight: int
    until: float
    is_stored: bool | None = None
    _call: Callable[[bool], None] | None = None

    def then(self, call: Callable[[bool], None]) -> None:
        """Have this called when it is known; only one is called, and never before this returns."""
        if self.is_stored is None:
            self._call = call
        else:
            asyncio.get_running_loop().call_soon(call, self.is_stored)

    def __await__(self) -> Generator[Any, None, bool]:
        if self.is_stored is None:
            future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            self._call = partial(_settle, future)
            return (yield from future)
        return self.is_stored

    def tell(self, is_stored: bool, /) -> None:
        """Only the first time counts: who was told that it is not stored is not told again when it is."""
        if self.is_stored is not None:
            return
        self.is_stored = is_stored
        call, self._call = self._call, None
        if call is not None:
            try:
                call(is_stored)
            except Exception:
                logger.exception("what waited for the store has failed")


def _settle(future: "asyncio.Future[bool]", result: bool) -> None:
    if not future.done():  # whoever waited may have left
        future.set_result(result)


class GroupCommit(Generic[Item]):
    """`write` stores a batch, told the number of its first item, or raises. Then it is called again with what it was
    given before, or with the rest of that, and what came behind it: an item keeps its number, the next has the next
    one, and what was stored already is told by it.

    `waiting`, `waiting_bytes`: what is not written yet, the batch under way included. `lost`: how many items were
    dropped, the oldest first, because more than `max_waiting` or `max_bytes` waited.
    """

    def __init__(
        self,
        write: Callable[[int, list[Item]], Awaitable[None]],
        *,
        max_waiting: int = MAX_WAITING,
        max_bytes: int = MAX_WAITING_BYTES,
        gather_s: float = 0,
    ) -> None:
        self.lost = 0
        self.waiting_bytes = 0
        self._write = write
        self._max_waiting = max_waiting
        self._max_bytes = max_bytes
        self._gather_s = gather_s
        self._queue: deque[Storing[Item]] = deque()
        self._first = 1
        self._under_way = 0
        self._is_idle = True
        self._is_resting = False
        self._expected = 0
        self._missing = 0
        self._gathered: asyncio.Future[bool] | None = None
        self._fault: str | None = None
        self._lost_before = 0
        self._news = asyncio.Event()
        self._written = asyncio.Event()
        self._written.set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        return len(self._queue)

    @property
    def backlog(self) -> Backlog:
        is_full = len(self._queue) >= self._max_waiting or self.waiting_bytes >= self._max_bytes
        return Backlog(len(self._queue), self.waiting_bytes, self.lost, is_full, self._fault)

    def put(self, item: Item, weight: int) -> Storing[Item]:
        """Whether the item is written, told within `PUT_WAIT_S`. `weight`: its bytes."""
        loop = self._loop
        if loop is None:  # to ask for it every time costs a system call
            loop = self._loop = asyncio.get_running_loop()
        until = loop.time() + PUT_WAIT_S
        storing = Storing(item, weight, until)
        queue = self._queue
        queue.append(storing)
        self.waiting_bytes += weight
        if len(queue) > self._max_waiting or self.waiting_bytes > self._max_bytes:
            self._make_room()
        if self._missing:
            self._missing -= 1
            if not self._missing and self._gathered is not None:
                _settle(self._gathered, True)
        if self._is_idle:
            self._is_idle = False
            self._news.set()
            self._written.clear()
            if self._task is None:
                self._task = loop.create_task(self._run())
        if self._timer is None:
            self._timer = loop.call_at(until, self._expire)
        return storing

    async def close(self) -> None:
        """Write what waits, for a second at most; what is left is lost."""
        if self._task is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._written.wait()
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.lost += len(self._queue)
        if self._queue:
            logger.error("%d exchanges are lost: the store was still away at the end", len(self._queue))
        left, self._queue = self._queue, deque()
        for waiting in left:
            waiting.tell(False)

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(None) as limit:
                    while True:
                        if not self._queue:
                            await self._rest()
                        await self._write_next(limit)
                        await self._gather()
            except Exception as error:
                if self._is_resting:  # it was the limit of a write that is long done
                    self._is_resting = False
                    continue
                self._has_failed(_reason(error))
                await asyncio.sleep(RETRY_S)

    async def _gather(self) -> None:
        """Let those who were answered come again and go along with who waits: where they are some, all of them, or as
        many as come in time."""
        if self._expected < GATHERED or not self._gather_s:
            await asyncio.sleep(0)
            return
        missing, self._expected = self._expected - len(self._queue), 0
        if missing > 0:
            loop = asyncio.get_running_loop()
            self._missing, self._gathered = missing, loop.create_future()
            timer = loop.call_later(self._gather_s, _settle, self._gathered, False)
            try:
                await self._gathered
            finally:
                self._missing, self._gathered = 0, None
                timer.cancel()

    async def _rest(self) -> None:
        """Until there is something to write."""
        self._is_idle = self._is_resting = True
        self._news.clear()
        self._written.set()
        await self._news.wait()
        self._is_resting = False

    async def _write_next(self, limit: asyncio.Timeout) -> None:
        """Write one batch and tell who waits for it. `limit`: of the writes that follow on each other, moved only now
        and then: to move it costs as much as some exchanges."""
        now, limited_to = asyncio.get_running_loop().time(), limit.when()
        if limited_to is None or limited_to - now < WRITE_TIMEOUT_S:
            limit.reschedule(now + 1.2 * WRITE_TIMEOUT_S)
        batch, weight = self._batch()
        self._under_way = len(batch)
        try:
            await self._write(self._first, [waiting.item for waiting in batch])
        finally:
            self._under_way = 0
        if self._fault is not None:
            logger.warning("the store is back; %d exchanges were lost meanwhile", self.lost - self._lost_before)
        self._fault = None
        self._first += len(batch)
        self.waiting_bytes -= weight
        if len(batch) == len(self._queue):
            self._queue.clear()
        else:
            for _ in batch:
                self._queue.popleft()
        self._expected = len(batch) + len(self._queue)
        for waiting in batch:  # whoever is told may put the next one
            waiting.tell(True)

    def _has_failed(self, reason: str) -> None:
        if self._fault is None:
            self._lost_before = self.lost
            logger.warning("the store is away: %s; what comes waits for it", reason)
        self._fault = reason

    def _batch(self) -> tuple[list[Storing[Item]], int]:
        """What is written next, and its bytes."""
        queue = self._queue
        if len(queue) <= BATCH and self.waiting_bytes <= BATCH_BYTES:
            return list(queue), self.waiting_bytes
        batch: list[Storing[Item]] = []
        weight = 0
        for waiting in queue:
            if batch and (len(batch) == BATCH or weight + waiting.weight > BATCH_BYTES):
                break
            weight += waiting.weight
            batch.append(waiting)
        return batch, weight

    def _is_over(self) -> bool:
        return len(self._queue) > self._max_waiting or self.waiting_bytes > self._max_bytes

    def _make_room(self) -> None:
        """Lose the oldest of those that are not under way, but never the newest."""
        while self._is_over() and len(self._queue) - self._under_way > 1:
            if self.lost == self._lost_before:
                logger.error("more exchanges wait for the store than may: the oldest of %d are lost", len(self._queue))
            lost = self._queue[self._under_way]
            del self._queue[self._under_way]
            if not self._under_way:  # else those behind it move up: none of them was ever sent
                self._first += 1
            self.waiting_bytes -= lost.weight
            self.lost += 1
            # Not now: whoever is told may go on with a request, which comes here again.
            asyncio.get_running_loop().call_soon(lost.tell, False)

    def _expire(self) -> None:
        """Tell those whose time is over that it is not done yet."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._timer = None
        late: list[Storing[Item]] = []
        for waiting in self._queue:
            if waiting.until > now:
                self._timer = loop.call_at(waiting.until, self._expire)
                break
            if waiting.is_stored is None:
                late.append(waiting)
        for waiting in late:
            waiting.tell(False)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"it has not answered for {WRITE_TIMEOUT_S:g} s"
    return str(error) or type(error).__name__

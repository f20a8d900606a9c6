"""Writing to a store that takes time: many items at once, in order, again until it is done, within bounds.

At most one batch is under way; what is put meanwhile forms the next. `PUT_WAIT_S` bounds how long an answer waits, and
not how long a write may take: on a busy machine, a write that is cut short would be an exchange that is lost.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
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
"""How many items, written and waiting, make a write wait for more. With fewer, the store has time for a write of each,
and waiting would only make answers slower."""

REGATHER_S: Final = 0.002
"""How long a write waits, while many items come at once, for the next ones of clients that were just answered. A write
of one item costs a store nearly as much as one of ten."""

Item = TypeVar("Item")


class Backlog(msgspec.Struct, frozen=True):
    """What this process could not store yet, which it can tell while the store is away.

    `lost`: how many items it never will store. `is_full`: whether the next item costs another one. `fault`: why the
    last write failed; None when it did not.
    """

    waiting: int = 0
    waiting_bytes: int = 0
    lost: int = 0
    is_full: bool = False
    fault: str | None = None


About = TypeVar("About")

Tell = Callable[[About, bool], None]
"""Called once with what was put, or what stands for it, and whether it was stored within `PUT_WAIT_S`; never before
whoever puts has gone on."""


def settle(future: "asyncio.Future[bool]", result: bool) -> None:
    if not future.done():  # whoever waited may have left
        future.set_result(result)


class GroupCommit(Generic[Item]):
    """Gives a store items in batches.

    `write` is called with the number of the first item and the items, and stores them or raises. After a failure it is
    called with the same items again, as far as they are not lost, and with later ones. Items are numbered in their
    order and keep their numbers, by which a store knows what it has stored already.

    Whoever puts an item is told once whether it was written in time: of those that wait, the first `_told` have been.
    `waiting`, `waiting_bytes`: what is not written yet, the batch under way included. `lost`: how many items were
    dropped, the oldest first, because more than `max_waiting` or `max_bytes` waited. `gather_s`: how long a write waits
    for more items while many come at once.
    """

    def __init__(
        self,
        write: Callable[[int, list[Item]], Awaitable[None]],
        *,
        max_waiting: int = MAX_WAITING,
        max_bytes: int = MAX_WAITING_BYTES,
        gather_s: float = REGATHER_S,
    ) -> None:
        self.lost = 0
        self.waiting_bytes = 0
        self._write = write
        self._max_waiting = max_waiting
        self._max_bytes = max_bytes
        self._gather_s = gather_s
        self._queue: deque[_Waiting[Item]] = deque()
        self._told = 0
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

    def put(self, item: Item, weight: int) -> "asyncio.Future[bool]":
        """Have an item written. Gives whether it was, within `PUT_WAIT_S`. `weight`: its bytes."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.put_then(item, weight, settle, future)
        return future

    def put_then(self, item: Item, weight: int, tell: Tell[About], about: About) -> None:
        """The same, where a call costs less than a future and a turn of the loop: `tell` gets `about`."""
        loop = self._loop
        if loop is None:  # kept, since to ask for it costs a system call
            loop = self._loop = asyncio.get_running_loop()
        until = loop.time() + PUT_WAIT_S
        queue = self._queue
        queue.append((item, weight, until, tell, about))
        self.waiting_bytes += weight
        if len(queue) > self._max_waiting or self.waiting_bytes > self._max_bytes:
            self._make_room()
        if self._missing:
            self._missing -= 1
            if not self._missing and self._gathered is not None:
                settle(self._gathered, True)
        if self._is_idle:
            self._is_idle = False
            self._news.set()
            self._written.clear()
            if self._task is None:
                self._task = loop.create_task(self._run())
        if self._timer is None:
            self._timer = loop.call_at(until, self._expire)

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
        remainder = [*self._queue]
        self._queue.clear()
        self._told = self.waiting_bytes = 0
        _tell(remainder, False)

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
                if self._is_resting:  # the limit of a write that has ended long ago
                    self._is_resting = False
                    continue
                self._has_failed(_reason(error))
                await asyncio.sleep(RETRY_S)

    async def _gather(self) -> None:
        """Wait, where many come at once, for the next items of those whose last ones were just written: until all have
        come, and for `gather_s` at most."""
        if self._expected < GATHERED:
            await asyncio.sleep(0)
            return
        missing, self._expected = self._expected - len(self._queue), 0
        if missing > 0:
            loop = asyncio.get_running_loop()
            self._missing, self._gathered = missing, loop.create_future()
            timer = loop.call_later(self._gather_s, settle, self._gathered, False)
            try:
                await self._gathered
            finally:
                self._missing, self._gathered = 0, None
                timer.cancel()

    async def _rest(self) -> None:
        """Wait until there is something to write."""
        self._is_idle = self._is_resting = True
        self._news.clear()
        self._written.set()
        await self._news.wait()
        self._is_resting = False

    async def _write_next(self, limit: asyncio.Timeout) -> None:
        """Write one batch, and tell whoever waits for it. `limit` bounds writes that follow on each other. It is moved
        only now and then, since that costs as much as some exchanges."""
        now, limited_to = asyncio.get_running_loop().time(), limit.when()
        if limited_to is None or limited_to - now < WRITE_TIMEOUT_S:
            limit.reschedule(now + 1.2 * WRITE_TIMEOUT_S)
        batch, weight = self._batch()
        self._under_way = len(batch)
        try:
            await self._write(self._first, [waiting[0] for waiting in batch])
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
        told, self._told = self._told, max(0, self._told - len(batch))
        _tell(batch[told:] if told else batch, True)  # last, since whoever is told may put the next item

    def _has_failed(self, reason: str) -> None:
        if self._fault is None:
            self._lost_before = self.lost
            logger.warning("the store is away: %s; what comes waits for it", reason)
        self._fault = reason

    def _batch(self) -> "tuple[list[_Waiting[Item]], int]":
        """The items to write next, and their bytes."""
        queue = self._queue
        if len(queue) <= BATCH and self.waiting_bytes <= BATCH_BYTES:
            return list(queue), self.waiting_bytes
        batch: list[_Waiting[Item]] = []
        weight = 0
        for waiting in queue:
            if batch and (len(batch) == BATCH or weight + waiting[1] > BATCH_BYTES):
                break
            weight += waiting[1]
            batch.append(waiting)
        return batch, weight

    def _is_over(self) -> bool:
        return len(self._queue) > self._max_waiting or self.waiting_bytes > self._max_bytes

    def _make_room(self) -> None:
        """Drop the oldest items that are not under way, but never the newest one."""
        while self._is_over() and len(self._queue) - self._under_way > 1:
            if self.lost == self._lost_before:
                logger.error("more exchanges wait for the store than may: the oldest of %d are lost", len(self._queue))
            dropped = self._queue[self._under_way]
            del self._queue[self._under_way]
            if not self._under_way:  # otherwise the items behind it move up, of which none was ever sent
                self._first += 1
            self.waiting_bytes -= dropped[1]
            self.lost += 1
            if self._told > self._under_way:
                self._told -= 1
            else:  # later: whoever hears it may go on with a request that puts the next item
                asyncio.get_running_loop().call_soon(_tell, [dropped], False)

    def _expire(self) -> None:
        """Tell whoever has waited for `PUT_WAIT_S` that their item is not stored yet."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._timer = None
        late: list[_Waiting[Item]] = []
        while self._told < len(self._queue):
            item, weight, until, _, _ = waiting = self._queue[self._told]
            if until > now:
                self._timer = loop.call_at(until, self._expire)
                break
            late.append(waiting)
            self._queue[self._told] = item, weight, until, _tell_nobody, None  # who was told is not kept any longer
            self._told += 1
        _tell(late, False)


_Waiting = tuple[Item, int, float, Tell[Any], Any]
"""An item, its bytes, when its time is over, by the clock of the loop, and who is told what of it."""


def _tell_nobody(_about: None, _is_stored: bool) -> None:
    """Stands in the place of whoever has been told."""


def _tell(those: "list[_Waiting[Any]]", is_stored: bool) -> None:
    """Tell the outcome to whoever waits for these."""
    for _, _, _, tell, about in those:
        try:
            tell(about, is_stored)
        except Exception:
            logger.exception("what waited for the store has failed")


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"it has not answered for {WRITE_TIMEOUT_S:g} s"
    return str(error) or type(error).__name__

"""Turns of the event loop, which all connections of a server share.

Work on what came lasts a turn and then waits for the next one, behind everybody else who waits. A turn for each
connection would not do: of fifty that send without end, each would wait for fifty turns, and so would a request that
has only just come.
"""

import time
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable
from typing import Final

TURN_S: Final = 0.002
"""How long a turn lasts. One read may bring 256 KiB: that is 14,000 pipelined requests or 43,000 WebSocket messages."""

MOST_REQUESTS: Final = 16
"""How many requests begin in one turn where they do not wait for each other: a head is read in no time, and its answer
is work of the next turn, when all of them run."""

_OVER: Final = -1.0


class Turns:
    """Of one event loop. A turn begins with the first who asks for it."""

    __slots__ = ("_ends_at", "_loop", "_requests", "_waiting")

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Callable[[], None] | Future[None]] = deque()
        self._ends_at = 0.0
        self._requests = 0

    @property
    def is_over(self) -> bool:
        """Whether it is the others' turn."""
        if not self._ends_at:
            self._begin()
        return time.perf_counter() > self._ends_at

    def begin_request(self) -> None:
        """One more has begun in this turn."""
        if not self._ends_at:
            self._begin()
        self._requests += 1
        if self._requests >= MOST_REQUESTS:
            self._ends_at = _OVER

    def wait(self, go_on: Callable[[], None]) -> None:
        """Have it called in a turn to come."""
        self._wait(go_on)

    async def next(self) -> None:
        """Return in a turn to come."""
        future: Future[None] = self._loop.create_future()
        self._wait(future)
        await future

    def _wait(self, waiter: Callable[[], None] | Future[None]) -> None:
        self._waiting.append(waiter)
        if not self._ends_at:
            self._begin()

    def _begin(self) -> None:
        self._ends_at = time.perf_counter() + TURN_S
        self._requests = 0
        self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        """The next turn: of who waits, as many as it lasts for, and of tasks, which run when this returns, only one."""
        self._ends_at = time.perf_counter() + TURN_S
        self._requests = 0
        has_woken = False
        try:
            while self._waiting and not has_woken and not self.is_over:
                waiter = self._waiting.popleft()
                if not isinstance(waiter, Future):
                    waiter()
                elif not waiter.done():
                    waiter.set_result(None)
                    has_woken = True
        finally:
            if self._waiting or has_woken:
                self._loop.call_soon(self._go_on)
            else:
                self._ends_at = 0.0

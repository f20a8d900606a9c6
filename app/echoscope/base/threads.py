"""Long work in a thread beside the event loop, which the end of the process does not wait for.

Python waits for the threads of an executor when the process ends, so work for a client who has left would hold the end
up. The one thread here is a daemon and ends with the process.
"""

import asyncio
import os
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Worker:
    """One thread, started with its first work. A second would make the loop wait another 5 ms for the interpreter's
    lock."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None
        self._way: _Way | None = None

    async def do(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `function`, run in the thread in the order of the calls. A call that is cancelled before its
        turn is not run."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        way = self._way
        if way is None or way.loop is not loop:
            way = self._way = _way_into(loop)

        def work() -> None:
            if future.done():
                return
            settle: Callable[[Any], None]
            value: Any
            try:
                settle, value = future.set_result, function(*args, **kwargs)
            except BaseException as error:
                settle, value = future.set_exception, error
            way.send(future, settle, value)

        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = Thread(target=self._run, name=self._name, daemon=True)
                    self._thread.start()
        self._work.put(work)
        return await future

    def end(self) -> None:
        """End the thread after the work that is queued."""
        self._work.put(None)
        if self._way is not None:
            self._way.end()

    def _run(self) -> None:
        while work := self._work.get():
            work()


class _Way:
    """The way of results from threads into a loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    def send(self, future: asyncio.Future[Any], settle: Callable[[Any], None], value: Any) -> None:
        """Settle a future of the loop, from another thread."""
        with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            self.loop.call_soon_threadsafe(_tell, future, settle, value)

    def end(self) -> None:
        """Called in the loop, when no more is sent that anybody waits for."""


if sys.platform == "linux":

    class _ShortWay(_Way):
        """A `_Way` that costs less: what wakes the loop gives the interpreter's lock away, so that the loop need not
        wait for it, and the loop settles the futures at once. The descriptor is closed when neither the loop nor a
        thread knows the way any more."""

        def __init__(self, loop: asyncio.AbstractEventLoop, event: int) -> None:
            super().__init__(loop)
            self._event = event
            self._results: deque[tuple[asyncio.Future[Any], Callable[[Any], None], Any]] = deque()
            loop.add_reader(event, self._deliver)

        def __del__(self) -> None:
            os.close(self._event)

        def send(self, future: asyncio.Future[Any], settle: Callable[[Any], None], value: Any) -> None:
            self._results.append((future, settle, value))
            os.eventfd_write(self._event, 1)

        def end(self) -> None:
            self.loop.remove_reader(self._event)

        def _deliver(self) -> None:
            os.eventfd_read(self._event)
            while self._results:
                _tell(*self._results.popleft())


def _way_into(loop: asyncio.AbstractEventLoop) -> _Way:
    if sys.platform == "linux":
        with suppress(NotImplementedError, OSError):  # of a loop without readers; when there are no descriptors left
            return _ShortWay(loop, os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC))
    return _Way(loop)


def _tell(future: asyncio.Future[Any], settle: Callable[[Any], None], value: Any) -> None:
    """Settle a future, unless whoever waited for it has left."""
    if not future.done():
        settle(value)


_thread: Final = Worker("beside")


async def beside(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of `function`, run in the thread that all long work shares (see `Worker.do`)."""
    return await _thread.do(function, *args, **kwargs)

"""Long work in a thread beside the event loop, which the end of the process does not wait for.

Python waits for the threads of an executor when the process ends, so work for a client who has left would hold the end
up. The one thread here is a daemon and ends with the process.
"""

import asyncio
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

    async def do(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `function`, run in the thread in the order of the calls. A call that is cancelled before its
        turn is not run."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            if future.done():
                return
            settle: Callable[[Any], None]
            value: Any
            try:
                settle, value = future.set_result, function(*args, **kwargs)
            except BaseException as error:
                settle, value = future.set_exception, error
            with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
                loop.call_soon_threadsafe(_tell, future, settle, value)

        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        self._work.put(work)
        return await future

    def end(self) -> None:
        """End the thread after the work that is queued."""
        self._work.put(None)

    def _run(self) -> None:
        while work := self._work.get():
            work()


def _tell(future: asyncio.Future[Any], settle: Callable[[Any], None], value: Any) -> None:
    """Settle a future, unless whoever waited for it has left."""
    if not future.done():
        settle(value)


_thread: Final = Worker("beside")


async def beside(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of `function`, run in the thread that all long work shares (see `Worker.do`)."""
    return await _thread.do(function, *args, **kwargs)

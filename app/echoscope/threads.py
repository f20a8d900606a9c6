"""Long work beside the event loop, which can be left behind.

The threads of an executor are waited for when the process ends: one that works for a client who left would hold it up
for as long as it likes. The one thread here is a daemon, which ends with the process.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class _Thread:
    """One thread, started with its first work; each more that wants the interpreter makes the loop wait 5 ms longer."""

    def __init__(self) -> None:
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None

    def do(self, work: Callable[[], None]) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="beside", daemon=True)
                self._thread.start()
        self._work.put(work)

    def _run(self) -> None:
        while True:
            self._work.get()()


_thread: Final = _Thread()


async def beside(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of a function, run in the thread in the order of the calls; who is cancelled before their turn is not
    run at all."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(settle: Callable[[Any], None], value: Any) -> None:
        if not future.done():
            settle(value)

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
            loop.call_soon_threadsafe(tell, settle, value)

    _thread.do(work)
    return await future

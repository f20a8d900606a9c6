"""Long work in short turns: code that reads, searches or encodes gives the event loop back by time, not by counts."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from typing import Final, ParamSpec, TypeVar

TURN_S: Final = 0.002
"""How long one turn may last: ten at once still leave a request waiting for no more than 20 ms."""

P = ParamSpec("P")
T = TypeVar("T")


class Turn:
    """A stretch of work on the loop. A long loop asks `is_over` in each round and awaits `end` when it is."""

    def __init__(self) -> None:
        self._ends_at = time.perf_counter() + TURN_S

    @property
    def is_over(self) -> bool:
        return time.perf_counter() > self._ends_at

    async def end(self) -> None:
        """Give the loop back, and go on after everybody else had a turn."""
        await asyncio.sleep(0)
        self._ends_at = time.perf_counter() + TURN_S


_apart: ProcessPoolExecutor | None = None


async def apart(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of `function`, run in another process, for calls that hold the interpreter's lock for long, such as
    parsing megabytes in one call. The process starts when it is first needed; arguments and result must be
    picklable."""
    global _apart
    loop = asyncio.get_running_loop()
    if _apart is None:
        _apart = ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))
    pool = _apart
    try:
        return await loop.run_in_executor(pool, partial(function, *args, **kwargs))
    except BrokenProcessPool:
        if _apart is pool:  # the next one gets a new process
            _apart = None
        raise


def end_apart() -> None:
    """End that process, whatever it is doing."""
    global _apart
    if _apart is not None:
        processes = list((_apart._processes or {}).values())
        _apart.shutdown(wait=False, cancel_futures=True)
        _apart = None
        for process in processes:
            process.kill()

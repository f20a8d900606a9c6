"""A clock for tests of what waits: its time passes at once where nothing else is to be done.

The time of an event loop then depends on what its tasks do, and not on the machine. A wait that would never end, such
as one for a lock that nobody releases, ends at its timeout without any waiting. What threads and other processes do
takes no time here, so this is for tests without them.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast
from unittest.mock import patch


class Clock:
    """The time of the running event loop, in seconds."""

    def __init__(self) -> None:
        self._loop = cast(Any, asyncio.get_running_loop())
        self._select = self._loop._selector.select
        self._now_s: float = self._loop.time()

    def now_s(self) -> float:
        return self._now_s

    def now_ns(self) -> int:
        return round(self._now_s * 1e9)

    def _pass(self, timeout_s: float | None = None) -> Any:
        """Look at the sockets, and go on to the time of the next timer in place of waiting for it."""
        events = self._select(0 if timeout_s is not None else None)
        if not events and timeout_s:
            self._now_s += timeout_s
        return events

    @contextmanager
    def running(self) -> Iterator[None]:
        with (
            patch.object(self._loop, "time", self.now_s),
            patch.object(self._loop._selector, "select", self._pass),
            patch("echoscope.capture.recording._now_ns", self.now_ns),
            patch("echoscope.capture.recorder.time.perf_counter_ns", self.now_ns),
        ):
            yield

"""The deadlines of one connection, behind one timer.

A deadline is moved by every request and is almost never reached, so moving it must cost next to nothing: the
timer is left where it is and looks, when it fires, how far away the nearest deadline has moved meanwhile.
"""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable
from math import inf


class Alarms:
    """`count` deadlines, named by their index; `expired` is called with the index of each that passes."""

    __slots__ = ("_due", "_expired", "_loop", "_timer", "_wakes_at")

    def __init__(self, loop: AbstractEventLoop, count: int, expired: Callable[[int], None]) -> None:
        self._loop = loop
        self._expired = expired
        self._due = [inf] * count
        self._wakes_at = inf
        self._timer: TimerHandle | None = None

    def set(self, index: int, seconds: float) -> None:
        """From now on, in place of an earlier deadline of the same name."""
        due = self._due[index] = self._loop.time() + seconds
        if due < self._wakes_at:
            self._wake_at(due)

    def clear(self, index: int) -> None:
        self._due[index] = inf

    def stop(self) -> None:
        """Stop for ever. A timer left running would keep the whole connection in memory."""
        self._due = [inf] * len(self._due)
        self._wake_at(inf)
        self._expired = _ignore

    def _wake_at(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._wakes_at = due
        self._timer = None if due == inf else self._loop.call_at(due, self._wake)

    def _wake(self) -> None:
        self._timer, self._wakes_at = None, inf
        now = self._loop.time()
        for index, due in enumerate(self._due):
            # The deadline may have been moved by what an earlier one of this round set off.
            if due <= now and self._due[index] == due:
                self._due[index] = inf
                self._expired(index)
        nearest = min(self._due)
        if nearest < self._wakes_at:
            self._wake_at(nearest)


def _ignore(_: int) -> None: ...


class Countdown:
    """Seconds that pass only while somebody waits."""

    __slots__ = ("_left", "_since")

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._since: float | None = None

    def run(self, runs: bool, now: float) -> float:
        """Run or stand from `now` on; the seconds left, which may be none."""
        if self._since is not None:
            self._left -= now - self._since
        self._since = now if runs else None
        return max(0.0, self._left)

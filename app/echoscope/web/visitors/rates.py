"""How often each of many may do something: so many times in a period, and so many at once after a rest.

The generic cell rate algorithm (ITU-T I.371) keeps one number for each client: the time at which its allowance is full
again. When there are too many clients, the one that has rested longest is forgotten, which costs it nothing.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

MOST_KNOWN: Final = 20_000
"""How many clients a rate remembers."""


BURST: Final = 2
"""After a second's rest so many seconds' worth may come at once."""


class Rate:
    """`times` in `period_s`, of which `burst` may come at once. 0 times: no limit."""

    def __init__(
        self, times: int, period_s: float = 1.0, burst: int | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.is_limited = times > 0
        self._step_s = period_s / times if times else 0.0
        self._tolerance_s = self._step_s * ((times if burst is None else burst) - 1)
        self._now = now
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, who: str) -> float:
        """Seconds until `who` may act again, 0 where it may act now. Nothing is counted."""
        if not self.is_limited:
            return 0.0
        return max(0.0, self._full_at.get(who, 0.0) - self._tolerance_s - self._now())

    def take(self, who: str) -> float:
        """The same; where the result is 0, the act is counted."""
        wait_s = self.wait_s(who)
        if not wait_s and self.is_limited:
            self._full_at[who] = max(self._full_at.get(who, 0.0), self._now()) + self._step_s
            self._full_at.move_to_end(who)
            if len(self._full_at) > MOST_KNOWN:
                self._full_at.popitem(last=False)
        return wait_s

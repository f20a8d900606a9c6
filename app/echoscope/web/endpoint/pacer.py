"""Time: waiting that ends when the client leaves, and a bound on how many requests may wait at once.

One pacer serves one request. It listens to `receive` from its first pause on, after the request has been read.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Final

from starlette.types import Receive

from .answers import Refused
from .unread import ClientGone

MAX_WRITES_S: Final = 20
"""How often a paced body is written: more pieces a second go out together."""


class Places:
    """How many requests may be slow at once, in all and for one client address; 0: as many as in all."""

    def __init__(self, most: int, most_of_client: int = 0) -> None:
        self._most = most
        self._most_of_client = most_of_client or most
        self._taken: Counter[str] = Counter()

    def take(self, client: str) -> None:
        if self._taken.total() >= self._most:
            raise _too_many(f"More than {self._most} requests ask for time at once.")
        if self._taken[client] >= self._most_of_client:
            raise _too_many(f"More than {self._most_of_client} requests of one client ask for time at once.")
        self._taken[client] += 1

    def give_back(self, client: str) -> None:
        self._taken[client] -= 1
        if not self._taken[client]:
            del self._taken[client]


def _too_many(detail: str) -> Refused:
    return Refused(429, detail, [(b"retry-after", b"10")])


class Pacer:
    """The waiting of one request; whoever made it closes it."""

    def __init__(self, receive: Receive, places: Places, client: str) -> None:
        self._receive = receive
        self._places = places
        self._client = client
        self._leaving: asyncio.Task[None] | None = None
        places.take(client)

    def close(self) -> None:
        self._places.give_back(self._client)
        if self._leaving is not None:
            self._leaving.cancel()

    async def pause(self, seconds: float) -> None:
        """Raises `ClientGone` as soon as the client leaves."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._left())
        done, _ = await asyncio.wait({self._leaving}, timeout=seconds)
        if done:
            self._leaving.result()
            raise ClientGone

    async def _left(self) -> None:
        """Until the client leaves. One call of `receive` lasts over all pauses: there are servers that take a cancelled
        one for the end of the request."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def moments(self, times_s: Sequence[float]) -> AsyncIterator[int]:
        """The index of each time, in seconds from now, when it has come; what is late does not delay the rest."""
        clock = asyncio.get_running_loop().time
        start = clock()
        for index, time_s in enumerate(times_s):
            await self.pause(start + time_s - clock())
            yield index


def spread(count: int, duration_s: float) -> list[float]:
    """`count` times over a duration: the first at once, the last at its end."""
    step = duration_s / (count - 1) if count > 1 else 0.0
    return [index * step for index in range(count)]


def portions(total: int, duration_s: float) -> list[int]:
    """`total` units in as many portions as may be written in the duration, as equal as can be."""
    count = max(1, min(total, int(duration_s * MAX_WRITES_S) + 1))
    return [total * (index + 1) // count - total * index // count for index in range(count)]

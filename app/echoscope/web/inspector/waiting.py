"""`GET /-/api/exchanges/wait`: the first exchange that a search finds, as soon as it is in the log.

For tests and scripts, which would ask again and again otherwise. Every answer tells the place that was searched up to;
who passes it on with the next request misses nothing in between.
"""

import asyncio
from typing import Final

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ...insight.search import parse
from ...log.awaiting import Waiting
from ...log.log import Log
from ...log.store import Found
from ..problem import DATA_HEADERS
from .answers import ExchangeDocument, address, encoded, gives, takes, whole
from .looking import looked
from .queries import BODIES, REVEALING, Q, Seconds, Text, WholeNumber

DEFAULT_WAIT_S: Final = 30.0
MAX_WAIT_S: Final = 60.0
"""Proxies give up on an answer that has not begun after a minute."""

_AFTER: Final = WholeNumber[None]("after", "The seq after which it is to come; without it, from now on.", None, 0)
_EPOCH: Final = Text("epoch", "The epoch of that seq: in another one the log is searched from its beginning.")
_TIMEOUT: Final = Seconds("timeout", "How many seconds to wait.", DEFAULT_WAIT_S, MAX_WAIT_S)


class AwaitedExchange(Struct):
    """What a wait gave. `epoch`, `after`: from where the next wait goes on. `missed`: how many exchanges had left the
    log before they were looked at; None where the log began anew in the meantime."""

    epoch: str
    after: int
    missed: int | None
    exchange: ExchangeDocument


class WaitRoutes:
    """The endpoint over one log. `max_waiters`: how many may wait at once."""

    def __init__(self, log: Log, max_waiters: int) -> None:
        self._log = log
        self._max_waiters = max_waiters
        self._waiters = 0

    def routes(self) -> list[BaseRoute]:
        return [address("/exchanges/wait", GET=self.wait)]

    @takes(Q, _AFTER, _EPOCH, _TIMEOUT, REVEALING, BODIES)
    @gives(AwaitedExchange)
    @gives(status=204, about="None came in time.")
    async def wait(self, request: Request) -> Response:
        """The first exchange after a place that a search finds, as soon as it is there, or 204. The place that was
        searched up to stands in `X-Echoscope-Epoch` and `X-Echoscope-After`, and in `X-Echoscope-Missed` how many had
        left the log before they were looked at, or `unknown` where it began anew."""
        q, after = Q(request), _AFTER(request)
        epoch = _EPOCH(request) or None
        timeout_s = _TIMEOUT(request)
        reveal, bodies = REVEALING(request), BODIES(request)
        search = parse(q) if q.strip() else None
        if self._waiters >= self._max_waiters:
            detail = f"{self._max_waiters} clients wait, as many as may; --max-subscribers allows more."
            raise HTTPException(503, detail, {"retry-after": "5"})
        self._waiters += 1
        try:
            waiting = await self._log.waiting(search, after, epoch)
            found = await self._first(request, waiting, timeout_s)
        finally:
            self._waiters -= 1
        place = {  # in headers, since a 204 has nothing else
            "x-echoscope-epoch": waiting.epoch,
            "x-echoscope-after": str(waiting.seq),
            "x-echoscope-missed": "unknown" if waiting.missed is None else str(waiting.missed),
        }
        if found is None:
            return Response(status_code=204, headers={**DATA_HEADERS, **place})
        at = waiting.epoch, waiting.seq, waiting.missed
        content = await looked(_document, found, *at, reveal=reveal, bodies=bodies)
        return Response(content, headers={**DATA_HEADERS, **place}, media_type="application/json")

    async def _first(self, request: Request, waiting: Waiting, timeout_s: float) -> Found | None:
        """What is found before the time is over, the client leaves or the server stops."""
        search = asyncio.ensure_future(waiting.first(timeout_s))
        others = [asyncio.ensure_future(_gone(request)), asyncio.ensure_future(self._log.ending.wait())]
        try:
            await asyncio.wait((search, *others), return_when=asyncio.FIRST_COMPLETED)
            return await search if search.done() else None
        finally:
            for task in (search, *others):
                task.cancel()
            await asyncio.gather(search, *others, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _document(one: Found, epoch: str, after: int, missed: int | None, *, reveal: bool, bodies: bool) -> bytes:
    return encoded(AwaitedExchange(epoch, after, missed, whole(one, reveal=reveal, bodies=bodies)))

"""The doors of a public instance: no client address gets in more often than its rate, and no robot stays.

Health and readiness answer in any case: whoever watches over us must not take a busy visitor for our end.
"""

import math
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from ...base.paths import local_path
from ...base.remembered import remembered
from ...http.forwarding import Proxies, teller
from ...server.direct import Connection, DirectApp, DirectRequest, Later
from ...web.endpoint.request import WholeRequest
from ...web.operations.service import PROBES
from ...web.problem import problem
from ...web.visitors.client import counted
from ...web.visitors.rates import BURST, Rate
from ...web.visitors.robots import UNINDEXED, unindexed
from ..endpoints import AnswerNow, Reply, RequestFacts

_counted: Final = remembered(4_096)(counted)


class Visitors:
    """Counts the requests of each client address: `times` in a second. `proxies`: those that are believed."""

    def __init__(self, times: int, proxies: Proxies | None) -> None:
        self._times = times
        self._proxies = proxies
        self._rate = Rate(times, burst=times * BURST)

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """The first door."""

        async def limited(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan" or local_path(scope["path"], scope.get("root_path", "")) in PROBES:
                await app(scope, receive, send)
                return
            said = self._proxies and self._proxies.told(scope)
            client = (said and said.client) or scope.get("client") or ("",)
            wait_s = self._rate.take(_counted(str(client[0] or "")))
            if wait_s:
                await self._refuse(wait_s, scope, receive, send)
            else:
                await app(scope, receive, send)

        return limited

    def wrap_direct(self, door: DirectApp) -> DirectApp:
        """The second one. Who comes too often is sent to the first, which says so."""
        rate, address_of = self._rate, self._address_of

        def limited(request: DirectRequest) -> bytes | Later | None:
            address = address_of(request)
            if rate.wait_s(address):
                return None
            answer = door(request)
            if answer is not None:
                rate.take(address)
            return answer

        return limited

    def _address_of(self, request: DirectRequest) -> str:
        peer = _peer(request.connection)
        tell = self._proxies and teller(self._proxies, peer)
        said = tell(request.block.headers) if tell else None
        return _counted(said.client[0] if said and said.client else peer)

    async def _refuse(self, wait_s: float, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1013})
            return
        detail = f"One address may send {self._times} requests a second; --rate (ECHOSCOPE_RATE) allows more."
        await problem(429, detail, headers={"retry-after": str(math.ceil(wait_s)), **UNINDEXED})(scope, receive, send)


def _peer(connection: Connection) -> str:
    return str(connection.client[0]) if connection.client else ""


def unindexed_answer(answer: AnswerNow) -> AnswerNow:
    """The same answers, of which robots keep away."""

    def unindexed_now(request: WholeRequest, facts: RequestFacts) -> Reply | None:
        reply = answer(request, facts)
        return None if reply is None else (reply[0], unindexed(reply[1]), reply[2])

    return unindexed_now

"""A captured session as a server: each request is answered as it was answered then.

A request finds its answers by method, path and query; where that query was never asked, by method and path alone. Of
several answers to the same request each has its turn, in the order in which they were captured, and the last one stays.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from starlette.types import Receive, Scope, Send

from ...base.paths import local_path
from ...exchange.model import Exchange
from ...exchange.sides import response_of
from ...web.problem import problem

_MADE_ANEW: Final = frozenset(
    {b"connection", b"keep-alive", b"transfer-encoding", b"content-length", b"date", b"trailer", b"upgrade"}
)
MOST_NAMED: Final = 5
"""How many requests that there are answers for are named to one that there is none for."""

Key = tuple[str, str, bytes | None]


class Recorded(msgspec.Struct, frozen=True):
    """An answer. `took_s`: how long it took then."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    took_s: float


class Mock:
    """The ASGI app. `is_timed`: answer as late as it was answered then. `count`: of the answers. `left_out`: why an
    exchange is none, by its id."""

    def __init__(self, exchanges: Iterable[Exchange], *, is_timed: bool = False) -> None:
        self._is_timed = is_timed
        self._answers: dict[Key, list[Recorded]] = {}
        self._turns: dict[Key, int] = {}
        self.left_out: dict[str, str] = {}
        self.count = 0
        for exchange in sorted(exchanges, key=lambda one: one.started_ns):
            self._take(exchange)

    def _take(self, exchange: Exchange) -> None:
        response = response_of(exchange)
        if exchange.scope["type"] != "http":
            self.left_out[exchange.id] = "it is a WebSocket session"
        elif response is None or exchange.status is None or exchange.state in ("open", "refused"):
            self.left_out[exchange.id] = "it has no answer"
        elif response.is_cut or exchange.state == "disconnected":
            self.left_out[exchange.id] = "not all of its answer was kept"
        else:
            self.count += 1
            left_out = _MADE_ANEW | ({b"content-encoding"} if response.is_decoded else frozenset())
            headers = [(name.lower(), value) for name, value in response.headers if name.lower() not in left_out]
            answer = Recorded(exchange.status, headers, response.content, exchange.duration_ns / 1e9)
            method, path, query = _asked(exchange.scope)
            for key in ((method, path, query), (method, path, None)):
                self._answers.setdefault(key, []).append(answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        answer = self._next(*_asked(scope))
        if answer is None:
            await problem(404, self._nothing(scope))(scope, receive, send)
            return
        if self._is_timed:
            await asyncio.sleep(answer.took_s)
        has_body = answer.status not in (204, 304) and answer.status >= 200
        length = [(b"content-length", b"%d" % len(answer.body))] if has_body and scope["method"] != "HEAD" else []
        await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, *length]})
        await send({"type": "http.response.body", "body": answer.body if has_body else b""})

    def _next(self, method: str, path: str, query: bytes) -> Recorded | None:
        for key in ((method, path, query), (method, path, None)):
            answers = self._answers.get(key)
            if answers:
                turn = self._turns.get(key, 0)
                self._turns[key] = turn + 1
                return answers[min(turn, len(answers) - 1)]
        return None

    def _nothing(self, scope: Scope) -> str:
        """What there is for the same path, or else at all."""
        known = [(method, path) for method, path, query in self._answers if query is None]
        near = [pair for pair in known if pair[1] == scope["path"]] or known
        names = ", ".join(f"{method} {path}" for method, path in near[:MOST_NAMED])
        more = f" and {len(near) - MOST_NAMED} more" if len(near) > MOST_NAMED else ""
        return f"No answer to {scope['method']} {scope['path']} was captured; there are answers to {names}{more}."


def _asked(scope: Any) -> tuple[str, str, bytes]:
    path = local_path(scope.get("path", "/"), scope.get("root_path", ""))
    return scope.get("method") or "GET", path, scope.get("query_string", b"")


async def _lifespan(receive: Receive, send: Send) -> None:
    for step in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{step}.complete"})

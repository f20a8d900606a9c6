"""Sends a request again and finds what became of it in the log.

Sent to the server that recorded it, a request is recorded there, and is found by the connection that it came over. Sent
to another server, it is recorded here, with that server's answer: as an exchange whose scope says in its extensions
where it was sent to (`SENT`) and of which exchange it is the repetition.
"""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

import msgspec
from starlette.types import ASGIApp, Scope
from starlette.types import Message as AsgiMessage

from ...capture.recorder import Recorder
from ...exchange.model import HEAD_KEY, Exchange
from ...log.log import Log
from ...sender import Address, Message
from .upstream import ANSWER_S, Here, SendError, Upstream, open_http, open_session

MAX_AT_ONCE: Final = 8
MAX_MESSAGES: Final = 1_000
"""Of a WebSocket session."""

QUIET_S: Final = 1.0
"""How long a session goes on without a message, once everything is said."""

LOOKED_AT: Final = 200
MAX_LOOKS: Final = 10
"""How many of the newest exchanges are looked through at once, and how often, for the one that was sent."""

_CLOCK_NS: Final = 50_000_000
"""How much earlier a server may have noted the beginning than we did: by the steps of a clock."""

SENT: Final = "echoscope.sent"
"""The extension of a scope that says that this server has sent the request, and where to."""

_HANDSHAKE: Final = b"sec-websocket-"
_PROTOCOLS: Final = b"sec-websocket-protocol"


class Sent(msgspec.Struct, frozen=True):
    """What became of it. `id`: of the exchange, None where it is not in the log. `status`: of the answer, None without
    one. `is_whole`: whether the answer was read to its end."""

    id: str | None
    status: int | None
    duration_ms: float
    is_whole: bool


class Sender:
    """Sends from this server, a few requests at once."""

    def __init__(self, log: Log, *, kept_body_bytes: int, max_events: int) -> None:
        self._log = log
        self._recorder = partial(Recorder, log=log, kept_body_bytes=kept_body_bytes, max_events=max_events)
        self._in_flight = 0

    async def send(self, message: Message, place: Address | Here, *, of: Exchange) -> Sent:
        """Send a request. Raises `SendError`."""
        address = place if isinstance(place, Address) else None
        payload, sent = self._payload(message, address, of)
        scope = _scope("http", sent, place, of)
        return await self._run(open_http(place, sent.method, payload), scope, [_request(sent.body)], place)

    async def hold(self, message: Message, says: list[str | bytes], place: Address | Here, *, of: Exchange) -> Sent:
        """Hold a WebSocket session: the handshake of `message`, then what the client says. Raises `SendError`."""
        if len(says) > MAX_MESSAGES:
            raise SendError(f"At most {MAX_MESSAGES:,} messages are sent again, not {len(says):,}.")
        sent = message.to(place if isinstance(place, Address) else None)
        pairs = sent.pairs
        own = [(name, value) for name, value in pairs if name != b"host" and not name.startswith(_HANDSHAKE)]
        offered = [protocol for name, value in pairs if name == _PROTOCOLS for protocol in _listed(value)]
        hosts = [value.decode("latin-1") for name, value in pairs if name == b"host"]
        authority = hosts[0] if hosts else f"{place.host}:{place.port}"
        target = sent.line.split(b" ")[1].decode("latin-1")
        scope = {**_scope("websocket", sent, place, of), "subprotocols": offered}
        opening = open_session(place, authority, target, own, offered)
        return await self._run(opening, scope, [{"type": "websocket.connect"}, *map(_said, says)], place)

    @staticmethod
    def _payload(message: Message, address: Address | None, of: Exchange) -> tuple[bytes, Message]:
        """The bytes, and the message that they are. What was refused goes to whoever refused it as it came."""
        if address is None and of.state == "refused" and of.wire and message.head.split() == of.wire.split():
            return of.wire + message.body, message
        sent = message.to(address)
        return sent.head + sent.content, sent

    async def _run(
        self, opening: Coroutine[Any, Any, Upstream], scope: Scope, messages: list[AsgiMessage], place: Address | Here
    ) -> Sent:
        if self._in_flight >= MAX_AT_ONCE:
            opening.close()
            raise SendError(f"{MAX_AT_ONCE} requests are being sent already: try again when they are answered.")
        self._in_flight += 1
        started_ns, start = time.time_ns(), time.perf_counter()
        try:
            upstream = await opening
            try:
                scope = {**scope, "client": upstream.local}
                status = await self._answered(upstream, scope, messages, is_recorded=isinstance(place, Address))
            finally:
                await upstream.close()
        finally:
            self._in_flight -= 1
        took = round((time.perf_counter() - start) * 1000, 3)
        found = upstream.exchange_id or await self._found(upstream.local[1], started_ns)
        return Sent(found, status, took, upstream.is_whole)

    async def _answered(
        self, upstream: Upstream, scope: Scope, messages: list[AsgiMessage], *, is_recorded: bool
    ) -> int | None:
        """The status of the answer."""
        client = _Client(messages)
        app: ASGIApp = self._recorder(upstream) if is_recorded else upstream
        await app(scope, client.receive, client.send)
        return client.status

    async def _found(self, port: int | None, started_ns: int) -> str | None:
        """The id of the exchange that came over a connection from this port of ours, since then."""
        before = None
        for _ in range(MAX_LOOKS if port else 0):
            page = await self._log.page(None, LOOKED_AT, before)
            for _, kept in page.items:
                head = kept.head
                if head.started_ns < started_ns - _CLOCK_NS:
                    return None
                if head.client and head.client[1] == port:
                    return head.id
            before = page.next
            if before is None:
                break
        return None


class _Client:
    """Who asks: says its messages, hears the answer, and leaves a session in which nothing is said any more."""

    def __init__(self, messages: list[AsgiMessage]) -> None:
        self.status: int | None = None
        self._messages = iter(messages)
        self._is_session = messages[0]["type"] == "websocket.connect"
        self._news = asyncio.Event()

    async def receive(self) -> AsgiMessage:
        if message := next(self._messages, None):
            return message
        if not self._is_session:
            return {"type": "http.disconnect"}
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                await self._quiet()
        return {"type": "websocket.disconnect", "code": 1000}

    async def _quiet(self) -> None:
        with suppress(TimeoutError):
            while True:
                self._news.clear()
                await asyncio.wait_for(self._news.wait(), QUIET_S)

    async def send(self, message: AsgiMessage) -> None:
        self._news.set()
        if message["type"] == "websocket.accept":
            self.status = 101
        elif self.status is None:
            self.status = message.get("status")


def _scope(kind: str, sent: Message, place: Address | Here, of: Exchange) -> Scope:
    """The scope of a request as another server is sent it."""
    method, target, *_ = [*sent.line.split(b" "), b""]
    path, _, query = target.partition(b"?")
    is_tls = place.is_tls if isinstance(place, Here) else place.scheme == "https"
    scope = {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method.decode("latin-1"),
        "scheme": ("http" if kind == "http" else "ws") + "s" * is_tls,
        "path": unquote(path.decode("utf-8", "backslashreplace")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": sent.pairs,
        "client": None,
        "server": (place.host, place.port),
        "extensions": {SENT: {"to": str(place), "again": of.id}},
        HEAD_KEY: sent.head,
    }
    if kind == "websocket":
        del scope["method"]
    return scope


def _listed(value: bytes) -> list[str]:
    return [part.strip().decode("latin-1") for part in value.split(b",") if part.strip()]


def _request(body: bytes) -> AsgiMessage:
    return {"type": "http.request", "body": body, "more_body": False}


def _said(data: str | bytes) -> AsgiMessage:
    return {"type": "websocket.receive", "text" if isinstance(data, str) else "bytes": data}

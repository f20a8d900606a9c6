"""What an intermediary changes in a message that it passes on: RFC 9110, section 7.6, RFC 7239.

Fields of one connection are left out, and those that they name; `Via` tells of us, and a request that has been here
before is not sent on again; the server behind learns from `Forwarded`, and from the older `X-Forwarded-…`, who asked
and for what.
"""

import secrets
from email.utils import formatdate
from typing import Final
from urllib.parse import quote, unquote

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...base.paths import local_path
from ...http.fields import OF_CONNECTION
from ...http.spec import Header
from ...insight.masking import is_secret_header
from ...sender import Address
from ...web.problem import problem
from .refusing import refuse
from .upstream import VERSION_KEY

_HANDSHAKE: Final = frozenset(
    {
        b"sec-websocket-key", b"sec-websocket-version", b"sec-websocket-extensions", b"sec-websocket-accept",
        b"sec-websocket-protocol",
    }
)  # fmt: skip
"""Fields of a WebSocket handshake, which each connection makes for itself."""


class Forwarding:
    """The middleware. `keeps_host`: whether `Host` stays the client's; else it is that of `upstream`, and the client's
    stands in the forwarded fields. `tells`: whether these are added."""

    def __init__(self, app: ASGIApp, upstream: Address, *, keeps_host: bool = False, tells: bool = True) -> None:
        self.app = app
        self.upstream = upstream
        self._keeps_host = keeps_host
        self._tells = tells
        self._name = f"echoscope-{secrets.token_hex(4)}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif self._has_been_here(scope):
            detail = f"The request has been here before: {self.upstream} leads back to this proxy."
            await refuse(problem(508, detail), scope, receive, send)
        elif (most := _max_forwards(scope)) == 0:
            await _as_last(scope)(scope, receive, self._going_back(send, scope))
        else:
            sent_on = self._sent_on(scope, most)
            await self.app(sent_on, receive, self._going_back(send, sent_on))

    def _has_been_here(self, scope: Scope) -> bool:
        return any(name == b"via" and self._name in value for name, value in scope["headers"])

    # On the way in

    def _sent_on(self, scope: Scope, max_forwards: int | None) -> Scope:
        upstream, outside = self.upstream, scope.get("root_path", "")
        raw_path = scope.get("raw_path") or quote(scope["path"]).encode()
        is_websocket = scope["type"] == "websocket"
        return {
            **scope,
            "scheme": _SOCKET_SCHEMES[upstream.scheme] if is_websocket else upstream.scheme,
            "path": unquote(upstream.path) + local_path(scope["path"], outside),
            "raw_path": upstream.path.encode() + local_path(raw_path.decode("latin-1"), outside).encode("latin-1"),
            "root_path": "",
            "headers": self._headers(scope, max_forwards),
            "server": (upstream.host, upstream.port),
        }

    def _headers(self, scope: Scope, max_forwards: int | None) -> list[Header]:
        headers = [
            (name, self.upstream.authority.encode()) if name == b"host" and not self._keeps_host else (name, value)
            for name, value in end_to_end(scope["headers"])
            if not (scope["type"] == "websocket" and name in _HANDSHAKE)
        ]
        if not any(name == b"host" for name, _ in headers):
            headers.insert(0, (b"host", self.upstream.authority.encode()))
        if max_forwards is not None:
            headers = [
                (name, b"%d" % (max_forwards - 1) if name == b"max-forwards" else value) for name, value in headers
            ]
        if any(name == b"transfer-encoding" for name, _ in scope["headers"]):
            headers.append((b"transfer-encoding", b"chunked"))  # our own, in the place of the client's
        if self._tells:
            headers += _forwarded(scope)
        return [*headers, (b"via", _version(scope) + b" " + self._name)]

    # On the way back

    def _going_back(self, send: Send, scope: Scope) -> Send:
        async def send_back(message: Message) -> None:
            if message["type"] in _STARTS:
                headers = end_to_end(message.get("headers", ()))
                if message["type"] == "http.response.start":
                    headers.append((b"via", scope.get(VERSION_KEY, _version(scope)) + b" " + self._name))
                    if not any(name.lower() == b"date" for name, _ in headers):  # RFC 9110, section 6.6.1
                        headers.append((b"date", formatdate(usegmt=True).encode()))
                elif message["type"] == "websocket.accept":
                    headers = [pair for pair in headers if pair[0].lower() not in _HANDSHAKE]
                message = {**message, "headers": headers}
            await send(message)

        return send_back


_SOCKET_SCHEMES: Final = {"http": "ws", "https": "wss"}
_STARTS: Final = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})


def end_to_end(headers: list[Header]) -> list[Header]:
    """The fields that are for everybody, without those of a connection and those that `Connection` names."""
    named = {
        option.strip().lower()
        for name, value in headers
        if name.lower() == b"connection"
        for option in value.split(b",")
    }
    dropped = OF_CONNECTION | named
    return [
        (name, value)
        for name, value in headers
        if (lower := name.lower()) not in dropped and not lower.startswith(b"proxy-")
    ]


def _forwarded(scope: Scope) -> list[Header]:
    """Lines of their own behind those that are there: a list in several lines is one list (RFC 9110, section 5.3)."""
    client = (scope.get("client") or ("", None))[0]
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    scheme = b"https" if scope.get("scheme") in ("https", "wss") else b"http"
    node = f'"[{client}]"' if ":" in client else client or "unknown"
    elements = [b"for=" + node.encode(), b"proto=" + scheme]
    if host:
        elements.insert(1, b'host="' + host.replace(b"\\", b"").replace(b'"', b"") + b'"')
    fields = [(b"forwarded", b";".join(elements)), (b"x-forwarded-proto", scheme)]
    if client:
        fields.append((b"x-forwarded-for", client.encode()))
    if host:
        fields.append((b"x-forwarded-host", host))
    return fields


def _version(scope: Scope) -> bytes:
    """The protocol in which a message came, as `Via` has it."""
    return str(scope.get("http_version") or "1.1").encode()


def _max_forwards(scope: Scope) -> int | None:
    """How often a TRACE or OPTIONS may be passed on (RFC 9110, section 7.6.2); None where nothing says so."""
    if scope["type"] != "http" or scope["method"] not in ("OPTIONS", "TRACE"):
        return None
    values = [value for name, value in scope["headers"] if name == b"max-forwards"]
    return int(values[0]) if len(values) == 1 and values[0].isdigit() else None


def _as_last(scope: Scope) -> Response:
    """The answer of the last one that a request may come to: a TRACE shows what came, without what may be secret."""
    if scope["method"] == "OPTIONS":
        return Response(headers={"content-length": "0"})
    target = (scope.get("raw_path") or scope["path"].encode()) + (b"?" + scope["query_string"]).rstrip(b"?")
    lines = [b"TRACE %b HTTP/%b" % (target, _version(scope))]
    lines += [name + b": " + value for name, value in scope["headers"] if not is_secret_header(name)]
    return Response(b"\r\n".join([*lines, b"", b""]), media_type="message/http")

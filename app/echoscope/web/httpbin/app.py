"""The endpoints: reads the request of a route, sends its answer. Plain ASGI.

What holds for all routes is done here once: HEAD, OPTIONS, 405, CORS, the bound on bodies. The request and the small
parts of an answer are `endpoint`'s.
"""

from collections.abc import Awaitable, Sequence
from typing import Any, Final

from starlette.types import Message, Receive, Scope, Send

from ...http.spec import Header
from ..endpoint.answers import JSON, Answer, Headers, Refused, Reply
from ..endpoint.request import Request, Shared, WholeRequest
from ..endpoint.sending import NOSNIFF, SANDBOX, UNSAFE_SANDBOX, has_link, send_reply
from ..endpoint.status import BODILESS
from ..endpoint.unread import NO_ROOM, BodyTooLarge, ClientGone, NoRoom
from . import websocket
from .routes import SECURITY, WEBSOCKET_PATH, Route
from .table import Found, Table

CORS_METHODS: Final = b"GET, POST, PUT, DELETE, PATCH, OPTIONS"
"""httpbin's, whatever the route, before the one that is asked for: what a route allows in fact is in `Allow`."""

CORS_REQUEST: Final = (b"access-control-request-method", b"access-control-request-headers")

_ANY_ORIGIN: Final = (b"access-control-allow-origin", b"*")
_FOR_ANY_ORIGIN: Final[Headers] = [_ANY_ORIGIN, (b"access-control-expose-headers", b"*")]
_REFLECTED: Final[Headers] = [(b"access-control-allow-credentials", b"true"), (b"vary", b"origin")]
"""Where the origin is reflected, also when none was sent: with one the answer would be another (RFC 9110, 12.5.5)."""

_NAMES_OF_OURS: Final = (b"content-length", b"link", b"x-echoscope-id")
"""Header fields that come after those of the answer itself. A `*` would not stand for them where cookies count."""


class Httpbin:
    """Answers the endpoints of the route table, which `find` looks up."""

    def __init__(self, shared: Shared) -> None:
        settings = shared.settings
        is_public = settings.effective_profile == "public"
        self._shared = shared
        self._reflects_origin = settings.cors == "credentials" or (settings.cors == "auto" and not is_public)
        self._no_origin = [_ANY_ORIGIN, *_REFLECTED] if self._reflects_origin else _FOR_ANY_ORIGIN
        usual = JSON, NOSNIFF, *self._no_origin
        self._usual = {usual: usual}
        self.find = Table([SECURITY] if settings.security_contact else []).find

    def respond(self, match: Found, scope: Scope, receive: Receive, send: Send) -> Awaitable[None] | None:
        """Answers through ASGI; None for a WebSocket where the route is none."""
        if scope["type"] == "http":
            return self._respond(*match, scope, receive, send)
        if match[0].path == WEBSOCKET_PATH:
            return websocket.echo(scope, receive, send, self._shared.settings)
        return None

    def answer(
        self, match: Found, request: WholeRequest, fields: dict[bytes, bytes], memo: dict[str, Any]
    ) -> tuple[int, Sequence[Header], bytes] | None:
        """Status, headers and body for a request that is whole, where the answer waits for nothing; None for any other.

        `fields`: the headers by name, repeats joined; `memo`: what was made of them. Without the headers that name the
        exchange and its length, which the door adds. The headers of most answers are one tuple: a door that has
        written it once knows it again.
        """
        route, parameters = match
        if route.waits:
            return None
        asked = Request(request.scope(), _no_more, parameters, self._shared, fields, memo)
        reply = _reply_now(route, asked)
        if reply.hints or reply.trailers is not None or reply.status in BODILESS or has_link(reply):
            return None
        headers = (*reply.headers, NOSNIFF, *self._more(reply, asked))
        return reply.status, self._usual.get(headers) or list(headers), reply.body

    async def _respond(
        self, route: Route, parameters: dict[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        request = Request(scope, receive, parameters, self._shared)
        try:
            reply = await _reply(route, request)
            await send_reply(reply, scope, send, self._more(reply, request))
        except ClientGone:
            pass
        finally:
            request.close()

    def _more(self, reply: Reply, request: Request) -> Headers:
        """CORS, and the sandbox where a client composed the answer."""
        origin = request.fields.get(b"origin")
        headers = self._no_origin
        if self._reflects_origin and origin is not None:
            names = dict.fromkeys([*(name for name, _ in reply.headers), *_NAMES_OF_OURS])
            headers = [
                (b"access-control-allow-origin", origin),
                (b"access-control-expose-headers", b", ".join(names)),
                *_REFLECTED,
            ]
        if isinstance(reply, Answer) and reply.is_shaped:
            headers = [*headers, *(UNSAFE_SANDBOX if self._shared.settings.unsafe_responses else SANDBOX)]
        return headers


async def _no_more() -> Message:
    """The `receive` of a request that is whole."""
    return {"type": "http.disconnect"}


def _reply_now(route: Route, request: Request) -> Answer:
    """The answer of a route that waits for nothing."""
    try:
        if request.method == "OPTIONS":
            return _preflight(route, request)
        if not route.takes(request.method):
            return _wrong_method(route, request.method).answer()
        answer: Answer = route.handler(request)
        return answer
    except Refused as refused:
        return refused.answer()


async def _reply(route: Route, request: Request) -> Reply:
    """The route's answer. The request is read to its end, so that it is recorded whole."""
    reply: Reply
    try:
        if not route.waits:
            await request.skim()
            return _reply_now(route, request)
        try:
            if request.method == "OPTIONS":
                reply = _preflight(route, request)
            elif route.takes(request.method):
                reply = await route.handler(request)
            else:
                reply = _wrong_method(route, request.method).answer()
        except Refused as refused:
            reply = refused.answer()
        await request.skim()
    except BodyTooLarge:
        detail = f"The request body is larger than the {request.shared.max_body_bytes} bytes that are taken."
        reply = Refused(413, detail, [(b"connection", b"close")]).answer()
    except NoRoom:
        reply = Refused(503, NO_ROOM, [(b"connection", b"close"), (b"retry-after", b"1")]).answer()
    return reply


def _preflight(route: Route, request: Request) -> Answer:
    method, names = (request.fields.get(field) for field in CORS_REQUEST)
    methods = CORS_METHODS if method is None or method in CORS_METHODS.split(b", ") else CORS_METHODS + b", " + method
    headers = [
        (b"allow", _allowed(route).encode()),
        (b"access-control-allow-methods", methods),
        (b"access-control-max-age", b"3600"),
        (b"vary", b", ".join(CORS_REQUEST)),
    ]
    if names is not None:
        headers.append((b"access-control-allow-headers", names))
    return Answer(headers=headers)


def _wrong_method(route: Route, method: str) -> Refused:
    allowed = _allowed(route)
    detail = f"{method} is not one of the methods of this address: {allowed}."
    return Refused(405, detail, [(b"allow", allowed.encode())])


def _allowed(route: Route) -> str:
    methods = dict.fromkeys(route.methods)
    if "GET" in methods:
        methods["HEAD"] = None
    return ", ".join([*methods, "OPTIONS"])

"""The app of the endpoints: finds the route, reads the request, sends the answer. Plain ASGI.

Every path in the route table is answered here, whatever the method; every other one by the app that stands behind.
So `/status/418` is an endpoint, while `/status`, `/get/` and `/get/more` are the any-path echo's: only a path that
a route matches as a whole is taken. What holds for all routes is done here once: HEAD, OPTIONS, 405, CORS, the
bound on bodies.
"""

import re
from collections.abc import Awaitable, Sequence
from typing import Final

from starlette.routing import compile_path
from starlette.types import Message, Receive, Scope, Send

from ..echo import NO_ROOM, BodyTooLarge, Budget, ClientGone, Echo, Facts, Frames, Header, NoRoom, WholeRequest
from ..paths import local_path
from ..settings import Settings
from . import websocket
from .answers import Answer, Headers, Refused, Reply
from .pacer import Places
from .request import Request, Shared, joined
from .routes import ROUTES, WEBSOCKET_PATH, Route
from .sending import NOSNIFF, SANDBOX, send_reply
from .shaping import NAMES as SHAPING
from .shaping import Shaping
from .status import BODILESS

PREFLIGHT: Final[Headers] = [
    (b"access-control-allow-methods", b"GET, POST, PUT, DELETE, PATCH, OPTIONS"),
    (b"access-control-max-age", b"3600"),
]
"""httpbin's, whatever the route: what a route allows in fact is in `Allow`."""

_ANY_ORIGIN: Final[Headers] = [(b"access-control-allow-origin", b"*")]
_WITH_CREDENTIALS: Final = (b"access-control-allow-credentials", b"true")

MOST_OF_STRANGER: Final = 8
"""Slow requests of one client address at once where strangers may be among the clients."""

Found = tuple[Route, dict[str, str]]


class Httpbin:
    """Answers the endpoints; `otherwise` answers every other path. `key`: the secret of this instance."""

    def __init__(self, settings: Settings, key: str, budget: Budget, otherwise: Echo) -> None:
        is_public = settings.effective_profile == "public"
        most_of_client = settings.max_slow_requests_per_client or (MOST_OF_STRANGER if is_public else 0)
        places = Places(settings.max_slow_requests, most_of_client)
        is_strict = is_public and not settings.unsafe_responses
        self._shared = Shared(settings, settings.body_limit, key.encode(), places, is_strict, budget)
        self._otherwise = Shaping(otherwise, self._shared)
        self._echo = otherwise.answer
        self._reflects_origin = settings.cors == "credentials" or (settings.cors == "auto" and not is_public)
        self._table = Table()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """No coroutine of its own: what is not an endpoint pays for two looks at its path and nothing else."""
        path = scope["path"]
        if scope.get("root_path"):
            path = local_path(path, scope["root_path"])
        found = self._table.find(path)
        if found is None:
            return self._otherwise(scope, receive, send)
        if scope["type"] == "http":
            return self._answer(*found, scope, receive, send)
        if path == WEBSOCKET_PATH:
            return websocket.echo(scope, receive, send, self._shared.settings)
        return self._otherwise(scope, receive, send)

    def answer(self, request: WholeRequest, facts: "RequestFacts") -> tuple[int, Sequence[Header], bytes] | None:
        """Status, headers and body for a request that is whole, where the answer waits for nothing; None for any other.

        Without the headers that name the exchange and its length, which the door adds.
        """
        path = request.path
        root_path = facts.root_path
        found = self._table.find(local_path(path, root_path) if root_path else path)
        if found is None:
            return None if facts.is_shaped else self._echo(request, facts.echo)
        route, parameters = found
        if route.waits:
            return None
        asked = Request(request.scope(), _no_more, parameters, self._shared, facts.fields)
        reply = _reply_now(route, asked, request.body)
        if reply.hints or reply.trailers is not None or reply.status in BODILESS:
            return None
        return reply.status, [*reply.headers, NOSNIFF, *self._more(reply, asked)], reply.body

    async def _answer(
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
        if not self._reflects_origin:
            made = _ANY_ORIGIN
        elif origin is None:
            made = [*_ANY_ORIGIN, _WITH_CREDENTIALS]
        else:
            made = [(b"access-control-allow-origin", origin), _WITH_CREDENTIALS, (b"vary", b"origin")]
        if isinstance(reply, Answer) and reply.is_shaped and not self._shared.settings.unsafe_responses:
            made = [*made, *SANDBOX]
        return made


class Table:
    """Routes by path: those without parameters at one look, the others by their first segment, in their order."""

    def __init__(self) -> None:
        self._fixed: dict[str, Found] = {}
        self._patterns: dict[str, list[tuple[Route, re.Pattern[str]]]] = {}
        for route in (route for family in ROUTES.values() for route in family):
            if "{" in route.path:
                pattern = re.compile(compile_path(route.path)[0].pattern, re.DOTALL)  # a path may have any character
                self._patterns.setdefault(route.path.split("/")[1], []).append((route, pattern))
            else:
                self._fixed[route.path] = route, {}

    def find(self, path: str) -> Found | None:
        found = self._fixed.get(path)
        if found is None:
            for route, pattern in self._patterns.get(path[1 : path.find("/", 1)], ()):
                match = pattern.match(path)
                if match:
                    return route, match.groupdict()
        return found


class RequestFacts:
    """What the header lines of a request say to the endpoints, for as long as a connection repeats them."""

    __slots__ = ("content_type", "echo", "fields", "is_shaped", "root_path", "user_agent")

    def __init__(self, headers: Headers, values: dict[bytes, bytes], root_path: str, frames: Frames) -> None:
        """`values`: of the headers by name, where none is repeated. `frames`: of the connection."""
        self.root_path = root_path
        self.fields = values if len(values) == len(headers) else joined(headers)
        first = values if self.fields is values else dict(headers[::-1])
        self.content_type, self.user_agent = first.get(b"content-type"), first.get(b"user-agent")
        self.is_shaped = not SHAPING.isdisjoint(self.fields)
        self.echo = Facts(headers, self.fields.get(b"accept"), frames)


async def _no_more() -> Message:
    """The `receive` of a request that is whole."""
    return {"type": "http.disconnect"}


def _reply_now(route: Route, request: Request, body: bytes) -> Answer:
    """The answer of a route that waits for nothing."""
    try:
        if request.method == "OPTIONS":
            return _preflight(route, request)
        if not route.takes(request.method):
            return _wrong_method(route, request.method).answer()
        answer: Answer = route.handler(request, body) if route.reads_body else route.handler(request)
        return answer
    except Refused as refused:
        return refused.answer()


async def _reply(route: Route, request: Request) -> Reply:
    """The route's answer. The request is read to its end, so that it is recorded whole."""
    reply: Reply
    try:
        if not route.waits:
            body = b""
            if route.reads_body:
                body = await request.body()
            else:
                await request.skim()
            return _reply_now(route, request, body)
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
    headers = [(b"allow", _allowed(route).encode()), *PREFLIGHT]
    asked = request.fields.get(b"access-control-request-headers")
    if asked is not None:
        headers.append((b"access-control-allow-headers", asked))
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

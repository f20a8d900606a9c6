"""The app of the endpoints: finds the route, reads the request, sends the answer. Plain ASGI.

Every path in the route table is answered here, whatever the method; every other one by the app that stands behind.
So `/status/418` is an endpoint, while `/status`, `/get/` and `/status%2F418` are the any-path echo's: only a path that
a route matches as a whole, segment by segment, is taken. What holds for all routes is done here once: HEAD, OPTIONS,
405, CORS, the bound on bodies.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from starlette.types import Message, Receive, Scope, Send

from ...base.paths import local_path, segments
from ...base.settings import Settings
from ...http.forwarding import Proxies
from ..echo.app import (
    NO_ROOM,
    BodyTooLarge,
    Budget,
    ClientGone,
    Echo,
    Facts,
    Frames,
    Header,
    NoRoom,
    WholeRequest,
    prefers_page,
)
from ..echo.shaping import NAMES as SHAPING
from ..echo.shaping import Shaping
from ..endpoint.answers import Answer, Headers, Refused, Reply
from ..endpoint.pacer import Places
from ..endpoint.parameters import shown
from ..endpoint.request import Request, Shared, joined
from ..endpoint.sending import NOSNIFF, SANDBOX, UNSAFE_SANDBOX, has_link, send_reply
from . import websocket
from .routes import ANY, FENCED, ROUTES, SECURITY, WEBSOCKET_PATH, Route
from .status import BODILESS

CORS_METHODS: Final = b"GET, POST, PUT, DELETE, PATCH, OPTIONS"
"""httpbin's, whatever the route, before the one that is asked for: what a route allows in fact is in `Allow`."""

CORS_REQUEST: Final = (b"access-control-request-method", b"access-control-request-headers")

_FOR_ANY_ORIGIN: Final[Headers] = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"*"),
]
_REFLECTED: Final[Headers] = [(b"access-control-allow-credentials", b"true"), (b"vary", b"origin")]
"""Where the origin is reflected, also when none was sent: with one the answer would be another (RFC 9110, 12.5.5)."""

_NAMES_OF_OURS: Final = (b"content-length", b"link", b"x-echoscope-id")
"""Header fields that come after those of the answer itself. A `*` would not stand for them where cookies count."""

MOST_OF_STRANGER: Final = 8
"""Slow requests of one client address at once where strangers may be among the clients."""

Found = tuple[Route, dict[str, str]]


class Httpbin:
    """Answers the endpoints; `otherwise` answers every other path. `key`: gives the secret of this instance,
    which may become another when the store is reached."""

    def __init__(self, settings: Settings, key: Callable[[], bytes], budget: Budget, otherwise: Echo) -> None:
        is_public = settings.effective_profile == "public"
        most_of_client = settings.max_slow_requests_per_client or (MOST_OF_STRANGER if is_public else 0)
        places = Places(settings.max_slow_requests, most_of_client)
        is_strict = is_public and not settings.unsafe_responses
        proxies = Proxies(settings.trusted_proxies, everybody=not is_public)
        self.shared = Shared(settings, settings.body_limit, key, places, is_strict, budget, proxies)
        self._otherwise = Shaping(otherwise, self.shared)
        self._echo = otherwise.answer
        self._reflects_origin = settings.cors == "credentials" or (settings.cors == "auto" and not is_public)
        self._table = Table([SECURITY] if settings.security_contact else [])

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """No coroutine of its own: what is not an endpoint pays for two looks at its path and nothing else."""
        path, root_path = scope["path"], scope.get("root_path", "")
        found = self._table.find(path, scope.get("raw_path"), root_path)
        if found is None:
            return self._otherwise(scope, receive, send)
        if scope["type"] == "http":
            return self._answer(*found, scope, receive, send)
        if local_path(path, root_path) == WEBSOCKET_PATH:
            return websocket.echo(scope, receive, send, self.shared.settings)
        return self._otherwise(scope, receive, send)

    def answer(self, request: WholeRequest, facts: "RequestFacts") -> tuple[int, Sequence[Header], bytes] | None:
        """Status, headers and body for a request that is whole, where the answer waits for nothing; None for any other.

        Without the headers that name the exchange and its length, which the door adds.
        """
        found = self._table.find(request.path, request.raw_path, facts.root_path)
        if found is None:
            return None if facts.is_shaped else self._echo(request, facts.echo)
        route, parameters = found
        if route.waits:
            return None
        asked = Request(request.scope(), _no_more, parameters, self.shared, facts.fields)
        reply = _reply_now(route, asked, request.body)
        if reply.hints or reply.trailers is not None or reply.status in BODILESS or has_link(reply):
            return None
        return reply.status, [*reply.headers, NOSNIFF, *self._more(reply, asked)], reply.body

    async def _answer(
        self, route: Route, parameters: dict[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        request = Request(scope, receive, parameters, self.shared)
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
            headers = _FOR_ANY_ORIGIN
        elif origin is None:
            headers = [(b"access-control-allow-origin", b"*"), *_REFLECTED]
        else:
            names = dict.fromkeys([*(name for name, _ in reply.headers), *_NAMES_OF_OURS])
            headers = [
                (b"access-control-allow-origin", origin),
                (b"access-control-expose-headers", b", ".join(names)),
                *_REFLECTED,
            ]
        if isinstance(reply, Answer) and reply.is_shaped:
            headers = [*headers, *(UNSAFE_SANDBOX if self.shared.settings.unsafe_responses else SANDBOX)]
        return headers


class Table:
    """Routes by path: those without parameters at one look, the others by their first segment, in their order.

    What no route matches below a fenced segment is nobody's address, and is answered so.
    """

    def __init__(self, more: Sequence[Route] = ()) -> None:
        """`more`: routes beside those of the table, which everybody knows."""
        self._fixed: dict[str, Found] = {route.path: (route, {}) for route in more}
        self._patterns: dict[str, list[Pattern]] = {name: [] for name in FENCED}
        for route in (route for family in ROUTES.values() for route in family):
            if "{" in route.path:
                self._patterns.setdefault(route.path.split("/")[1], []).append(Pattern(route))
            else:
                self._fixed[route.path] = route, {}
        self._fences: dict[str, Found] = {name: (_fence(name, self._patterns[name]), {}) for name in FENCED}

    def find(self, path: str, raw_path: bytes | None = None, root_path: str = "") -> Found | None:
        """`raw_path`: as it was sent, where a server tells it. Both may begin with `root_path`."""
        local = local_path(path, root_path) if root_path else path
        found = self._fixed.get(local)
        if found is not None:
            if raw_path is None or b"%" not in raw_path:
                return found
            return found if segments(path, raw_path, root_path) == local.split("/")[1:] else None
        first = local.lstrip("/").partition("/")[0]
        patterns = self._patterns.get(first)
        if patterns is None:
            return None
        parts = segments(path, raw_path, root_path)
        for pattern in patterns:
            parameters = pattern.match(parts)
            if parameters is not None:
                return pattern.route, parameters
        return self._fences.get(first)


class Pattern:
    """The path of a route with parameters, as segments: `{name}` takes one, `{name:path}` all that are left."""

    def __init__(self, route: Route) -> None:
        self.route = route
        written = list(enumerate(route.path.split("/")[1:]))
        self._count = len(written)
        self._literals = [(index, segment) for index, segment in written if not segment.startswith("{")]
        self._names = [(index, name[1:-1]) for index, name in written if name.startswith("{") and ":" not in name]
        self._rest = next((name[1 : -len(":path}")] for _, name in written if name.endswith(":path}")), None)

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """The parameters by their names; None for a path that is not of this route."""
        count = self._count
        if len(segments) < count or (len(segments) > count and self._rest is None):
            return None
        for index, literal in self._literals:
            if segments[index] != literal:
                return None
        parameters = {name: segments[index] for index, name in self._names}
        if not all(value or name in MAY_BE_EMPTY for name, value in parameters.items()):
            return None
        if self._rest is not None:
            parameters[self._rest] = "/".join(segments[count - 1 :])
        return parameters


MAY_BE_EMPTY: Final = ("user", "password")
"""Parameters that an empty segment is a value for (RFC 7617, section 2)."""


def _fence(name: str, patterns: list[Pattern]) -> Route:
    """A route that says what the addresses below a segment look like."""
    forms = [pattern.route.path for pattern in patterns] or [f"/{name}"]

    def refuse(request: Request) -> Answer:
        raise Refused(404, f"There is nothing at {shown(request.target)}: an address here is {' or '.join(forms)}.")

    return Route(f"/{name}", ANY, refuse, "", "")


class RequestFacts:
    """What the header lines of a request say to the endpoints, for as long as a connection repeats them."""

    __slots__ = ("content_type", "echo", "fields", "is_shaped", "root_path", "user_agent")

    def __init__(
        self,
        root_path: str,
        fields: dict[bytes, bytes],
        content_type: bytes | None,
        user_agent: bytes | None,
        echo: Facts,
        *,
        is_shaped: bool,
    ) -> None:
        self.root_path = root_path
        self.fields = fields
        self.content_type = content_type
        self.user_agent = user_agent
        self.is_shaped = is_shaped
        self.echo = echo

    @classmethod
    def of(cls, headers: Headers, values: dict[bytes, bytes], root_path: str, frames: Frames) -> "RequestFacts":
        """`values`: of the headers by name, where none is repeated. `frames`: of the connection."""
        fields = values if len(values) == len(headers) else joined(headers)
        first = values if fields is values else dict(headers[::-1])
        return cls(
            root_path,
            fields,
            first.get(b"content-type"),
            first.get(b"user-agent"),
            Facts(headers, frames, prefers_page=prefers_page(fields.get(b"accept"))),
            is_shaped=not SHAPING.isdisjoint(fields),
        )

    def varied(self, headers: Headers, values: dict[bytes, bytes], indexes: Iterable[int]) -> "RequestFacts":
        """The same for headers without repeats that differ in these places, none of which is one of `READ`."""
        echo = self.echo.varied(headers, indexes)
        return RequestFacts(self.root_path, values, self.content_type, self.user_agent, echo, is_shaped=self.is_shaped)


READ: Final = frozenset((b"accept", b"content-type", b"user-agent", *SHAPING))
"""The headers that facts are made of."""


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

"""The echo: any path, any method, any body is answered with its own ASGI scope.

Plain ASGI, in front of any router: a router matches paths, and an echo has nothing to match. JSON for curl,
a page for a browser; a WebSocket gets its scope first and then every message back.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import orjson
from starlette.types import Message, Receive, Scope, Send

from ...base.budget import Budget
from ...base.plain import plain
from ...base.remembered import remembered
from ...exchange.document import Plain, header_pairs, http_scope_document, received_document, scope_document
from ...http.negotiation import preferred
from ...http.spec import Header
from ..endpoint.answers import Headers
from ..endpoint.request import WholeRequest
from ..endpoint.sending import exchange_headers
from ..endpoint.unread import NO_ROOM, BodyTooLarge, ClientGone, NoRoom
from ..problem import problem

Page = Callable[[Plain, Scope], tuple[bytes, Headers]]
"""Renders the echo's document for a browser: the body, and the headers that belong to it."""

OFFERS: Final = ("application/json", "text/html")

_HEADERS: Final[Headers] = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"*"),
    (b"cache-control", b"no-store"),
    (b"vary", b"accept"),
    (b"x-content-type-options", b"nosniff"),
]
_JSON_HEADERS: Final = ((b"content-type", b"application/json"), *_HEADERS)

_NOTHING: Final = b'""'
_HOLE: Final = orjson.Fragment(b"\0")


class Echo:
    """The app.

    `max_body_bytes`: a larger body is answered 413. `kept_body_bytes`, `max_events`: how much of a body, in how
    many messages, an answer shows. `budget`: for what is kept of a body until the answer is made.
    """

    def __init__(
        self, page: Page, budget: Budget, *, max_body_bytes: int, kept_body_bytes: int, max_events: int
    ) -> None:
        self._page = page
        self._budget = budget
        self._max_body_bytes = max_body_bytes
        self._kept_body_bytes = kept_body_bytes
        self._max_events = max_events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await _echo_messages(scope, receive, send)
            return
        try:
            document = await self._document(scope, receive)
        except ClientGone:
            return
        except BodyTooLarge:
            detail = f"The request body is larger than the {self._max_body_bytes} bytes that are taken."
            await problem(413, detail, headers={"connection": "close"})(scope, receive, send)
            return
        except NoRoom:
            await problem(503, NO_ROOM, headers={"connection": "close", "retry-after": "1"})(scope, receive, send)
            return
        if _prefers_page(scope["headers"]):
            body, headers = self._page(plain(document), scope)
            headers = [*headers, *_HEADERS]
        else:
            body, headers = _json(document), [*_JSON_HEADERS]
        await send({"type": "http.response.start", "status": 200, "headers": _headers(scope, headers, len(body))})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def answer(self, request: WholeRequest, facts: "Facts") -> tuple[int, Sequence[Header], bytes] | None:
        """Status, headers and body for a request that is whole; None where the answer is a page, or no plain JSON.

        Without the headers that name the exchange and its length, which the door adds.
        """
        body = request.body
        if facts.prefers_page or len(body) > self._kept_body_bytes:
            return None
        content = facts.content(request)
        if content is None:
            return None
        if request.method == "OPTIONS":
            return 200, [*_JSON_HEADERS, *_preflight(facts.headers)], content
        return 200, _JSON_HEADERS, content

    async def _document(self, scope: Scope, receive: Receive) -> Plain:
        """What the answer says. Raises `ClientGone` and `BodyTooLarge`."""
        document = scope_document(scope)
        message = await receive()
        document["events"] = _EMPTY if _is_empty(message) else await self._received(message, receive)
        return document

    async def _received(self, message: Message, receive: Receive) -> list[Plain]:
        """The messages of the request from `message` on, its body within bounds; all of it is read."""
        kept: list[tuple[Message, bytes]] = []
        size = kept_size = 0
        try:
            while message["type"] != "http.disconnect":
                body = message.get("body", b"")
                if len(kept) < self._max_events:
                    part = body[: self._kept_body_bytes - kept_size]
                    if not self._budget.take(len(part)):
                        raise NoRoom
                    kept_size += len(part)
                    kept.append(({**message, "body": None, "size": len(body)}, part))
                size += len(body)
                if size > self._max_body_bytes:
                    raise BodyTooLarge
                if not message.get("more_body"):
                    return [received_document(message, part) for message, part in kept]
                message = await receive()
        finally:
            self._budget.give_back(kept_size)
        raise ClientGone


Frames = dict[str, list[bytes] | None]
"""The echoes of one connection, by method, each cut at what is new in every request; None for a method seen once."""


_MAX_LATEST_BYTES: Final = 8 << 10
"""How long an echo may be that is remembered, one for each head."""


class Facts:
    """What the header lines of a request say to the echo, for as long as a connection repeats them.

    From the second request of a connection on, its echo is a frame with five holes: path, raw path, query, headers and
    body are all that is new in it. The frame is cut out of the document itself, encoded with a byte in the holes that
    no JSON has. Where method and target repeat as well, the latest echo is given again.
    """

    __slots__ = ("_frames", "_headers_json", "_latest", "_latest_target", "_lines", "headers", "prefers_page")

    def __init__(
        self, headers: Headers, frames: Frames, *, prefers_page: bool, lines: list[bytes] | None = None
    ) -> None:
        """`lines`: the headers as they stand in an echo, where they are known."""
        self.headers = headers
        self.prefers_page = prefers_page
        self._frames = frames
        self._lines = lines
        self._headers_json: bytes | None = None
        self._latest_target: tuple[str, bytes, bytes] | None = None
        self._latest = b""

    def varied(self, headers: Headers, indexes: Iterable[int]) -> "Facts":
        """The same for headers whose values differ in these places, and not in `Accept`. Raises UnicodeDecodeError for
        bytes that are no text."""
        if self._lines is None:
            self._lines = _shown_lines(self.headers)
        lines = self._lines.copy()
        for index in indexes:
            line = lines[index]
            name = line[: line.index(_BEFORE_VALUE) + len(_BEFORE_VALUE)]
            lines[index] = name + _quoted(headers[index][1]) + _AFTER_VALUE
        return Facts(headers, self._frames, prefers_page=self.prefers_page, lines=lines)

    def content(self, request: WholeRequest) -> bytes | None:
        """The echo of a request with these header lines; None for bytes that are no text."""
        target = method, target_path, query_string = request.method, request.raw_path, request.query
        if target == self._latest_target and not request.body:
            return self._latest
        frame = self._frames.get(method)
        try:
            if frame is None:
                return self._content(request)
            if self._headers_json is None:
                lines = self._lines or _shown_lines(self.headers)
                self._headers_json = b"[\n    %b\n  ]" % b",\n    ".join(lines) if lines else b"[]"
            start, after_path, after_raw_path, after_query, after_headers, end = frame
            raw_path = _quoted(target_path)
            is_escaped = 37 in raw_path  # "%"
            path = _quoted(request.path) if is_escaped else raw_path
            query = _quoted(query_string) if query_string else _NOTHING
            body = _quoted(request.body) if request.body else _NOTHING
            pairs = self._headers_json
            content = b"".join(
                (start, path, after_path, raw_path, after_raw_path, query, after_query, pairs, after_headers, body, end)
            )
        except UnicodeDecodeError:
            return None
        if not (is_escaped or request.body) and len(content) <= _MAX_LATEST_BYTES:  # servers decode "%" differently
            self._latest_target, self._latest = target, content
        return content

    def _content(self, request: WholeRequest) -> bytes:
        document = http_scope_document(request.scope(), header_pairs(self.headers))
        document["events"] = [{"type": "http.request", "body": request.body.decode(), "more_body": False}]
        if request.method in self._frames:
            holes = dict.fromkeys(("path", "raw_path", "query_string", "headers"), _HOLE)
            events = [{"type": "http.request", "body": _HOLE, "more_body": False}]
            self._frames[request.method] = _json({**document, **holes, "events": events}).split(b"\0")
        else:
            self._frames[request.method] = None
        return _json(document)


_known_pairs: dict[Header, bytes] = {}
"""Headers as JSON, as they stand in an echo: of a request's dozen most have been seen before."""

_MAX_KNOWN_PAIRS: Final = 2_048
_MAX_KNOWN_BYTES: Final = 256


def _shown_lines(headers: Headers) -> list[bytes]:
    """The headers as they stand in an echo. Raises UnicodeDecodeError for bytes that are no text."""
    known = _known_pairs
    return [known.get(pair) or _remembered(pair) for pair in headers]


def _remembered(pair: Header) -> bytes:
    line = _shown_pair(pair)
    if len(line) <= _MAX_KNOWN_BYTES:
        if len(_known_pairs) >= _MAX_KNOWN_PAIRS:
            _known_pairs.clear()
        _known_pairs[pair] = line
    return line


_BEFORE_VALUE: Final = b",\n      "
_AFTER_VALUE: Final = b"\n    ]"


def _shown_pair(pair: Header) -> bytes:
    return b"[\n      " + _quoted(pair[0]) + _BEFORE_VALUE + _quoted(pair[1]) + _AFTER_VALUE


_EMPTY: Final[list[Plain]] = [{"type": "http.request", "body": "", "more_body": False}]
"""The messages of a request without a body."""


def _is_empty(message: Message) -> bool:
    return not (message.get("body") or message.get("more_body") or message["type"] != "http.request")


def _headers(scope: Scope, headers: Iterable[Header], length: int) -> Headers:
    fields = [*headers]
    if scope["method"] == "OPTIONS":
        fields += _preflight(scope["headers"])
    fields += exchange_headers(scope)
    fields.append((b"content-length", b"%d" % length))
    return fields


def _quoted(data: str | bytes) -> bytes:
    """Text as JSON. Raises UnicodeDecodeError for bytes that are none."""
    return orjson.dumps(data.decode() if isinstance(data, bytes) else data)


def _json(made: Plain) -> bytes:
    """With the newline behind it, as in `endpoint.answers.json_bytes`, for the sake of the log."""
    try:
        text = orjson.dumps(made, option=orjson.OPT_INDENT_2)
    except TypeError:  # lone surrogates, or integers that JSON has no room for
        text = orjson.dumps(plain(made), option=orjson.OPT_INDENT_2)
    return text + b"\n"


def _prefers_page(headers: Headers) -> bool:
    accept = [value for name, value in headers if name == b"accept"]
    return prefers_page(b",".join(accept))


@remembered(128)
def prefers_page(accept: bytes) -> bool:
    """By the value of the `Accept` header, its repeats joined (RFC 9110, section 5.3); nobody without one does."""
    return preferred(accept, OFFERS) == "text/html"


def _preflight(headers: Headers) -> Headers:
    """A CORS preflight gets what it asks for: the echo answers every method and takes every header."""
    asked = dict(headers)
    granted = [(b"allow", b"*"), (b"access-control-max-age", b"600")]
    for request, answer in (
        (b"access-control-request-method", b"access-control-allow-methods"),
        (b"access-control-request-headers", b"access-control-allow-headers"),
    ):
        if request in asked:
            granted.append((answer, asked[request]))
    return granted


async def _echo_messages(scope: Scope, receive: Receive, send: Send) -> None:
    """Accept with the first offered subprotocol, say the scope, then say every message back."""
    await receive()
    subprotocol = next(iter(scope.get("subprotocols", ())), None)
    await send({"type": "websocket.accept", "subprotocol": subprotocol})
    await send({"type": "websocket.send", "text": _json(scope_document(scope)).decode()})
    while True:
        message = await receive()
        if message["type"] != "websocket.receive":
            return
        await send({**message, "type": "websocket.send"})

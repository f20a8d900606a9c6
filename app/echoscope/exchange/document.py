"""The forms in which people and programs see an exchange: the echo, the document.

Pure: structs and scopes in, structs and plain values for JSON and templates out. One rule for bytes everywhere: bytes
that are UTF-8 text appear as that string, other bytes as `{"base64": "…"}`.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any, Generic, Literal, Required, TypedDict, TypeVar, cast

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict

from ..base.plain import plain
from ..http.spec import FORWARDED_KEY, HTTP_SCOPE_KEYS, WEBSOCKET_SCOPE_KEYS, Forwarded
from .addresses import url_of
from .changes import Change, changes
from .messages import BODIES, body_bytes, response_start
from .model import ID_KEY, PLACE_KEY, Channel, Event, Exchange, LogLine, Message, State
from .summary import Summary, milliseconds, rfc3339, summarize

Plain = dict[str, Any]
"""What the echo says: the keys of a scope, and `events`."""


class Base64(TypedDict):
    """Bytes that are no UTF-8 text."""

    base64: str


Bytes = str | Base64
"""Bytes by the one rule: text that is UTF-8 as that string."""

Header = tuple[Bytes, Bytes]
"""Name and value of a header line."""


class ScopeDocument(TypedDict, total=False):
    """A connection scope: the keys of the ASGI specification in its order, then what else is plain data, such as what
    a framework or a server adds. `method` is that of a request, `subprotocols` are those of a WebSocket."""

    type: Required[Literal["http", "websocket"]]
    asgi: dict[str, Any]
    http_version: str
    method: str
    scheme: str
    path: str
    raw_path: Bytes | None
    query_string: Bytes
    root_path: str
    headers: Required[list[Header]]
    client: tuple[str, int | None] | None
    server: tuple[str, int | None] | None
    subprotocols: list[str]
    extensions: dict[str, Any] | None


_HTTP_KEYS = frozenset(HTTP_SCOPE_KEYS)
_OWN_KEYS = frozenset({"state", ID_KEY, PLACE_KEY, FORWARDED_KEY})
_ORDER = {"http": dict.fromkeys(HTTP_SCOPE_KEYS), "websocket": dict.fromkeys(WEBSOCKET_SCOPE_KEYS)}


def text(data: bytes) -> Bytes:
    """The one rule for bytes."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(data).decode()}


def scope_document(scope: Mapping[str, Any]) -> Plain:
    """A connection scope: the keys of the ASGI spec in its order, then what else is plain data.

    Left out are `state` and values that are not plain data, such as the objects that frameworks add.
    """
    if scope["type"] == "http" and scope.keys() - _OWN_KEYS == _HTTP_KEYS:
        return http_scope_document(scope, header_pairs(scope["headers"]))
    order = _ORDER[scope["type"]]
    made: Plain = {**order, **scope}
    is_complete = len(made) == len(scope)
    made.pop("state", None)
    made.pop(ID_KEY, None)
    made.pop(PLACE_KEY, None)
    made.pop(FORWARDED_KEY, None)
    if len(made) > len(order) or not is_complete:
        made = {key: _own_or_plain(key, value, order) for key, value in made.items() if key in scope}
        made = {key: value for key, value in made.items() if key in order or value is not None}
    if made.get("raw_path") is not None:
        made["raw_path"] = text(made["raw_path"])
    if made.get("query_string") is not None:
        made["query_string"] = text(made["query_string"])
    made["headers"] = header_pairs(scope.get("headers", ()))
    return made


def http_scope_document(scope: Mapping[str, Any], headers: Any) -> Plain:
    """The same for a scope that has the keys of the ASGI spec and no others, but for the server's `state` and our own;
    `headers`: its headers as they are shown."""
    raw_path = scope["raw_path"]
    return {
        "type": "http",
        "asgi": scope["asgi"],
        "http_version": scope["http_version"],
        "method": scope["method"],
        "scheme": scope["scheme"],
        "path": scope["path"],
        "raw_path": None if raw_path is None else text(raw_path),
        "query_string": text(scope["query_string"]),
        "root_path": scope["root_path"],
        "headers": headers,
        "client": scope["client"],
        "server": scope["server"],
    }


def _own_or_plain(key: str, value: Any, order: Mapping[str, None]) -> Any:
    return value if key in order else legible(plain(value))


def header_pairs(headers: Iterable[tuple[bytes, bytes]]) -> list[Header]:
    """Header names and values as text, in the order in which they came, repeats kept."""
    try:
        return [(name.decode(), value.decode()) for name, value in headers]
    except UnicodeDecodeError:
        return [(text(name), text(value)) for name, value in headers]


def legible(value: Any) -> Any:
    """Plain data with the rule for bytes applied at every depth."""
    if isinstance(value, bytes):
        return text(value)
    if isinstance(value, Mapping):
        return {key: legible(item) for key, item in value.items() if isinstance(key, str)}
    if isinstance(value, list | tuple):
        return [legible(item) for item in value]
    return value


def received_document(message: Mapping[str, Any], kept: bytes) -> Plain:
    """An `http.request` message as the echo shows it, with what is kept of its body, which was `size` bytes long."""
    document = {"type": message["type"], "body": text(kept), "more_body": message.get("more_body", False)}
    if len(kept) < message["size"]:
        document |= {"size": message["size"], "truncated": True}
    return document


class AsgiEvent(Struct):
    """An ASGI message as it passed.

    `at_ms`: after the exchange began. `size`: of its payload, in bytes, of which not all is kept where it is
    `truncated`. `message`: the keys of the ASGI specification, bytes by the one rule.
    """

    channel: Channel
    type: str
    at_ms: float
    size: int
    truncated: bool
    message: dict[str, Any]


class BodyFacts(Struct):
    """How long a body was, and how much of it is `kept`, in bytes."""

    size: int
    kept: int
    truncated: bool


class BodyDocument(BodyFacts):
    """`content`: what is kept, which is in the events as well, and so here only for who asks for it."""

    content: Bytes | UnsetType = UNSET


class RequestBody(BodyDocument):
    """`sha256`: of the whole body, in hexadecimal digits; None where it did not come to its end."""

    sha256: str | None = None


class RequestDocument(Struct):
    """The request, beyond its scope."""

    body: RequestBody


class ResponseDocument(Struct):
    """`status` is None where the app gave none that is one."""

    status: int | None
    headers: list[Header]
    body: BodyDocument


class LogRecord(Struct):
    """A log record of the app. `at_ms`: after the exchange began. `place`: file, line and function. `error`: the
    traceback that was logged with it."""

    at_ms: float
    level: str
    logger: str
    message: str
    place: str
    error: str | None


class RouteDocument(Struct):
    """The route that answered, as the framework says it. `endpoint`: the function, `module:name`."""

    template: str | None
    endpoint: str | None
    parameters: dict[str, Any]


class InsideDocument(Struct):
    """What was seen inside an app that Echoscope stands around.

    `waited_ms`: how long the app waited for its client; `worked_ms`: the rest of the time. `inner`: the exchange as a
    second Echoscope saw it behind middleware, and `changes`: what the middleware has changed; None without one.
    """

    waited_ms: float
    worked_ms: float
    route: RouteDocument | None
    logs: list[LogRecord]
    logs_omitted: int
    inner: "InnerDocument | None"
    changes: list[Change] | None


class InnerDocument(Struct):
    """An exchange as it was seen behind middleware, as far as that may differ."""

    state: State
    status: int | None
    started_at: str
    duration_ms: float
    received_bytes: int
    sent_bytes: int
    scope: ScopeDocument
    events: list[AsgiEvent]
    events_omitted: int
    error: str | None
    inside: InsideDocument | None


RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")


class WholeExchange(Summary, Generic[RequestT, ResponseT], kw_only=True, omit_defaults=False):
    """Everything that is kept of an exchange, whatever form its two sides have.

    `url`: as the client asked for it, as far as that is known. `forwarded`: what a proxy that is believed said.
    `events_omitted`: how many messages between the first and the last ones are not kept. `error`: the traceback of the
    app. `is_derived`: whether the events were derived from the bytes of a
    request that was answered at once, and not observed one by one.
    """

    url: str | None
    forwarded: Forwarded | None
    scope: ScopeDocument
    events: list[AsgiEvent]
    events_omitted: int
    request: RequestT
    response: ResponseT | None
    error: str | None
    is_derived: bool
    inside: InsideDocument | None = None


class Document(WholeExchange[RequestDocument, ResponseDocument], kw_only=True):
    """Everything that is kept of an exchange, in the form shown to people and programs."""


def document(seq: int, exchange: Exchange, *, bodies: bool = False) -> Document:
    """`bodies`: with what is kept of each body in one piece, which is in the events as well."""
    start, sha256 = response_start(exchange.events), exchange.received_sha256
    return Document(
        **asdict(summarize(seq, exchange.head)),
        url=url_of(exchange),
        forwarded=exchange.scope.get(FORWARDED_KEY),
        scope=cast(ScopeDocument, scope_document(exchange.scope)),
        events=[_event(event) for event in exchange.events],
        events_omitted=exchange.events_omitted,
        request=RequestDocument(RequestBody(*_body(exchange, "receive", has_content=bodies), sha256)),
        response=None if start is None else _response(exchange, start, has_content=bodies),
        error=exchange.error,
        is_derived=exchange.is_derived,
        inside=inside_document(exchange),
    )


def _response(exchange: Exchange, start: Message, *, has_content: bool) -> ResponseDocument:
    body = BodyDocument(*_body(exchange, "send", has_content=has_content))
    return ResponseDocument(exchange.status, header_pairs(start.get("headers", ())), body)


def _body(exchange: Exchange, channel: Channel, *, has_content: bool) -> tuple[int, int, bool, Bytes | UnsetType]:
    """The fields of a `BodyDocument`."""
    content, size = body_bytes(exchange, channel), body_size(exchange, channel)
    return size, len(content), len(content) < size, text(content) if has_content else UNSET


def inside_document(exchange: Exchange) -> InsideDocument | None:
    """What was seen inside the app, with what the middleware before it has changed."""
    inside = exchange.inside
    if inside is None:
        return None
    inner, route = inside.inner, inside.route
    return InsideDocument(
        waited_ms=milliseconds(inside.waited_ns),
        worked_ms=max(0, exchange.duration_ns // 1000 - inside.waited_ns // 1000) / 1000,
        route=None if route is None else RouteDocument(route.template, route.endpoint, route.parameters),
        logs=[_log_record(line) for line in inside.logs],
        logs_omitted=inside.logs_omitted,
        inner=None if inner is None else seen_document(inner),
        changes=None if inner is None else [_legible(change) for change in changes(exchange, inner)],
    )


def _log_record(line: LogLine) -> LogRecord:
    return LogRecord(milliseconds(line.at_ns), line.level, line.logger, line.message, line.place, line.error)


def seen_document(exchange: Exchange) -> InnerDocument:
    """An exchange as it was seen from one place, before middleware or behind it, as far as that may differ."""
    return InnerDocument(
        state=exchange.state,
        status=exchange.status,
        started_at=rfc3339(exchange.started_ns),
        duration_ms=milliseconds(exchange.duration_ns),
        received_bytes=exchange.received_bytes,
        sent_bytes=exchange.sent_bytes,
        scope=cast(ScopeDocument, scope_document(exchange.scope)),
        events=[_event(event) for event in exchange.events],
        events_omitted=exchange.events_omitted,
        error=exchange.error,
        inside=inside_document(exchange),
    )


def _legible(change: Change) -> Change:
    return Change(change.where, change.name, legible(change.before), legible(change.after))


def _event(event: Event) -> AsgiEvent:
    message = event.message
    payload = message.get("body") or message.get("bytes") or message.get("text") or b""
    kept = len(payload.encode()) if isinstance(payload, str) else len(payload)
    return AsgiEvent(
        event.channel, message["type"], milliseconds(event.at_ns), event.size, kept < event.size, legible(message)
    )


def body_size(exchange: Exchange, channel: Channel) -> int:
    """How long a body was, in bytes, of which not all may be kept."""
    if exchange.events_omitted:
        return exchange.received_bytes if channel == "receive" else exchange.sent_bytes
    return sum(event.size for event in exchange.events if event.channel == channel and event.message["type"] in BODIES)

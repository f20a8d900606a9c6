"""JSON Lines of documents, as `exports` writes them, as exchanges: the way back from `document`.

What a document shows in two places (the request's body, the summary) is taken from one: the scope and the events.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from ...base.plain import plain
from ...exchange.facts import NO_FACTS, Facts, facts_in
from ...exchange.messages import is_event_stream
from ...exchange.model import Carriage, Channel, Event, Exchange, Inside, LogLine, Message, RouteMatch, State
from ...http.spec import AGAINST_THE_SPEC, FORWARDED_KEY, Forwarded
from .. import scan
from ..bounds import Bounds, bounded
from ..imported import Imported, ImportFault, moment_ns, own_id, span_ns
from ..unread import Unread

MAX_INNER: Final = 8
"""How many sights of one exchange from behind middleware may stand in each other."""

MAX_VALUES: Final = 100_000
"""Objects and arrays in one document: so many are read in some 50 ms."""


class _Base64(Struct):
    base64: bytes


Bytes = str | _Base64
"""The rule for bytes, read."""

Count = Annotated[int, Meta(ge=0, le=1 << 53)]
Port = Annotated[int, Meta(ge=0, le=65535)]


class _Scope(Struct):
    type: Literal["http", "websocket"]
    headers: list[tuple[Bytes, Bytes]]
    asgi: dict[str, str] | UnsetType = UNSET
    http_version: str | UnsetType | None = UNSET
    method: str | UnsetType | None = UNSET
    scheme: str | UnsetType = UNSET
    path: str | UnsetType = UNSET
    raw_path: Bytes | UnsetType | None = UNSET
    query_string: Bytes | UnsetType = UNSET
    root_path: str | UnsetType = UNSET
    client: tuple[str, Port | None] | UnsetType | None = UNSET
    server: tuple[str, Port | None] | UnsetType | None = UNSET
    subprotocols: list[str] | UnsetType = UNSET
    extensions: dict[str, Any] | UnsetType | None = UNSET
    against_the_spec: dict[str, Any] | UnsetType = UNSET


class _Event(Struct):
    channel: Channel
    at_ms: float
    size: Count
    message: dict[str, Any]


class _Body(Struct):
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None


class _Request(Struct):
    body: _Body = msgspec.field(default_factory=_Body)


class _LogLine(Struct):
    at_ms: float
    level: str
    logger: str
    message: str
    place: str
    error: str | None = None


class _Route(Struct):
    template: str | None = None
    endpoint: str | None = None
    parameters: dict[str, str | int | None] = {}


class _Inside(Struct):
    waited_ms: float = 0.0
    route: _Route | None = None
    logs: list[_LogLine] = []
    logs_omitted: Count = 0
    inner: "_Seen | None" = None


class _Seen(Facts, kw_only=True):
    """An exchange as one Echoscope saw it."""

    state: State
    started_at: str
    duration_ms: float
    received_bytes: Count
    sent_bytes: Count
    scope: _Scope
    events: list[_Event]
    status: Annotated[int, Meta(ge=100, le=999)] | None = None
    events_omitted: Count = 0
    error: str | None = None
    forwarded: Forwarded | None = None
    inside: _Inside | None = None


class _Document(_Seen, kw_only=True):
    id: str
    request: _Request = msgspec.field(default_factory=_Request)
    note: str | None = None
    pinned: bool | None = False
    wire: Bytes | None = None
    is_derived: bool | None = False
    carriage: "_Carriage | None" = None


class _Carriage(Struct, kw_only=True):
    connection: Annotated[str, Meta(max_length=64)]
    number: Count
    opened_at: str
    is_pipelined: bool = False
    tls: Annotated[dict[str, str | None], Meta(max_length=10)] | None = None
    http2: Annotated[dict[str, dict[str, int]], Meta(max_length=2)] | None = None
    stream: Count | None = None
    framed: Bytes | None = None
    interim: Annotated[list[int], Meta(max_length=100)] = []
    closed_by: Literal["client", "server"] | None = None
    closed_at: str | None = None


class _Message(Struct):
    """The parts of an ASGI message that have a type of their own; the others are plain data."""

    type: Annotated[str, Meta(pattern=r"^(http|websocket)\.[a-z._]{1,40}$")]
    body: Bytes | None = None
    bytes: Bytes | None = None
    text: str | None = None
    headers: list[tuple[Bytes, Bytes]] | None = None
    status: Annotated[int, Meta(ge=100, le=999)] | None = None


MAX_FRAMED: Final = 32 << 10
"""How much is taken of a body in chunks as it came: what our own server keeps."""

_decoder: Final = msgspec.json.Decoder(_Document)


def entries(content: bytes | bytearray) -> Iterator[Unread]:
    """Each line that is not blank. Raises ImportFault when the first one is no object."""
    lines = scan.lines(content)
    first = next(lines, None)
    if first is None or content[first[1]] != ord("{"):
        raise ImportFault("This is neither a HAR file nor JSON Lines of exchanges.")
    for number, start, end in chain([first], lines):
        yield Unread(number, start, end, read)


def read(number: int, line: bytes, bounds: Bounds) -> Imported:
    """A document by the bytes of its line."""
    try:
        brackets = line.count(b"{") + line.count(b"[")
        if brackets > MAX_VALUES and scan.value_at(line, 0).values > MAX_VALUES:
            raise ImportFault(f"A document may hold at most {MAX_VALUES:,} objects and arrays.")
        document = _decoder.decode(line)
        exchange = bounded(_exchange(document), bounds)
        return Imported(number, exchange, document.note, document.pinned is True)
    except ImportFault as fault:
        return Imported(number, fault=str(fault))
    except scan.Malformed:
        return Imported(number, fault="This line is no JSON text: it ends too early.")
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        return Imported(number, fault=f"{error}.")


def _exchange(document: _Document) -> Exchange:
    return replace(
        _seen(document, own_id(document.id), MAX_INNER),
        received_sha256=document.request.body.sha256,
        wire=None if document.wire is None else _bytes(document.wire),
        facts=facts_in(document),
        is_derived=document.is_derived is True,
        carriage=None if document.carriage is None else _carriage(document.carriage),
    )


def _carriage(told: _Carriage) -> Carriage:
    return Carriage(
        told.connection,
        told.number,
        moment_ns(told.opened_at),
        told.is_pipelined,
        told.tls,
        told.http2,
        told.stream,
        None if told.framed is None else _bytes(told.framed)[:MAX_FRAMED],
        told.interim,
        told.closed_by,
        None if told.closed_at is None else moment_ns(told.closed_at),
    )


def _seen(document: _Seen, exchange_id: str, inner: int) -> Exchange:
    """`inner`: how many more sights from behind middleware may be in it; what is farther in is left out."""
    events = [
        Event(event.channel, span_ns(event.at_ms), event.size, read_message(event.message)) for event in document.events
    ]
    return Exchange(
        id=exchange_id,
        state="disconnected" if document.state == "open" else document.state,
        started_ns=moment_ns(document.started_at),
        duration_ns=span_ns(document.duration_ms),
        status=document.status,
        received_bytes=document.received_bytes,
        sent_bytes=document.sent_bytes,
        is_event_stream=is_event_stream(events),
        facts=NO_FACTS,
        scope=_scope(document),
        received_sha256=None,
        error=document.error,
        events_omitted=document.events_omitted,
        events=events,
        inside=None if document.inside is None else _inside(document.inside, exchange_id, inner),
    )


def read_scope(document: dict[str, Any]) -> dict[str, Any]:
    """A scope from its document. Raises `msgspec.ValidationError`."""
    return _keys(msgspec.convert(document, _Scope))


def read_inside(document: Any, exchange_id: str) -> Inside:
    """What was seen inside an app, from its document. Raises `msgspec.ValidationError` and `ImportFault`."""
    return _inside(msgspec.convert(document, _Inside), exchange_id, MAX_INNER)


def read_seen(document: Any, exchange_id: str) -> Exchange:
    """An exchange as it was seen from one place. Raises `msgspec.ValidationError` and `ImportFault`."""
    return _seen(msgspec.convert(document, _Seen), exchange_id, MAX_INNER)


def read_message(document: dict[str, Any]) -> Message:
    """An ASGI message from its document. Raises `msgspec.ValidationError`."""
    known = msgspec.convert(document, _Message)
    message: Message = plain(document)
    message |= {key: _bytes(value) for key in ("body", "bytes") if (value := getattr(known, key)) is not None}
    message.pop("headers", None)
    if known.headers is not None:
        message["headers"] = _pairs(known.headers)
    if known.body is None:
        message.pop("body", None)
    return message


def _inside(inside: _Inside, exchange_id: str, inner: int) -> Inside:
    route = inside.route
    return Inside(
        waited_ns=span_ns(inside.waited_ms),
        route=None if route is None else RouteMatch(route.template, route.endpoint, route.parameters),
        logs=[
            LogLine(span_ns(line.at_ms), line.level, line.logger, line.message, line.place, line.error)
            for line in inside.logs
        ],
        logs_omitted=inside.logs_omitted,
        inner=_seen(inside.inner, exchange_id, inner - 1) if inside.inner and inner else None,
    )


def _scope(document: _Seen) -> dict[str, Any]:
    scope = _keys(document.scope)
    if document.forwarded is not None:
        scope[FORWARDED_KEY] = msgspec.to_builtins(document.forwarded)
    return scope


def _keys(scope: _Scope) -> dict[str, Any]:
    """The keys that the document had, with their types of before."""
    values = {key: value for key in scope.__struct_fields__ if (value := getattr(scope, key)) is not UNSET}
    values["headers"] = _pairs(scope.headers)
    for key in ("raw_path", "query_string"):
        if values.get(key) is not None:
            values[key] = _bytes(values[key])
    for key in ("extensions", AGAINST_THE_SPEC):
        if key in values:
            values[key] = plain(values[key])
    return values


def _pairs(pairs: list[tuple[Bytes, Bytes]]) -> list[tuple[bytes, bytes]]:
    return [(_bytes(name), _bytes(value)) for name, value in pairs]


def _bytes(value: Bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value.base64

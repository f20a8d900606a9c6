"""The forms in which people and programs see an exchange: the echo, the summary, the document.

Pure: structs and scopes in, plain values for JSON and templates out. One rule for bytes everywhere: bytes
that are UTF-8 text appear as that string, other bytes as `{"base64": "…"}`.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, overload

import msgspec

from .exchange import ID_KEY, Event, Exchange, ExchangeHead, Message, State
from .plain import plain
from .spec import HTTP_SCOPE_KEYS, WEBSOCKET_SCOPE_KEYS, Address

Document = dict[str, Any]

BODIES = frozenset({"http.request", "http.response.body", "websocket.http.response.body"})
"""The types of messages that carry a body."""

_STARTS = frozenset({"http.response.start", "websocket.http.response.start", "websocket.accept"})
_ORDER = {"http": dict.fromkeys(HTTP_SCOPE_KEYS), "websocket": dict.fromkeys(WEBSOCKET_SCOPE_KEYS)}


def text(data: bytes) -> str | dict[str, str]:
    """The one rule for bytes."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(data).decode()}


def scope_document(scope: Mapping[str, Any]) -> Document:
    """A connection scope: the keys of the ASGI spec in its order, then what else is plain data.

    Left out are `state` and values that are not plain data, such as the objects that frameworks add.
    """
    order = _ORDER[scope["type"]]
    made: Document = {**order, **scope}
    is_complete = len(made) == len(scope)
    made.pop("state", None)
    made.pop(ID_KEY, None)
    if len(made) > len(order) or not is_complete:
        made = {key: _own_or_plain(key, value, order) for key, value in made.items() if key in scope}
        made = {key: value for key, value in made.items() if key in order or value is not None}
    if made.get("raw_path") is not None:
        made["raw_path"] = text(made["raw_path"])
    if made.get("query_string") is not None:
        made["query_string"] = text(made["query_string"])
    made["headers"] = header_pairs(scope.get("headers", ()))
    return made


def _own_or_plain(key: str, value: Any, order: Mapping[str, None]) -> Any:
    return value if key in order else legible(plain(value))


def header_pairs(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[Any, Any]]:
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


def received_document(message: Mapping[str, Any], kept: bytes) -> Document:
    """An `http.request` message as the echo shows it, with what is kept of its body."""
    body = message.get("body", b"")
    made = {"type": message["type"], "body": text(kept), "more_body": message.get("more_body", False)}
    if len(kept) < len(body):
        made |= {"size": len(body), "truncated": True}
    return made


class Summary(msgspec.Struct, gc=False):
    """The one-line form of an exchange in lists and in the feed.

    `method` is None for a WebSocket, `client` behind a Unix socket. `content_type` is the request's.
    """

    seq: int
    id: str
    state: State
    type: str
    http_version: str | None
    method: str | None
    path: str
    query_string: str
    status: int | None
    started_at: str
    duration_ms: float
    received_bytes: int
    sent_bytes: int
    is_event_stream: bool
    client: str | None
    content_type: str | None
    user_agent: str | None


def summarize(seq: int, head: ExchangeHead, mask: Callable[[bytes], bytes] | None = None) -> Summary:
    """`mask`, where given, takes secrets out of a query string."""
    scope = head.scope
    fields = dict(scope.headers[::-1])  # of a header that is repeated, the first one counts
    query = scope.query_string
    if mask is not None and b"=" in query:
        query = mask(query)
    return Summary(
        seq,
        head.id,
        head.state,
        scope.type,
        scope.http_version,
        scope.method,
        scope.path,
        escaped(query),
        head.status,
        _rfc3339(head.started_ns),
        _milliseconds(head.duration_ns),
        head.received_bytes,
        head.sent_bytes,
        head.is_event_stream,
        address(scope.client),
        escaped(fields.get(b"content-type")),
        escaped(fields.get(b"user-agent")),
    )


def summary(seq: int, head: ExchangeHead, mask: Callable[[bytes], bytes] | None = None) -> Document:
    """A summary as plain data."""
    return msgspec.structs.asdict(summarize(seq, head, mask))


def document(seq: int, exchange: Exchange) -> Document:
    """Everything that is kept of an exchange, in the form shown to people."""
    return summary(seq, exchange.head) | {
        "scope": scope_document(exchange.scope),
        "events": [_event(event) for event in exchange.events],
        "events_omitted": exchange.events_omitted,
        "request": {"body": _body(exchange, "receive") | {"sha256": exchange.received_sha256}},
        "response": _response(exchange),
        "error": exchange.error,
    }


def body_bytes(exchange: Exchange, channel: str) -> bytes:
    """What is kept of the body of the request (`receive`) or of the answer (`send`)."""
    return b"".join(
        event.message.get("body", b"")
        for event in exchange.events
        if event.channel == channel and event.message["type"] in BODIES
    )


def response_start(events: Iterable[Event]) -> Message | None:
    """The message that began the answer, None when none was begun."""
    return next((event.message for event in events if event.message["type"] in _STARTS), None)


def _event(event: Event) -> Document:
    message = event.message
    payload = message.get("body") or message.get("bytes") or message.get("text") or b""
    kept = len(payload.encode()) if isinstance(payload, str) else len(payload)
    return {
        "channel": event.channel,
        "type": message["type"],
        "at_ms": _milliseconds(event.at_ns),
        "size": event.size,
        "truncated": kept < event.size,
        "message": legible(message),
    }


def _response(exchange: Exchange) -> Document | None:
    start = response_start(exchange.events)
    if start is None:
        return None
    return {
        "status": exchange.status,
        "headers": header_pairs(start.get("headers", ())),
        "body": _body(exchange, "send"),
    }


def _body(exchange: Exchange, channel: str) -> Document:
    kept = body_bytes(exchange, channel)
    size = sum(event.size for event in exchange.events if event.channel == channel and event.message["type"] in BODIES)
    if exchange.events_omitted:
        size = exchange.received_bytes if channel == "receive" else exchange.sent_bytes
    return {"size": size, "kept": len(kept), "truncated": len(kept) < size, "content": text(kept)}


@overload
def escaped(data: bytes) -> str: ...
@overload
def escaped(data: bytes | None) -> str | None: ...
def escaped(data: bytes | None) -> str | None:
    """Bytes as text in one line of a list: what is not UTF-8 is written as escapes."""
    return None if data is None else data.decode("utf-8", "backslashreplace")


@lru_cache(maxsize=1024)
def address(pair: Address | None) -> str | None:
    """`host:port` as the server gave it, the host alone when the port is not known, None behind a Unix socket."""
    if pair is None or not pair[0]:
        return None
    host, port = pair
    if port is None:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _milliseconds(nanoseconds: int) -> float:
    return nanoseconds // 1000 / 1000


def _rfc3339(nanoseconds: int) -> str:
    """UTC with microseconds. `datetime` counts no nanoseconds, so the division is done in integers."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{_to_the_second(seconds)}.{rest // 1000:06d}Z"


@lru_cache(maxsize=64)
def _to_the_second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"

"""The forms in which people and programs see an exchange: the echo, the document.

Pure: structs and scopes in, plain values for JSON and templates out. One rule for bytes everywhere: bytes
that are UTF-8 text appear as that string, other bytes as `{"base64": "…"}`.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from ..base.plain import plain
from ..http.spec import FORWARDED_KEY, HTTP_SCOPE_KEYS, WEBSOCKET_SCOPE_KEYS
from .addresses import url_of
from .changes import Change, changes
from .messages import BODIES, body_bytes, response_start
from .model import ID_KEY, PLACE_KEY, Channel, Event, Exchange, LogLine
from .summary import milliseconds, rfc3339, summary

Document = dict[str, Any]

_HTTP_KEYS = frozenset(HTTP_SCOPE_KEYS)
_OWN_KEYS = frozenset({"state", ID_KEY, PLACE_KEY, FORWARDED_KEY})
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
    if scope["type"] == "http" and scope.keys() - _OWN_KEYS == _HTTP_KEYS:
        return http_scope_document(scope, header_pairs(scope["headers"]))
    order = _ORDER[scope["type"]]
    made: Document = {**order, **scope}
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


def http_scope_document(scope: Mapping[str, Any], headers: Any) -> Document:
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
    """An `http.request` message as the echo shows it, with what is kept of its body, which was `size` bytes long."""
    document = {"type": message["type"], "body": text(kept), "more_body": message.get("more_body", False)}
    if len(kept) < message["size"]:
        document |= {"size": message["size"], "truncated": True}
    return document


def document(seq: int, exchange: Exchange) -> Document:
    """Everything that is kept of an exchange, in the form shown to people."""
    return summary(seq, exchange.head) | {
        "url": url_of(exchange),
        "forwarded": _forwarded(exchange),
        "scope": scope_document(exchange.scope),
        "events": [_event(event) for event in exchange.events],
        "events_omitted": exchange.events_omitted,
        "request": {"body": _body(exchange, "receive") | {"sha256": exchange.received_sha256}},
        "response": _response(exchange),
        "error": exchange.error,
        "reason": exchange.reason,
        "is_derived": exchange.is_derived,
        "inside": _inside(exchange),
    }


def _inside(exchange: Exchange) -> Document | None:
    """What was seen inside the app, with what the middleware before it has changed."""
    inside = exchange.inside
    if inside is None:
        return None
    inner = inside.inner
    return {
        "waited_ms": milliseconds(inside.waited_ns),
        "worked_ms": max(0, exchange.duration_ns // 1000 - inside.waited_ns // 1000) / 1000,
        "route": inside.route and {name: getattr(inside.route, name) for name in inside.route.__struct_fields__},
        "logs": [_log_line(line) for line in inside.logs],
        "logs_omitted": inside.logs_omitted,
        "inner": inner and _inner(inner),
        "changes": None if inner is None else [_change(change) for change in changes(exchange, inner)],
    }


def _log_line(line: LogLine) -> Document:
    return {
        "at_ms": milliseconds(line.at_ns),
        "level": line.level,
        "logger": line.logger,
        "message": line.message,
        "place": line.place,
        "error": line.error,
    }


def _inner(exchange: Exchange) -> Document:
    """An exchange as it was seen behind middleware, as far as that may differ."""
    return {
        "state": exchange.state,
        "status": exchange.status,
        "started_at": rfc3339(exchange.started_ns),
        "duration_ms": milliseconds(exchange.duration_ns),
        "received_bytes": exchange.received_bytes,
        "sent_bytes": exchange.sent_bytes,
        "scope": scope_document(exchange.scope),
        "events": [_event(event) for event in exchange.events],
        "events_omitted": exchange.events_omitted,
        "error": exchange.error,
        "inside": _inside(exchange),
    }


def _change(change: Change) -> Document:
    before, after = legible(change.before), legible(change.after)
    return {"where": change.where, "name": change.name, "before": before, "after": after}


def _forwarded(exchange: Exchange) -> Document | None:
    """What a proxy that is believed said of the request."""
    return exchange.scope.get(FORWARDED_KEY)


def _event(event: Event) -> Document:
    message = event.message
    payload = message.get("body") or message.get("bytes") or message.get("text") or b""
    kept = len(payload.encode()) if isinstance(payload, str) else len(payload)
    return {
        "channel": event.channel,
        "type": message["type"],
        "at_ms": milliseconds(event.at_ns),
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


def body_size(exchange: Exchange, channel: Channel) -> int:
    """How long a body was, in bytes, of which not all may be kept."""
    if exchange.events_omitted:
        return exchange.received_bytes if channel == "receive" else exchange.sent_bytes
    return sum(event.size for event in exchange.events if event.channel == channel and event.message["type"] in BODIES)


def _body(exchange: Exchange, channel: Channel) -> Document:
    kept, size = body_bytes(exchange, channel), body_size(exchange, channel)
    return {"size": size, "kept": len(kept), "truncated": len(kept) < size, "content": text(kept)}

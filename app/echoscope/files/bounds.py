"""The bounds of the recorder, for exchanges that it did not record.

What the server would not have taken is refused, with a reason; what the recorder would have cut is cut in the same way.
"""

from typing import Any, Final

import msgspec
from msgspec.structs import replace

from ..exchange.facts import Facts
from ..exchange.model import LOG_CHARACTERS, LOG_NAME_CHARACTERS, MAX_LOG_LINES, Event, Exchange, Inside, LogLine
from .imported import ImportFault

ERROR_CHARACTERS: Final = 32_768
"""How much of a traceback is kept: its end."""

_PAYLOADS: Final = ("body", "bytes", "text")


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """`kept_body_bytes`: of each direction. `max_events`: the first and the last halves. `head_bytes`, `head_lines`: of
    the head of a request, and of that of an answer."""

    kept_body_bytes: int = 256 << 10
    max_events: int = 1_000
    head_bytes: int = 32 << 10
    head_lines: int = 100


def bounded(exchange: Exchange, bounds: Bounds) -> Exchange:
    """The exchange within the bounds. Raises ImportFault for a head that is too large."""
    scope = exchange.scope
    target = len(scope.get("raw_path") or scope.get("path", "").encode()) + len(scope.get("query_string", b""))
    _check_head("request", scope["headers"], len(scope.get("method") or "") + target, bounds)
    _check_rest("connection scope", scope, bounds)
    _check_rest("facts of the exchange", exchange.facts, bounds)
    half = bounds.max_events // 2
    events = exchange.events
    omitted = max(0, len(events) - bounds.max_events)
    if omitted:
        events = [*events[: bounds.max_events - half], *events[len(events) - half :]]
    room = {"receive": bounds.kept_body_bytes, "send": bounds.kept_body_bytes}
    return replace(
        exchange,
        error=exchange.error and exchange.error[-ERROR_CHARACTERS:],
        events_omitted=exchange.events_omitted + omitted,
        events=[_bounded(event, room, bounds) for event in events],
        inside=exchange.inside and _inside(exchange.inside, bounds),
    )


def _inside(inside: Inside, bounds: Bounds) -> Inside:
    """The last log records, cut as they would have been; a route that no path could have led to is refused."""
    route = inside.route
    if route is not None and len(msgspec.msgpack.encode(route)) > bounds.head_bytes:
        raise ImportFault(f"A route may take at most {bounds.head_bytes:,} bytes.")
    logs = [
        LogLine(
            line.at_ns,
            line.level[:LOG_NAME_CHARACTERS],
            line.logger[:LOG_NAME_CHARACTERS],
            line.message[:LOG_CHARACTERS],
            line.place[:LOG_NAME_CHARACTERS],
            line.error and line.error[-ERROR_CHARACTERS:],
        )
        for line in inside.logs[-MAX_LOG_LINES:]
    ]
    omitted = inside.logs_omitted + len(inside.logs) - len(logs)
    return replace(inside, logs=logs, logs_omitted=omitted, inner=inside.inner and bounded(inside.inner, bounds))


def _bounded(event: Event, room: dict[str, int], bounds: Bounds) -> Event:
    """A message whose payload has as much as there is room for; `room` becomes smaller by it."""
    message = event.message
    rest = {key: value for key, value in message.items() if key not in _PAYLOADS}
    if rest.get("headers"):
        _check_head("answer", rest["headers"], 0, bounds)
    if len(rest) > 2:
        _check_rest("message", rest, bounds)
    for key in _PAYLOADS:
        if payload := message.get(key):
            data = payload.encode() if isinstance(payload, str) else payload
            part = data[: room[event.channel]]
            room[event.channel] -= len(part)
            if len(part) < len(data):
                message = {**message, key: part.decode("utf-8", "ignore") if isinstance(payload, str) else part}
    return event if message is event.message else replace(event, message=message)


def _check_head(of: str, headers: Any, first_line: int, bounds: Bounds) -> None:
    if len(headers) > bounds.head_lines:
        raise ImportFault(f"The head of the {of} may have at most {bounds.head_lines:,} lines, not {len(headers):,}.")
    size = first_line + sum(len(name) + len(value) + 4 for name, value in headers)
    if size > bounds.head_bytes:
        raise ImportFault(f"The head of the {of} may have at most {bounds.head_bytes:,} bytes, not {size:,}.")


def _check_rest(of: str, values: dict[Any, Any] | Facts, bounds: Bounds) -> None:
    """The largest size of other values of a scope: it has paths twice, and extensions hold certificates."""
    size, most = len(msgspec.msgpack.encode(values)), 4 * bounds.head_bytes
    if size > most:
        raise ImportFault(f"The {of} may take at most {most:,} bytes, not {size:,}.")

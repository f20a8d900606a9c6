"""Secrets, taken out of what leaves the inspector: lists, code, exports, until somebody reveals them.

A secret in a header, a cookie or a parameter becomes `redacted-` and eight hexadecimal digits; the digits are
equal where the secrets are, so that two requests can be compared, and come from a key that is new with each start,
so that nothing can be guessed from them. In bodies, where a secret may be repeated (an echo repeats them all), it
becomes as many asterisks: sizes stay true, and JSON stays JSON, where a number becomes a string of asterisks, or nines.

What counts is told by names alone, by the same list of words (`names`) in every place: queries, headers, cookies,
forms, parts of multipart bodies, JSON, XML, YAML, GraphQL, addresses. It is no guarantee: a secret under a name that
says nothing stays, and so does one of fewer than six bytes in a body, unless its name stands before it.
"""

import re
from typing import Any, Final, overload

from msgspec.structs import replace

from ...exchange.messages import BODIES, body_bytes
from ...exchange.model import Channel, Event, Exchange, ExchangeHead, Inside
from ...exchange.sides import Pairs, Side, request_of, response_of
from ...http.fields import split
from ...http.spec import AGAINST_THE_SPEC
from ..bodies.codings import undo
from ..onwire.chunks import framing_of
from .bodies import Scrub
from .marks import key_in_use, mark, mask_header, mask_protocols, mask_query, use_key
from .names import is_secret_header, is_secret_parameter

__all__ = [
    "is_secret_header",
    "key_in_use",
    "mark",
    "mask",
    "mask_head",
    "mask_header",
    "mask_headers",
    "mask_query",
    "use_key",
]


def mask_head(head: ExchangeHead) -> ExchangeHead:
    """The head of an exchange without the secrets in its query string, for lines of a list; headers are left."""
    return replace(head, scope=replace(head.scope, query_string=mask_query(head.scope.query_string)))


def mask(exchange: Exchange) -> Exchange:
    """An exchange without its secrets. Sizes and times are those of the original.

    A body that is compressed and holds secrets is withheld as a whole: all of it becomes asterisks. A digest of a
    body that had something to hide is left out, since short secrets could be guessed from it. In what is against the
    ASGI spec no secret can be told: it is left out, and whatever may repeat it is withheld.
    """
    request = request_of(exchange)
    response = response_of(exchange) or Side([], body_bytes(exchange, "send"), exchange.sent_bytes)
    scrub = _scrub(exchange, request, response)
    scope = {**exchange.scope, "headers": _mask_headers(request.headers, scrub)}
    scope.pop(AGAINST_THE_SPEC, None)
    if offered := scope.get("subprotocols"):
        scope["subprotocols"] = _mask_protocols(offered)
    if "query_string" in scope:
        scope["query_string"] = mask_query(scope["query_string"])
    events = exchange.events
    if request.content:
        events = _with_content(events, "receive", _mask_content(request, scrub))
    if response.content:
        events = _with_content(events, "send", _mask_content(response, scrub))
    wire = None if exchange.wire is None else _mask_wire(exchange.wire, scrub)
    carriage = exchange.carriage
    if carriage is not None and carriage.framed is not None:
        carriage = replace(carriage, framed=_mask_framed(carriage.framed, scrub))
    events = [_mask_event(event, scrub) for event in events]
    masked = replace(exchange, wire=wire, carriage=carriage, scope=scope, events=events)
    if request_of(masked).content != request.content:
        masked = replace(masked, received_sha256=None)
    return replace(masked, error=_scrubbed(scrub, exchange.error), inside=_mask_inside(exchange.inside, scrub))


def _mask_inside(inside: Inside | None, scrub: Scrub) -> Inside | None:
    """Logs and what a route holds repeat what was sent; what is seen behind middleware has secrets of its own."""
    if inside is None:
        return None
    logs = [
        replace(line, message=_scrubbed(scrub, line.message), error=_scrubbed(scrub, line.error))
        for line in inside.logs
    ]
    route = inside.route
    if route is not None:
        pairs = ((name, _mask_parameter(name, value, scrub)) for name, value in route.parameters.items())
        route = replace(route, parameters=dict(pairs))
    return replace(inside, logs=logs, route=route, inner=inside.inner and mask(inside.inner))


def _mask_parameter(name: str, value: Any, scrub: Scrub) -> Any:
    text = str(value)
    if is_secret_parameter(name.encode("utf-8", "backslashreplace")):
        return mark(text.encode())
    masked = _scrubbed(scrub, text)
    return value if masked == text else masked


@overload
def _scrubbed(scrub: Scrub, text: str) -> str: ...
@overload
def _scrubbed(scrub: Scrub, text: str | None) -> str | None: ...
def _scrubbed(scrub: Scrub, text: str | None) -> str | None:
    return None if text is None else scrub.body(text.encode("utf-8", "backslashreplace")).decode("utf-8", "replace")


def mask_headers(exchange: Exchange, headers: Pairs) -> Pairs:
    """The headers of one of the exchange's sides without its secrets, the same as in `mask`."""
    request, response = request_of(exchange), response_of(exchange) or Side([], b"", 0)
    return _mask_headers(headers, _scrub(exchange, request, response))


_FIELD: Final = re.compile(rb"([^:]+)(:[ \t]*)(.*?)([ \t]*)", re.DOTALL)


def _mask_wire(wire: bytes, scrub: Scrub) -> bytes:
    """The head of a request as its bytes came, without its secrets; a line that has no name is withheld."""
    line, *lines = wire.split(b"\n")
    path, separator, query = line.partition(b"?")
    target, space, version = query.partition(b" ")
    first = mask_header(b"", path) + separator + mask_query(target) + space + version
    return b"\n".join([first, *(_mask_line(one, scrub) for one in lines)])


def _mask_framed(framed: bytes, scrub: Scrub) -> bytes:
    """A body in chunks with its sizes and extensions, and of the rest only the trailers, without secrets."""
    framing, trailers = framing_of(framed)
    return framing + b"\n".join(_mask_line(line, scrub) for line in trailers.split(b"\n"))


def _mask_line(line: bytes, scrub: Scrub) -> bytes:
    text = line.removesuffix(b"\r")
    match = _FIELD.fullmatch(text)
    if match is None:
        return b"*" * len(text) + line[len(text) :]
    name, colon, value, space = match.groups()
    ((_, masked),) = _mask_headers([(name.strip().lower(), value)], scrub)
    return name + colon + masked + space + line[len(text) :]


def _scrub(exchange: Exchange, request: Side, response: Side) -> Scrub:
    is_odd = any(AGAINST_THE_SPEC in part for part in (exchange.scope, *(event.message for event in exchange.events)))
    return Scrub([request, response], exchange.scope.get("query_string", b""), is_odd)


def _mask_headers(headers: Any, scrub: Scrub) -> Pairs:
    """Secrets stand also in headers whose names say nothing, such as `Referer`."""
    masked = [(name, mask_header(name, value)) for name, value in headers]
    return [(name, value if is_secret_header(name) else scrub.known(value)) for name, value in masked]


def _mask_protocols(offered: list[str]) -> list[str]:
    return [item.decode() for item in mask_protocols([item.encode("utf-8", "backslashreplace") for item in offered])]


def _mask_content(side: Side, scrub: Scrub) -> bytes:
    names = [name.lower() for value in side.values(b"content-encoding") for name in split(value)]
    decoded, coding = undo(side.content, [] if side.is_decoded else names)
    content_type = side.value(b"content-type")
    if coding is not None and coding.undone is not None:
        return side.content if scrub.body(decoded, content_type) == decoded else b"*" * len(side.content)
    return scrub.body(side.content, content_type)


def _with_content(events: list[Event], channel: Channel, content: bytes) -> list[Event]:
    """The events with this content, as long as theirs, in the place of their bodies."""
    pieces, position = [], 0
    for event in events:
        if event.channel == channel and event.message["type"] in BODIES and event.message.get("body"):
            end = position + len(event.message["body"])
            event = replace(event, message={**event.message, "body": content[position:end]})
            position = end
        pieces.append(event)
    return pieces


def _mask_event(event: Event, scrub: Scrub) -> Event:
    """Headers, and the payload of a WebSocket message; bodies were masked as a whole."""
    message = dict(event.message)
    message.pop(AGAINST_THE_SPEC, None)
    if message.get("headers"):
        message["headers"] = _mask_headers(message["headers"], scrub)
    if isinstance(message.get("subprotocol"), str):
        (chosen,) = mask_protocols([message["subprotocol"].encode("utf-8", "backslashreplace")])
        message["subprotocol"] = scrub.known(chosen).decode()
    if isinstance(message.get("bytes"), bytes):
        message["bytes"] = scrub.body(message["bytes"])
    if isinstance(message.get("text"), str):
        message["text"] = scrub.body(message["text"].encode("utf-8", "backslashreplace")).decode("utf-8", "replace")
    return replace(event, message=message)

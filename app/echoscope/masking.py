"""Secrets, taken out of what leaves the inspector: lists, code, exports, until somebody reveals them.

A secret in a header, a cookie or a parameter becomes `redacted-` and eight hexadecimal digits; the digits are
equal where the secrets are, so that two requests can be compared, and come from a key that is new with each start,
so that nothing can be guessed from them. In bodies, where a secret may be repeated (an echo repeats them all), it
becomes as many asterisks: sizes stay true, and JSON stays JSON.

What counts is told by names alone. It is no guarantee: a secret under a name that says nothing stays, and so does
one of fewer than six bytes in a body, unless its name stands before it.
"""

import binascii
import hmac
import html
import json
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, Final, TypeVar
from urllib.parse import unquote_to_bytes

from msgspec.structs import replace

from .bodies.codings import undo
from .document import Document
from .exchange import Channel, Event, Exchange, ExchangeHead
from .fields import split
from .sides import Pairs, Side, request_of, response_of

_HEADERS: Final = re.compile(
    rb"""(?:proxy-)?authorization|cookie|set-cookie|(?:.*-)?api-?key|x-auth(?:-.*)?|(?:.*[-_])?(?:token|secret|password)
    |.*signature.*|x-forwarded-client-cert|cf-access-.*|x-goog-iap-.*""",
    re.VERBOSE | re.IGNORECASE,
)
_NAMES: Final = (
    rb"(?:[\w.-]{0,40}[_.-])?(?:token|secret|password|passwd|pwd|api[_-]?key|signature|credential)|passphrase|apikey"
)
_PARAMETERS: Final = rb"(?:%b|key|sig|code)" % _NAMES
_PARAMETER: Final = re.compile(rb"(?<![^&;])(%b=)([^&;]+)" % _PARAMETERS, re.IGNORECASE)
_PARAMETER_IN_TEXT: Final = re.compile(rb"(?<![^?&;\s\"'>])(%b=)([^&;\s\"'<>\\#]+)" % _PARAMETERS, re.IGNORECASE)
_MEMBERS: Final = rb"%b|(?:proxy-)?authorization|cookie" % _NAMES
_MEMBER: Final = re.compile(
    rb'("(?:%b)"\s{0,8}:\s{0,8}")([^"\\]*(?:\\.[^"\\]*)*)' % _MEMBERS, re.IGNORECASE | re.DOTALL
)
_QUOTED_MEMBER: Final = re.compile(rb'("(?:%b)\\{1,9}"\s{0,8}:\s{0,8}\\{1,9}")([^"\\]*)' % _MEMBERS, re.IGNORECASE)
"""A member of a JSON object, and of one that stands in a string of another, as an echo has it."""

_IN_BODIES: Final = (_MEMBER, _QUOTED_MEMBER, _PARAMETER_IN_TEXT)

_LEAST: Final = 6
"""Bytes that a secret has to be looked for in bodies: shorter ones (`1`, `true`, `dark`) stand in any text."""

_MOST: Final = 500
"""Secrets that are looked for in bodies: each costs a search through all of them."""

_BODIES: Final = frozenset({"http.request", "http.response.body", "websocket.http.response.body"})
_key: Final = secrets.token_bytes(16)

T = TypeVar("T", bytes, str)


def is_secret_header(name: bytes) -> bool:
    """Whether the values of this header are secrets."""
    return _HEADERS.fullmatch(name) is not None


def mark(secret: bytes) -> str:
    """What stands for a secret: the same for the same secret, until the next start. Safe in any place of a request."""
    return "redacted-" + hmac.digest(_key, secret, "sha256").hex()[:8]


def mask_query(query: T) -> T:
    """A query string, or a form, without the values of secret parameters."""
    if isinstance(query, str):
        return mask_query(query.encode()).decode()
    return _PARAMETER.sub(lambda match: match[1] + mark(match[2]).encode(), query)


def mask_summary(summary: Document) -> Document:
    """A line of the list; only its query string can hold a secret that a name gives away."""
    query = summary["query_string"]
    return {**summary, "query_string": mask_query(query)} if "=" in query else summary


def mask_head(head: ExchangeHead) -> ExchangeHead:
    """The head of an exchange without the secrets in its query string, for lines of a list; headers are left."""
    query = head.scope.get("query_string", b"")
    return replace(head, scope={**head.scope, "query_string": mask_query(query)}) if query else head


def mask_header(name: bytes, value: bytes) -> bytes:
    """A header's value without its secrets; the scheme of credentials and the names of cookies stay."""
    if not is_secret_header(name):
        return _PARAMETER_IN_TEXT.sub(lambda match: match[1] + mark(match[2]).encode(), value)
    match name.lower():
        case b"cookie":
            return b";".join(map(_mask_pair, value.split(b";")))
        case b"set-cookie":
            pair, semicolon, attributes = value.partition(b";")
            return _mask_pair(pair) + semicolon + attributes
        case b"authorization" | b"proxy-authorization" if b" " in value.strip():
            scheme, _, credentials = value.strip().partition(b" ")
            return scheme + b" " + mark(credentials.strip()).encode()
        case _:
            return mark(value).encode() if value else value


def mask(exchange: Exchange) -> Exchange:
    """An exchange without its secrets. Sizes and times are those of the original.

    A body that is compressed and holds secrets is withheld as a whole: all of it becomes asterisks. A digest of a
    body that had something to hide is left out, since short secrets could be guessed from it.
    """
    request, response = request_of(exchange), response_of(exchange)
    scrub = _Scrub([request, response] if response else [request], exchange.scope.get("query_string", b""))
    scope = {**exchange.scope, "headers": _mask_headers(request.headers, scrub)}
    if "query_string" in scope:
        scope["query_string"] = mask_query(scope["query_string"])
    events = exchange.events
    if request.content:
        events = _with_content(events, "receive", _mask_content(request, scrub))
    if response and response.content:
        events = _with_content(events, "send", _mask_content(response, scrub))
    masked = replace(exchange, scope=scope, events=[_mask_event(event, scrub) for event in events])
    if request_of(masked).content != request.content:
        masked = replace(masked, received_sha256=None)
    if exchange.error is None:
        return masked
    return replace(masked, error=scrub.body(exchange.error.encode()).decode("utf-8", "replace"))


class _Scrub:
    """What puts asterisks over the secrets of these sides, wherever they stand again."""

    def __init__(self, sides: Sequence[Side], query: bytes) -> None:
        found = {secret for secret in islice(_secrets(sides, query), _MOST) if len(secret) >= _LEAST}
        self._forms = sorted({form for secret in found for form in _written(secret)}, key=len, reverse=True)

    def known(self, content: bytes) -> bytes:
        for form in self._forms:
            content = content.replace(form, b"*" * len(form))
        return content

    def body(self, content: bytes) -> bytes:
        """Also what has a telling name in the body itself."""
        content = self.known(content)
        for pattern in _IN_BODIES:
            content = pattern.sub(_starred, content)
        return content


def _starred(match: re.Match[bytes]) -> bytes:
    return match[1] + b"*" * len(match[2])


def _secrets(sides: Sequence[Side], query: bytes) -> Iterator[bytes]:
    """All secrets that a name gives away, each in the forms in which a server may have understood it."""
    for match in _PARAMETER.finditer(query):
        yield from (match[2], unquote_to_bytes(match[2].replace(b"+", b" ")))
    for side in sides:
        for name, value in side.headers:
            if is_secret_header(name):
                yield from _header_secrets(name.lower(), value)
    for side in sides:
        for match in chain(*(pattern.finditer(side.content) for pattern in _IN_BODIES)):
            yield from (match[2], unquote_to_bytes(match[2]))


def _header_secrets(name: bytes, value: bytes) -> Iterator[bytes]:
    yield value
    if name in (b"cookie", b"set-cookie"):
        pairs = value.split(b";") if name == b"cookie" else value.split(b";")[:1]
        yield from (pair.partition(b"=")[2].strip(b' \t"') for pair in pairs)
    scheme, _, credentials = value.partition(b" ")
    if credentials:
        yield credentials.strip()
    if scheme.lower() == b"basic":
        yield _basic_password(credentials)


def _basic_password(credentials: bytes) -> bytes:
    try:
        return b64decode(credentials, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""


def _written(secret: bytes) -> Iterator[bytes]:
    """A secret as it may stand in a body: as it is, in JSON, in HTML, by the rule for bytes."""
    yield secret
    try:
        text = secret.decode()
    except UnicodeDecodeError:
        text = secret.decode("latin-1")
        yield b64encode(secret)
    yield json.dumps(text)[1:-1].encode()
    yield json.dumps(text, ensure_ascii=False)[1:-1].encode()
    yield html.escape(text).encode()


def _mask_pair(pair: bytes) -> bytes:
    name, equals, value = pair.partition(b"=")
    value = value.strip(b' \t"')
    return name + equals + mark(value).encode() if value else pair


def _mask_headers(headers: Any, scrub: _Scrub) -> Pairs:
    """Secrets stand also in headers whose names say nothing, such as `Referer`."""
    masked = [(name, mask_header(name, value)) for name, value in headers]
    return [(name, value if is_secret_header(name) else scrub.known(value)) for name, value in masked]


def _mask_content(side: Side, scrub: _Scrub) -> bytes:
    names = [name.lower() for value in side.values(b"content-encoding") for name in split(value)]
    decoded, undone = undo(side.content, names)
    if undone is not None and undone.coding is not None:
        return side.content if scrub.body(decoded) == decoded else b"*" * len(side.content)
    return scrub.body(side.content)


def _with_content(events: list[Event], channel: Channel, content: bytes) -> list[Event]:
    """The events with this content, as long as theirs, in the place of their bodies."""
    made, position = [], 0
    for event in events:
        if event.channel == channel and event.message["type"] in _BODIES and event.message.get("body"):
            end = position + len(event.message["body"])
            event = replace(event, message={**event.message, "body": content[position:end]})
            position = end
        made.append(event)
    return made


def _mask_event(event: Event, scrub: _Scrub) -> Event:
    """Headers, and the payload of a WebSocket message; bodies were masked as a whole."""
    message = dict(event.message)
    if message.get("headers"):
        message["headers"] = _mask_headers(message["headers"], scrub)
    if isinstance(message.get("bytes"), bytes):
        message["bytes"] = scrub.body(message["bytes"])
    if isinstance(message.get("text"), str):
        message["text"] = scrub.body(message["text"].encode("utf-8", "backslashreplace")).decode("utf-8", "replace")
    return replace(event, message=message)

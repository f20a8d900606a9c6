"""Secrets in bodies: those of the headers wherever they are repeated, and what has a telling name."""

import binascii
import html
import json
import re
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final
from urllib.parse import unquote_to_bytes

from ...exchange.sides import Side
from ...http.fields import media_type, parameter
from .marks import parameter_values, protocol_secrets
from .names import is_secret_header, is_secret_parameter
from .text import Content, Span, secrets_in

_LEAST: Final = 6
"""Bytes that a secret has to be looked for in bodies: shorter ones (`1`, `true`, `dark`) stand in any text."""

_MOST: Final = 500
"""Secrets that are looked for in bodies: each costs a search through all of them."""

_MOST_PARTS: Final = 1_000
_HEAD_BYTES: Final = 16 << 10
"""Bytes at the beginning of a part in which its headers are looked for."""

_FORM: Final = re.compile(rb"[^\s{\[<\"=]*+=")
"""The beginning of a form; what curl sends as one unless told otherwise may be anything."""

_NUMBER: Final = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_ESCAPES: Final = re.compile(rb"%[0-9a-fA-F]{2}|[^%]+|%")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_PART_NAME: Final = re.compile(
    rb"""^content-disposition:(?:[^\r\n]|\r?\n[ \t])*?(?<=[;\s])name\*?\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;]+)""",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)


class Scrub:
    """What puts asterisks over the secrets of these sides, wherever they stand again.

    `withholds`: there may be others of which nobody knows, so that all of a body is covered.
    """

    def __init__(self, sides: Sequence[Side], query: bytes, withholds: bool = False) -> None:
        self._withholds = withholds
        secrets = {secret for secret in islice(_secrets(sides, query), _MOST) if len(secret.strip()) >= _LEAST}
        self._forms = sorted({form for secret in secrets for form in _written(secret)}, key=len, reverse=True)

    def known(self, content: bytes) -> bytes:
        """What is a number may stand in JSON as one: there nines take its place, which fit in a text as well."""
        for form in self._forms:
            content = content.replace(form, (b"9" if _NUMBER.fullmatch(form) else b"*") * len(form))
        return content

    def body(self, content: bytes, content_type: str | None = None) -> bytes:
        """Also what has a telling name in the body itself."""
        if self._withholds:
            return b"*" * len(content)
        masked = bytearray(content)
        for span in _told(content, content_type):
            masked[span.start : span.end] = _asterisks(span)
        return self.known(bytes(masked))


def _asterisks(span: Span) -> bytes:
    """As many as the secret has bytes; in the place of a number of JSON a string, or nines where there is no room."""
    length, quote = span.end - span.start, span.quote
    if not quote:
        return b"*" * length
    return quote + b"*" * (length - 2 * len(quote)) + quote if length >= 2 * len(quote) else b"9" * length


def _told(content: Content, content_type: str | None) -> list[Span]:
    """Where the values stand that have a telling name in a body."""
    kind = media_type(content_type)
    if kind == "application/x-www-form-urlencoded" and _FORM.match(content):
        return list(_form_secrets(content))
    spans = list(secrets_in(content))
    if (kind is not None and kind.startswith("multipart/")) or content.startswith(b"--"):
        spans += _multipart_secrets(content, parameter(content_type or "", "boundary"))
    return spans


def _form_secrets(content: Content) -> Iterator[Span]:
    """Whole values of secret fields, and what is secret in values that are JSON, an address or another form."""
    start = 0
    for pair in bytes(content).split(b"&"):
        name, equals, value = pair.partition(b"=")
        place = start + len(name) + len(equals)
        start += len(pair) + 1
        if is_secret_parameter(name.replace(b"+", b" ").strip()):
            yield Span(place, place + len(value.rstrip(b"\r\n")))
        elif value:
            decoded, places = _decoded(value)
            for span in secrets_in(decoded):
                yield Span(place + places[span.start], place + places[span.end])


def _decoded(value: bytes) -> tuple[bytes, "array[int]"]:
    """The value without its percent-escapes, and the place of each of its bytes in what was sent."""
    decoded, places = bytearray(), array("L")
    for piece in _ESCAPES.finditer(value):
        is_escape = len(piece[0]) == 3 and piece[0].startswith(b"%")
        decoded += unquote_to_bytes(piece[0]) if is_escape else piece[0].replace(b"+", b" ")
        places.extend([piece.start()] if is_escape else range(*piece.span()))
    places.append(len(value))
    return bytes(decoded), places


def _multipart_secrets(content: Content, boundary: str | None) -> Iterator[Span]:
    """The contents of parts with a secret name (RFC 7578); without a boundary that occurs, the first line is one."""
    delimiter = b"--" + (boundary or "").encode("utf-8", "surrogateescape")
    start = content.find(delimiter) if boundary else -1
    if start < 0:
        delimiter = bytes(content[:256].partition(b"\n")[0].rstrip(b"\r \t"))
        start = 0 if delimiter.startswith(b"--") and len(delimiter) > 2 else -1
    for _ in range(_MOST_PARTS):
        if start < 0:
            return
        start += len(delimiter)
        end = content.find(b"\n" + delimiter, start)
        last = len(content) if end < 0 else end - (content[end - 1 : end] == b"\r")
        if head := _HEAD_END.search(content, start, min(last, start + _HEAD_BYTES)):
            name = _PART_NAME.search(content, start, head.start())
            if name and is_secret_parameter(name[1].strip(b'"')):
                yield Span(head.end(), last)
        start = end + 1 if end >= 0 else -1


def _secrets(sides: Sequence[Side], query: bytes) -> Iterator[bytes]:
    """All secrets that a name gives away, each in the forms in which a server may have understood it."""
    for value in parameter_values(query):
        yield from (value, unquote_to_bytes(value.replace(b"+", b" ")))
    for side in sides:
        for name, value in side.headers:
            if is_secret_header(name):
                yield from _header_secrets(name.lower(), value)
            elif name.lower() == b"sec-websocket-protocol":
                yield from protocol_secrets(value.split(b","))
            else:
                yield from (value[span.start : span.end] for span in secrets_in(value))
    for side in sides:
        for span in _told(side.content, side.value(b"content-type")):
            secret = side.content[span.start : span.end]
            yield from (secret, unquote_to_bytes(secret.replace(b"+", b" ")))


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

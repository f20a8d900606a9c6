"""Secrets in bodies: those of the headers wherever they are repeated, and what has a telling name."""

import binascii
import html
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final
from urllib.parse import unquote_to_bytes

from ..sides import Side
from .names import WORDS, is_secret_header, parameter_values

_TELLING: Final = re.compile(
    rb'(?:%b|authorization|cookie|key|sig|code)(?:(\\{0,9})"\s{0,8}:\s{0,8}\\{0,9}"|=)' % WORDS
)
"""In a body in lower case: a name before a colon and a quote, as in JSON, or before an equal sign, as in a form. The
backslashes are those of JSON that stands in a string of other JSON, as in an echo. Every choice begins with a letter
of its own and none looks back: only so the search goes from letter to letter, twenty times as fast."""

_SHORT: Final = (b"key=", b"sig=", b"code=")
_BEFORE_SHORT: Final = frozenset(b"?&;\"'> \t\r\n")
"""Names that tell something only as parameters, and what may stand before one."""

_STRING: Final = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_STRING_IN_STRING: Final = re.compile(rb'[^"\\]*')
_VALUE: Final = re.compile(rb"[^&;\s\"'<>\\#]*")

_LEAST: Final = 6
"""Bytes that a secret has to be looked for in bodies: shorter ones (`1`, `true`, `dark`) stand in any text."""

_MOST: Final = 500
"""Secrets that are looked for in bodies: each costs a search through all of them."""


class Scrub:
    """What puts asterisks over the secrets of these sides, wherever they stand again.

    `withholds`: there may be others of which nobody knows, so that all of a body is covered.
    """

    def __init__(self, sides: Sequence[Side], query: bytes, withholds: bool = False) -> None:
        self._withholds = withholds
        found = {secret for secret in islice(_secrets(sides, query), _MOST) if len(secret) >= _LEAST}
        self._forms = sorted({form for secret in found for form in _written(secret)}, key=len, reverse=True)

    def known(self, content: bytes) -> bytes:
        for form in self._forms:
            content = content.replace(form, b"*" * len(form))
        return content

    def body(self, content: bytes) -> bytes:
        """Also what has a telling name in the body itself."""
        if self._withholds:
            return b"*" * len(content)
        masked = bytearray(self.known(content))
        for start, end in _told(masked):
            masked[start:end] = b"*" * (end - start)
        return bytes(masked)


def _told(content: bytes | bytearray) -> Iterator[tuple[int, int]]:
    """Where the values stand that have a telling name in a body, rising."""
    lowered, position = content.lower(), 0
    while name := _TELLING.search(lowered, position):
        position = name.end()
        if _tells(lowered, name):
            pattern = _VALUE if name[0].endswith(b"=") else _STRING_IN_STRING if name[1] else _STRING
            value = pattern.match(lowered, position)
            assert value is not None, "each pattern matches nothing too"
            position = value.end()
            yield value.span()


def _tells(lowered: bytes | bytearray, name: re.Match[bytes]) -> bool:
    if not name[0].startswith((b"key", b"sig", b"code")) or name[0].startswith(b"signature"):
        return True
    return name[0] in _SHORT and (name.start() == 0 or lowered[name.start() - 1] in _BEFORE_SHORT)


def _secrets(sides: Sequence[Side], query: bytes) -> Iterator[bytes]:
    """All secrets that a name gives away, each in the forms in which a server may have understood it."""
    for value in parameter_values(query):
        yield from (value, unquote_to_bytes(value.replace(b"+", b" ")))
    for side in sides:
        for name, value in side.headers:
            if is_secret_header(name):
                yield from _header_secrets(name.lower(), value)
    for side in sides:
        for start, end in _told(side.content):
            yield from (side.content[start:end], unquote_to_bytes(side.content[start:end]))


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

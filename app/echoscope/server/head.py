"""The head of an answer, from an app's status and headers to checked bytes. Knows nothing of connections.

Names are checked once and remembered; values are checked all together. So a usual head costs one lookup and two
appends per header.
"""

import re
from collections.abc import Iterable
from typing import Final

from .phrases import PHRASES

TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""RFC 9110 section 5.6.2."""

_CONTROLS = bytes([*range(0x09), *range(0x0A, 0x20), 0x7F])
"""What no header value may contain: all controls but the tab, CR and LF among them (RFC 9110 section 5.5)."""

_MAX_KNOWN_NAMES = 1024
"""An app that answers with names its clients choose must not fill the memory."""

Head = tuple[bytes, int | None, bool]
"""Status line and header lines, the last one without its CRLF; the length that the app announced, None when it did not;
whether the app said `connection: close`."""

# An interim answer cannot end a request, and 101 would open a tunnel.
_STATUS_LINES = {status: f"HTTP/1.1 {status} {PHRASES.get(status, '')}".encode() for status in range(200, 600)}

CONTENT_LENGTH: Final = b"\r\nContent-Length: "
_TRANSFER_ENCODING: Final = b"\r\ntransfer-encoding: "
_CONNECTION: Final = b"\r\nConnection: "
_FRAMING: Final = {
    b"content-length": CONTENT_LENGTH,
    b"transfer-encoding": _TRANSFER_ENCODING,
    b"connection": _CONNECTION,
}

_UNUSUAL: Final = {
    b"content-md5": b"Content-MD5",
    b"dnt": b"DNT",
    b"etag": b"ETag",
    b"nel": b"NEL",
    b"sec-gpc": b"Sec-GPC",
    b"sec-websocket-accept": b"Sec-WebSocket-Accept",
    b"sec-websocket-extensions": b"Sec-WebSocket-Extensions",
    b"sec-websocket-protocol": b"Sec-WebSocket-Protocol",
    b"sec-websocket-version": b"Sec-WebSocket-Version",
    b"te": b"TE",
    b"www-authenticate": b"WWW-Authenticate",
    b"x-dns-prefetch-control": b"X-DNS-Prefetch-Control",
    b"x-ua-compatible": b"X-UA-Compatible",
    b"x-xss-protection": b"X-XSS-Protection",
}
"""Names whose usual capitals are others than one at the beginning of each word."""


class Names:
    """How header names go out. `is_titled`: in the usual capitals, which programs that look at the bytes expect
    (`grep ^Content-Type:`), where an app gave them in ASGI's lower case; else as the app gave them. `only`: of these
    names alone. `is_shouted`: the reason of a status all in capitals, as Werkzeug writes it (`404 NOT FOUND`)."""

    def __init__(self, *, is_titled: bool, only: frozenset[bytes] | None = None, is_shouted: bool = False) -> None:
        self.is_titled = is_titled
        self._only = only
        self.status_lines = _STATUS_LINES
        if is_shouted:
            self.status_lines = {status: line.upper() for status, line in _STATUS_LINES.items()}
        self.starts: dict[bytes, bytes] = {}
        """From a checked name, as the app writes it, to the bytes between two values: CRLF, name, colon, space."""
        self.server_lines: tuple[object, bytes] = (None, b"")
        self.known_lines: dict[int, tuple[int, object, bytes]] = {}
        """Of headers that come again, by their identity: the status, the headers (which so stay), their lines."""

    def remember(self, status: int, headers: object, lines: bytes) -> None:
        if len(self.known_lines) < _MAX_KNOWN_NAMES:
            self.known_lines[id(headers)] = status, headers, lines

    def start(self, name: bytes) -> bytes:
        """Raises `RuntimeError` for a name that is no token."""
        start = _FRAMING.get(name.lower())
        if start is None:
            if not TOKEN.fullmatch(name):
                raise RuntimeError("Invalid HTTP header name.")
            start = b"\r\n%b: " % self._written(name)
            if len(self.starts) < _MAX_KNOWN_NAMES:
                self.starts[name] = start
        return start

    def _written(self, name: bytes) -> bytes:
        if not self.is_titled or name != name.lower() or (self._only is not None and name not in self._only):
            return name
        return _UNUSUAL.get(name) or name.title()


TITLED: Final = Names(is_titled=True)
AS_GIVEN: Final = Names(is_titled=False)


def render_head(status: int, headers: Iterable[tuple[bytes, bytes]], names: Names) -> Head:
    """Raises `RuntimeError` for what must not reach a client: a status outside 200..599, a name that is no
    token, a control character in a value, a length that is no number or contradicts another.

    Framing is left to the caller: the app's `content-length` becomes a number, its `transfer-encoding` is
    dropped (ASGI spec, "Response Start").
    """
    if status not in _STATUS_LINES:
        raise RuntimeError(f"The status of an answer must be between 200 and 599, not {status!r}.")
    length: int | None = None
    closes = False
    starts = names.starts
    parts = [names.status_lines[status]]
    for name, value in headers:
        start = starts.get(name)
        if start is None:
            start = names.start(name)
            if start is CONTENT_LENGTH:
                length = _length(value, length)
                continue
            if start is _TRANSFER_ENCODING:
                continue
            if start is _CONNECTION:
                closes = closes or b"close" in [token.strip() for token in value.lower().split(b",")]
        parts.append(start)
        parts.append(value)
    lines = b"".join(parts)
    # Each start has one CR and one LF; anything more was smuggled in by a value.
    if len(lines.translate(None, _CONTROLS)) != len(lines) - len(parts) + 1:
        raise RuntimeError("Invalid HTTP header value.")
    return lines, length, closes


def _length(value: bytes, earlier: int | None) -> int:
    if not value.isdigit():
        raise RuntimeError("Invalid HTTP header value: a content-length must be a number.")
    length = int(value)
    if earlier not in (None, length):
        raise RuntimeError("Two different content-lengths for one answer.")
    return length


def render_lines(defaults: list[tuple[bytes, bytes]], names: Names) -> bytes:
    """The header lines that the server adds to every answer, each behind its CRLF.

    The server replaces its list of them once a second and never changes one in place.
    """
    known, lines = names.server_lines
    if known is not defaults:
        lines = b"".join(names.start(name) + value for name, value in defaults)
        names.server_lines = defaults, lines
    return lines

"""The head of an answer, from an app's status and headers to checked bytes. Knows nothing of connections.

Names are checked once and remembered; values are checked all together. So a usual head costs one lookup and two
appends per header.
"""

import re
from collections.abc import Iterable

from .answers import PHRASES

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
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

_starts: dict[bytes, bytes] = {}
"""From a checked name, as the app writes it, to the bytes between two values: CRLF, name, colon, space."""

_CONTENT_LENGTH = b"\r\ncontent-length: "
_TRANSFER_ENCODING = b"\r\ntransfer-encoding: "
_CONNECTION = b"\r\nconnection: "
_FRAMING = {
    b"content-length": _CONTENT_LENGTH,
    b"transfer-encoding": _TRANSFER_ENCODING,
    b"connection": _CONNECTION,
}

_default_lines: tuple[object, bytes] = (None, b"")


def render_head(status: int, headers: Iterable[tuple[bytes, bytes]], defaults: list[tuple[bytes, bytes]]) -> Head:
    """Raises `RuntimeError` for what must not reach a client: a status outside 200..599, a name that is no
    token, a control character in a value, a length that is no number or contradicts another.

    Framing is left to the caller: the app's `content-length` becomes a number, its `transfer-encoding` is
    dropped (ASGI spec, "Response Start").
    """
    if status not in _STATUS_LINES:
        raise RuntimeError(f"The status of an answer must be between 200 and 599, not {status!r}.")
    length: int | None = None
    closes = False
    parts = [_STATUS_LINES[status]]
    for name, value in headers:
        start = _starts.get(name)
        if start is None:
            start = _checked(name)
            if start == _CONTENT_LENGTH:
                length = _length(value, length)
                continue
            if start == _TRANSFER_ENCODING:
                continue
            if start == _CONNECTION:
                closes = closes or b"close" in [token.strip() for token in value.lower().split(b",")]
        parts.append(start)
        parts.append(value)
    lines = b"".join(parts)
    # Each start has one CR and one LF; anything more was smuggled in by a value.
    if len(lines.translate(None, _CONTROLS)) != len(lines) - len(parts) + 1:
        raise RuntimeError("Invalid HTTP header value.")
    return lines + _rendered(defaults), length, closes


def _checked(name: bytes) -> bytes:
    start = _FRAMING.get(name)
    if start is None:
        if not _TOKEN.fullmatch(name):
            raise RuntimeError("Invalid HTTP header name.")
        start = b"\r\n%b: " % name.lower()
        if start not in _FRAMING.values() and len(_starts) < _MAX_KNOWN_NAMES:
            _starts[name] = start
    return start


def _length(value: bytes, earlier: int | None) -> int:
    if not value.isdigit():
        raise RuntimeError("Invalid HTTP header value: a content-length must be a number.")
    length = int(value)
    if earlier not in (None, length):
        raise RuntimeError("Two different content-lengths for one answer.")
    return length


def _rendered(defaults: list[tuple[bytes, bytes]]) -> bytes:
    """The server replaces its list of default headers once a second and never changes one in place."""
    global _default_lines
    known, lines = _default_lines
    if known is not defaults:
        lines = b"".join(b"\r\n%b: %b" % header for header in defaults)
        _default_lines = defaults, lines
    return lines

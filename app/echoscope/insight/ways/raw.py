"""The request as it stands on the wire: lines over HTTP/1, fields over HTTP/2 and HTTP/3.

Where our own server has kept the head, these are its bytes. Elsewhere they are made of the scope, with names in lower
case, as ASGI servers hand them over.
"""

import re
from typing import Final

from ...exchange.model import Exchange
from .rows import Pieces, WayRow, latin
from .wsgi import raw_uri

_LAST_CHUNK: Final = re.compile(rb"(?:^|\n)0+(?:;[^\r\n]*)?\r?\n(?:[^\r\n]+\r?\n)*\r?\n$")
_LINE_END: Final = re.compile(rb"[\r\n\0]")


def title(exchange: Exchange) -> str:
    version = exchange.scope.get("http_version") or "1.1"
    if version[:1] in ("2", "3"):
        return f"HTTP/{version} fields"
    return f"HTTP/{version}" if exchange.wire is not None else f"HTTP/{version}, as told by the scope"


def rows(exchange: Exchange) -> list[WayRow]:
    """The request line in its three pieces, or the pseudo headers; then the header lines, then the body."""
    pieces = Pieces(exchange)
    if pieces.has_frames:
        return [*_pseudo(pieces), *_lines(pieces, leaves_out=b"host"), *_body(pieces)]
    path, query = pieces.target()
    line = [
        WayRow("", pieces.method, ("method",)),
        WayRow("", latin(path) or "/", ("path",)),
        *([WayRow("", latin(query), ("query",))] if query else []),
        WayRow("", f"HTTP/{pieces.version}", ("version",)),
    ]
    return [*line, *_lines(pieces), *_body(pieces)]


def content(exchange: Exchange) -> bytes:
    """The bytes: the head as it came, or lines made of the scope, and what is kept of the body. Over HTTP/2 and HTTP/3
    each field is a line, the pseudo headers first."""
    pieces = Pieces(exchange)
    if exchange.wire is not None:
        return exchange.wire + _framed(exchange, pieces.body)
    if pieces.has_frames:
        lines = [f"{row.key}: {row.value}".encode("utf-8", "backslashreplace") for row in _pseudo(pieces)]
        fields = [(name, value) for name, value in pieces.told if name.lower() != b"host"]
    else:
        target = raw_uri(pieces).encode("latin-1") or b"/"
        line = pieces.method.encode("utf-8", "backslashreplace") + b" " + target
        lines, fields = [line + f" HTTP/{pieces.version}".encode()], pieces.told
    lines += [name + b": " + value for name, value in fields]
    return b"\r\n".join([*(_LINE_END.sub(b"", line) for line in lines), b"", b""]) + pieces.body


def _framed(exchange: Exchange, body: bytes) -> bytes:
    """The body in the chunks that it came in; in one, where not all of them are kept."""
    framed = exchange.carriage.framed if exchange.carriage is not None else None
    if framed is None:
        return body
    if _LAST_CHUNK.search(framed):
        return framed
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"


def _pseudo(pieces: Pieces) -> list[WayRow]:
    """The pseudo headers (RFC 9113, section 8.3.1), `:authority` as far as Host tells it."""
    hosts = pieces.values(b"host")
    fields = [WayRow(":method", pieces.method, ("method",)), WayRow(":scheme", pieces.scheme, ("scheme",))]
    if hosts:
        fields.append(WayRow(":authority", latin(hosts[0][1]), (hosts[0][0],), "Host in the scope"))
    return [*fields, WayRow(":path", raw_uri(pieces) or "/", ("path", "query"))]


def _lines(pieces: Pieces, leaves_out: bytes = b"") -> list[WayRow]:
    return [
        WayRow(_text(name), _text(value), (f"header-{index}",))
        for index, (name, value) in enumerate(pieces.told)
        if name.lower() != leaves_out
    ]


def _body(pieces: Pieces) -> list[WayRow]:
    return [WayRow("", f"{pieces.size} bytes of body", ("body",))] if pieces.size else []


def _text(data: bytes) -> str:
    """The bytes as UTF-8 where they are UTF-8, else a character for each byte."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return latin(data)

"""The request as text of HTTP/1.1 (RFC 9112): what arrived, whatever version it came in.

Exact bytes, for reading and for sending as they are. Header names are as they came, where that is known, else in lower
case, as ASGI servers hand them over; a body that came in chunks or frames stands in one piece under a Content-Length.
"""

import re
from typing import Final

from ...exchange.model import Exchange
from ...exchange.sides import as_told, request_of
from .sending import sending

_LINE_END: Final = re.compile(rb"[\r\n\0]")


def write(exchange: Exchange, origin: str) -> bytes:
    request, line = request_of(exchange), sending(exchange, origin)
    method = _LINE_END.sub(b"", line.method.encode("utf-8", "backslashreplace"))
    lines = [method + b" " + line.target.encode() + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in _headers(exchange) if not _LINE_END.search(name + value)]
    return b"\r\n".join([*lines, b"", request.content])


def _headers(exchange: Exchange) -> list[tuple[bytes, bytes]]:
    """The captured headers, with a Content-Length of the kept body."""
    request = request_of(exchange)
    length = b"%d" % len(request.content)
    told = as_told(request.headers, exchange.wire)
    headers = [(name, value) for name, value in told if name.lower() != b"transfer-encoding"]
    headers = [(name, length if name.lower() == b"content-length" else value) for name, value in headers]
    if request.content and not any(name.lower() == b"content-length" for name, _ in headers):
        headers.append((b"content-length", length))
    return headers

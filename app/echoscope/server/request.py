"""What a parsed request head means: where it points, what body it announces, whether it asks for a WebSocket.

Pure: bytes in, values out, a `Refusal` for what cannot be served. The grammar is the parser's business.
"""

import re
from collections.abc import Iterable, Mapping

from .answers import Refusal, body_too_large, malformed, no_tunnel, unknown_coding

READING_HEADERS = frozenset((b"content-length", b"transfer-encoding", b"expect", b"upgrade"))
"""The header lines that decide how a connection is read on."""


_METHOD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}) ")


def split_target(method: str, target: bytes) -> tuple[bytes, bytes]:
    """Raw path and query of a request target (RFC 9112 section 3.2). The four forms:

    origin `/path?query`; absolute `http://host/path?query`, whose authority is dropped; asterisk `*`, of
    OPTIONS alone; authority `host:port`, of CONNECT alone, which is refused.
    """
    if method == "CONNECT":
        raise no_tunnel()
    if not target.startswith(b"/"):
        target = _without_authority(method, target)
    if b"#" in target:
        target = target.partition(b"#")[0]
    path, _, query = target.partition(b"?")
    return path or b"/", query


def _without_authority(method: str, target: bytes) -> bytes:
    if target == b"*" and method == "OPTIONS":
        return target
    _, scheme_ends, rest = target.partition(b"://")
    if not scheme_ends:
        raise malformed("Invalid characters in url")
    for index, byte in enumerate(rest):
        if byte in b"/?#":
            return rest[index:]
    return b"/"


def unknown_method(data: bytes | memoryview) -> str | None:
    """The method with which a request begins: any token is one (RFC 9110 section 9.1). None for what is no request."""
    match = _METHOD.match(data)
    return match and match[1].decode("ascii")


def check_body(headers: Mapping[bytes, bytes], http_version: str, max_bytes: int) -> None:
    """`headers`: the `READING_HEADERS` of the request, repeated ones joined by commas.

    The parser has refused what smuggling needs, a body with both or with two lengths; it lets codings pass
    that nobody here decodes, and chunks in HTTP/1.0, which has none (RFC 9112 section 6.1).
    """
    coding = headers.get(b"transfer-encoding")
    if coding is not None:
        if http_version == "1.0":
            raise malformed("Transfer-Encoding in HTTP/1.0")
        if coding.strip().lower() != b"chunked":
            raise unknown_coding()
    elif int(headers.get(b"content-length", b"0")) > max_bytes:
        raise body_too_large(max_bytes)


def wants_websocket(headers: Mapping[bytes, bytes], method: str, http_version: str) -> bool:
    """Of a request that asks for an upgrade. Any other upgrade is not acted on, nor is one in HTTP/1.0
    (RFC 9110 section 7.8); raises for a handshake with a body, which would be taken for frames."""
    if headers.get(b"upgrade", b"").strip().lower() != b"websocket" or (method, http_version) != ("GET", "1.1"):
        return False
    if b"transfer-encoding" in headers or int(headers.get(b"content-length", b"0")):
        raise Refusal(400, "A WebSocket handshake cannot have a body.")
    return True


def head_size(target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> int:
    """In bytes as sent, but for optional spaces, and with the shortest method."""
    lines = sum(len(name) + len(value) + len(": \r\n") for name, value in headers)
    return len(target) + len("GET  HTTP/1.1\r\n\r\n") + lines


def request_line(method: str, target: bytes, http_version: str) -> bytes:
    return b"%b %b HTTP/%b\r\n" % (method.encode(), target, http_version.encode())

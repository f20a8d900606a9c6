"""What a parsed request head means: where it points, what body it announces, whether it asks for a WebSocket.

Pure: bytes in, values out, a `Refusal` for what cannot be served. The grammar is the parser's business.
"""

import re
from typing import Final, NamedTuple

from .answers import Refusal, body_too_large, malformed, no_tunnel, unknown_coding, wrong_version

Fields = list[tuple[bytes, bytes]]

UNKNOWN_METHOD: Final = (
    "Invalid method encountered", "Expected space after method", "Invalid method for HTTP/x.x request",
)  # fmt: skip
"""The parser's words for a method that is none of HTTP's: any other, the beginning of which is one, one of RTSP's."""

_METHOD: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}) ")
_METHOD_BEGUN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}")
_LATER_VERSION: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64} [^\r\n ]+ HTTP/1\.)[2-9](?:\r|\Z)")

_HOST: Final = re.compile(rb"(?:[A-Za-z0-9\-._~!$&'()*+,;=%]*|\[[0-9A-Fa-f:.]+(?:%25[\w.~-]+)?\])(?::[0-9]*)?")
"""`uri-host [ ":" port ]` (RFC 9110 section 7.2, RFC 3986 section 3.2.2); empty where the target has no authority."""


def keeping(allowed: bytes) -> bytes:
    """A table for `bytes.translate` that leaves these bytes as they are and changes every other one."""
    return bytes(byte if byte in allowed else allowed[0] for byte in range(256))


VISIBLE: Final = bytes(range(0x21, 0x7F))
_KEEPING_PLAIN: Final = keeping(VISIBLE.replace(b"#", b""))


class Announced(NamedTuple):
    """What a head says of what follows it. `length`: of the body, 0 without one and for chunks. `values`: of the header
    lines by name, the last one of those that are repeated."""

    length: int
    awaits_continue: bool
    is_plain: bool
    values: dict[bytes, bytes]

    @property
    def is_chunked(self) -> bool:
        return b"transfer-encoding" in self.values


def announced(fields: Fields, version: str, line: bytes | None, max_bytes: int) -> Announced:
    """What the header lines mean for the connection. `line`: the request line as it came, where it is known.

    Raises `Refusal` for a version that is not spoken here, a `Host` that is missing, repeated or impossible (RFC 9112
    section 3.2), and a body that cannot be taken. The parser has refused what smuggling needs, a body with both or with
    two lengths; it lets codings pass that nobody here decodes, and chunks in HTTP/1.0, which has none (section 6.1).
    """
    if version not in ("1.1", "1.0"):
        raise wrong_version()
    if line is not None and line[-8:-3] != b"HTTP/":
        raise malformed("the protocol is not HTTP")
    values = dict(fields)
    if len(values) != len(fields):
        _check_repeats(fields)
    host = values.get(b"host")
    if host is None:
        if version == "1.1":
            raise Refusal(400, "A request over HTTP/1.1 must have a Host header.")
    elif not is_host(host):
        raise Refusal(400, "The Host header is no name and port.")
    length = 0
    is_plain = b"expect" not in values and b"upgrade" not in values
    coding = values.get(b"transfer-encoding")
    if coding is not None:
        is_plain = False
        if version == "1.0":
            raise malformed("Transfer-Encoding in HTTP/1.0")
        if coding.strip().lower() != b"chunked":
            raise unknown_coding()
    elif b"content-length" in values:
        length = int(values[b"content-length"])
        if length > max_bytes:
            raise body_too_large(max_bytes)
    return Announced(length, b"expect" in values and _awaits_continue(fields), is_plain, values)


def _check_repeats(fields: Fields) -> None:
    names = [name for name, _ in fields]
    if names.count(b"host") > 1:
        raise Refusal(400, "A request must have one Host header, not several.")
    if names.count(b"transfer-encoding") > 1:
        raise unknown_coding()


def _awaits_continue(fields: Fields) -> bool:
    """`Expect` is a list (RFC 9110 section 10.1.1)."""
    expected = b",".join(value for name, value in fields if name == b"expect")
    return b"100-continue" in [token.strip().lower() for token in expected.split(b",")]


def is_host(value: bytes) -> bool:
    return _HOST.fullmatch(value) is not None


def is_plain_target(target: bytes) -> bool:
    """Whether a target is in origin form, of visible ASCII without a fragment."""
    return target[:1] == b"/" and target.translate(_KEEPING_PLAIN) == target


def split_target(method: str, target: bytes) -> tuple[bytes, bytes, bytes | None]:
    """Raw path, query and authority of a request target (RFC 9112 section 3.2). The four forms:

    origin `/path?query`; absolute `http://host/path?query`, whose authority stands for `Host` (section 3.2.2); asterisk
    `*`, of OPTIONS alone; authority `host:port`, of CONNECT alone, which is refused.
    """
    if method == "CONNECT":
        raise no_tunnel()
    authority: bytes | None = None
    if target[:1] != b"/":
        if target == b"*" and method == "OPTIONS":
            return target, b"", None
        _, scheme_ends, rest = target.partition(b"://")
        if not scheme_ends:
            raise malformed("Invalid characters in url")
        end = next((index for index, byte in enumerate(rest) if byte in b"/?#"), len(rest))
        authority, target = rest[:end].rpartition(b"@")[2], rest[end:]
        if not authority or not is_host(authority):
            raise malformed("Invalid characters in url")
    if 35 in target:  # "#"
        target = target.partition(b"#")[0]
    path, _, query = target.partition(b"?")
    return path or b"/", query, authority


def unknown_method(head: bytes) -> str | None:
    """The method with which a request begins: any token is one (RFC 9110 section 9.1). None for what is no request."""
    match = _METHOD.match(head)
    return match and match[1].decode("ascii")


def begins_method(head: bytes) -> bool:
    """Whether these bytes may be the beginning of a method."""
    return _METHOD_BEGUN.fullmatch(head) is not None


def with_known_version(head: bytes) -> bytes | None:
    """The head, as much of it as is here, in HTTP/1.1 where its version is a later minor one, which is read as the
    highest that is known here (RFC 9110 section 2.5); None for any other."""
    match = _LATER_VERSION.match(head)
    return match and match[1] + b"1" + head[len(match[1]) + 1 :]


def wants_websocket(fields: Fields, method: str, http_version: str) -> bool:
    """Of a request that asks for an upgrade. Any other upgrade is not acted on, nor is one in HTTP/1.0
    (RFC 9110 section 7.8); raises for a handshake that is no GET, or with a body, which would be taken for frames."""
    upgrade = b",".join(value for name, value in fields if name == b"upgrade")
    if b"websocket" not in [token.strip().lower() for token in upgrade.split(b",")] or http_version != "1.1":
        return False
    if method != "GET":
        if not any(name == b"sec-websocket-key" for name, _ in fields):
            return False
        raise Refusal(405, f"A WebSocket handshake is a GET, not {method}.", ((b"allow", b"GET"),))
    if any(name == b"transfer-encoding" or (name == b"content-length" and int(value)) for name, value in fields):
        raise Refusal(400, "A WebSocket handshake cannot have a body.")
    return True


def request_line(method: str, target: bytes, http_version: str) -> bytes:
    return b"%b %b HTTP/%b\r\n" % (method.encode(), target, http_version.encode())

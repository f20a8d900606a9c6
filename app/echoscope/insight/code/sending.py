"""A request to be sent again, before a language is chosen."""

import re
from typing import Final
from urllib.parse import quote_from_bytes

import msgspec

from ...exchange.model import Exchange
from ...exchange.sides import Pairs, as_told, request_of
from ...http.fields import OF_CONNECTION

_BY_THE_CLIENT: Final = frozenset({b"host", b"content-length", b"http2-settings"})
_USUAL: Final = frozenset({b"connection", b"keep-alive"})
"""Headers that most clients send, whatever they are told."""

_OTHER_VERSIONS: Final = ("1.0", "2", "3")
WITH_CONTENT: Final = frozenset({"POST", "PUT", "PATCH"})
"""Methods with which most clients announce even an empty body (RFC 9110, section 8.6)."""

_WEBSOCKET: Final = b"sec-websocket-"
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NO_VALUE: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_SENDABLE: Final = bytes(range(0x21, 0x7F))
_PLAIN: Final = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*", re.ASCII)
_LOWER_ESCAPE: Final = re.compile(r"%[0-9A-F]?[a-f]")
_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DOTS: Final = re.compile(r"/(?:\.|%2e){1,2}(?=[/?]|$)", re.IGNORECASE)


class Sending(msgspec.Struct, frozen=True):
    """A request to be made.

    `origin`: scheme and authority of whom it goes to. `target`: what stands in the request line, printable ASCII.
    `headers`: without those that a client sets itself, names as they came as far as that
    is known. `has_length`: whether an empty body was announced.
    `remarks`: sentences of harmless characters about what is not as it was. `status`: of the answer that was captured.
    """

    method: str
    origin: str
    target: str
    headers: Pairs
    body: bytes
    has_length: bool
    remarks: list[str]
    status: int | None = None

    @property
    def url(self) -> str:
        """The URL; for the target `*`, which is no path, the URL of the server."""
        return self.origin + (self.target if self.target.startswith("/") else "/")

    @property
    def is_plain(self) -> bool:
        """Whether every client sends the target as it stands: no dot segments, no characters to be escaped."""
        return _PLAIN.fullmatch(self.target) is not None and not self.has_dots

    @property
    def has_lower_escapes(self) -> bool:
        """Percent-escapes, whose digits some clients write in upper case, such as newer releases of curl."""
        return _LOWER_ESCAPE.search(self.target) is not None

    @property
    def has_broken_escapes(self) -> bool:
        """A percent sign that begins no escape, which some clients escape."""
        return _ESCAPE.search(self.target) is not None

    @property
    def has_dots(self) -> bool:
        return _DOTS.search(self.target.partition("?")[0]) is not None

    @property
    def is_capitals(self) -> bool:
        """Whether the method stays the same in clients that write methods in capitals."""
        return self.method == self.method.upper()

    @property
    def lacks_length(self) -> bool:
        """Whether there is no body, and no Content-Length to say so. Clients add one then, each with methods of its
        own."""
        return not self.body and not self.has_length

    @property
    def has_empty_body(self) -> bool:
        """Whether a Content-Length of 0 was sent, which clients send with methods of their own only."""
        return not self.body and self.has_length

    def has(self, name: bytes) -> bool:
        """Whether there is a header of this name, given in lower case."""
        return any(key.lower() == name for key, _ in self.headers)


def sending(exchange: Exchange, origin: str, *, is_masked: bool = False) -> Sending:
    """What is to be sent. Of a WebSocket the handshake, without what a client makes anew."""
    request, scope = request_of(exchange), exchange.scope
    target, is_exact = _target(scope.get("raw_path"), scope.get("path", "/"), scope.get("query_string", b""))
    version = scope.get("http_version")
    headers = as_told(request.headers, exchange.wire)
    of_connection = connection_names(headers)
    wanted = [(name, value) for name, value in headers if not _is_left_to_client(name, of_connection)]
    sendable = [(name, value) for name, value in wanted if _NAME.fullmatch(name) and not _NO_VALUE.search(value)]
    unsendable = len(wanted) - len(sendable)
    remarks = ["Secrets are redacted here."] if is_masked else []
    if version in _OTHER_VERSIONS:
        remarks.append(f"This came over HTTP/{version}; which version is spoken is the choice of the client.")
    left_out = sum(name.lower() not in _USUAL and name.lower() in of_connection for name, _ in headers)
    if left_out and scope["type"] != "websocket":
        remarks.append(f"Headers left out, since they concern one connection only: {left_out}.")
    if request.is_decoded and request.content:
        sendable = [(name, value) for name, value in sendable if name.lower() != b"content-encoding"]
        remarks.append("The body is known without its coding only: Content-Encoding is left out.")
    if version in ("2", "3") and sum(name.lower() == b"cookie" for name, _ in sendable) > 1:
        sendable = with_one_cookie(sendable)
        remarks.append("The cookies came as several fields, which HTTP/1.1 does not allow: they are joined.")
    if request.is_cut:
        remarks.append(f"Only the first {len(request.content)} of {request.size} bytes of the body were kept.")
    if not is_exact:
        remarks.append("Bytes of the address that cannot be sent are percent-encoded here.")
    if unsendable:
        remarks.append(f"Headers left out, since their bytes cannot be sent: {unsendable}.")
    return Sending(
        method=scope.get("method") or "GET",
        origin=origin,
        target=target,
        headers=sendable,
        body=request.content,
        has_length=any(name.lower() == b"content-length" for name, _ in headers),
        remarks=remarks,
        status=exchange.status,
    )


def connection_names(headers: Pairs) -> frozenset[bytes]:
    """The names, in lower case, of what concerns one connection only: hop-by-hop headers, and those that Connection
    names (RFC 9110, section 7.6.1)."""
    named = b",".join(value for name, value in headers if name.lower() == b"connection").lower()
    proxies = {name.lower() for name, _ in headers if name.lower().startswith(b"proxy-")}
    return OF_CONNECTION | proxies | {option.strip() for option in named.split(b",")}


def _is_left_to_client(name: bytes, left_behind: frozenset[bytes]) -> bool:
    """Headers that concern one connection, and those that a client counts or makes anew."""
    name = name.lower()
    return name in left_behind or name in _BY_THE_CLIENT or name.startswith(_WEBSOCKET)


def with_one_cookie(headers: Pairs) -> Pairs:
    """The crumbs of a cookie header as one (RFC 9113, section 8.2.3), in the place of the first."""
    cookie = b"; ".join(value for name, value in headers if name.lower() == b"cookie")
    first = [name.lower() for name, _ in headers].index(b"cookie")
    rest = [(name, value) for name, value in headers if name.lower() != b"cookie"]
    return [*rest[:first], (headers[first][0], cookie), *rest[first:]]


def _target(raw_path: bytes | None, path: str, query: bytes) -> tuple[str, bool]:
    """The target and whether it is exactly what was sent."""
    raw = raw_path or quote_from_bytes(path.encode("utf-8", "surrogateescape"), safe="/!$&'()*+,;=:@~").encode()
    raw += b"?" + query if query else b""
    target = quote_from_bytes(raw, safe=_SENDABLE)
    return target, target.encode() == raw


def joined(headers: Pairs) -> dict[bytes, bytes]:
    """Each header once, as it was written first: repeats are joined, as RFC 9110, section 5.3, allows."""
    names: dict[bytes, bytes] = {}
    values: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        told = names.setdefault(name.lower(), name)
        values.setdefault(told, []).append(value)
    return {name: (b"; " if name.lower() == b"cookie" else b", ").join(parts) for name, parts in values.items()}

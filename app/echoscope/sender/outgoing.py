"""The bytes of a request that is sent again.

What a client said to the application is repeated byte for byte: method, target, fields with their order, repeats and,
where they are known, the case of their names, and the body. What it said to its next hop is made anew (RFC 9110,
section 7.6.1): `Connection` and what that names go, the body's framing is a `Content-Length` in the place where its
framing stood, and `Host` names whom it is sent to now. A request of which not all is known is not sent at all.
"""

import re
from typing import Final
from urllib.parse import quote_from_bytes

import msgspec

from ..base.paths import is_of_bin, local_path
from ..exchange.model import Exchange
from ..exchange.sides import Pairs, Side, as_told, request_of
from ..insight.code.sending import connection_names, with_one_cookie

_TOKEN: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NO_VALUE: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_ENDS_TARGET: Final = re.compile(rb"[\x00-\x20\x7f]")

_FRAMING: Final = (b"content-length", b"transfer-encoding")
_HTTP2: Final = (b"http2-settings",)


class CannotSend(ValueError):
    """A request that cannot be repeated as it was. The text, a clause, says why."""


class Outgoing(msgspec.Struct, frozen=True):
    """`head`: request line and fields, with the empty line."""

    method: str
    head: bytes
    body: bytes


def outgoing(exchange: Exchange, authority: str, *, keeps_host: bool = False, is_below_bin: bool = False) -> Outgoing:
    """The request of an exchange for the server `authority`; `keeps_host`: under the name it was sent to before.
    `is_below_bin`: for the path below the bin that it was sent to, such as `/orders` for `/~hooks/orders`.

    Raises `CannotSend`.
    """
    request = request_of(exchange)
    method = (exchange.scope.get("method") or "GET").encode("utf-8", "surrogateescape")
    _check(exchange, request, method)
    head = [b"%b %b HTTP/1.1" % (method, _target(exchange, is_below_bin=is_below_bin))]
    for name, value in _fields(exchange, request, authority, keeps_host=keeps_host):
        head.append(name + b": " + value if value else name + b":")
    return Outgoing(method.decode("ascii"), b"\r\n".join([*head, b"", b""]), request.content)


def _check(exchange: Exchange, request: Side, method: bytes) -> None:
    if exchange.scope["type"] == "websocket":
        raise CannotSend("it is a WebSocket session")
    if exchange.state == "refused":
        raise CannotSend("the server turned it away, and knows no more of it than its first bytes")
    if method == b"CONNECT" or not _TOKEN.fullmatch(method):
        raise CannotSend(f"its method is {method.decode('ascii', 'backslashreplace')}")
    if request.is_cut:
        raise CannotSend(f"only the first {len(request.content)} of {request.size} bytes of its body were kept")
    if not _is_whole(exchange, request):
        raise CannotSend("its body did not come to its end")


def _is_whole(exchange: Exchange, request: Side) -> bool:
    """Whether all of the body was read, as far as the messages and the announced length tell."""
    lengths = {value.strip() for value in request.values(b"content-length")}
    if any(length.isdigit() and int(length) != request.size for length in lengths) and not request.is_decoded:
        return False
    messages = [event.message for event in exchange.events if event.message["type"] == "http.request"]
    return exchange.events_omitted > 0 or not messages or not messages[-1].get("more_body")


def _target(exchange: Exchange, *, is_below_bin: bool) -> bytes:
    scope = exchange.scope
    path: bytes = (
        scope.get("raw_path")
        or quote_from_bytes(scope.get("path", "/").encode("utf-8", "surrogateescape"), safe="/!$&'()*+,;=:@~").encode()
    )
    if is_below_bin and is_of_bin(scope):
        path = (
            b"/"
            + local_path(path.decode("latin-1"), scope.get("root_path", "")).encode("latin-1")[1:].partition(b"/")[2]
        )
    query = scope.get("query_string", b"")
    target = path + (b"?" + query if query else b"")
    return _ENDS_TARGET.sub(lambda match: b"%%%02X" % ord(match[0]), target)


def _fields(exchange: Exchange, request: Side, authority: str, *, keeps_host: bool) -> Pairs:
    headers = as_told(request.headers, exchange.wire)
    lowered = [(name.lower(), value) for name, value in headers]
    if exchange.scope.get("http_version") in ("2", "3") and sum(name == b"cookie" for name, _ in lowered) > 1:
        headers = lowered = with_one_cookie(lowered)
    left_behind = {*connection_names(lowered), *_HTTP2} - {b"transfer-encoding"}
    if request.is_decoded:
        left_behind.add(b"content-encoding")
    once = {b"host": authority.encode("ascii"), b"content-length": b"%d" % len(request.content)}
    fields: Pairs = []
    for name, value in headers:
        lower = name.lower()
        if lower == b"host" and keeps_host:
            fields.append((name, value))
            once.pop(b"host", None)
        elif lower == b"host" or lower in _FRAMING:
            key = b"host" if lower == b"host" else b"content-length"
            if key in once:
                fields.append((name if lower == key else b"Content-Length", once.pop(key)))
        elif lower not in left_behind and _TOKEN.fullmatch(name):
            if _NO_VALUE.search(value):
                raise CannotSend(f"the value of its {name.decode()} has bytes that end a line")
            fields.append((name, value))
    if b"host" in once:
        fields.insert(0, (b"Host", once.pop(b"host")))
    if b"content-length" in once and request.content:
        fields.append((b"Content-Length", once.pop(b"content-length")))
    return [*fields, (b"Connection", b"close")]

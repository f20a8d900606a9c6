"""Sends an answer: the one place where statuses without a body, HEAD, lengths, trailers and HTTP/1.0 are thought of."""

from collections.abc import Callable
from contextlib import aclosing
from functools import lru_cache
from typing import Final

from starlette.types import Scope, Send

from ...exchange.model import ID_KEY, PLACE_KEY
from .answers import Answer, Headers, Reply, Stream
from .status import BODILESS

NOSNIFF: Final = (b"x-content-type-options", b"nosniff")

CLOSE_DELIMITED: Final = "http.response.close_delimited"
"""The extension of a server that ends a body of no announced length with the connection (RFC 9112, section 6.3)."""

SANDBOX: Final[Headers] = [
    (b"content-security-policy", b"sandbox; default-src 'none'"),
    (b"referrer-policy", b"no-referrer"),
]
"""Around bytes, types and headers that a client chose, so that a browser shows them and does nothing else."""


UNSAFE_SANDBOX: Final[Headers] = [
    (b"content-security-policy", b"sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts")
]
"""The same where the operator lets scripts run: in an origin of their own, since ours has the inspector in it."""


async def send_reply(reply: Reply, scope: Scope, send: Send, more: Headers) -> None:
    """`more`: headers besides the reply's own and those that name the exchange."""
    if isinstance(reply, Stream):
        if reply.size is not None or scope["method"] == "HEAD" or _may_be_endless(scope):
            await _send_stream(reply, scope, send, more)
            return
        reply = await _gathered(reply)
    for hint in reply.hints:
        await send({"type": "http.response.early_hint", "links": [hint]})
    headers = answer_headers(reply, len(reply.body) + sum(map(len, reply.pieces)), scope, more)
    start = {"type": "http.response.start", "status": reply.status, "headers": headers}
    has_body = scope["method"] != "HEAD" and reply.status not in BODILESS
    await send(start if reply.trailers is None else {**start, "trailers": True})
    for piece in reply.pieces if has_body else ():
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": reply.body if has_body else b""})
    if reply.trailers is not None:
        await send({"type": "http.response.trailers", "headers": reply.trailers})


def answer_headers(reply: Reply, size: int | None, scope: Scope, more: Headers) -> Headers:
    """All headers of a reply: its own, those that name the exchange, and the length where one is to be told."""
    headers = [*reply.headers, NOSNIFF, *more]
    headers += [field for field in exchange_headers(scope) if field[0] != b"link" or not has_link(reply)]
    if reply.status == 205:
        size = 0
    if size is not None and reply.status not in (204, 304):
        headers.append((b"content-length", b"%d" % size))
    return headers


def exchange_headers(scope: Scope) -> Headers:
    """The headers by which an answer names its exchange and its page; none when it is not recorded."""
    exchange_id = scope.get(ID_KEY)
    if exchange_id is None:
        return []
    place = scope.get(PLACE_KEY, "/-/exchanges/")
    link = f"<{scope.get('root_path', '')}{place}{exchange_id}>; rel=describedby"
    return [(b"x-echoscope-id", exchange_id.encode()), (b"link", link.encode("ascii", "ignore"))]


ID_HOLE: Final = "\0"
"""In the place of an id. No header has this byte."""


def exchange_header_templates(root_path: str) -> Headers:
    """The `exchange_headers` of an app below this root path, with `ID_HOLE` in the place of the id."""
    return exchange_headers({ID_KEY: ID_HOLE, "root_path": root_path})


@lru_cache(maxsize=64)
def naming_headers(root_path: str) -> Callable[[bytes], Headers]:
    """A function from the id of an exchange to its `exchange_headers`, for an app below this root path."""
    (id_name, _), (link_name, link) = exchange_header_templates(root_path)
    hole = ID_HOLE.encode("ascii")

    def headers_of(exchange_id: bytes) -> Headers:
        return [(id_name, exchange_id), (link_name, link.replace(hole, exchange_id))]

    return headers_of


def has_link(reply: Reply) -> bool:
    """Whether a reply has a `Link` of its own, which ours must not stand beside."""
    return b"link" in dict(reply.headers)


async def _send_stream(stream: Stream, scope: Scope, send: Send, more: Headers) -> None:
    headers = answer_headers(stream, stream.size, scope, more)
    await send({"type": "http.response.start", "status": stream.status, "headers": headers})
    if scope["method"] != "HEAD" and stream.status not in BODILESS:
        async with aclosing(stream.pieces) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _may_be_endless(scope: Scope) -> bool:
    """Whether an answer without a length can be framed. HTTP/1.0 knows no chunks, but there are servers that send them
    all the same, or lose the end; one that ends such an answer with the connection says so."""
    return scope["http_version"] != "1.0" or CLOSE_DELIMITED in (scope.get("extensions") or {})


async def _gathered(stream: Stream) -> Answer:
    body = b"".join([piece async for piece in stream.pieces])
    return Answer(status=stream.status, headers=stream.headers, body=body)

"""A plain exchange on a server that is not our own, as its parts.

A plain request has no body, and its whole answer is known before any of it is sent. So the log keeps the parts of scope
and answer by reference, as a `Wire` keeps bytes. Scope, messages and documents are put together when somebody looks.
The same request recorded message by message has the same document, which `tests/doors` checks.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import msgspec

from ..http.spec import Address, Forwarded, Header, ScopeHead
from .model import Exchange, ExchangeHead
from .model import encode as encode_exchange
from .plain import plain_exchange, plain_head

OVERHEAD: Final = 580
"""Bytes that `Parts` take beside the bytes that they refer to: the struct, its id, its times, what Python adds to
four bytes objects and a text, and its places in a log and in the index (by tracemalloc over 10,000 to 150,000
records)."""

SHARED_OVERHEAD: Final = 240
"""Bytes that a `SharedScope` takes beside its headers."""

_HEADER_OVERHEAD: Final = 145
"""Bytes that a header takes beside name and value: what Python adds to two bytes objects, and their pair."""


class SharedScope(msgspec.Struct, gc=False):
    """What the scopes of a client that repeats its header lines have in common.

    `naming_headers` gives the headers by which an answer names its exchange, from the id. `uncounted_bytes`: what this
    struct takes, until an exchange counts it; 0 from then on.
    """

    asgi: dict[str, Any]
    http_version: str
    scheme: str
    root_path: str
    headers: tuple[Header, ...]
    client: Address | None
    server: Address | None
    forwarded: Forwarded | None
    naming_headers: Callable[[bytes], list[Header]]
    uncounted_bytes: int


def headers_size(headers: Sequence[Header]) -> int:
    """The bytes that headers take, where nobody else refers to them."""
    return sum(_HEADER_OVERHEAD + len(name) + len(value) for name, value in headers)


class Parts(msgspec.Struct, frozen=True, gc=False):
    """A plain exchange.

    `received_ns`, `begun_ns`, `duration_ns`: when the request was received, when the answer began and when it ended,
    each since the exchange began. `headers` are those of the answer, without the ones that name the exchange and tell
    the length. `body` is that of the answer; a HEAD is not sent it. `size`: the bytes that a log counts; what several
    exchanges share is counted with the first of them.
    """

    id: str
    started_ns: int
    received_ns: int
    begun_ns: int
    duration_ns: int
    shared: SharedScope
    method: str
    path: str
    raw_path: bytes
    query_string: bytes
    status: int
    headers: tuple[Header, ...]
    body: bytes
    size: int

    @property
    def state(self) -> Literal["done"]:
        return "done"

    @property
    def sent(self) -> bytes:
        return b"" if self.method == "HEAD" else self.body

    @property
    def head(self) -> ExchangeHead:
        shared = self.shared
        scope = ScopeHead(
            "http",
            shared.http_version,
            self.method,
            self.path,
            self.query_string,
            shared.headers,
            shared.client,
            shared.forwarded,
        )
        return plain_head(self, 0, len(self.sent), scope)

    @property
    def exchange(self) -> Exchange:
        shared = self.shared
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {**shared.asgi},
            "http_version": shared.http_version,
            "method": self.method,
            "scheme": shared.scheme,
            "path": self.path,
            "raw_path": self.raw_path,
            "query_string": self.query_string,
            "root_path": shared.root_path,
            "headers": shared.headers,
            "client": shared.client,
            "server": shared.server,
        }
        headers = answer_headers(self.headers, shared.naming_headers(self.id.encode()), len(self.body))
        return plain_exchange(
            self,
            scope,
            shared.forwarded,
            b"",
            tuple(headers),
            self.sent,
            received_ns=self.received_ns,
            begun_ns=self.begun_ns,
        )

    def encode(self, buffer: bytearray) -> bytes:
        """The stored form of the exchange. `buffer` is reused by whoever encodes often."""
        return encode_exchange(self.exchange, buffer)


def answer_headers(headers: Sequence[Header], naming_headers: Sequence[Header], length: int) -> list[Header]:
    """All headers of an answer, in the order in which they are sent. `length`: of its body."""
    return [*headers, *naming_headers, (b"content-length", b"%d" % length)]

"""A plain exchange on another server than our own, as its parts.

Such a request has no body, and its whole answer is known before any of it is sent. So the log keeps the parts of scope
and answer, by reference, as a `Wire` keeps bytes; scope, messages and documents are put together when somebody looks.
The same request recorded message by message has the same document, which `tests/doors` checks.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import msgspec

from ..http.spec import FORWARDED_KEY, Address, Forwarded, Header, ScopeHead
from .facts import NO_FACTS
from .model import Event, Exchange, ExchangeHead
from .model import encode as encode_exchange

OVERHEAD: Final = 580
"""Bytes that `Parts` take beside the bytes that they refer to: the struct, its id, three times, the headers of four
bytes objects and of a text, its places in a log and in the index (by tracemalloc over 10,000 to 150,000 records)."""

HEAD_OVERHEAD: Final = 240
_HEADER_OVERHEAD: Final = 145
"""And `Asked` and each header: two bytes objects and the pair."""


class Asked(msgspec.Struct, gc=False):
    """What the scopes of a client have in common that repeats its header lines. `names`: the headers by which an answer
    names the exchange with an id. `uncounted`: the bytes that all this takes, until an exchange counts them."""

    asgi: dict[str, Any]
    http_version: str
    scheme: str
    root_path: str
    headers: tuple[Header, ...]
    client: Address | None
    server: Address | None
    forwarded: Forwarded | None
    names: Callable[[bytes], list[Header]]
    uncounted: int


def headers_size(headers: Sequence[Header]) -> int:
    """What headers take that nobody else refers to."""
    return sum(_HEADER_OVERHEAD + len(name) + len(value) for name, value in headers)


class Parts(msgspec.Struct, frozen=True, gc=False):
    """A plain exchange.

    `received_ns`, `begun_ns`, `duration_ns`: when the request was received, when its answer began and when it ended,
    since the exchange began. `headers`: of the answer, without those that name the exchange and its length. `body`: of
    the answer, which is not sent to a HEAD. `size`: what a log counts, in bytes; what several share counts for the
    first of them.
    """

    id: str
    started_ns: int
    received_ns: int
    begun_ns: int
    duration_ns: int
    asked: Asked
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
        asked = self.asked
        return ExchangeHead(
            self.id,
            self.state,
            self.started_ns,
            self.duration_ns,
            self.status,
            0,
            len(self.sent),
            False,
            NO_FACTS,
            ScopeHead(
                "http",
                asked.http_version,
                self.method,
                self.path,
                self.query_string,
                asked.headers,
                asked.client,
                asked.forwarded,
            ),
        )

    @property
    def exchange(self) -> Exchange:
        asked, sent = self.asked, self.sent
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {**asked.asgi},
            "http_version": asked.http_version,
            "method": self.method,
            "scheme": asked.scheme,
            "path": self.path,
            "raw_path": self.raw_path,
            "query_string": self.query_string,
            "root_path": asked.root_path,
            "headers": asked.headers,
            "client": asked.client,
            "server": asked.server,
        }
        if asked.forwarded is not None:
            scope[FORWARDED_KEY] = msgspec.to_builtins(asked.forwarded)
        headers = answer_headers(self.headers, asked.names(self.id.encode()), len(self.body))
        start = {"type": "http.response.start", "status": self.status, "headers": tuple(headers)}
        return Exchange(
            self.id,
            self.state,
            self.started_ns,
            self.duration_ns,
            self.status,
            0,
            len(sent),
            False,
            NO_FACTS,
            scope,
            None,
            None,
            0,
            [
                Event("receive", self.received_ns, 0, {"type": "http.request", "body": b"", "more_body": False}),
                Event("send", self.begun_ns, 0, start),
                Event("send", self.duration_ns, len(sent), {"type": "http.response.body", "body": sent}),
            ],
        )

    def encode(self, buffer: bytearray) -> bytes:
        """The stored form of the exchange. `buffer`: of whoever encodes often."""
        return encode_exchange(self.exchange, buffer)


def answer_headers(headers: Sequence[Header], names: Sequence[Header], length: int) -> list[Header]:
    """All headers of an answer as they are sent."""
    return [*headers, *names, (b"content-length", b"%d" % length)]

"""A plain exchange as its bytes: the request as it came, the answer in pieces as it was sent, everything else derived.

The bytes and two times tell all of a request that arrives whole and is answered at once. So the log keeps the bytes, by
reference; scope, messages, headers and documents are derived when somebody looks. The same request recorded message by
message has the same document, which `tests/doors` checks.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from operator import attrgetter
from typing import Any, ClassVar, Final, Literal, Protocol
from urllib.parse import unquote

import httptools
import msgspec
from msgspec.structs import asdict, astuple, replace

from ..http.spec import Address, Forwarded, Header, ScopeHead
from .model import Carriage, Exchange, ExchangeHead
from .plain import plain_exchange, plain_head

OVERHEAD: Final = 560
"""Bytes that a `Wire` takes beside the bytes that it refers to: the struct, its id, two times, a length, the headers of
six bytes objects, its places in a log and in the index (by tracemalloc over 10,000 to 150,000 records)."""

_TAG: Final = 1
"""The first value of a stored form, by which a `Wire` is told from an `Exchange`."""

PEER_OVERHEAD: Final = 640
"""Bytes that a `Peer` takes with its addresses and notes, which count for the first request of a connection."""


class ConnectionNotes(Protocol):
    """What our own server notes of a connection (`server.notes`)."""

    id: str
    opened_ns: int
    closed_ns: int | None
    closed_by: Literal["client", "server"] | None
    pipelined: list[int]
    tls: dict[str, str | None] | None
    http2: dict[str, dict[str, int]] | None


class RequestNotes(Protocol):
    """What our own server notes of a request (`server.notes`)."""

    number: int
    stream: int | None
    framed: bytearray | None
    interim: list[int]

    @property
    def connection(self) -> ConnectionNotes: ...


def carriage(
    notes: "ConnectionNotes | _StoredNotes", number: int, is_pipelined: bool, request: RequestNotes | None = None
) -> Carriage:
    """How a request came, as it stands now."""
    return Carriage(
        notes.id,
        number,
        notes.opened_ns,
        is_pipelined,
        notes.tls,
        notes.http2 and {name: {**values} for name, values in notes.http2.items()},
        None if request is None else request.stream,
        None if request is None or request.framed is None else bytes(request.framed),
        [] if request is None else [*request.interim],
        notes.closed_by,
        notes.closed_ns,
    )


def carriage_of(request: RequestNotes | None) -> Carriage | None:
    """The same of the notes of a request; None where the server has none."""
    if request is None:
        return None
    notes, number = request.connection, request.number
    return carriage(notes, number, number in notes.pipelined, request)


class _StoredNotes(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`ConnectionNotes` of a connection over HTTP/1.1, as they are while it is open."""

    tls: dict[str, str | None] | None
    opened_ns: int
    id: str

    closed_ns: ClassVar[None] = None
    closed_by: ClassVar[None] = None
    http2: ClassVar[None] = None


class _StoredPeer(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A `Peer` without what it tells of a request."""

    scheme: str
    root_path: str
    asgi_version: str
    spec_version: str
    naming: tuple[str, ...]
    server: Address | None
    client: Address | None
    notes: _StoredNotes | None


class Peer:
    """The facts of one connection that the scopes and the answers of its requests need.

    `naming`: the lines that name an exchange and tell the length of a body, cut where its id stands; the length follows
    behind the last piece. `tells`, where a trusted proxy connected, reads what its headers say of a request. `memo` is
    for whoever writes lines about its requests, which are often alike.
    """

    __slots__ = (
        "_encoded", "asgi_version", "client", "memo", "naming", "notes", "root_path", "scheme", "server",
        "spec_version", "tells",
    )  # fmt: skip

    def __init__(
        self,
        client: Address | None,
        server: Address | None,
        scheme: str,
        root_path: str,
        asgi_version: str,
        spec_version: str,
        naming: tuple[str, ...],
        *,
        tells: Callable[[tuple[Header, ...]], Forwarded | None] | None = None,
        notes: ConnectionNotes | _StoredNotes | None = None,
    ) -> None:
        self.client = client
        self.server = server
        self.scheme = scheme
        self.root_path = root_path
        self.asgi_version = asgi_version
        self.spec_version = spec_version
        self.naming = naming
        self.tells = tells
        self.notes = notes
        self.memo: Any = None
        self._encoded: msgspec.Raw | None = None

    @property
    def encoded(self) -> msgspec.Raw:
        """The stored form, which all requests of the connection share."""
        if self._encoded is None:
            stored = msgspec.convert(self, _StoredPeer, from_attributes=True)
            self._encoded = msgspec.Raw(encoder.encode(stored))
        return self._encoded


class _Passage(msgspec.Struct, frozen=True, array_like=True, tag=_TAG, gc=False):
    """What a `Wire` and its stored form have in common.

    `number`: of the request on its connection, from 1. `is_pipelined`: whether it did not wait for the answer to the
    one before it. `line`: the request line without its CRLF. `block`: the header lines and the empty line behind them.
    `body`: of the request. The answer is kept as pieces, because alike answers share most of them: `answer_lines`, the
    status line and the header lines of the reply; `server_lines`, the server's own; each line behind its CRLF but the
    first; `content`, the body as it was sent, and `length`, that of the body whether it was sent or not. Between the
    lines stand those that `Wire.naming_lines` gives. `content_type`, `user_agent`: of the request, the first of each,
    for lists.

    What differs from one exchange to the next stands together, at the beginning and at the end, which is compressed
    best.
    """

    id: str
    started_ns: int
    duration_ns: int
    number: int
    is_pipelined: bool
    line: bytes
    block: bytes
    body: bytes
    status: int
    answer_lines: bytes
    length: int
    server_lines: bytes
    content: bytes
    content_type: bytes | None
    user_agent: bytes | None


class Wire(_Passage, frozen=True, array_like=True, tag=_TAG, kw_only=True, gc=False):
    """Only for a request over HTTP/1.1 with a target in origin form, made of visible ASCII without a fragment.

    `size`: what a log counts (`counted_size`). `said`: what a believed proxy said of the request, where the peer does
    not read it from the headers. The stored form is what `encoder` makes of it.
    """

    size: int
    said: Forwarded | None = None
    peer: Peer

    # What an `Outline` and a `ScopeHead` say

    @property
    def state(self) -> Literal["done"]:
        return "done"

    @property
    def type(self) -> Literal["http"]:
        return "http"

    @property
    def http_version(self) -> Literal["1.1"]:
        return "1.1"

    @property
    def method(self) -> str:
        return self.line[: self.line.index(b" ")].decode("ascii")

    @property
    def target(self) -> bytes:
        return self.line.split(b" ")[1]

    @property
    def path(self) -> str:
        text = self.target.partition(b"?")[0].decode("ascii")
        return self.peer.root_path + (unquote(text) if "%" in text else text)

    @property
    def query_string(self) -> bytes:
        return self.target.partition(b"?")[2]

    @property
    def client(self) -> Address | None:
        """Who sent the request, as a believed proxy says, or who connected."""
        said = self.forwarded
        return self.peer.client if said is None or said.client is None else said.client

    @property
    def forwarded(self) -> Forwarded | None:
        return self.said if self.peer.tells is None else self.peer.tells(self.headers)

    @property
    def headers(self) -> tuple[Header, ...]:
        return parse_block(self.block)

    @property
    def received_bytes(self) -> int:
        return len(self.body)

    @property
    def sent_bytes(self) -> int:
        return len(self.content)

    @property
    def is_event_stream(self) -> Literal[False]:
        return False

    # The other forms

    @property
    def head(self) -> ExchangeHead:
        scope = ScopeHead(
            self.type,
            self.http_version,
            self.method,
            self.path,
            self.query_string,
            self.headers,
            self.peer.client,
            self.forwarded,
        )
        return plain_head(self, self.received_bytes, self.sent_bytes, scope)

    @property
    def exchange(self) -> Exchange:
        peer = self.peer
        path, _, query = self.target.partition(b"?")
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": peer.asgi_version, "spec_version": peer.spec_version},
            "http_version": "1.1",
            "method": self.method,
            "scheme": peer.scheme,
            "path": self.path,
            "raw_path": peer.root_path.encode() + path,
            "query_string": query,
            "root_path": peer.root_path,
            "headers": self.headers,
            "client": peer.client,
            "server": peer.server,
        }
        headers = self._answer_headers
        exchange = plain_exchange(
            self, scope, self.forwarded, self.body, headers, self.content, received_ns=0, begun_ns=self.duration_ns
        )
        came = None if peer.notes is None else carriage(peer.notes, self.number, self.is_pipelined)
        return replace(exchange, wire=self.line + b"\r\n" + self.block, is_derived=True, carriage=came)

    # The stored form

    @property
    def settled(self) -> "Wire":
        """With all that is known, also by the peer. What is encoded has to be so."""
        return self if self.peer.tells is None else replace(self, said=self.forwarded)

    def encode(self, buffer: bytearray) -> bytes:
        """The stored form. `buffer` is reused by whoever encodes often."""
        encoder.encode_into(self.settled, buffer)
        return bytes(buffer)

    @classmethod
    def decode(cls, data: bytes) -> "Wire":
        """Of a stored form for which `is_encoded_wire` holds."""
        stored = _decoder.decode(data)
        passage = astuple(stored)[: len(_Passage.__struct_fields__)]
        return cls(*passage, size=stored.size, peer=_decoded_peer(bytes(stored.peer)), said=stored.said)

    @property
    def naming_lines(self) -> bytes:
        """Those lines of the answer that name the exchange and tell the length, each behind its CRLF."""
        return f"{self.id.join(self.peer.naming)}{self.length}".encode("ascii")

    @property
    def _answer_headers(self) -> tuple[Header, ...]:
        """The headers of the answer without the status line and the server's own lines, in ASGI's lower case."""
        lines = (self.answer_lines + self.naming_lines).split(b"\r\n")[1:]
        fields = (line.partition(b": ") for line in lines)
        return tuple((name.lower(), value) for name, _, value in fields)


def counted_size(
    number: int, line: bytes, block: bytes, body: bytes, answer_lines: bytes, content: bytes, listed_bytes: int
) -> int:
    """The bytes that a log counts for a `Wire` with this number on its connection and these pieces. `listed_bytes`:
    those of the two values for lists.

    What exchanges share counts for each of them, but for the server's own lines, which are the same for all of a
    second, and for what is the same for a connection.
    """
    overhead = OVERHEAD if number > 1 else OVERHEAD + PEER_OVERHEAD
    return overhead + len(line) + len(block) + len(body) + len(answer_lines) + len(content) + listed_bytes


class _Stored(_Passage, frozen=True, array_like=True, tag=_TAG, kw_only=True, gc=False):
    """A `Wire` as it is read back; `peer`: what `Peer.encoded` gives."""

    size: int
    said: Forwarded | None = None
    peer: msgspec.Raw


encoder: Final = msgspec.msgpack.Encoder(enc_hook=attrgetter("encoded"))
"""Encodes a `Wire` into its stored form, also several by one call."""

_decoder: Final = msgspec.msgpack.Decoder(_Stored)
_peer_decoder: Final = msgspec.msgpack.Decoder(_StoredPeer)


@lru_cache(maxsize=256)
def _decoded_peer(data: bytes) -> Peer:
    return Peer(**asdict(_peer_decoder.decode(data)))


def is_encoded_wire(data: bytes) -> bool:
    """Whether a stored form is that of a `Wire`. Behind the three bytes that begin an array of 16 items or more stands
    its tag, the number 1; of an `Exchange`, its id, a text."""
    return data[3:4] == b"\x01" and data[:1] == b"\xdc"


class _Headers:
    """The callback of a parser."""

    def __init__(self) -> None:
        self.fields: list[Header] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name.lower(), value.rstrip(b" \t")))


@lru_cache(maxsize=64)
def parse_block(block: bytes) -> tuple[Header, ...]:
    """The headers of a block that a server's parser has taken, by the same parser, in ASGI's lower case."""
    headers = _Headers()
    parser = httptools.HttpRequestParser(headers)
    with suppress(httptools.HttpParserUpgrade):
        parser.feed_data(b"POST / HTTP/1.1\r\n" + block)
    return tuple(headers.fields)

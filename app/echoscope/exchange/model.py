"""The words of the log: a request with its answer is an `Exchange`, an ASGI message in it an `Event`.

Structs only; nothing here reads a socket, a clock or a setting. Bytes stay bytes: decoding happens when somebody
looks. The stored form is one msgpack array per exchange, fields in the order of the struct, so that a reader of the
first fields (`ExchangeHead`) skips the rest without building it.
"""

from typing import Any, Final, Literal

import msgspec
from msgspec.structs import replace

from ..base.plain import plain
from ..http import spec
from ..http.spec import FORWARDED_KEY, Address, Forwarded, Header, Scope, ScopeHead, mended, read_as
from .facts import Facts

Channel = Literal["receive", "send"]
State = Literal["open", "done", "disconnected", "error", "refused"]
ScopeType = Literal["http", "websocket"]
"""Of the connections that are recorded."""

Message = dict[Any, Any]
"""The ASGI spec says that keys are text; code that shows a message leaves others out."""

ID_KEY = "echoscope.exchange_id"
"""The scope key under which a recorded app finds the id of the exchange that it is answering."""

PLACE_KEY = "echoscope.exchanges"
"""The scope key under which such an app finds the path before that id, where the exchange is not of the main log."""

ABORT = "http.response.abort"
"""The message by which our own server is asked to break an answer off; `state` in the scope says whether it can."""

HEAD_KEY = "http.request.head"
"""The scope key under which our own server tells the head of a request as its bytes came."""

NOTES_KEY = "http.request.notes"
"""The scope key under which our own server tells how a request came: its connection, chunks, informational answers."""


STORED_LATER: Final = (b"x-echoscope-stored", b"later")
"""The header of an answer whose exchange is not in the log yet."""


class Event(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One ASGI message as it passed.

    `at_ns`: nanoseconds since the exchange began, from a monotonic clock.
    `size`: the length of the whole payload (`body`, `bytes`, or `text` in UTF-8), 0 without one.
    `message`: the message itself; its payload may be cut, which shows by being shorter than `size`.
    """

    channel: Channel
    at_ns: int
    size: int
    message: Message


class Outline(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The outcome of an exchange.

    `id`: unique among all workers that share a store. `started_ns`: wall clock, nanoseconds since 1970.
    `duration_ns`: monotonic; so far, while `state` is `open`. `status`: of the answer, None before it
    began and for what is no status; of a WebSocket 101 when accepted. `received_bytes`, `sent_bytes`: true payload
    sizes, not what was kept. `is_event_stream`: whether the answer is one of server-sent events. `facts`: what else is
    known.
    """

    id: str
    state: State
    started_ns: int
    duration_ns: int
    status: int | None
    received_bytes: int
    sent_bytes: int
    is_event_stream: bool
    facts: Facts


class ExchangeHead(Outline, frozen=True, array_like=True, gc=False):
    """What a summary is made of, and most searches: the first fields of an `Exchange`."""

    scope: ScopeHead

    @property
    def type(self) -> ScopeType:
        return self.scope.type  # type: ignore[return-value]

    @property
    def http_version(self) -> str | None:
        return self.scope.http_version

    @property
    def method(self) -> str | None:
        return self.scope.method

    @property
    def path(self) -> str:
        return self.scope.path

    @property
    def query_string(self) -> bytes:
        return self.scope.query_string

    @property
    def headers(self) -> tuple[Header, ...]:
        return self.scope.headers

    @property
    def client(self) -> Address | None:
        """Who sent the request, as a believed proxy says, or who connected."""
        said = self.scope.forwarded
        return self.scope.client if said is None or said.client is None else said.client


class Carriage(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How a request came, as far as our own server tells.

    `connection`: its id. `number`: of the request on it, from 1. `opened_ns`: when it began, nanoseconds since 1970.
    `is_pipelined`: whether the request did not wait for the answer to the one before it. `tls`: version, cipher, alpn
    and server_name, None in the clear. `http2`: settings and counted frames, None over HTTP/1. `stream`: of HTTP/2.
    `framed`: a body in chunks as it came, its beginning; None for another one. `interim`: the status codes of
    informational answers. `closed_by`: `client` or `server`, None while the connection is open.
    """

    connection: str
    number: int
    opened_ns: int
    is_pipelined: bool = False
    tls: dict[str, str | None] | None = None
    http2: dict[str, dict[str, int]] | None = None
    stream: int | None = None
    framed: bytes | None = None
    interim: list[int] = []
    closed_by: str | None = None
    closed_ns: int | None = None


class Exchange(Outline, frozen=True, array_like=True, gc=False):
    """A request with its answer, or one whole WebSocket session.

    `scope`: the connection scope as it was before anything else touched it. `received_sha256`: hex digest of the whole
    request body, None while it is incomplete and for WebSockets. `error`: the traceback of the wrapped app, for the
    operator. `events_omitted`: how many messages passed between the kept first and last ones. `events`: the kept
    messages in the order in which they passed. `wire`: the head of the request as its bytes came, None where the
    server does not tell. `is_derived`: whether the messages were derived
    from the bytes of a request that was answered at once, and not observed one by one. `inside`: what was seen inside
    the app, None where Echoscope does not stand around one. `carriage`: how the request came, None where the server
    does not tell.
    """

    scope: dict[str, Any]
    received_sha256: str | None
    error: str | None
    events_omitted: int
    events: list[Event]
    wire: bytes | None = None
    is_derived: bool = False
    inside: "Inside | None" = None
    carriage: Carriage | None = None

    @property
    def forwarded(self) -> Forwarded:
        """What a believed proxy said of the request; empty where none did."""
        return read_as(self.scope.get(FORWARDED_KEY) or {}, Forwarded)

    @property
    def head(self) -> ExchangeHead:
        """The first fields, as a struct. Raises ValidationError where the scope is not as the ASGI spec says."""
        return _typed(self)


MAX_LOG_LINES: Final = 200
"""How many log records are kept of one exchange, the last ones."""

LOG_CHARACTERS: Final = 4_096
LOG_NAME_CHARACTERS: Final = 256
"""How much is kept of the message of one, and of the names in it."""


class LogLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One log record of the app. `at_ns`: since the exchange began. `place`: file, line and function. `error`: the
    traceback that was logged with it."""

    at_ns: int
    level: str
    logger: str
    message: str
    place: str
    error: str | None = None


class RouteMatch(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The route that answered, as the framework says it. `template`: its path with the parameters in it. `endpoint`:
    the function, `module:name`. `parameters`: what the path held for them, as text and numbers."""

    template: str | None
    endpoint: str | None
    parameters: dict[str, Any]


class Inside(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was seen inside an app that Echoscope stands around.

    `waited_ns`: how much of the duration the app waited for its client, to get a body from it or to be rid of an
    answer. `logs`: the last log records that were emitted meanwhile; `logs_omitted`: how many came before them.
    `inner`: the same exchange as a second Echoscope saw it, behind middleware; its id is the same.
    """

    waited_ns: int = 0
    route: RouteMatch | None = None
    logs: list[LogLine] = []
    logs_omitted: int = 0
    inner: Exchange | None = None


class _RawHead(Outline, frozen=True, array_like=True, gc=False):
    scope: dict[str, Any]


class _Bare(Exchange, frozen=True, array_like=True, gc=False):
    events: msgspec.Raw  # type: ignore[assignment]
    inside: msgspec.Raw = msgspec.Raw()  # type: ignore[assignment]


_encoder = msgspec.msgpack.Encoder()
_bare_decoder = msgspec.msgpack.Decoder(_Bare)
_decoder = msgspec.msgpack.Decoder(Exchange)
_head_decoder = msgspec.msgpack.Decoder(ExchangeHead)
_raw_head_decoder = msgspec.msgpack.Decoder(_RawHead)

_NOT_PLAIN = (TypeError, ValueError, OverflowError, RecursionError)
"""The exceptions by which encoding says that something in an exchange is not plain data."""


def encode(exchange: Exchange, buffer: bytearray | None = None) -> bytes:
    """The stored form. What is not plain data in the scope or a message is left out (`plain`).

    `buffer`: reused by callers that encode often. The encoder returns bytes cut from a larger allocation, so that 63
    MiB of records took 96 MiB; a copy out of a reused buffer takes its own size."""
    buffer = bytearray() if buffer is None else buffer
    try:
        _encoder.encode_into(exchange, buffer)
    except _NOT_PLAIN:
        _encoder.encode_into(_plain(exchange), buffer)
    return bytes(buffer)


def _plain(exchange: Exchange) -> Exchange:
    events = [replace(event, message=plain(event.message)) for event in exchange.events]
    inside = exchange.inside
    if inside is not None and inside.inner is not None:
        inside = replace(inside, inner=_plain(inside.inner))
    return replace(exchange, scope=plain(exchange.scope), events=events, inside=inside)


def encode_head(head: ExchangeHead) -> bytes:
    """The stored form of a head alone, which only `decode_head` reads."""
    return _encoder.encode(head)


def decode_exchange(encoded: bytes) -> Exchange:
    """An encoded exchange, in whose scope and messages everything has the form of the ASGI spec; what had another
    stands under `AGAINST_THE_SPEC`."""
    return _mended(_decoder.decode(encoded))


def decode_bare(encoded: bytes) -> Exchange:
    """An encoded exchange without its messages and what was seen inside: quickly, however long these are."""
    bare = _bare_decoder.decode(encoded)
    values = {name: getattr(bare, name) for name in bare.__struct_fields__}
    return _mended(Exchange(**values | {"events": [], "inside": None}))


def _mended(exchange: Exchange) -> Exchange:
    inside = exchange.inside
    if inside is not None and inside.inner is not None:
        exchange = replace(exchange, inside=replace(inside, inner=_mended(inside.inner)))
    try:
        read_as(exchange.scope, Scope)
        read_as([event.message for event in exchange.events], list[spec.Message])
    except msgspec.ValidationError:
        events = [replace(event, message=mended(event.message, spec.Message)) for event in exchange.events]
        return replace(exchange, scope=mended(exchange.scope, Scope), events=events)
    return exchange


def decode_head(encoded: bytes) -> ExchangeHead:
    """The first fields of an encoded exchange, without building its events."""
    try:
        return _head_decoder.decode(encoded)
    except msgspec.ValidationError:
        head = _raw_head_decoder.decode(encoded)
        return _typed(replace(head, scope=mended(head.scope, ScopeHead)))


def _typed(head: "_RawHead | Exchange") -> ExchangeHead:
    return msgspec.convert(head, ExchangeHead, from_attributes=True, builtin_types=(bytes,))

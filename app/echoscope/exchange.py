"""The words of the log: a request with its answer is an `Exchange`, an ASGI message in it an `Event`.

Structs only; nothing here reads a socket, a clock or a setting. Bytes stay bytes: decoding happens in
`document`, when somebody looks. The stored form is one msgpack array per exchange, fields in the order
of the struct, so that a reader of the first fields (`ExchangeHead`) skips the rest without building it.
"""

from typing import Any, Literal, TypeVar

import msgspec
from msgspec.structs import replace

_T = TypeVar("_T")

Channel = Literal["receive", "send"]
State = Literal["open", "done", "disconnected", "error"]
Message = dict[Any, Any]
"""Keys are text by the ASGI spec; what is not is for whoever shows a message to leave out."""

Headers = tuple[tuple[bytes, bytes], ...]
Address = tuple[str, int | None]
"""Host and port, or the path of a Unix socket and None."""

HTTP_SCOPE_KEYS = (
    "type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "query_string",
    "root_path", "headers", "client", "server",
)  # fmt: skip
WEBSOCKET_SCOPE_KEYS = (
    "type", "asgi", "http_version", "scheme", "path", "raw_path", "query_string",
    "root_path", "headers", "client", "server", "subprotocols",
)  # fmt: skip
"""The keys of a connection scope in the order of the ASGI spec, without `state`, which is the server's
own memory and no part of the request. `extensions`, where there are any, come after them."""


AGAINST_THE_SPEC = "against_the_spec"
"""The key of a scope, or of a message, under which stands what is not of the form that the ASGI spec gives it: headers
that are no pairs of bytes, a path that is no text."""

ID_KEY = "echoscope.exchange_id"
"""The scope key under which a recorded app finds the id of the exchange that it is answering."""


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


class ScopeHead(msgspec.Struct, frozen=True, gc=False):
    """What lists and searches need of a connection scope. `method` is None for a WebSocket, `client` behind a Unix
    socket."""

    type: str
    http_version: str | None = None
    method: str | None = None
    path: str = ""
    query_string: bytes = b""
    headers: Headers = ()
    client: Address | None = None


class Scope(ScopeHead, frozen=True, gc=False):
    """A connection scope in the form of the ASGI spec, as far as it is plain data."""

    asgi: dict[str, Any] = {}
    scheme: str = ""
    raw_path: bytes | None = None
    root_path: str = ""
    server: Address | None = None
    subprotocols: list[str] = []
    extensions: dict[str, Any] | None = None


class Outline(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What an exchange came to.

    `id`: unique among all workers that share a store. `started_ns`: wall clock, nanoseconds since 1970.
    `duration_ns`: monotonic; so far, while `state` is `open`. `status`: of the answer, None before it
    began; of a WebSocket 101 when accepted. `received_bytes`, `sent_bytes`: true payload sizes, not what
    was kept. `is_event_stream`: whether the answer is one of server-sent events.
    """

    id: str
    state: State
    started_ns: int
    duration_ns: int
    status: int | None
    received_bytes: int
    sent_bytes: int
    is_event_stream: bool


class ExchangeHead(Outline, frozen=True, array_like=True, gc=False):
    """What a summary is made of, and most searches: the first fields of an `Exchange`."""

    scope: ScopeHead


class Exchange(Outline, frozen=True, array_like=True, gc=False):
    """A request with its answer, or one whole WebSocket session.

    `scope`: the connection scope as it was before anything else touched it. `received_sha256`: hex digest of the whole
    request body, None while it is incomplete and for WebSockets. `error`: the traceback of the wrapped app, for the
    operator. `events_omitted`: how many messages passed between the kept first and last ones. `events`: the kept
    messages in the order in which they passed.
    """

    scope: dict[str, Any]
    received_sha256: str | None
    error: str | None
    events_omitted: int
    events: list[Event]

    @property
    def head(self) -> ExchangeHead:
        """The same in short. Raises ValidationError where the scope is not as the ASGI spec says."""
        return msgspec.convert(self, ExchangeHead, from_attributes=True, builtin_types=(bytes,))


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Exchange)
_head_decoder = msgspec.msgpack.Decoder(ExchangeHead)

encode = _encoder.encode
encode_into = _encoder.encode_into
"""The stored form of an exchange or of a part of it, as bytes, or in place of what a bytearray held.

Raise TypeError, ValueError or OverflowError for what is not plain data; see `plain`.
"""


def decode_exchange(encoded: bytes) -> Exchange:
    """An encoded exchange, in whose scope and messages everything is as the ASGI spec says; what was not stands under
    `AGAINST_THE_SPEC`."""
    exchange = _decoder.decode(encoded)
    try:
        _convert(exchange.scope, Scope)
        for event in exchange.events:
            _convert(event.message, _Message)
    except msgspec.ValidationError:
        return _mended(exchange)
    return exchange


def decode_head(encoded: bytes) -> ExchangeHead:
    """The first fields of an encoded exchange, without building its events."""
    try:
        return _head_decoder.decode(encoded)
    except msgspec.ValidationError:
        return decode_exchange(encoded).head


# What servers and apps give against the spec


class _Message(msgspec.Struct):
    """What is looked at in a message."""

    status: int | None = None
    headers: Headers = ()
    body: bytes = b""
    text: str | None = None
    data: bytes | None = msgspec.field(default=None, name="bytes")


def _convert(value: Any, to: type[_T]) -> _T:
    return msgspec.convert(value, to, builtin_types=(bytes,))


def _mended(exchange: Exchange) -> Exchange:
    events = [replace(event, message=_apart(event.message, _Message)) for event in exchange.events]
    return replace(exchange, scope=_apart(exchange.scope, Scope), events=events)


def _apart(values: dict[Any, Any], spec: type[msgspec.Struct]) -> dict[Any, Any]:
    """The values by their names, those that are against the spec apart from the others."""
    against = {field.encode_name for field in msgspec.structs.fields(spec) if not _fits(values, field)}
    if not against:
        return values
    kept = {name: value for name, value in values.items() if name not in against}
    return {**kept, AGAINST_THE_SPEC: {name: values[name] for name in values if name in against}}


def _fits(values: dict[Any, Any], field: msgspec.structs.FieldInfo) -> bool:
    try:
        if field.encode_name in values:
            _convert(values[field.encode_name], field.type)
    except msgspec.ValidationError:
        return False
    return True

"""The one-line form of an exchange, in lists and in the feed.

Two ways lead to it: `summarize` from any head, as values; `summary_line` as JSON text, which for an exchange that is
kept as its bytes is made of them directly.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, overload
from urllib.parse import unquote

import msgspec

from ..http.spec import Address
from .model import ExchangeHead, State
from .wire import Wire

Mask = Callable[[bytes], bytes]
"""Takes secrets out of a query string."""

_encode: Final = msgspec.json.Encoder().encode


class Summary(msgspec.Struct, gc=False):
    """`method` is None for a WebSocket, `client` behind a Unix socket. `content_type` is the request's."""

    seq: int
    id: str
    state: State
    type: str
    http_version: str | None
    method: str | None
    path: str
    query_string: str
    status: int | None
    started_at: str
    duration_ms: float
    received_bytes: int
    sent_bytes: int
    is_event_stream: bool
    client: str | None
    content_type: str | None
    user_agent: str | None


def summarize(seq: int, head: ExchangeHead, mask: Mask | None = None) -> Summary:
    """`mask`, where given, is applied to the query string."""
    fields = dict(head.headers[::-1])  # of a header that is repeated, the first one counts
    query = head.query_string
    if mask is not None and b"=" in query:
        query = mask(query)
    return Summary(
        seq,
        head.id,
        head.state,
        head.type,
        head.http_version,
        head.method,
        head.path,
        escaped(query),
        head.status,
        rfc3339(head.started_ns),
        milliseconds(head.duration_ns),
        head.received_bytes,
        head.sent_bytes,
        head.is_event_stream,
        address(head.client),
        escaped(fields.get(b"content-type")),
        escaped(fields.get(b"user-agent")),
    )


def summary(seq: int, head: ExchangeHead, mask: Mask | None = None) -> dict[str, Any]:
    """A summary as plain data."""
    return msgspec.structs.asdict(summarize(seq, head, mask))


def summary_line(seq: int, kept: Any, mask: Mask | None) -> str:
    """The summary of an exchange as it is kept (`log.store.Kept`), as JSON."""
    if type(kept) is not Wire:
        return _encode(summarize(seq, kept.head, mask)).decode()
    line, peer, answer = kept.line, kept.peer, kept.answer
    client = kept.client if peer.tells else peer.client
    aim, query, shown = (_known_aim if len(line) <= _MAX_KNOWN_LINE else _aim)(line, peer.root_path)
    if mask is not None and query:
        masked = mask(query)
        if masked != query:
            shown = _in_json(escaped(masked))
    seconds, rest = divmod(kept.started_ns, 1_000_000_000)
    return (
        f'{{"seq":{seq},"id":"{kept.id}","state":"done","type":"http","http_version":"1.1",'
        f'{aim}{shown}","status":{kept.status},'
        f'"started_at":"{_to_the_second(seconds)}.{rest // 1000:06d}Z","duration_ms":{kept.duration_ns // 1000 / 1000},'
        f'"received_bytes":{len(kept.body)},"sent_bytes":{len(answer) - answer.index(_END) - 4},'
        f'"is_event_stream":false,"client":{_client(client)},{_fields(kept.content_type, kept.user_agent)}}}'
    )


_END: Final = b"\r\n\r\n"
_MAX_KNOWN_LINE: Final = 256


def _aim(line: bytes, root_path: str) -> tuple[str, bytes, str]:
    """What a summary tells of a request line: all up to the query, then the query as it came and as JSON has it."""
    method, target, _ = line.split(b" ")
    path, _, query = target.partition(b"?")
    text = path.decode("ascii")
    shown = _in_json(root_path + (unquote(text) if "%" in text else text))
    return (
        f'"method":"{method.decode("ascii")}","path":"{shown}","query_string":"',
        query,
        _in_json(query.decode("ascii")),
    )


def _in_json(text: str) -> str:
    """Text as it stands between the quotes of JSON."""
    if '"' in text or "\\" in text or not (text.isascii() and text.isprintable()):
        return _encode(text).decode()[1:-1]
    return text


_known_aim: Final = lru_cache(maxsize=1024)(_aim)


@lru_cache(maxsize=1024)
def _client(pair: Address | None) -> str:
    return _encode(address(pair)).decode()


@lru_cache(maxsize=512)
def _fields(content_type: bytes | None, user_agent: bytes | None) -> str:
    """What a summary tells of the header lines; clients repeat both."""
    return (
        f'"content_type":{_encode(escaped(content_type)).decode()},"user_agent":{_encode(escaped(user_agent)).decode()}'
    )


@overload
def escaped(data: bytes) -> str: ...
@overload
def escaped(data: bytes | None) -> str | None: ...
def escaped(data: bytes | None) -> str | None:
    """Bytes as text in one line of a list: what is not UTF-8 is written as escapes."""
    return None if data is None else data.decode("utf-8", "backslashreplace")


@lru_cache(maxsize=1024)
def address(pair: Address | None) -> str | None:
    """`host:port` as the server gave it, the host alone when the port is not known, None behind a Unix socket."""
    if pair is None or not pair[0]:
        return None
    host, port = pair
    if port is None:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def milliseconds(nanoseconds: int) -> float:
    return nanoseconds // 1000 / 1000


def rfc3339(nanoseconds: int) -> str:
    """UTC with microseconds. `datetime` counts no nanoseconds, so the division is done in integers."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{_to_the_second(seconds)}.{rest // 1000:06d}Z"


@lru_cache(maxsize=64)
def _to_the_second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"

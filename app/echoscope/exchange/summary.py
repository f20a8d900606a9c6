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
from msgspec.structs import asdict

from ..base.remembered import LONGEST
from ..http.spec import Address
from .facts import NO_FACTS, Facts
from .model import ExchangeHead, ScopeType, State
from .wire import Wire

Mask = Callable[[bytes], bytes]
"""Takes secrets out of a query string."""

_encode: Final = msgspec.json.Encoder().encode


class Summary(Facts, kw_only=False, omit_defaults=True, gc=False):
    """An exchange in one line of a list, or of the feed.

    `state` is `refused` where the server turned the request away: method and path may be empty then. `method` is None
    for a WebSocket, `client` behind a Unix socket. `status`: of the answer, None before it began. `started_at`: RFC
    3339. `received_bytes`, `sent_bytes`: of the bodies, or of all messages. `is_event_stream`: of the answer.
    `content_type` and `user_agent` are the request's. Of the facts those are missing that are not
    known.
    """

    seq: int
    id: str
    state: State
    type: ScopeType
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
    if query and mask is not None:
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
        **(asdict(head.facts) if head.facts != NO_FACTS else {}),
    )


def summary_line(seq: int, kept: Any, mask: Mask | None) -> str:
    """The summary of an exchange as it is kept (`log.store.Kept`), as JSON."""
    if type(kept) is not Wire:
        return _encode(summarize(seq, kept.head, mask)).decode()
    peer = kept.peer
    memo = peer.memo
    target = memo[2] if memo is not None and memo[0] == kept.line and memo[1] is mask else _target(kept, mask)
    started_ms, started_us = divmod(kept.started_ns // 1000, 1000)
    duration_us = kept.duration_ns // 1000
    duration = _BELOW_ONE[duration_us] if duration_us < 1000 else f"{duration_us // 1000}.{_DIGITS[duration_us % 1000]}"
    client = peer.client if peer.tells is None and kept.said is None else kept.client
    is_short = len(kept.content_type or b"") + len(kept.user_agent or b"") <= LONGEST
    sender = _known_sender if is_short else _sender
    return (
        f'{{"seq":{seq},"id":"{kept.id}","state":"done","type":"http","http_version":"1.1",{target},'
        f'"status":{kept.status},"started_at":"{_to_the_millisecond(started_ms)}{_DIGITS[started_us]}Z",'
        f'"duration_ms":{duration},"received_bytes":{len(kept.body)},"sent_bytes":{len(kept.content)},'
        f'"is_event_stream":false,{sender(client, kept.content_type, kept.user_agent)}}}'
    )


_VERSION: Final = b" HTTP/1.1"
_DIGITS: Final = [f"{number:03d}" for number in range(1000)]
_BELOW_ONE: Final = [f"0.{digits}" for digits in _DIGITS]
"""Thousandths, and numbers below one. They are looked up, since to format them costs several times as much."""


def _target(wire: Wire, mask: Mask | None) -> str:
    """The members from `method` to `query_string` as JSON, remembered for the next request of the connection where they
    may be.

    They may not where a secret is masked, since what stands for it may change. What is remembered stays as long as an
    exchange of the connection is kept, and no log counts it: so it is short, and nothing for a first request."""
    peer = wire.peer
    aim, _, query = wire.line.removesuffix(_VERSION).partition(b"?")
    place = _known_place(aim, peer.root_path) if len(aim) <= LONGEST else _place(aim, peer.root_path)
    masked_query = mask(query) if query and mask is not None else query
    text = masked_query.decode("ascii")
    if 34 in masked_query or 92 in masked_query:  # a quote or a backslash, the only visible ASCII that JSON escapes
        text = _in_json(text)
    target = f'{place}","query_string":"{text}"'
    is_remembered = masked_query == query and wire.number > 1 and len(target) <= _MAX_REMEMBERED
    peer.memo = (wire.line, mask, target) if is_remembered else None
    return target


_MAX_REMEMBERED: Final = 1024


def _place(aim: bytes, root_path: str) -> str:
    """The members `method` and `path` as JSON, without the quote at the end. `aim`: a request line up to its query."""
    method, _, raw_path = aim.decode("ascii").partition(" ")
    path = _in_json(root_path + (unquote(raw_path) if "%" in raw_path else raw_path))
    return f'"method":"{method}","path":"{path}'


_known_place: Final = lru_cache(maxsize=1024)(_place)


def _in_json(text: str) -> str:
    """Text as it stands between the quotes of JSON."""
    if '"' in text or "\\" in text or not (text.isascii() and text.isprintable()):
        return _encode(text).decode()[1:-1]
    return text


def _sender(client: Address | None, content_type: bytes | None, user_agent: bytes | None) -> str:
    """What a summary tells of a connection and of header lines, both of which clients repeat."""
    told = {"client": address(client), "content_type": escaped(content_type), "user_agent": escaped(user_agent)}
    return _encode(told).decode()[1:-1]


_known_sender: Final = lru_cache(maxsize=512)(_sender)


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
def _to_the_millisecond(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_to_the_second(seconds)}.{_DIGITS[rest]}"


@lru_cache(maxsize=64)
def _to_the_second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"

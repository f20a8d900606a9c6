"""What a search says about an exchange, from its head alone as far as that decides."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

import msgspec

from ..exchange import Channel, Event, ExchangeHead
from ..summary import address, escaped
from ..wire import Wire
from .conditions import ANYTHING, Condition, Text, Value

Head = ExchangeHead | Wire
"""What knows the head of an exchange."""


class Term(msgspec.Struct, frozen=True):
    """One condition. `field`: empty for a word, `header` for `header.host`, whose `name` is then `host`."""

    negated: bool
    field: str
    name: str
    condition: Condition

    @property
    def looks_into_bodies(self) -> bool:
        return self.field in _CHANNELS


class Search(msgspec.Struct, frozen=True):
    """Terms that must all hold, those that look into bodies last. Without terms everything is found."""

    terms: tuple[Term, ...]

    @property
    def needs_body(self) -> bool:
        """Whether `matches_head` can leave an exchange undecided."""
        return any(term.looks_into_bodies for term in self.terms)

    def matches(self, seq: int, head: Head, events: Sequence[Event]) -> bool:
        """Whether every term holds; of bodies, the bytes that were kept count."""
        subject = _Subject(seq, head, events)
        return all(_holds(term, subject) is not term.negated for term in self.terms)

    def may_match(self, kept: object) -> bool:
        return True

    def matches_head(self, seq: int, head: Head) -> bool | None:
        """What `matches` would say of the whole exchange; None when only its events can tell."""
        subject = _Subject(seq, head, None)
        undecided = False
        for term in self.terms:
            held = _holds(term, subject)
            if held is term.negated:
                return False
            undecided = undecided or held is None
        return None if undecided else True


class _Subject:
    """An exchange that is looked at: what several terms need of it is made once."""

    def __init__(self, seq: int, head: Head, events: Sequence[Event] | None) -> None:
        self.seq = seq
        self.head = head
        self.events = events
        self._bodies: dict[Channel, _Body] = {}

    @cached_property
    def words(self) -> str:
        """All that a word looks for, except the bodies."""
        return "\n".join([self.head.method or "", self.head.path, *_query(self), *_header_lines(self)])

    def size(self, channel: Channel) -> int:
        return self.head.received_bytes if channel == "receive" else self.head.sent_bytes

    def body(self, channel: Channel) -> "_Body":
        """The kept payloads in one. WebSocket messages stand on lines of their own."""
        if channel not in self._bodies:
            separator = b"\n" if self.head.type == "websocket" else b""
            payloads = (_payload(event) for event in self.events or () if event.channel == channel)
            self._bodies[channel] = _Body(separator.join(filter(None, payloads)))
        return self._bodies[channel]


class _Body:
    """A body in lower case, decoded only for text beyond ASCII: seldom needed, and many are no text."""

    def __init__(self, body: bytes) -> None:
        self._bytes = body.lower()

    @cached_property
    def _text(self) -> str:
        return self._bytes.decode("utf-8", "replace").lower()

    def holds(self, condition: Text) -> bool:
        return condition.fits_bytes(self._bytes) if condition.is_ascii else condition.fits(self._text)


def _holds(term: Term, subject: _Subject) -> bool | None:
    """Whether the term without its `-` holds; None when it depends on events that are not at hand."""
    for value in _VALUES[term.field](subject, term.name):
        if term.condition.accepts(value):
            return True
    channels = [channel for channel in _CHANNELS.get(term.field, ()) if subject.size(channel)]
    if not channels or not isinstance(term.condition, Text):
        return False
    if term.condition == ANYTHING:
        return True
    if subject.events is None:
        return None
    return any(subject.body(channel).holds(term.condition) for channel in channels)


def _payload(event: Event) -> bytes:
    for key in ("body", "bytes", "text"):
        match event.message.get(key):
            case bytes(payload) if payload:
                return payload
            case str(payload) if payload:
                return payload.encode()
    return b""


def _some(value: Value | None) -> tuple[Value, ...]:
    return () if value is None else (value,)


def _query(subject: _Subject) -> Iterable[str]:
    """The query string as it was sent, and decoded; nothing when it is empty."""
    query = escaped(subject.head.query_string)
    return (query, unquote_plus(query)) if query else ()


def _parameters(subject: _Subject, name: str) -> Iterable[str]:
    pairs = parse_qsl(escaped(subject.head.query_string), keep_blank_values=True)
    return [value for key, value in pairs if key.lower() == name]


def _header_lines(subject: _Subject) -> Iterable[str]:
    return [escaped(name + b": " + value) for name, value in subject.head.headers]


def _headers(subject: _Subject, name: str) -> Iterable[str]:
    wanted = name.encode()
    return [escaped(value) for key, value in subject.head.headers if key.lower() == wanted]


def _cookies(subject: _Subject, name: str) -> Iterator[str]:
    """Values from all Cookie headers: over HTTP/2 there may be several (RFC 9113, section 8.2.3)."""
    for header in _headers(subject, "cookie"):
        for pair in header.split(";"):
            key, _, value = pair.partition("=")
            if key.strip().lower() == name:
                yield value.strip()


_VALUES: Final[Mapping[str, Callable[[_Subject, str], Iterable[Value]]]] = {
    "": lambda subject, _: (subject.words,),
    "method": lambda subject, _: _some(subject.head.method),
    "path": lambda subject, _: (subject.head.path,),
    "query": lambda subject, name: _parameters(subject, name) if name else _query(subject),
    "header": lambda subject, name: _headers(subject, name) if name else _header_lines(subject),
    "cookie": _cookies,
    "body": lambda *_: (),
    "request.body": lambda *_: (),
    "response.body": lambda *_: (),
    "status": lambda subject, _: _some(subject.head.status),
    "type": lambda subject, _: (subject.head.type, "sse" if subject.head.is_event_stream else ""),
    "state": lambda subject, _: (subject.head.state,),
    "ip": lambda subject, _: (subject.head.client or ())[:1],
    "client": lambda subject, _: _some(address(subject.head.client)),
    "size": lambda subject, _: (subject.head.received_bytes,),
    # Milliseconds as a summary shows them, so that what is read there can be searched for.
    "duration": lambda subject, _: (round(subject.head.duration_ns / 1e6, 3),),
    "version": lambda subject, _: _some(subject.head.http_version),
    "id": lambda subject, _: (subject.head.id,),
    "seq": lambda subject, _: (subject.seq,),
}
"""Where each field finds its values. A field without values never holds."""

_CHANNELS: Final[Mapping[str, tuple[Channel, ...]]] = {
    "": ("receive", "send"),
    "body": ("receive", "send"),
    "request.body": ("receive",),
    "response.body": ("send",),
}
"""Whose bodies a field looks into."""

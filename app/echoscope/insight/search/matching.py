"""Whether an exchange matches a search, decided by its head alone where that is enough."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote_plus

import msgspec

from ...exchange.messages import response_start
from ...exchange.model import Channel, Event, Exchange, ExchangeHead, Inside
from ...exchange.summary import address, escaped
from ...exchange.wire import Wire
from .conditions import ANYTHING, Condition, Text, Value
from .members import JsonText

_BOUNDARIES: Final = re.compile(r"[:\s]+")
"""Where a line of a header is put together from its name and value, and bodies from messages."""


class Marked(NamedTuple):
    """The marks that people put on an exchange, which are no part of it."""

    pinned: bool = False
    note: str = ""


_UNMARKED: Final = Marked()

Head = ExchangeHead | Wire
"""An object with the head of an exchange."""


class Term(msgspec.Struct, frozen=True):
    """One condition. `field`: empty for a word, `header` for `header.host`, whose `name` is then `host`."""

    negated: bool
    field: str
    name: str
    condition: Condition

    @property
    def needs_events(self) -> bool:
        """Whether the head alone may leave it undecided."""
        return self.field in _CHANNELS or self.field in _BEHIND_HEAD


class Group(msgspec.Struct, frozen=True):
    """Parts that must all hold, or, with `is_any`, one of them. Those that need events stand last."""

    negated: bool
    is_any: bool
    parts: "tuple[Term | Group, ...]"

    @property
    def needs_events(self) -> bool:
        return any(part.needs_events for part in self.parts)

    @property
    def terms(self) -> "Iterator[Term]":
        for part in self.parts:
            yield from (part,) if isinstance(part, Term) else part.terms


Part = Term | Group


class Search(msgspec.Struct, frozen=True):
    """What must hold for an exchange to be found. An empty one finds everything."""

    root: Group

    @property
    def terms(self) -> tuple[Term, ...]:
        """All terms, whatever group they stand in."""
        return tuple(self.root.terms)

    @property
    def needs_events(self) -> bool:
        """Whether `matches_head` can leave an exchange undecided."""
        return self.root.needs_events

    def matches(
        self,
        seq: int,
        head: Head,
        events: Sequence[Event],
        marked: Marked = _UNMARKED,
        whole: Exchange | None = None,
    ) -> bool:
        """Whether the exchange is found; of bodies, the bytes that were kept count. `whole`: where its failure, and
        what was seen inside an app, is to be found too."""
        return _verdict(self.root, _Subject(seq, head, events, marked, whole)) is True

    def matches_head(self, seq: int, head: Head, marked: Marked = _UNMARKED) -> bool | None:
        """What `matches` would say of the whole exchange; None when only its events can tell."""
        return _verdict(self.root, _Subject(seq, head, None, marked))

    def needles(self) -> tuple[bytes, ...]:
        """ASCII bytes in lower case, longest first, all of which the raw bytes of an exchange that is found contain,
        once they are in lower case too: what a store can look for before it decodes anything.

        They are text of the terms that must hold, as far as it stands in these bytes as it is searched for: negated
        terms, groups with `OR`, numbers, addresses, JSON and notes give nothing, and so does text with a character
        beyond ASCII, for which bodies are decoded: some characters there have lower cases in ASCII. No needle has a
        colon or a space, where a header's name and value, or messages of a WebSocket, are put together.

        A record without them must still be looked at where what is searched is not what stands in its bytes:

        - its target as it was sent holds a `%` or a `+` (words, `path` and `query` are looked for in the decoded one);
        - its path, its query string or a header of either side holds a byte that is not ASCII (some characters beyond
          ASCII have lower cases in ASCII, and bytes that are no UTF-8 are searched as escapes);
        - a body of it was kept in several pieces that do not stand directly behind each other in these bytes.

        Bodies need be neither ASCII nor text. Bytes of another form than `exchange.encode` gives will do where they
        hold method, version, id, the names of headers as ASGI has them (`host`, not `:authority`) and the kept bodies.
        """
        if self.root.is_any or self.root.negated:
            return ()
        needles = {needle for part in self.root.parts for needle in _needles(part)}
        return tuple(sorted(needles, key=lambda needle: (-len(needle), needle)))


def _needles(part: Part) -> Iterator[bytes]:
    if part.negated:
        return
    if isinstance(part, Group):
        if not part.is_any:
            yield from (needle for inner in part.parts for needle in _needles(inner))
        return
    if part.field not in _PLAIN or not isinstance(part.condition, Text):
        return
    pieces = part.condition.pieces if part.condition.is_ascii else ()
    runs = [run for piece in pieces for run in _BOUNDARIES.split(piece)]
    if part.name:
        runs.append(part.name)
    yield from (run.encode() for run in runs if run and run.isascii())


def _verdict(part: Part, subject: "_Subject") -> bool | None:
    """Whether the part holds; None when it depends on events that are not at hand."""
    if isinstance(part, Term):
        held = _holds(part, subject)
    else:
        held = not part.is_any
        for inner in part.parts:
            verdict = _verdict(inner, subject)
            if verdict is part.is_any:
                held = verdict
                break
            if verdict is None:
                held = None
    return None if held is None else held is not part.negated


def values_of(field: str, name: str, seq: int, exchange: Exchange) -> list[str]:
    """What a field of the language looks at in an exchange, such as all values of `header` `host`, in their order."""
    return [str(value) for value in _VALUES[field](_Subject(seq, exchange.head, exchange.events, _UNMARKED), name)]


class _Subject:
    """An exchange that is looked at: what several terms need of it is made once."""

    def __init__(
        self, seq: int, head: Head, events: Sequence[Event] | None, marked: Marked, whole: Exchange | None = None
    ) -> None:
        self.seq = seq
        self.whole = whole
        self.marked = marked
        self.head = head
        self.events = events
        self._bodies: dict[Channel, _Body] = {}

    @property
    def inside(self) -> Inside | None:
        return None if self.whole is None else self.whole.inside

    @cached_property
    def words(self) -> str:
        """All texts that a word is searched in, except the bodies."""
        return "\n".join([self.head.method or "", self.head.path, *_query(self), *_header_lines(self)])

    def size(self, channel: Channel) -> int:
        return self.head.received_bytes if channel == "receive" else self.head.sent_bytes

    def body(self, channel: Channel) -> "_Body":
        """The kept payloads, joined. WebSocket messages stand on lines of their own."""
        if channel not in self._bodies:
            separator = b"\n" if self.head.type == "websocket" else b""
            self._bodies[channel] = _Body(separator.join(self._payloads(channel)))
        return self._bodies[channel]

    def _payloads(self, channel: Channel) -> list[bytes]:
        payloads = (_payload(event) for event in self.events or () if event.channel == channel)
        return [payload for payload in payloads if payload]

    @cached_property
    def json_texts(self) -> list[JsonText]:
        """The texts that may be JSON: both bodies, or each message of a WebSocket."""
        received, sent = self._payloads("receive"), self._payloads("send")
        texts = received + sent if self.head.type == "websocket" else [b"".join(received), b"".join(sent)]
        return [JsonText(text) for text in texts]


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
    if term.field in _BEHIND_HEAD and subject.events is None:
        return None
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


def _response_headers(subject: _Subject, name: str) -> Iterable[str]:
    wanted = name.encode()
    headers = (response_start(subject.events or ()) or {}).get("headers") or ()
    return [escaped(value) for key, value in headers if key.lower() == wanted]


def _json_members(subject: _Subject, name: str) -> Iterator[str]:
    for text in subject.json_texts:
        yield from text.members(name)


def _routes(subject: _Subject) -> Iterator[str]:
    inside = subject.inside
    if inside is not None and inside.route is not None:
        yield from filter(None, (inside.route.template, inside.route.endpoint))


def _log_lines(subject: _Subject) -> Iterator[str]:
    for line in subject.inside.logs if subject.inside is not None else ():
        yield f"{line.level} {line.logger}: {line.message}"


def _errors(subject: _Subject) -> Iterator[str]:
    """Texts from inside the app: its log, and the exchange behind its middleware."""
    exchange = subject.whole
    while exchange is not None:
        if exchange.error is not None:
            yield exchange.error
        inside = exchange.inside
        yield from (line.error for line in (inside.logs if inside is not None else ()) if line.error is not None)
        exchange = inside.inner if inside is not None else None


_VALUES: Final[Mapping[str, Callable[[_Subject, str], Iterable[Value]]]] = {
    "": lambda subject, _: (subject.words,),
    "method": lambda subject, _: _some(subject.head.method),
    "path": lambda subject, _: (subject.head.path,),
    "query": lambda subject, name: _parameters(subject, name) if name else _query(subject),
    "header": lambda subject, name: _headers(subject, name) if name else _header_lines(subject),
    "cookie": _cookies,
    "response.header": _response_headers,
    "json": _json_members,
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
    "since": lambda subject, _: (subject.head.started_ns / 1e9,),
    "route": lambda subject, _: _routes(subject),
    "log": lambda subject, _: _log_lines(subject),
    "error": lambda subject, _: _errors(subject),
    "is": lambda subject, _: ("pinned",) if subject.marked.pinned else (),
    "note": lambda subject, _: (subject.marked.note,) if subject.marked.note else (),
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

_BEHIND_HEAD: Final = frozenset({"response.header", "json", "route", "log", "error"})
"""Fields whose values stand in events, or in what else is known of the whole exchange."""

_PLAIN: Final = frozenset(_CHANNELS) | {
    "method", "path", "query", "header", "cookie", "response.header", "version", "id",
}  # fmt: skip
"""Fields whose text stands in the bytes of an exchange as it is searched for."""

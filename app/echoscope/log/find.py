"""Searching a log in short turns: the bytes are looked at first, and only what can match is decoded."""

from collections.abc import Mapping
from typing import Final

from ..base.apart import LOOKS
from ..base.threads import beside
from ..base.turns import Turn
from ..exchange.model import ExchangeHead
from ..exchange.parts import Parts
from ..exchange.wire import Wire
from ..insight.search import Marked, Search
from .store import LISTED, Encoded, Kept, Listed, Outlined, Record, Store, head_of

HEAVY_BYTES: Final = 32 << 10
"""An exchange that takes more is searched beside the loop: 50 terms on two bodies of 256 KiB take up to a second."""

MUCH_BYTES: Final = 1 << 20
"""An exchange that takes more is searched in a process of its own: a single step through it would hold the lock of the
interpreter for more than ten milliseconds. By default no exchange is as large."""

_LOOK: Final = 16
"""How many exchanges are looked at between two looks at the clock."""

Marks = Mapping[str, Marked]
"""What people put on exchanges, by id."""

_UNMARKED: Final = Marked()


async def marks_for(search: Search | None, store: Store) -> Marks:
    """Pins and notes, where the search asks for them."""
    if search is None or not any(term.field in ("is", "note") for term in search.terms):
        return {}
    pins = await store.pins()
    pinned = {pin.id for pin in pins.found}
    return {name: Marked(name in pinned, pins.notes.get(name, "")) for name in {*pinned, *pins.notes}}


async def matching(
    search: Search | None, records: list[Record], store: Store, turn: Turn, marks: Marks
) -> list[tuple[int, Listed]]:
    """The exchanges among these records of `store` that match, with their seqs, in the order of the records."""
    if search is None:
        return [(record.seq, record.entry) for record in records if isinstance(record.entry, LISTED)]
    matches: list[tuple[int, Listed]] = []
    sieve = _Sieve(search)
    for number, record in enumerate(records):
        entry = record.entry
        if type(entry) is Wire:
            is_heavy = len(entry.content) + len(entry.body) > HEAVY_BYTES
        elif type(entry) is Parts:
            is_heavy = len(entry.body) > HEAVY_BYTES
        elif type(entry) is Encoded:
            is_heavy = len(entry.data) > HEAVY_BYTES
        elif type(entry) is Outlined:
            if await _matches_whole(sieve, record.seq, entry, marks, store):
                matches.append((record.seq, entry))
            continue
        else:
            continue
        if is_heavy:
            if await _matches_heavy(sieve, record.seq, entry, marks):
                matches.append((record.seq, entry))
            await turn.end()
        elif sieve.matches(record.seq, entry, marks):
            matches.append((record.seq, entry))
        if not number % _LOOK and turn.is_over:
            await turn.end()
    return matches


async def _matches_whole(sieve: "_Sieve", seq: int, outlined: Outlined, marks: Marks, store: Store) -> bool:
    """Whether an exchange matches of which the head is here: where that does not decide, the whole is asked for."""
    decided = sieve.matches_head(seq, outlined.head, marks)
    if decided is not None:
        return decided
    match = await store.get(outlined.id)
    return match is not None and await _matches_heavy(sieve, seq, match.kept, marks)


async def _matches_heavy(sieve: "_Sieve", seq: int, entry: Listed, marks: Marks) -> bool:
    if not isinstance(entry, Encoded) or len(entry.data) <= MUCH_BYTES:
        return await beside(sieve.matches, seq, entry, marks)
    decided = sieve.matches_head(seq, entry.head, marks)
    if decided is not None:
        return decided
    mark = marks.get(entry.id, _UNMARKED)
    return await LOOKS.do(_matches_apart, sieve.search, seq, entry.id, mark, data=[entry.data]) == [_YES]


def _matches_apart(search: Search, seq: int, exchange_id: str, mark: Marked, data: bytes) -> bytes:
    return _YES if _Sieve(search).matches(seq, Encoded(exchange_id, data), {exchange_id: mark}) else b""


_YES: Final = b"y"


class _Sieve:
    """A search over exchanges as they are kept. What `Search.needles` asks for is looked for in their bytes first."""

    def __init__(self, search: Search) -> None:
        self.search = search
        # An id need not stand in the bytes, and headers of an answer may stand there otherwise than they are searched.
        asks_beyond = any(term.field in ("id", "response.header") for term in search.terms)
        self._needles = () if asks_beyond else search.needles()
        # Requests of one connection share their header lines, and alike ones what they were sent.
        self._block = self._block_text = b""
        self._is_block_told = True
        self._content = self._content_text = b""

    def matches_head(self, seq: int, head: ExchangeHead | Wire, marks: Marks) -> bool | None:
        """None where the head does not decide."""
        return self.search.matches_head(seq, head, marks.get(head.id, _UNMARKED))

    def matches(self, seq: int, entry: Listed, marks: Marks) -> bool:
        assert not isinstance(entry, Outlined)
        if self._needles and self._excludes(entry):
            return False
        head = head_of(entry)
        decided = self.matches_head(seq, head, marks)
        if decided is not None:
            return decided
        exchange = entry.exchange
        return self.search.matches(seq, head, exchange.events, marks.get(entry.id, _UNMARKED), exchange)

    def _excludes(self, entry: Kept) -> bool:
        if isinstance(entry, Wire):
            return self._excludes_wire(entry)
        return self._excludes_parts(entry) if isinstance(entry, Parts) else self._excludes_encoded(entry)

    def _excludes_wire(self, wire: Wire) -> bool:
        """Whether a needle is missing from the bytes. That decides only where the bytes are the text that is searched:
        the target has no `%` and no `+`, and the header lines are ASCII."""
        if wire.block != self._block:
            self._block, self._block_text = wire.block, wire.block.lower()
            self._is_block_told = wire.block.isascii()
        line = wire.line
        if not self._is_block_told or 37 in line or 43 in line or wire.peer.root_path:
            return False
        if wire.content is not self._content:
            self._content, self._content_text = wire.content, wire.content.lower()
        for needle in self._needles:
            if needle in self._content_text or needle in self._block_text or needle in line.lower():
                continue
            if not wire.body or needle not in wire.body.lower():
                return True
        return False

    def _excludes_parts(self, parts: Parts) -> bool:
        """The same for parts, of which the text is put together that stands in the bytes of a `Wire`."""
        raw_path, query, shared = parts.raw_path, parts.query_string, parts.shared
        target = b"%b %b?%b %b" % (parts.method.encode(), raw_path, query, shared.http_version.encode())
        if 37 in target or 43 in target or not target.isascii():  # "%", "+"
            return False
        block = b"".join(map(b"".join, shared.headers))
        if not block.isascii():
            return False
        text = b"\n".join((target, block, parts.body)).lower()
        return not all(needle in text for needle in self._needles)

    def _excludes_encoded(self, entry: Encoded) -> bool:
        text = entry.data.lower()
        return not all(needle in text for needle in self._needles) and _is_told_by_bytes(entry)


def _is_told_by_bytes(entry: Encoded) -> bool:
    """Whether everything that a needle can be text of stands in the stored form as it is searched for."""
    head, data = entry.head, entry.data
    query = head.query_string
    return (
        b"%" not in query
        and b"+" not in query
        and query.isascii()
        and head.path.isascii()
        and all(name.isascii() and value.isascii() for name, value in head.headers)
        and (head.type == "websocket" or (data.count(_RESPONSE_BODY) < 2 and data.count(_REQUEST_BODY) < 2))
    )


_RESPONSE_BODY: Final = b"http.response.body"
_REQUEST_BODY: Final = b"http.request"

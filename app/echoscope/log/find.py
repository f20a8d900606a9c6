"""Searching a log: raw bytes first, and only what can match is decoded, in short turns."""

from collections.abc import Mapping
from typing import Final

from ..search import Marked, Search
from ..threads import beside
from ..turns import Turn
from ..wire import Wire
from .store import KEPT, Kept, Record, Store

HEAVY_BYTES: Final = 32 << 10
"""An exchange that takes more is searched beside the loop: 50 terms on two bodies of 256 KiB take up to a second."""

Marks = Mapping[str, Marked]
"""What people put on exchanges, by id."""

_UNMARKED: Final = Marked()


async def marks_for(search: Search | None, store: Store) -> Marks:
    """Pins and notes, where the search asks for them."""
    if search is None or not any(term.field in ("is", "note") for term in search.terms):
        return {}
    pins = await store.pins()
    pinned = {one.id for one in pins.found}
    return {name: Marked(name in pinned, pins.notes.get(name, "")) for name in {*pinned, *pins.notes}}


async def matching(search: Search | None, records: list[Record], turn: Turn, marks: Marks) -> list[tuple[int, Kept]]:
    """The exchanges among these records that match, with their seqs, in the order of the records."""
    if search is None:
        return [(record.seq, record.entry) for record in records if isinstance(record.entry, KEPT)]
    matches: list[tuple[int, Kept]] = []
    sieve = _Sieve(search)
    for record in records:
        kept = record.entry
        if not isinstance(kept, KEPT):
            continue
        if kept.size > HEAVY_BYTES:
            if await beside(sieve.matches, record.seq, kept, marks):
                matches.append((record.seq, kept))
            await turn.end()
        elif sieve.matches(record.seq, kept, marks):
            matches.append((record.seq, kept))
        if turn.is_over:
            await turn.end()
    return matches


class _Sieve:
    """A search over exchanges as they are kept. What `Search.needles` asks for is looked for in their bytes first."""

    def __init__(self, search: Search) -> None:
        self._search = search
        # Headers of an answer may hold what stands in no bytes as it is searched for; they are asked for seldom.
        self._needles = () if any(term.field == "response.header" for term in search.terms) else search.needles()

    def matches(self, seq: int, kept: Kept, marks: Marks) -> bool:
        if self._needles and not self._may_match(kept):
            return False
        head = kept if isinstance(kept, Wire) else kept.head
        marked = marks.get(kept.id, _UNMARKED)
        decided = self._search.matches_head(seq, head, marked)
        return self._search.matches(seq, head, kept.exchange.events, marked) if decided is None else decided

    def _may_match(self, kept: Kept) -> bool:
        if isinstance(kept, Wire):
            text = b"%b\n%b%b\n%b" % (kept.line, kept.block, kept.body, kept.answer)
        else:
            text = kept.data
        text = text.lower()
        return all(needle in text for needle in self._needles) or not _is_told_by_bytes(kept)


def _is_told_by_bytes(kept: Kept) -> bool:
    """Whether everything that a needle can be text of stands in the bytes as it is searched for."""
    if isinstance(kept, Wire):
        line = kept.line
        return kept.block.isascii() and 37 not in line and 43 not in line and not kept.peer.root_path  # % and +
    head, data = kept.head, kept.data
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

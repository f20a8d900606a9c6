"""Searching a log: raw bytes first, and only what can match is decoded, in short turns."""

from typing import Final

from ..search import Search
from ..turns import Turn, beside
from .store import KEPT, Encoded, Kept, Record

HEAVY_BYTES: Final = 32 << 10
"""An exchange that takes more is searched beside the loop: 50 terms on two bodies of 256 KiB take up to a second."""


async def matching(search: Search | None, records: list[Record], turn: Turn) -> list[tuple[int, Kept]]:
    """The exchanges among these records that match, with their seqs, in the order of the records."""
    matches: list[tuple[int, Kept]] = []
    for record in records:
        kept = record.entry
        if not isinstance(kept, KEPT):
            continue
        if search is None:
            matches.append((record.seq, kept))
        elif kept.size > HEAVY_BYTES:
            if await beside(_matches, search, record.seq, kept):
                matches.append((record.seq, kept))
            await turn.end()
        elif _matches(search, record.seq, kept):
            matches.append((record.seq, kept))
        if turn.is_over:
            await turn.end()
    return matches


def _matches(search: Search, seq: int, kept: Kept) -> bool:
    if not search.may_match(kept):
        return False
    head = kept.head if isinstance(kept, Encoded) else kept
    decided = search.matches_head(seq, head)
    return search.matches(seq, head, kept.exchange.events) if decided is None else decided

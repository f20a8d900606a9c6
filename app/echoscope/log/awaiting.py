"""Waiting for an exchange: the first in a log that a search finds, from a place on.

The log is the queue, as it is for the feed. A place is a seq under an epoch; a client that goes on from the last place
it was told misses nothing. Exchanges that left the log before they were looked at are counted."""

import asyncio
from typing import Final, Self

from ..base.turns import Turn
from ..insight.search import Search
from .find import marks_for, matching
from .store import Found, Status, Store, StoreAway

SCAN: Final = 200
"""How many records are read at once."""

RETRY_S: Final = 0.25
"""Seconds before a store that failed is asked again."""


class Waiting:
    """A search that goes on until it finds something.

    `epoch` and `seq`: the place up to which was searched, and from which the next one goes on. `missed`: how many
    records behind the place where it began had left the log unseen; None when the log began anew, and nobody can tell.
    """

    def __init__(self, store: Store, search: Search | None, epoch: str, seq: int, missed: int | None) -> None:
        self.epoch = epoch
        self.seq = seq
        self.missed = missed
        self._store = store
        self._search = search

    @classmethod
    async def begin(cls, store: Store, search: Search | None, after: int | None, epoch: str | None) -> Self:
        """After the seq `after` or, without one, with what comes from now on. An `epoch` other than the log's means
        that the log began anew, and so does a seq that it has not come to: all that is kept is searched."""
        status = await store.status()
        if after is None:
            return cls(store, search, status.epoch, status.head, 0)
        if after > status.head or epoch not in (None, status.epoch):
            return cls(store, search, status.epoch, status.oldest - 1, None)
        return cls(store, search, status.epoch, after, 0)

    async def first(self, timeout_s: float) -> Found | None:
        """The first exchange that matches, None when there was none in time. Raises `StoreAway` when the store is still
        away by then."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + timeout_s
        while True:
            left_s = ends_at - loop.time()
            try:
                match = await self._look()
                if match is not None or left_s <= 0:
                    return match
                await self._store.wait(self.seq, self.epoch, left_s)
            except StoreAway:
                if left_s <= 0:
                    raise
                await asyncio.sleep(min(RETRY_S, left_s))

    async def _look(self) -> Found | None:
        """The first match up to the head; an exchange that is gone when it is asked for was none."""
        turn = Turn()
        while True:
            status = await self._store.status()
            self._follow(status)
            records = await self._store.read(self.seq, SCAN)
            marks = await marks_for(self._search, self._store)
            for seq, entry in await matching(self._search, records, self._store, turn, marks):
                match = await self._store.get(entry.id)
                if match is not None:
                    self.seq = seq
                    return match
            if not records:
                self.seq = max(self.seq, status.head)
                return None
            self.seq = records[-1].seq
            await turn.end()

    def _follow(self, status: Status) -> None:
        """Take note of a log that began anew, and of what has left it."""
        if status.epoch != self.epoch:
            self.epoch, self.seq, self.missed = status.epoch, status.oldest - 1, None
        gone = status.oldest - 1 - self.seq
        if gone > 0:
            self.seq = status.oldest - 1
            self.missed = None if self.missed is None else self.missed + gone

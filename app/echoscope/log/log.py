"""One log with what belongs to it, and all the logs of one process.

Nobody but a `Log` holds a store: the recorder puts, the inspector finds, pages and follows, by the log of a request.
"""

import asyncio
import hmac
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from hashlib import sha256
from typing import Final

import msgspec

from ..base.threads import beside
from ..base.turns import Turn
from ..exchange.model import Exchange
from ..insight.search import Search
from .awaiting import Waiting
from .commit import Backlog, Tell
from .connections import Connections, exchanges_of, of_connection
from .feed import Feed
from .find import marks_for, matching
from .own import Own
from .places import MAIN, place_at
from .room import Room
from .shelf import Shelf
from .store import Bounds, Captured, Found, Listed, Pins, Status, Store, check_note, head_of

SCAN: Final = 200
"""How many records are read at once."""


class Page(msgspec.Struct, frozen=True):
    """One page of a list, the newest first. `status`: where the log stood before the page was read; what has come since
    then comes from the feed too. `next`: the seq below which the next page begins, None at the end."""

    status: Status
    items: list[tuple[int, Listed]]
    next: int | None


class Log:
    """A store with its feed. `put` and `put_then` keep an exchange as the store does, and `takes_time` is the store's
    own. `place`: where it stays, for people. `connections`: those of this process."""

    def __init__(self, store: Store, max_readers: int = 200, place: str = "memory") -> None:
        self.place = place
        self._store = store
        self.takes_time = store.takes_time
        self.put: Callable[[Captured], Awaitable[bool] | None] = store.put
        self.put_then: Callable[[Captured, Tell[Captured]], int] = store.put_then
        self._own: Own | None = None
        self.feed = Feed(store, max_readers)
        self.connections = Connections()
        self.ending = asyncio.Event()
        """Set when nobody should wait any more for what is to come."""

    async def open(self) -> None:
        await self._store.open()

    async def close(self) -> None:
        await self.feed.close()
        await self._store.close()

    async def erase(self) -> None:
        """Forget everything, also what other processes have put. Raises `StoreAway`."""
        await self._store.erase()

    def on_secret(self, call: Callable[[], None]) -> None:
        """Have `call` called when the store is reached for the first time, and whenever its secret is another one."""
        self._store.on_secret = call

    @property
    def is_reached(self) -> bool:
        """Whether the store was ever reached: until then secrets are this process's own."""
        return self._store.is_reached

    def secret(self, purpose: str) -> bytes:
        """32 bytes for one purpose, the same in every process that shares the store."""
        return hmac.new(self._store.secret, purpose.encode(), sha256).digest()

    @property
    def token(self) -> str:
        """An operator token for whoever sets none: 32 characters, the same in every process that shares the store."""
        return urlsafe_b64encode(self.secret("token")[:24]).decode()

    # Reading

    async def status(self) -> Status:
        return await self._store.status()

    @property
    def backlog(self) -> Backlog:
        return self._store.backlog

    async def find(self, exchange_id: str) -> Found | None:
        """An exchange from the log or, when it is no longer there, from the pins."""
        return await self._store.get(exchange_id)

    async def of_connection(self, connection_id: str) -> list[tuple[int, Exchange]]:
        """The exchanges that came over one connection of our own server, as far as they are kept."""
        matches = await of_connection(self._store, connection_id)
        return await beside(exchanges_of, matches, connection_id)

    async def find_many(self, ids: Iterable[str]) -> list[Found]:
        """The exchanges with these ids that are kept, in the order of the ids."""
        return await self._store.get_many(ids)

    async def page(self, search: Search | None, limit: int, before: int | None = None, after: int = 0) -> Page:
        """At most `limit` exchanges that match, with seqs below `before` and above `after`, the newest first."""
        status = await self._store.status()
        items: list[tuple[int, Listed]] = []
        turn = Turn()
        marks = await marks_for(search, self._store)
        while records := await self._store.read_back(before, SCAN):
            before = records[-1].seq
            is_last = before <= after
            if is_last:
                records = [record for record in records if record.seq > after]
            items += await matching(search, records, self._store, turn, marks)
            if len(items) > limit:
                return Page(status, items[:limit], items[limit - 1][0])
            if is_last:
                break
        return Page(status, items, None)

    async def tail(self, batch: int, since_ns: int | None = None) -> AsyncIterator[list[tuple[int, Listed]]]:
        """Exchanges that are put from now on, for ever, at most `batch` at once. A new epoch is read from its
        beginning. `since_ns`: also those that began since then, which came before the store has said where it stands;
        `batch` of them at most."""
        status = await self._store.status()
        after, turn = status.head, Turn()
        if since_ns is not None:
            newest = await matching(None, await self._store.read_back(None, batch), self._store, turn, {})
            yield [
                (seq, entry) for seq, entry in newest[::-1] if seq <= after and head_of(entry).started_ns >= since_ns
            ]
        while True:
            newer = await self._store.wait(after, status.epoch)
            if newer.epoch != status.epoch:
                after = newer.oldest - 1
            status = newer
            if records := await self._store.read(after, batch):
                yield await matching(None, records, self._store, turn, {})
                after = records[-1].seq

    async def own(self, batch: int) -> AsyncGenerator[list[tuple[int, Listed | Exchange]], None]:
        """The exchanges that this process puts from now on, for ever, with rising numbers, at most `batch` at once, for
        one reader. In memory these are all that enter the log, imported ones too."""
        if not self.takes_time:
            async for exchanges in self.tail(batch):
                yield [*exchanges]
            return
        self._own = own = Own(self._store)
        self.put, self.put_then = own.put, own.put_then
        try:
            while True:
                await own.news.wait()
                yield [*own.take(batch)]
        finally:
            self._own = None
            self.put, self.put_then = self._store.put, self._store.put_then

    async def newest_own(self) -> int:
        """The number of the newest exchange that `own` gives, 0 where there is none."""
        if self.takes_time:
            return self._own.newest if self._own else 0
        items = (await self.page(None, 1)).items
        return items[0][0] if items else 0

    async def waiting(self, search: Search | None, after: int | None, epoch: str | None) -> Waiting:
        """A search that waits for what comes after a place (`Waiting.begin`)."""
        return await Waiting.begin(self._store, search, after, epoch)

    # Taking away and putting marks on

    async def delete(self, exchange_id: str) -> int | None:
        return await self._store.delete(exchange_id)

    async def clear(self) -> int:
        return await self._store.clear()

    async def pin(self, exchange_id: str) -> bool:
        """Raises `PinsFull`."""
        return await self._store.pin(exchange_id)

    async def unpin(self, exchange_id: str) -> None:
        await self._store.unpin(exchange_id)

    async def note(self, exchange_id: str, text: str) -> bool:
        """Raises ValueError for a text that is too long."""
        check_note(text)
        return await self._store.note(exchange_id, text)

    async def pins(self) -> Pins:
        return await self._store.pins()


class Logs:
    """All logs of one process, by name. They stay at `place`; in memory they share `room`. The main log stands on
    `store` where one is given.

    `others`: the bounds of each log but the main one. `shelf`: what is kept beside the exchanges of all of them.
    """

    def __init__(
        self,
        bounds: Bounds,
        max_readers: int = 200,
        store: Store | None = None,
        *,
        address: str = "",
        others: Bounds | None = None,
    ) -> None:
        """Raises ValueError for an address at which no log can be."""
        self.others = others or bounds
        self.max_readers = max_readers
        self.room = Room(bounds.max_bytes)
        self.place = place_at(address, self.room)
        self.shelf: Shelf = self.place.shelf
        self.main = Log(store or self.place.store(MAIN, bounds), max_readers, self.place.name)
        self._logs: dict[str, Log] = {MAIN: self.main}

    def named(self, name: str) -> Log:
        """The log of this name, begun when it is first asked for."""
        log = self._logs.get(name)
        if log is None:
            log = self._logs[name] = Log(self.place.store(name, self.others), self.max_readers, self.place.name)
        return log

    async def forget(self, name: str) -> None:
        """Let a log go, with all that it keeps. Raises `StoreAway`, and then the log is still there."""
        log = self._logs.get(name)
        if log is not None:
            await log.erase()
            del self._logs[name]
            await log.close()

    async def let_go(self, name: str) -> None:
        """Stop to look at a log that somebody else has forgotten."""
        log = self._logs.pop(name, None)
        if log is not None:
            await log.close()

    async def open(self) -> None:
        for log in self._logs.values():
            await log.open()

    async def close(self) -> None:
        for log in self._logs.values():
            await log.close()
        await self.place.close()

    async def end_feeds(self) -> None:
        """End the feeds of all logs, and everybody who waits."""
        for log in self._logs.values():
            log.ending.set()
            await log.feed.close()

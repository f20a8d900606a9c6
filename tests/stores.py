"""Stores for tests that are not as quick, or not as good, as memory; and how a test puts an exchange into one."""

import asyncio
import secrets

from echoscope.exchange.model import Exchange, decode_exchange, encode
from echoscope.log.commit import Backlog, GroupCommit, Tell
from echoscope.log.log import Log
from echoscope.log.memory import MemoryStore
from echoscope.log.store import Bounds, Captured, Cleared, Deleted, Outlined, Record, Status, Store, StoreAway
from tests.servers import WAIT_S


async def keep(store: Store | Log, exchange: Captured) -> None:
    """Keep an exchange, whatever time that takes."""
    if (storing := store.put(exchange)) and not await storing:
        await stored(store)


async def put(store: Store | Log, exchange: Captured) -> int:
    """Keep an exchange; gives its seq."""
    await keep(store, exchange)
    found = await (store.get(exchange.id) if not isinstance(store, Log) else store.find(exchange.id))
    assert found is not None
    return found.seq


async def stored(store: Store | Log) -> None:
    """Return when nothing waits any more: a busy machine may take longer than an answer does."""
    async with asyncio.timeout(WAIT_S):
        while store.backlog.waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def put_at_once(store: Store, *exchanges: Captured) -> None:
    """Put these so that they come in one batch."""
    for exchange in exchanges:
        store.put(exchange)
    await stored(store)


async def found(store: Store, exchange_id: str) -> tuple[int, Exchange] | None:
    """The seq of an exchange and the whole of it, as it comes back from its stored form."""
    one = await store.get(exchange_id)
    return (one.seq, decode_exchange(encode(one.exchange))) if one else None


async def said(store: Store) -> tuple[object, ...]:
    """All that a log says of itself, but its epoch."""
    status = await store.status()
    records = [
        (record.seq, getattr(record.entry, "id", ""), type(record.entry).__name__ in ("Deleted", "Cleared"))
        for record in await store.read(0, 10_000)
    ]
    assert [record.seq for record in await store.read_back(None, 10_000)] == [seq for seq, _, _ in records][::-1]
    pins = await store.pins()
    found = [
        (one.seq, one.id, one.exchange, one.pinned) for one in await store.get_many(str(name) for _, name, _ in records)
    ]
    counts = status.oldest, status.head, status.exchanges, status.bytes
    return counts, records, found, [(one.seq, one.id) for one in pins.found]


async def entries(store: Store, after: int = 0) -> list[tuple[int, Exchange | Deleted | Cleared]]:
    """All records after a seq, whole."""
    whole: list[tuple[int, Exchange | Deleted | Cleared]] = []
    for record in await store.read(after, 1_000_000):
        entry = record.entry
        if isinstance(entry, Outlined):
            found = await store.get(entry.id)
            assert found is not None
            whole.append((record.seq, found.exchange))
        else:
            whole.append((record.seq, entry if isinstance(entry, Deleted | Cleared) else entry.exchange))
    return whole


class Distant(MemoryStore):
    """Memory behind a network: what is put is written by `GroupCommit`, whatever happens on the way.

    `delay_s`: how long a write takes. `is_hanging`: whether it never ends. `fault`: what it fails with.
    """

    takes_time = True

    def __init__(self, bounds: Bounds | None = None, *, max_waiting: int = 10_000) -> None:
        super().__init__(bounds)
        self.delay_s = 0.0
        self.is_hanging = False
        self.fault: Exception | None = None
        self.writes = 0
        self._commit: GroupCommit[Captured] = GroupCommit(self._write, max_waiting=max_waiting)

    def put(self, exchange: Captured) -> asyncio.Future[bool]:  # type: ignore[override]
        return self._commit.put(exchange, _weight(exchange))

    def put_then(self, exchange: Captured, tell: Tell[Captured]) -> int:
        self._commit.put_then(exchange, _weight(exchange), tell, exchange)
        return _weight(exchange)

    async def _write(self, number: int, batch: list[Captured]) -> None:
        for exchange in batch:
            await self.wait_before(exchange)
        self.writes += 1
        for exchange in batch:
            MemoryStore.put(self, exchange)

    async def wait_before(self, exchange: Captured) -> None:
        """What the network makes of it."""
        await asyncio.sleep(self.delay_s)
        if self.is_hanging:
            await asyncio.Event().wait()
        if self.fault is not None:
            raise self.fault

    async def status(self) -> Status:
        if self.fault is not None:
            raise StoreAway(str(self.fault))
        status = await super().status()
        return Status(
            status.epoch,
            status.oldest,
            status.head,
            status.exchanges,
            status.bytes,
            self._commit.waiting,
            self._commit.lost,
        )

    @property
    def backlog(self) -> Backlog:
        return self._commit.backlog

    async def close(self) -> None:
        await self._commit.close()
        await super().close()


def _weight(exchange: Captured) -> int:
    return len(encode(exchange)) if isinstance(exchange, Exchange) else exchange.size


class Failing(MemoryStore):
    """Breaks the contract: `put` raises."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def put(self, exchange: Captured) -> None:
        raise self.error


class Unsteady(MemoryStore):
    """Fails every call but `put` while `is_away`; `forget` begins a new log, as a server that was started anew does."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        super().__init__(bounds)
        self.is_away = False

    def forget(self) -> None:
        self._log.clear()
        self._seqs.clear()
        self._head = 0
        self._room.used = self.bytes = 0
        self._epoch = secrets.token_hex(8)
        self._tell()

    def check(self) -> None:
        if self.is_away:
            raise StoreAway("it does not answer")

    async def read(self, after: int, limit: int) -> list[Record]:
        self.check()
        return await super().read(after, limit)

    async def status(self) -> Status:
        self.check()
        return await super().status()

    async def wait(self, after: int, epoch: str | None = None, timeout_s: float | None = None) -> Status:
        self.check()
        return await super().wait(after, epoch, timeout_s)

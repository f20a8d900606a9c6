"""The store in a SQLite file: a log that outlives its process, with seqs, epoch, pins, notes and secret.

Two threads of its own hold the file, one that writes and one that reads, so that the loop waits for no disk and a
search delays no capture. Several processes may use one file: while somebody waits for news, the file is looked at for
those of other processes.
"""

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from ...base.threads import Worker
from ..committing import CommittingStore
from ..items import Put
from ..store import (
    Bounds,
    Cleared,
    Deleted,
    Entry,
    Found,
    Listed,
    Outlined,
    Pins,
    Record,
    Status,
    StoreAway,
    pins_full,
)
from ..stored import whole
from . import rows
from .database import Shelf, connect
from .rows import CLEARED, DELETED
from .shelf import SqliteShelf
from .table import Counts, Erased, Place, Table

POLL_S: Final = 0.1
"""How often the file is looked at for what another process has put, while somebody waits."""

GATHER_S: Final = 0.005
"""How long news gather before whoever waits for them is told."""

AT_ONCE: Final = 50
"""How many exchanges are read in one transaction."""

P = ParamSpec("P")
T = TypeVar("T")


class SqlitePlace:
    """The logs in one file. Raises ValueError for an address that names none, and for a file that cannot be used."""

    is_shared = True

    def __init__(self, address: str) -> None:
        path = address.removeprefix("sqlite://")
        if not path.startswith("/") or len(path) < 2 or path.endswith("/"):
            raise ValueError(
                "behind sqlite:// stands the path of a file: sqlite:///echoscope.db, sqlite:////var/lib/e.db"
            )
        file = Path(path[1:])
        if str(file) == ":memory:":
            raise ValueError("it is no file; without a store, exchanges stay in memory")
        self.name = f"sqlite:///{file}"
        self._connections = connect(file), connect(file)
        self._writing, self._reading = Worker("sqlite"), Worker("sqlite reader")
        self._has_begun = False
        self.shelf = SqliteShelf(self._writing, Shelf(self._connections[0]))

    def store(self, name: str, bounds: Bounds) -> "SqliteStore":
        writing, reading = (Table(connection, name, bounds) for connection in self._connections)
        if not self._has_begun:  # the main log, whose secret is needed at once, and while no thread holds the file
            self._has_begun = True
            writing.begin()
        return SqliteStore(self._writing, writing, self._reading, reading, bounds)

    async def close(self) -> None:
        for worker, connection in zip((self._writing, self._reading), self._connections, strict=True):
            await worker.do(connection.close)
            worker.end()


class SqliteStore(CommittingStore):
    """One log of a file. The thread `writer` uses the table `written`, the thread `reader` the table `table`."""

    def __init__(self, writer: Worker, written: Table, reader: Worker, table: Table, bounds: Bounds) -> None:
        super().__init__(self._write)
        self.bounds = bounds
        self.is_reached = bool(written.secret)
        self.secret = written.secret or secrets.token_bytes(32)
        self.on_secret: Callable[[], None] | None = None
        self._writer, self._written = writer, written
        self._reader, self._table = reader, table
        self._news = asyncio.Event()

    async def open(self) -> None: ...

    async def close(self) -> None:
        await self._commit.close()

    async def erase(self) -> None:
        await self._change(self._written.erase)
        await self._look(self._table.forget)

    # Writing

    async def _write(self, number: int, batch: list[Put]) -> None:
        await self._change(self._written.put, number, batch)

    async def delete(self, exchange_id: str) -> int | None:
        return await self._change(self._written.delete, exchange_id)

    async def clear(self) -> int:
        return await self._change(self._written.clear)

    async def pin(self, exchange_id: str) -> bool:
        is_pinned, bound = await self._change(self._written.pin, exchange_id)
        if bound:
            raise pins_full(self.bounds, bound)
        return is_pinned

    async def unpin(self, exchange_id: str) -> None:
        await self._change(self._written.unpin, exchange_id)

    async def note(self, exchange_id: str, text: str) -> bool:
        return await self._change(self._written.note, exchange_id, text)

    async def _change(self, change: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        result = await self._in(self._writer, self._written, change, *args, **kwargs)
        self._news.set()
        self._news.clear()
        return result

    async def _look(self, look: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._in(self._reader, self._table, look, *args, **kwargs)

    async def _in(self, worker: Worker, table: Table, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            result = await worker.do(lambda: table.do(function, *args, **kwargs))
        except (sqlite3.Error, Erased) as error:
            if isinstance(error, Erased) or "no such table" in str(error):
                await worker.do(table.forget)
            raise StoreAway(str(error)) from error
        if not self.is_reached and table.secret:
            self.secret, self.is_reached = table.secret, True
            if self.on_secret is not None:
                self.on_secret()
        return result

    # Reading

    async def read(self, after: int, limit: int) -> list[Record]:
        return [_record(record) for record in await self._look(self._table.read, after, limit)]

    async def read_back(self, before: int | None, limit: int) -> list[Record]:
        return [_record(record) for record in await self._look(self._table.read_back, before, limit)]

    async def get(self, exchange_id: str) -> Found | None:
        (place,) = await self._look(self._table.get_many, [exchange_id])
        return _found(exchange_id, place)

    async def get_many(self, ids: Iterable[str]) -> list[Found]:
        wanted = list(ids)
        results: list[Found] = []
        for start in range(0, len(wanted), AT_ONCE):
            names = wanted[start : start + AT_ONCE]
            places = await self._look(self._table.get_many, names)
            results += [result for name, place in zip(names, places, strict=True) if (result := _found(name, place))]
        return results

    async def status(self) -> Status:
        counts: Counts = await self._look(self._table.counts)
        return Status(
            counts.epoch, counts.oldest, counts.head, counts.exchanges, counts.bytes,
            self._commit.waiting, self._commit.lost,
        )  # fmt: skip

    async def pins(self) -> Pins:
        pins, notes = await self._look(self._table.pins)
        pinned = [Found(pin.seq, _listed(pin), pinned=True, note=notes.get(pin.id)) for pin in pins]
        return Pins(pinned, sum(pin.size for pin in pins), notes)

    async def wait(self, after: int, epoch: str | None = None, timeout_s: float | None = None) -> Status:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + timeout_s if timeout_s is not None else float("inf")
        while True:
            status = await self.status()
            left_s = ends_at - loop.time()
            if status.head > after or epoch not in (None, status.epoch) or left_s <= 0:
                return status
            with suppress(TimeoutError):
                async with asyncio.timeout(min(POLL_S, left_s)):
                    await self._news.wait()
                    await asyncio.sleep(GATHER_S)


def _record(record: rows.Record) -> Record:
    entry: Entry
    if record.kind == DELETED:
        entry = Deleted(record.id)
    elif record.kind == CLEARED:
        entry = Cleared()
    else:
        entry = _listed(record)
    return Record(record.seq, entry)


def _listed(record: rows.Record) -> Listed:
    assert record.data is not None
    if record.is_outline:
        return Outlined(record.id, record.data, record.size)
    return whole(record.id, record.data)


def _found(name: str, place: Place | None) -> Found | None:
    return place and Found(place.seq, whole(name, place.data), place.pinned, place.note)

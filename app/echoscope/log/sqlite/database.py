"""The SQLite file: its tables, and what is done in one transaction.

Each log has a row in `logs`, whose number no other log ever has, and a table of records of its own, `records_N`, in
which the seq is the rowid. A large exchange has its head in `data`, which lists read, and all of it in `whole`, whose
pages nobody touches who does not ask for them. The file is in WAL mode: a process that is killed loses nothing that was
committed, and several processes may stand on one file. Nothing here knows asyncio; `store` calls it in threads.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar

import msgspec

from ..store import MAX_NOTES, RECORD_OVERHEAD, Bounds, refused_share
from ..stored import FORM

P = ParamSpec("P")
T = TypeVar("T")

VERSION: Final = FORM
"""Of the tables below and of what stands in them, as `PRAGMA user_version`; 0 is that of an empty file."""

BUSY_S: Final = 5.0
"""How long a transaction waits for one of another process."""

WAL_PAGES: Final = 4_000
"""How many pages gather in the write-ahead log until they are written into the file: those of a bounded log change
again and again, so that four times SQLite's own number costs a tenth less."""

WAL_BYTES: Final = WAL_PAGES * 4096
"""The size to which the write-ahead log is cut afterwards."""

_TABLES: Final = """
create table if not exists logs (
    number integer primary key autoincrement, name text not null unique, epoch text not null, secret blob not null,
    head integer not null default 0, exchanges integer not null default 0, bytes integer not null default 0,
    refused integer not null default 0, refused_bytes integer not null default 0
);
create table if not exists pins (
    log integer not null, id text not null, seq integer not null, size integer not null, data blob not null, whole blob,
    primary key (log, id)
);
create table if not exists notes (
    written integer primary key autoincrement, log integer not null, id text not null, text text not null,
    unique (log, id)
);
create table if not exists shelf (key text primary key, document blob not null) without rowid;
create table if not exists counters (key text primary key, number integer not null) without rowid;
"""

EXCHANGE, REFUSED, DELETED, CLEARED = range(4)
"""What a record is: `records_N.kind`."""

_RECORDS: Final = """
create table if not exists {records} (
    seq integer primary key, kind integer not null, id text not null, size integer not null, data blob, whole blob
);
create unique index if not exists {records}_exchanges on {records} (id) where kind < 2;
drop index if exists {records}_ids;
"""

_INSERTED: Final = 128
"""How many rows one statement may insert, of six variables each: SQLite takes 999 where it is old."""

_ROW: Final = "(?, ?, ?, ?, ?, ?)"

_STATEMENTS: Final = 512
"""How many statements a connection remembers: those of a batch differ by the number of its exchanges."""


class Erased(Exception):
    """Another process has erased the log; `Table.begin` begins another."""


class Item(msgspec.Struct, frozen=True, gc=False):
    """An exchange to be put. `whole`: what is too large for a list, whose head is in `data`."""

    id: str
    kind: int
    size: int
    data: bytes
    whole: bytes | None


class Row(NamedTuple):
    """A record as it is read."""

    seq: int
    kind: int
    id: str
    size: int
    data: bytes | None


class Place(NamedTuple):
    """Where an exchange is found. `data` is all of it."""

    seq: int
    data: bytes
    pinned: bool
    note: str | None


class Counts(NamedTuple):
    """What the row of a log says."""

    epoch: str
    head: int
    exchanges: int
    bytes: int
    oldest: int


def connect(file: Path) -> sqlite3.Connection:
    """A connection to the file, which is made where there is none. Raises ValueError for what cannot be used."""
    if not file.parent.is_dir():
        hint = (
            "" if file.is_absolute() else "; an absolute path has four slashes, as in sqlite:////var/lib/echoscope.db"
        )
        raise ValueError(f"there is no directory {str(file.parent)!r}{hint}")
    try:
        connection = sqlite3.connect(
            file, timeout=BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=_STATEMENTS
        )
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        connection.execute("pragma secure_delete = off")
        connection.execute(f"pragma wal_autocheckpoint = {WAL_PAGES}")
        connection.execute(f"pragma journal_size_limit = {WAL_BYTES}")
        version = connection.execute("pragma user_version").fetchone()[0]
        if version not in (0, VERSION):
            other = "a later" if version > VERSION else "an earlier"
            told = f"the file was written by {other} version of Echoscope ({version}, not {VERSION})"
            raise ValueError(f"{told}; name another file, or remove this one")
        connection.executescript(_TABLES)
        connection.execute(f"pragma user_version = {VERSION}")
    except sqlite3.Error as error:
        raise ValueError(f"{error}") from error
    return connection


class Shelf:
    """The documents and the counters beside the logs, over one connection, for one thread at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection

    def get(self, key: str) -> bytes | None:
        row: tuple[bytes] | None = self._sql.execute("select document from shelf where key = ?", (key,)).fetchone()
        return row[0] if row else None

    def put(self, key: str, document: bytes) -> None:
        self._sql.execute("insert or replace into shelf values (?, ?)", (key, document))

    def add(self, key: str, document: bytes) -> bool:
        return self._sql.execute("insert into shelf values (?, ?) on conflict do nothing", (key, document)).rowcount > 0

    def delete(self, key: str) -> bool:
        tables = ("shelf", "counters")
        return sum(self._sql.execute(f"delete from {table} where key = ?", (key,)).rowcount for table in tables) > 0

    def items(self, prefix: str) -> dict[str, bytes]:
        rows = self._sql.execute("select key, document from shelf where substr(key, 1, ?) = ?", (len(prefix), prefix))
        return dict(rows.fetchall())

    def count(self, key: str) -> int:
        counted = "insert into counters values (?, 1) on conflict do update set number = number + 1 returning number"
        return int(self._sql.execute(counted, (key,)).fetchone()[0])


class Table:
    """The log `name` over one connection, for one thread at a time. It begins when it is first used (`do`)."""

    def __init__(self, connection: sqlite3.Connection, name: str, bounds: Bounds) -> None:
        self._sql = connection
        self._name = name
        self._bounds = bounds
        self._max_refused, self._max_refused_bytes = refused_share(bounds)
        self._last_number = 0
        self._number = 0
        self.secret = b""

    def do(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a method of this table gives, once there is such a log."""
        if not self._number:
            self.begin()
        return function(*args, **kwargs)

    def begin(self) -> None:
        """Make sure that there is such a log."""
        new = (self._name, secrets.token_hex(8), secrets.token_bytes(32))
        self._sql.execute("insert into logs (name, epoch, secret) values (?, ?, ?) on conflict do nothing", new)
        self._number, self.secret = self._one("select number, secret from logs where name = ?", self._name)
        self._records = f"records_{self._number}"
        self._sql.executescript(_RECORDS.format(records=self._records))

    def forget(self) -> None:
        """Have the log looked for again when it is next used: another process may have erased it."""
        self._number = 0

    def erase(self) -> None:
        """Forget the log; another begins in its place when it is used again."""
        with self._overwriting(), self._change():
            for table in ("pins", "notes"):
                self._sql.execute(f"delete from {table} where log = ?", (self._number,))
            self._sql.execute(f"drop table {self._records}")
            self._sql.execute("delete from logs where number = ?", (self._number,))
        self._number = 0

    # Changes

    def put(self, number: int, items: Sequence[Item]) -> int:
        """Keep these in their order, and give the head. What was put before is not put again: the first has this
        `number`, the next the next one."""
        new = items[max(0, self._last_number + 1 - number) :]
        with self._change() as log:
            last = {item.id: seq for seq, item in enumerate(new, log.head + 1)}
            rows = [
                (seq, item.kind, item.id, item.size, item.data, item.whole)
                for seq, item in enumerate(new, log.head + 1)
                if last[item.id] == seq
            ]
            self._insert(log, rows)
            log.head += len(new)
            for _, kind, _, size, _, _ in rows:
                log.count(kind, size)
            if log.has_pins:
                self._sql.executemany(
                    "update pins set seq = ?, size = ?, data = ?, whole = ? where log = ? and id = ?",
                    [(seq, size, data, whole, self._number, name) for seq, _, name, size, data, whole in rows],
                )
            self._bound_refused(log)
            self._trim(log)
        self._last_number = max(self._last_number, number + len(items) - 1)
        return log.head

    def delete(self, exchange_id: str) -> int | None:
        with self._overwriting(), self._change() as log:
            self._sql.execute("delete from notes where log = ? and id = ?", (self._number, exchange_id))
            unpinned = self._sql.execute("delete from pins where log = ? and id = ?", (self._number, exchange_id))
            if not self._forget(log, {exchange_id}) and not unpinned.rowcount:
                return None
            self._mark(log, DELETED, exchange_id)
        return log.head

    def clear(self) -> int:
        with self._overwriting(), self._change() as log:
            self._sql.execute(f"delete from {self._records}")
            self._sql.execute(
                "delete from notes where log = ?1 and id not in (select id from pins where log = ?1)", (self._number,)
            )
            log.exchanges = log.bytes = log.refused = log.refused_bytes = 0
            self._mark(log, CLEARED, "")
        return log.head

    def pin(self, exchange_id: str) -> tuple[bool, str]:
        """Whether it is pinned now, and the bound that forbids it."""
        with self._change():
            if self._sql.execute("select 1 from pins where log = ? and id = ?", (self._number, exchange_id)).fetchone():
                return True, ""
            found = self._sql.execute(
                f"select seq, size, data, whole from {self._records} where id = ? and kind < 2", (exchange_id,)
            ).fetchone()
            if found is None:
                return False, ""
            pins, taken = self._one("select count(*), coalesce(sum(size), 0) from pins where log = ?", self._number)
            if pins >= self._bounds.max_pins:
                return False, "count"
            if taken + found[1] > self._bounds.max_pin_bytes:
                return False, "bytes"
            self._sql.execute("insert into pins values (?, ?, ?, ?, ?, ?)", (self._number, exchange_id, *found))
        return True, ""

    def unpin(self, exchange_id: str) -> None:
        self._sql.execute("delete from pins where log = ? and id = ?", (self._number, exchange_id))

    def note(self, exchange_id: str, text: str) -> bool:
        with self._change():
            if self.get(exchange_id) is None:
                return False
            self._sql.execute("delete from notes where log = ? and id = ?", (self._number, exchange_id))
            if text:
                self._sql.execute(
                    "insert into notes (log, id, text) values (?, ?, ?)", (self._number, exchange_id, text)
                )
                self._sql.execute(
                    "delete from notes where log = ?1 and written <= "
                    "(select written from notes where log = ?1 order by written desc limit 1 offset ?2)",
                    (self._number, MAX_NOTES),
                )
        return True

    # Reading

    def read(self, after: int, limit: int) -> list[Row]:
        return self._rows("where seq > ? order by seq limit ?", after, limit)

    def read_back(self, before: int | None, limit: int) -> list[Row]:
        return self._rows("where seq < ? order by seq desc limit ?", before if before is not None else 1 << 62, limit)

    def get(self, exchange_id: str) -> Place | None:
        found = self._sql.execute(
            f"select seq, coalesce(whole, data) from {self._records} where id = ? and kind < 2", (exchange_id,)
        ).fetchone()
        pin = self._sql.execute(
            "select seq, coalesce(whole, data) from pins where log = ? and id = ?", (self._number, exchange_id)
        ).fetchone()
        if found is None and pin is None:
            return None
        note = self._sql.execute(
            "select text from notes where log = ? and id = ?", (self._number, exchange_id)
        ).fetchone()
        seq, data = found or pin
        return Place(seq, data, pin is not None, note and note[0])

    def get_many(self, ids: Sequence[str]) -> list[Place | None]:
        return [self.get(exchange_id) for exchange_id in ids]

    def counts(self) -> Counts:
        values = self._one(
            f"select epoch, head, exchanges, bytes, coalesce((select min(seq) from {self._records}), head + 1) "
            "from logs where name = ?",
            self._name,
        )
        return Counts(*values)

    def pins(self) -> tuple[list[Row], dict[str, str]]:
        rows = self._sql.execute(
            "select seq, 0, id, size, data from pins where log = ? order by seq desc", (self._number,)
        )
        notes = self._sql.execute("select id, text from notes where log = ? order by written", (self._number,))
        return list(map(Row._make, rows)), dict(notes)

    # Within a transaction

    @contextmanager
    def _overwriting(self) -> Iterator[None]:
        """What somebody deletes is overwritten in the file. What a full log lets go is not: that would write as much
        again as what comes in its place."""
        self._sql.execute("pragma secure_delete = on")
        try:
            yield
        finally:
            self._sql.execute("pragma secure_delete = off")

    @contextmanager
    def _change(self) -> "Iterator[_Log]":
        """A transaction, all of it or nothing, and the row of the log, which is written at its end."""
        self._sql.execute("begin immediate")
        try:
            log = _Log(
                *self._one(
                    "select head, exchanges, bytes, refused, refused_bytes, "
                    "exists(select 1 from pins where log = number) from logs where number = ?",
                    self._number,
                )
            )
            yield log
            self._sql.execute(
                "update logs set head = ?, exchanges = ?, bytes = ?, refused = ?, refused_bytes = ? where number = ?",
                (log.head, log.exchanges, log.bytes, log.refused, log.refused_bytes, self._number),
            )
            self._sql.execute("commit")
        except BaseException:
            self._sql.execute("rollback")
            raise

    def _forget(self, log: "_Log", ids: set[str]) -> bool:
        """Take these exchanges out; whether any of them was there."""
        condition = f"where kind < 2 and id in ({','.join('?' * len(ids))})"
        rows = self._sql.execute(f"select seq, kind, size from {self._records} {condition}", list(ids)).fetchall()
        for seq, kind, size in rows:
            self._sql.execute(f"delete from {self._records} where seq = ?", (seq,))
            log.count(kind, size, -1)
        return bool(rows)

    def _insert(self, log: "_Log", rows: list[tuple[Any, ...]]) -> None:
        """Put in these rows, in place of those that have their ids. A statement takes as many as a power of two: each
        costs a change of threads, and each number of rows is a statement of its own."""
        start, count = 0, _INSERTED
        while start < len(rows):
            while count > len(rows) - start:
                count //= 2
            some = rows[start : start + count]
            statement = f"insert into {self._records} values {','.join([_ROW] * count)}"
            values = tuple(chain.from_iterable(some))
            try:
                self._sql.execute(statement, values)
            except sqlite3.IntegrityError:  # nearly all are new, so that nothing is looked for before
                self._forget(log, {row[2] for row in some})
                self._sql.execute(statement, values)
            start += count

    def _mark(self, log: "_Log", kind: int, exchange_id: str) -> None:
        log.head += 1
        values = (log.head, kind, exchange_id, RECORD_OVERHEAD)
        self._sql.execute(f"insert into {self._records} (seq, kind, id, size) values (?, ?, ?, ?)", values)
        log.count(kind, RECORD_OVERHEAD)
        self._trim(log)

    def _bound_refused(self, log: "_Log") -> None:
        """Refused requests make room for each other and for nothing else."""
        if log.refused <= self._max_refused and log.refused_bytes <= self._max_refused_bytes:
            return
        rows = self._sql.execute(
            f"select seq, size from {self._records} where kind = {REFUSED} order by seq"
        ).fetchall()
        for seq, size in rows[:-1]:
            if log.refused <= self._max_refused and log.refused_bytes <= self._max_refused_bytes:
                break
            self._sql.execute(f"delete from {self._records} where seq = ?", (seq,))
            log.count(REFUSED, size, -1)

    def _trim(self, log: "_Log") -> None:
        """Let the oldest records go until the rest is within the bounds; the newest stays."""
        last, excess = 0, log.exchanges - log.refused - self._bounds.max_exchanges
        if excess > 0:  # so many records go at least, whatever they are: SQLite counts them in one step
            last, taken, exchanges, refused, refused_bytes = self._sql.execute(
                "select coalesce(max(seq), 0), coalesce(sum(size), 0), coalesce(sum(kind < 2), 0), "
                "coalesce(sum(kind = 1), 0), coalesce(sum(size * (kind = 1)), 0) from "
                f"(select seq, kind, size from {self._records} where seq < ? order by seq limit ?)",
                (log.head, excess),
            ).fetchone()
            log.exchanges -= exchanges
            log.bytes -= taken
            log.refused -= refused
            log.refused_bytes -= refused_bytes
        if log.is_over(self._bounds):
            oldest = self._sql.execute(
                f"select seq, kind, size from {self._records} where seq > ? and seq < ? order by seq", (last, log.head)
            )
            for seq, kind, size in oldest:
                if not log.is_over(self._bounds):
                    break
                last = seq
                log.count(kind, size, -1)
            oldest.close()
        self._sql.execute(f"delete from {self._records} where seq <= ?", (last,))

    def _rows(self, condition: str, *values: int) -> list[Row]:
        rows = self._sql.execute(f"select seq, kind, id, size, data from {self._records} {condition}", values)
        return list(map(Row._make, rows))

    def _one(self, query: str, value: str | int) -> tuple[Any, ...]:
        row: tuple[Any, ...] | None = self._sql.execute(query, (value,)).fetchone()
        if row is None:
            raise Erased("another process has erased the log")
        return row


class _Log:
    """The row of a log while it is changed."""

    def __init__(self, head: int, exchanges: int, taken: int, refused: int, refused_bytes: int, has_pins: int) -> None:
        self.head = head
        self.exchanges = exchanges
        self.bytes = taken
        self.refused = refused
        self.refused_bytes = refused_bytes
        self.has_pins = has_pins

    def count(self, kind: int, size: int, sign: int = 1) -> None:
        """One record more or less."""
        self.bytes += sign * size
        if kind in (EXCHANGE, REFUSED):
            self.exchanges += sign
        if kind == REFUSED:
            self.refused += sign
            self.refused_bytes += sign * size

    def is_over(self, bounds: Bounds) -> bool:
        return (
            self.exchanges - self.refused > bounds.max_exchanges or self.bytes - self.refused_bytes > bounds.max_bytes
        )

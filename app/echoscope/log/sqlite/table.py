"""One log in the file. Whatever is done with it is one transaction."""

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, ParamSpec, TypeVar

from ..items import EXCHANGE, REFUSED, RUN, Put, alone, forms_of, kind_of
from ..store import MAX_NOTES, RECORD_OVERHEAD, Bounds, refused_share
from .rows import (
    CLEARED,
    COLUMNS,
    DELETED,
    READ,
    STATE,
    Record,
    Run,
    groups,
    marker_values,
    may_share,
    records_of,
    room_in,
    run_of,
    run_values,
    sizes_of,
    values_of,
)

P = ParamSpec("P")
T = TypeVar("T")

_RECORDS: Final = """
create table if not exists {records} (
    seq integer primary key, first integer not null, kind integer not null,
    length integer not null, low text, high text not null, size integer not null,
    gone integer, exchanges integer, bytes integer, refused integer, refused_bytes integer,
    sizes blob, data blob, whole blob
);
create unique index if not exists {records}_exchanges on {records} (length, high) where kind < 2;
create index if not exists {records}_runs on {records} (length, high) where kind = {run};
create view if not exists {records}_state as
    select epoch, turn, coalesce(seq, 0) head, coalesce(newest.gone, logs.gone) gone,
        coalesce(newest.exchanges, logs.exchanges) exchanges, coalesce(newest.bytes, logs.bytes) bytes,
        coalesce(newest.refused, logs.refused) refused,
        coalesce(newest.refused_bytes, logs.refused_bytes) refused_bytes
    from logs left join (
        select seq, gone, exchanges, bytes, refused, refused_bytes from {records} order by seq desc limit 1
    ) newest where number = {number};
create view if not exists {records}_more as select *, 0 was, 0 turn, 0 dead from {records};
create trigger if not exists {records}_appending instead of insert on {records}_more begin
    select raise(abort, 'outdated') where (select max(seq) from {records}) is not new.was
        or not exists (select 1 from logs where number = {number} and turn = new.turn);
    insert into {records} values (new.seq, new.first, new.kind, new.length, new.low, new.high, new.size,
        new.gone, new.exchanges, new.bytes, new.refused, new.refused_bytes, new.sizes, new.data, new.whole);
    delete from {records} where seq <= new.dead;
end;
"""
"""A row that is inserted into the view `_more` is appended to the log, and the oldest rows leave, unless another
process has changed the log meanwhile. That would otherwise take several statements, each of which gives the
interpreter's lock away and then waits for it.

A row that is appended so tells the state of the log itself, which saves writing the page of `logs`. Every other change
of the state gives the log a newest row that tells none, and writes the state into `logs`."""

DEAD_ROWS: Final = 8
DEAD_BYTES: Final = 1 << 20
"""How many rows, or bytes of them, that have left the log stay in the file until they are deleted. To delete them
together costs less."""

AHEAD: Final = 16
"""How many of the oldest rows are read at once, to see what leaves next."""

TORN: Final = 8
"""From how many runs something is taken out until they are written anew: whoever imports a file a second time replaces
all of a run, one exchange after the other."""


class Erased(Exception):
    """Another process has erased the log. `Table.begin` begins a new one."""


class Place(NamedTuple):
    """An exchange and its place in the log. `data` is its whole stored form."""

    seq: int
    data: bytes
    pinned: bool
    note: str | None


class Counts(NamedTuple):
    """The state of a log, from its row in `logs`."""

    epoch: str
    head: int
    exchanges: int
    bytes: int
    oldest: int


class _Position(NamedTuple):
    """An exchange in the log. `run`: its index in a run, and that run; None where it has a row of its own."""

    seq: int
    kind: int
    size: int
    run: tuple[int, Run] | None = None


class Table:
    """The log `name` over one connection, for one thread at a time. `do` begins the log when it is first used."""

    def __init__(self, connection: sqlite3.Connection, name: str, bounds: Bounds) -> None:
        self._sql = connection
        self._name = name
        self._bounds = bounds
        self._max_refused, self._max_refused_bytes = refused_share(bounds)
        self._last_number = 0
        self._number = 0
        self._log: _Log | None = None
        self._dead_rows = DEAD_ROWS
        self._dead_bytes = 0
        self.secret = b""

    def do(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of a method of this table, called when it is sure that there is such a log."""
        if not self._number:
            self.begin()
        return function(*args, **kwargs)

    def begin(self) -> None:
        """Make sure that there is such a log in the file."""
        new = (self._name, secrets.token_hex(8), secrets.token_bytes(32))
        self._sql.execute("insert into logs (name, epoch, secret) values (?, ?, ?) on conflict do nothing", new)
        self._number, self.secret = self._one("select number, secret from logs where name = ?", self._name)
        self._records = f"records_{self._number}"
        self._state = f"{self._records}_state"
        self._insert_row = f"insert or replace into {self._records} {_values(COLUMNS)}"
        self._append_row = f"insert into {self._records}_more {_values(f'{COLUMNS}, {STATE}, was, turn, dead')}"
        self._sql.executescript(_RECORDS.format(records=self._records, number=self._number, run=RUN))

    def forget(self) -> None:
        """Have the next use look for the log again, since another process may have erased it."""
        self._number = 0
        self._log = None

    def erase(self) -> None:
        """Delete the log. A new one begins when this table is used again."""
        with self._overwriting(), self._transaction("immediate"):
            for table in ("pins", "notes"):
                self._sql.execute(f"delete from {table} where log = ?", (self._number,))
            for view in (f"{self._records}_more", self._state):
                self._sql.execute(f"drop view {view}")
            self._sql.execute(f"drop table {self._records}")
            self._sql.execute("delete from logs where number = ?", (self._number,))
        self.forget()

    # Changes

    def put(self, number: int, items: Sequence[Put]) -> int:
        """Keep items in their order; gives the head. The first one has this `number`, each later one the next. Items
        whose numbers were put before are left out."""
        new = items[max(0, self._last_number + 1 - number) :]
        log, self._log = self._log, None
        if log is None:
            log = self._log = self._put(new)
        elif self._append(log, new):
            self._log = log
        else:
            log = self._put(new)
        self._last_number = max(self._last_number, number + len(items) - 1)
        return log.head

    def _append(self, log: "_Log", items: Sequence[Put]) -> bool:
        """Keep items as one row, in one statement. False, and nothing is kept, where they are no run with new ids, or
        the log is not as this table left it."""
        ids = [item.id for item in items]
        if not may_share(items, ids) or not self._is_apart(log, ids[0], ids[-1]) or not log.pinned.isdisjoint(ids):
            return False
        known_head = log.head
        values = self._run(log, items)
        if not self._let_go(log):  # some of the items themselves must leave
            return False
        row = (*values, *log.counts, known_head, log.turn, self._dead(log))
        try:
            self._sql.execute(self._append_row, row)
        except sqlite3.IntegrityError:
            return False
        return True

    def _put(self, items: Sequence[Put]) -> "_Log":
        """Keep items, whatever is in the log."""
        with self._change() as log:
            first = log.head + 1
            for group in groups(items):
                if kind_of(group[0]) == RUN and self._is_apart(log, group[0].id, group[-1].id):
                    self._sql.execute(self._insert_row, self._run(log, group))
                else:
                    for item in group:
                        self._replace(log, item)
            self._follow_pins(log, first, items)
            self._bound_refused(log)
            self._trim(log)
        return log

    def delete(self, exchange_id: str) -> int | None:
        with self._overwriting(), self._change() as log:
            self._sql.execute("delete from notes where log = ? and id = ?", (self._number, exchange_id))
            unpinned = self._sql.execute("delete from pins where log = ? and id = ?", (self._number, exchange_id))
            if not self._take_out(log, exchange_id) and not unpinned.rowcount:
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
            log.ahead = []
            self._mark(log, CLEARED, "")
        return log.head

    def pin(self, exchange_id: str) -> tuple[bool, str]:
        """Whether the exchange is pinned now; where it must not be, the bound that forbids it: `count` or `bytes`."""
        with self._change() as log:
            if self._sql.execute("select 1 from pins where log = ? and id = ?", (self._number, exchange_id)).fetchone():
                return True, ""
            position = self._find(exchange_id, log.gone)
            if position is None:
                return False, ""
            pins, pin_bytes = self._one("select count(*), coalesce(sum(size), 0) from pins where log = ?", self._number)
            if pins >= self._bounds.max_pins:
                return False, "count"
            if pin_bytes + position.size > self._bounds.max_pin_bytes:
                return False, "bytes"
            self._sql.execute(
                "insert into pins values (?, ?, ?, ?, ?, ?)",
                (self._number, exchange_id, position.seq, position.size, *self._data(position)),
            )
        return True, ""

    def unpin(self, exchange_id: str) -> None:
        self._sql.execute("delete from pins where log = ? and id = ?", (self._number, exchange_id))

    def note(self, exchange_id: str, text: str) -> bool:
        with self._change() as log:
            if self._get(exchange_id, log.gone) is None:
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

    def read(self, after: int, limit: int) -> list[Record]:
        with self._transaction("deferred"):
            oldest = max(after, self._gone()) + 1
            rows = self._sql.execute(f"select {READ} from {self._records} where seq >= ? order by seq", (oldest,))
            return self._records_of(rows, oldest, 1 << 62, limit)

    def read_back(self, before: int | None, limit: int) -> list[Record]:
        newest = before - 1 if before is not None else 1 << 62
        with self._transaction("deferred"):
            gone = self._gone()
            rows = self._sql.execute(
                f"select {READ} from {self._records} where seq > ? and first <= ? "
                f"and seq <= coalesce((select min(seq) from {self._records} where seq >= ?2), ?2) order by seq desc",
                (gone, newest),
            )
            return self._records_of(rows, gone + 1, newest, limit, step=-1)

    def get_many(self, ids: Sequence[str]) -> list[Place | None]:
        with self._transaction("deferred"):
            gone = self._gone()
            return [self._get(exchange_id, gone) for exchange_id in ids]

    def counts(self) -> Counts:
        values = self._one(
            "select epoch, head, exchanges, bytes, coalesce((select max(first, state.gone + 1) "
            f"from {self._records} where seq > state.gone order by seq limit 1), head + 1) from {self._state} state"
        )
        return Counts(*values)

    def pins(self) -> tuple[list[Record], dict[str, str]]:
        rows = self._sql.execute(
            "select seq, 0, id, size, data, typeof(whole) = 'blob' from pins where log = ? order by seq desc",
            (self._number,),
        )
        notes = self._sql.execute("select id, text from notes where log = ? order by written", (self._number,))
        return list(map(Record._make, rows)), dict(notes)

    # Within a transaction

    @contextmanager
    def _overwriting(self) -> Iterator[None]:
        """Overwrite in the file what is deleted meanwhile. What leaves a full log is not overwritten: that would write
        as many bytes again as what takes its place."""
        self._sql.execute("pragma secure_delete = on")
        try:
            yield
        finally:
            self._sql.execute("pragma secure_delete = off")

    @contextmanager
    def _transaction(self, kind: Literal["deferred", "immediate"]) -> Iterator[None]:
        """A transaction of SQLite: all changes in it are made or none, and all reading in it sees one state."""
        self._sql.execute(f"begin {kind}")
        try:
            yield
            self._sql.execute("commit")
        except BaseException:
            if self._sql.in_transaction:  # SQLite has ended it by itself where the disk is full
                self._sql.execute("rollback")
            raise

    @contextmanager
    def _change(self) -> "Iterator[_Log]":
        """A transaction that changes the log. Gives the log's state, which is written when the transaction ends."""
        with self._transaction("immediate"):
            log = _Log(*self._one(f"select head, turn + 1, {STATE} from {self._state}"))
            log.pinned = {name for (name,) in self._sql.execute("select id from pins where log = ?", (self._number,))}
            yield log
            self._sql.execute(
                "update logs set turn = ?, gone = ?, exchanges = ?, bytes = ?, refused = ?, refused_bytes = ? "
                "where number = ?",
                (log.turn, *log.counts, self._number),
            )

    def _is_apart(self, log: "_Log", low: str, high: str) -> bool:
        """Whether no exchange of the log has an id from `low` to `high`, and no run overlaps with them."""
        if not log.is_free(low, high):
            ends = self._sql.execute(
                f"select (select coalesce(low, high) from {self._records} "
                f"where kind = {RUN} and length = ?1 and high >= ?2 order by high limit 1), "
                f"(select high from {self._records} "
                "where kind < 2 and length = ?1 and high >= ?2 order by high limit 1)",
                (len(low), low),
            ).fetchone()
            log.free = len(low), low, min((end for end in ends if end is not None), default=None)
        return log.is_free(low, high)

    def _run(self, log: "_Log", items: Sequence[Put]) -> tuple[Any, ...]:
        """Count items into the log as one run; gives the columns of their row."""
        ids, sizes = [item.id for item in items], [item.size for item in items]
        values = run_values(log.head + 1, ids, sizes, forms_of(items))
        log.head += len(items)
        log.exchanges += len(items)
        log.bytes += sum(sizes)
        log.fill(ids[-1])
        return values

    def _replace(self, log: "_Log", item: Put) -> None:
        """Give an exchange a row of its own, in the place of any exchange with the same id."""
        self._take_out(log, item.id)
        log.free = None
        log.head += 1
        self._sql.execute(self._insert_row, values_of(log.head, item))
        log.count(kind_of(item), item.size)

    def _take_out(self, log: "_Log", exchange_id: str) -> bool:
        """Take an exchange out of the log. Gives whether it was there."""
        position = self._find(exchange_id, log.gone, log.torn)
        if position is None or (position.run is not None and log.is_out(*position.run)):
            return False
        log.count(position.kind, position.size, -1)
        log.ahead = []
        if position.run is None:
            self._sql.execute(f"delete from {self._records} where seq = ?", (position.seq,))
            return True
        index, run = position.run
        if run.last not in log.torn and len(log.torn) == TORN:
            self._mend(log)
        log.torn.setdefault(run.last, (run, set()))[1].add(index)
        return True

    def _mend(self, log: "_Log") -> None:
        """Write what is left of the runs from which something was taken out."""
        for seq, (run, taken_out) in log.torn.items():
            self._sql.execute(f"delete from {self._records} where seq = ?", (seq,))
            start = max(0, log.gone + 1 - run.first)
            for stop in (*sorted(taken_out), len(run.ids)):
                if start < stop:
                    self._sql.execute(self._insert_row, run.part(start, stop).values)
                start = stop + 1
        log.torn.clear()

    def _find(
        self, exchange_id: str, gone: int, torn: Mapping[int, tuple[Run, set[int]]] = MappingProxyType({})
    ) -> _Position | None:
        """The place of an exchange in the log. `gone`: the seq up to which records have left it. `torn`: runs that are
        read already."""
        name = (len(exchange_id), exchange_id)
        single: tuple[int, int, int] | None = self._sql.execute(
            f"select seq, kind, size from {self._records} where kind < 2 and length = ? and high = ?", name
        ).fetchone()
        if single is not None:
            return _Position(*single) if single[0] > gone else None
        row = self._sql.execute(
            f"select seq, coalesce(low, high) <= ?2 from {self._records} "
            f"where kind = {RUN} and length = ?1 and high >= ?2 order by high limit 1",
            name,
        ).fetchone()
        if row is None or not row[1]:
            return None
        if row[0] in torn:
            run, _ = torn[row[0]]
        else:
            run = run_of(*self._one(f"select first, sizes, data from {self._records} where seq = ?", row[0]))
        if exchange_id not in run.ids:
            return None
        index = run.ids.index(exchange_id)
        seq = run.first + index
        return _Position(seq, EXCHANGE, run.sizes[index], (index, run)) if seq > gone else None

    def _get(self, exchange_id: str, gone: int) -> Place | None:
        position = self._find(exchange_id, gone)
        pin = self._sql.execute(
            "select seq, coalesce(whole, data) from pins where log = ? and id = ?", (self._number, exchange_id)
        ).fetchone()
        if position is None and pin is None:
            return None
        note = self._sql.execute(
            "select text from notes where log = ? and id = ?", (self._number, exchange_id)
        ).fetchone()
        if position is None:
            seq, data = pin
        else:
            form, whole = self._data(position)
            seq, data = position.seq, form if whole is None else whole
        return Place(seq, data, pin is not None, note and note[0])

    def _data(self, position: _Position) -> tuple[bytes, bytes | None]:
        """The stored form of an exchange and None; of a large one, its head and the whole."""
        if position.run is not None:
            index, run = position.run
            return bytes(run.forms[index]), None
        row: tuple[bytes, bytes | None] = self._sql.execute(
            f"select data, whole from {self._records} where seq = ?", (position.seq,)
        ).fetchone()
        return row

    def _follow_pins(self, log: "_Log", first: int, items: Sequence[Put]) -> None:
        """Give each pin the newest form of its exchange. `first`: the seq of the first item."""
        for seq, put in enumerate(items, first):
            if put.id in log.pinned:
                item = alone(put)
                self._sql.execute(
                    "update pins set seq = ?, size = ?, data = ?, whole = ? where log = ? and id = ?",
                    (seq, item.size, item.stored, item.whole, self._number, item.id),
                )

    def _mark(self, log: "_Log", kind: int, exchange_id: str) -> None:
        log.head += 1
        self._sql.execute(self._insert_row, marker_values(log.head, kind, exchange_id, RECORD_OVERHEAD))
        log.count(kind, RECORD_OVERHEAD)
        self._trim(log)

    def _bound_refused(self, log: "_Log") -> None:
        """Let the oldest refused requests leave until the others are within their share; the newest stays."""
        if log.refused <= self._max_refused and log.refused_bytes <= self._max_refused_bytes:
            return
        rows = self._sql.execute(
            f"select seq, size from {self._records} where kind = {REFUSED} and seq > ? order by seq", (log.gone,)
        ).fetchall()
        for seq, size in rows[:-1]:
            if log.refused <= self._max_refused and log.refused_bytes <= self._max_refused_bytes:
                break
            self._sql.execute(f"delete from {self._records} where seq = ?", (seq,))
            log.count(REFUSED, size, -1)
            log.ahead = []

    def _trim(self, log: "_Log") -> None:
        self._mend(log)
        self._let_go(log)
        if dead := self._dead(log):
            self._sql.execute(f"delete from {self._records} where seq <= ?", (dead,))

    def _let_go(self, log: "_Log") -> bool:
        """Let the oldest records leave until the others are within the bounds, but not the newest. Gives whether they
        are within the bounds now."""
        while True:
            excess, excess_bytes = log.excess(self._bounds)
            if excess <= 0 and excess_bytes <= 0:
                return True
            if not log.ahead:
                rows = self._sql.execute(
                    f"select seq, first, kind, size, sizes from {self._records} where seq > ? order by seq limit ?",
                    (log.gone, AHEAD),
                ).fetchall()
                log.ahead = [(*row, sizes_of(sizes) if sizes else []) for *row, sizes in reversed(rows)]
                if not log.ahead:
                    return False
            gone = log.gone
            seq, first, kind, size, sizes = log.ahead[-1]
            if kind == RUN:
                start = max(first, log.gone + 1)
                number, room = room_in(sizes[start - first : log.head - first], excess, excess_bytes)
                log.exchanges -= number
                log.bytes -= room
                log.gone = start + number - 1
            elif seq < log.head:
                log.count(kind, size, -1)
                log.gone = seq
            if log.gone == gone:
                return False
            if log.gone == seq:
                log.ahead.pop()
                self._dead_rows += 1
                self._dead_bytes += size

    def _dead(self, log: "_Log") -> int:
        """The seq up to which rows are deleted from the file now; 0 for none."""
        if self._dead_rows < DEAD_ROWS and self._dead_bytes < DEAD_BYTES:
            return 0
        self._dead_rows = self._dead_bytes = 0
        return log.gone

    def _records_of(self, rows: sqlite3.Cursor, oldest: int, newest: int, limit: int, step: int = 1) -> list[Record]:
        """The records of these rows from `oldest` to `newest`, `limit` at most. `step`: -1 where the rows fall."""
        records: list[Record] = []
        for row in rows:
            if len(records) >= limit:
                break
            records += [record for record in records_of(row) if oldest <= record.seq <= newest][::step]
        rows.close()
        return records[:limit]

    def _gone(self) -> int:
        gone: int = self._one(f"select gone from {self._state}")[0]
        return gone

    def _one(self, query: str, *values: str | int) -> tuple[Any, ...]:
        row: tuple[Any, ...] | None = self._sql.execute(query, values).fetchone()
        if row is None:
            raise Erased("another process has erased the log")
        return row


def _values(columns: str) -> str:
    """The part of a statement that names these columns and takes a value for each."""
    return f"({columns}) values ({', '.join('?' * len(columns.split(',')))})"


class _Log:
    """The state of a log while it is changed, and what is known of the log until another process changes it.

    `turn`: a number that rises with every change but that of `Table._append`. `gone`: the seq up to which records have
    left the log, some of which may still be in the file.

    `pinned`: the ids of its pins, and perhaps of exchanges whose pins were taken away. `free`: a length of ids, and a
    span of ids of that length, from one to below another (None: without an end), that no row has. `ahead`: the oldest
    rows, the oldest of them last. `torn`: by their seqs, the rows of runs from which something was taken out, and the
    indexes of that; they are not written yet.
    """

    def __init__(
        self, head: int, turn: int, gone: int, exchanges: int, size: int, refused: int, refused_bytes: int
    ) -> None:
        self.head = head
        self.turn = turn
        self.gone = gone
        self.exchanges = exchanges
        self.bytes = size
        self.refused = refused
        self.refused_bytes = refused_bytes
        self.pinned: set[str] = set()
        self.free: tuple[int, str, str | None] | None = None
        self.ahead: list[tuple[int, int, int, int, list[int]]] = []
        self.torn: dict[int, tuple[Run, set[int]]] = {}

    @property
    def counts(self) -> tuple[int, ...]:
        """The columns of `STATE`."""
        return self.gone, self.exchanges, self.bytes, self.refused, self.refused_bytes

    def count(self, kind: int, size: int, sign: int = 1) -> None:
        """Count one record in or, with the `sign` -1, out."""
        self.bytes += sign * size
        if kind not in (DELETED, CLEARED):
            self.exchanges += sign
        if kind == REFUSED:
            self.refused += sign
            self.refused_bytes += sign * size

    def is_out(self, index: int, run: Run) -> bool:
        """Whether this one of a run was taken out."""
        return run.last in self.torn and index in self.torn[run.last][1]

    def is_free(self, low: str, high: str) -> bool:
        if self.free is None:
            return False
        length, start, stop = self.free
        return len(low) == length and low >= start and (stop is None or high < stop)

    def fill(self, high: str) -> None:
        """Let the free span begin behind this id."""
        if self.free is not None:
            length, _, stop = self.free
            self.free = length, f"{high}\0", stop  # the least id that is greater

    def excess(self, bounds: Bounds) -> tuple[int, int]:
        """How many exchanges and how many bytes are too many; numbers up to 0 are within the bounds."""
        return (
            self.exchanges - self.refused - bounds.max_exchanges,
            self.bytes - self.refused_bytes - bounds.max_bytes,
        )

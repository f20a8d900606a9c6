"""The SQLite file and what all logs in it share.

Each log has a row in `logs`, with a number that no other log ever has, and a table of its own, `records_N`, in which
the rowid is the highest seq of the row (`table`, `rows`). A large exchange has its head in `data`, which lists read,
and its whole form in `whole`, whose pages are read only when it is asked for. The file is in WAL mode: a process that
is killed loses nothing that was committed, and several processes may use one file. Nothing here, in `table` or in
`rows` knows asyncio: `store` calls it in threads.
"""

import sqlite3
from pathlib import Path
from typing import Final

from ..stored import FORM

_TABLES_FORM: Final = 4
"""The number of the form of the tables, which rises whenever they change."""

VERSION: Final = 1000 * _TABLES_FORM + FORM
"""What is kept as `PRAGMA user_version`: another one for other tables, and for another stored form in them; an empty
file has 0."""

BUSY_S: Final = 5.0
"""How long a transaction waits for one of another process."""

WAL_PAGES: Final = 4_000
"""How many pages gather in the write-ahead log until they are written into the file. The pages of a bounded log change
again and again, so four times SQLite's own number costs a tenth less."""

WAL_BYTES: Final = WAL_PAGES * 4096
"""The size to which the write-ahead log is cut afterwards."""

_TABLES: Final = """
create table if not exists logs (
    number integer primary key autoincrement, name text not null unique, epoch text not null, secret blob not null,
    gone integer not null default 0, exchanges integer not null default 0,
    bytes integer not null default 0, refused integer not null default 0, refused_bytes integer not null default 0,
    turn integer not null default 0
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

_STATEMENTS: Final = 64
"""How many prepared statements a connection remembers: more than one log needs."""


def connect(file: Path) -> sqlite3.Connection:
    """A connection to the file, which is made where there is none. Raises ValueError for what cannot be used."""
    if not file.parent.is_dir():
        hint = (
            "" if file.is_absolute() else "; an absolute path has four slashes, as in sqlite:////var/lib/echoscope.db"
        )
        raise ValueError(f"there is no directory {str(file.parent)!r}{hint}")
    try:
        connection = sqlite3.connect(
            file.absolute(),  # SQLite may read file: at the beginning of a name as a URI, such as that of a memory
            timeout=BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=_STATEMENTS,
        )  # fmt: skip
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

"""The store in a file: what outlives its process, and what two processes make of one file."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from echoscope.log.log import Log
from echoscope.log.memory import MemoryStore
from echoscope.log.sqlite.store import SqlitePlace, SqliteStore
from echoscope.log.store import Bounds, StoreAway
from tests.exchanges import made_exchange
from tests.servers import WAIT_S
from tests.stores import put, stored

WRITER = """
import asyncio, os, sys
from echoscope.log.sqlite.store import SqlitePlace
from echoscope.log.store import Bounds
from tests.exchanges import made_exchange
from tests.stores import put, stored

async def main():
    store = SqlitePlace(sys.argv[1]).store("main", Bounds())
    for number in range(int(sys.argv[2])):
        await put(store, made_exchange(f"{os.getpid()}-{number}"))
    await store.pin(f"{os.getpid()}-0")
    await store.note(f"{os.getpid()}-1", "a note")
    print((await store.status()).epoch, os.getpid(), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def address(folder: Path) -> str:
    return f"sqlite:///{folder}/log.db"


def writer(folder: Path, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, address(folder), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def opened(folder: Path, **bounds: int) -> tuple[SqlitePlace, SqliteStore]:
    place = SqlitePlace(address(folder))
    return place, place.store("main", Bounds(**bounds))


async def test_what_was_acknowledged_outlives_a_process_that_is_killed(tmp_path: Path) -> None:
    with writer(tmp_path, 5) as process:
        assert process.stdout
        epoch, pid = process.stdout.readline().split()
        os.kill(process.pid, signal.SIGKILL)
    place, store = opened(tmp_path)
    status = await store.status()
    assert (status.epoch, status.oldest, status.head, status.exchanges) == (epoch, 1, 5, 5)
    assert [one.id for one in (await store.pins()).found] == [f"{pid}-0"]
    assert (await store.pins()).notes == {f"{pid}-1": "a note"}
    assert await put(store, made_exchange("after")) == 6
    await store.close()
    await place.close()


async def test_the_secret_outlives_the_process(tmp_path: Path) -> None:
    first, store = opened(tmp_path)
    token = Log(store).token
    await first.close()
    second, store = opened(tmp_path)
    assert Log(store).token == token
    await second.close()


async def test_two_processes_share_a_file(tmp_path: Path) -> None:
    place, store = opened(tmp_path)
    with writer(tmp_path, 100) as process:
        own = [f"own-{number}" for number in range(100)]
        for name in own:
            await put(store, made_exchange(name))
        status = await store.status()
        while status.head < 200:
            status = await store.wait(status.head, timeout_s=WAIT_S)
        process.kill()
    records = await store.read(0, 1_000)
    assert [record.seq for record in records] == list(range(1, 201))
    assert [record.entry.id for record in records if record.entry.id.startswith("own")] == own  # type: ignore[union-attr]
    await store.close()
    await place.close()


async def test_a_log_that_another_process_erased_begins_anew(tmp_path: Path) -> None:
    (place, store), (other, erasing) = opened(tmp_path), opened(tmp_path)
    await put(store, made_exchange("a"))
    before = await store.status()
    await erasing.erase()
    with pytest.raises(StoreAway):
        await store.status()
    assert await put(store, made_exchange("b")) == 1
    assert (await store.status()).epoch != before.epoch
    for one in (place, other):
        await one.close()


async def test_a_log_that_is_erased_leaves_nothing_in_the_file(tmp_path: Path) -> None:
    place, main = opened(tmp_path)
    store = place.store("bin", Bounds())
    await put(store, made_exchange("a"))
    await store.note("a", "text")
    await store.erase()
    with sqlite3.connect(tmp_path / "log.db") as connection:
        assert connection.execute("select name from logs").fetchall() == [("main",)]
        assert connection.execute("select count(*) from notes").fetchone() == (0,)
        assert connection.execute("select name from sqlite_master where name like 'records_2%'").fetchall() == []
    connection.close()
    assert await put(store, made_exchange("b")) == 1
    for one in (main, store):
        await one.close()
    await place.close()


@pytest.mark.parametrize("way", ["deleted", "cleared", "erased"])
async def test_what_somebody_deletes_is_overwritten_in_the_file(tmp_path: Path, way: str) -> None:
    place, store = opened(tmp_path)
    for name in ("before", "a", "behind"):
        await put(store, made_exchange(name, query_string=f"token=secret-of-{name}".encode()))
    assert b"secret-of-a" in written(tmp_path)
    await {"deleted": lambda: store.delete("a"), "cleared": store.clear, "erased": store.erase}[way]()
    assert b"secret-of-a" not in written(tmp_path)
    assert (b"secret-of-behind" in written(tmp_path)) is (way == "deleted")
    await store.close()
    await place.close()


def written(folder: Path) -> bytes:
    """The file, into which all of the write-ahead log is put."""
    with sqlite3.connect(folder / "log.db") as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    return (folder / "log.db").read_bytes()


async def test_a_batch_that_replaces_some_and_brings_others_is_counted_like_in_memory(tmp_path: Path) -> None:
    place, store = opened(tmp_path, max_exchanges=400)
    memory = MemoryStore(store.bounds)
    for start in (0, 100, 350):
        exchanges = [made_exchange(f"id-{start + number % 290}") for number in range(300)]
        await asyncio.gather(*[store.put(exchange) for exchange in exchanges])
        for exchange in exchanges:
            memory.put(exchange)
    theirs, ours = await memory.status(), await store.status()
    assert (ours.head, ours.oldest, ours.exchanges, ours.bytes) == (
        theirs.head, theirs.oldest, theirs.exchanges, theirs.bytes,
    )  # fmt: skip
    assert [record.seq for record in await store.read(0, 1_000)] == [
        record.seq for record in await memory.read(0, 1_000)
    ]
    await store.close()
    await place.close()


async def test_logs_begin_beside_each_other_while_others_are_written(tmp_path: Path) -> None:
    place, main = opened(tmp_path)
    storing = [main.put(made_exchange(f"id-{number}")) for number in range(2_000)]
    others = [place.store(f"bin-{number}", Bounds()) for number in range(20)]
    for store in others:
        await put(store, made_exchange("a"))
    await asyncio.gather(*storing)
    await stored(main)
    assert [record.seq for record in await main.read(1_990, 100)] == list(range(1_991, 2_001))
    assert [(await store.status()).head for store in others] == [1] * 20
    for one in (main, *others):
        await one.close()
    await place.close()


async def test_a_file_that_cannot_be_written_keeps_what_comes_waiting(tmp_path: Path) -> None:
    place, store = opened(tmp_path)
    lock = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    lock.execute("begin immediate")
    storing = store.put(made_exchange("a"))
    assert await storing is False
    assert store.backlog.waiting == 1
    lock.execute("rollback")
    lock.close()
    assert (await store.wait(0, timeout_s=WAIT_S)).head == 1
    await store.close()
    await place.close()


async def test_the_file_stays_within_bounds(tmp_path: Path) -> None:
    place, store = opened(tmp_path, max_bytes=1 << 20)
    for number in range(200):
        await put(store, made_exchange(f"id-{number}", body=b"x" * 50_000))
    await store.close()
    await place.close()
    assert size_of(tmp_path) < 4 << 20


@pytest.mark.parametrize(("version", "which"), [(1000, "a later"), (2, "an earlier")])
def test_a_file_of_another_version_is_refused(tmp_path: Path, version: int, which: str) -> None:
    connection = sqlite3.connect(tmp_path / "log.db")
    connection.execute(f"pragma user_version = {version}")
    connection.close()
    with pytest.raises(ValueError, match=rf"{which} version of Echoscope \({version}, not 3\)"):
        SqlitePlace(address(tmp_path))

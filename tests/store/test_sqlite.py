"""The store in a file: what outlives its process, and what two processes make of one file."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from string import ascii_letters

import pytest

from echoscope.log.log import Log
from echoscope.log.memory import MemoryStore
from echoscope.log.sqlite.database import VERSION
from echoscope.log.sqlite.store import SqlitePlace, SqliteStore
from echoscope.log.store import Bounds, StoreAway
from tests.eventually import eventually
from tests.exchanges import made_exchange, plain_exchange
from tests.servers import WAIT_S
from tests.stores import put, put_at_once, said, stored

WRITER = """
import asyncio, os, sys
from echoscope.log.sqlite.store import SqlitePlace
from echoscope.log.store import Bounds
from tests.exchanges import made_exchange
from tests.stores import put, put_at_once, said, stored

async def main():
    store = SqlitePlace(sys.argv[1]).store("main", Bounds())
    for number in range(int(sys.argv[2])):
        await put(store, made_exchange(f"{os.getpid()}-{number}"))
    await store.pin(f"{os.getpid()}-0")
    await store.note(f"{os.getpid()}-1", "a note")
    for number in range(100, 100 + int(sys.argv[3])):
        store.put(made_exchange(f"{os.getpid()}-{number}"))
    await stored(store)
    print((await store.status()).epoch, os.getpid(), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def address(folder: Path) -> str:
    return f"sqlite:///{folder}/log.db"


def writer(folder: Path, count: int, at_once: int = 0) -> subprocess.Popen[str]:
    """A process that puts so many exchanges one behind the other, and then so many together."""
    command = [sys.executable, "-c", WRITER, address(folder), str(count), str(at_once)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def opened(folder: Path, **bounds: int) -> tuple[SqlitePlace, SqliteStore]:
    place = SqlitePlace(address(folder))
    return place, place.store("main", Bounds(**bounds))


async def test_what_was_acknowledged_outlives_a_process_that_is_killed(tmp_path: Path) -> None:
    with writer(tmp_path, 5, 50) as process:
        assert process.stdout
        epoch, pid = process.stdout.readline().split()
        os.kill(process.pid, signal.SIGKILL)
    place, store = opened(tmp_path)
    status = await store.status()
    assert (status.epoch, status.oldest, status.head, status.exchanges) == (epoch, 1, 55, 55)
    names = [*range(5), *range(100, 150)]
    records = [(record.seq, record.entry.id) for record in await store.read(0, 100)]  # type: ignore[union-attr]
    assert records == [(seq, f"{pid}-{number}") for seq, number in enumerate(names, 1)]
    assert [one.id for one in (await store.pins()).found] == [f"{pid}-0"]
    assert (await store.pins()).notes == {f"{pid}-1": "a note"}
    assert await put(store, made_exchange("after")) == 56
    await store.close()
    await place.close()


@pytest.mark.parametrize("name", ["file:log.db?mode=memory", "file::memory:", "log 100%.db?mode=ro"])
async def test_a_name_is_that_of_a_file_whatever_it_looks_like(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = SqlitePlace(f"sqlite:///{name}")
    store = place.store("main", Bounds())
    assert await put(store, plain_exchange()) == 1
    assert (await store.status()).exchanges == 1
    assert (tmp_path / name).is_file()
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


async def rows_of(folder: Path) -> int:
    with sqlite3.connect(folder / "log.db") as connection:
        count: int = connection.execute("select count(*) from records_1").fetchone()[0]
    connection.close()
    return count


async def test_exchanges_that_come_together_share_a_row(tmp_path: Path) -> None:
    place, store = opened(tmp_path)
    await put_at_once(store, *(plain_exchange(f"id-{number}") for number in range(100, 150)))
    assert await rows_of(tmp_path) == 1
    assert [record.seq for record in await store.read(20, 3)] == [21, 22, 23]
    assert [record.seq for record in await store.read_back(21, 3)] == [20, 19, 18]
    assert [record.seq for record in await store.read_back(None, 2)] == [50, 49]
    found = await store.get("id-120")
    assert found is not None
    assert (found.seq, found.exchange) == (21, plain_exchange("id-120").exchange)
    assert [await store.get(name) for name in ("id-99", "id-150", "id-1200", "id-12")] == [None] * 4
    await store.close()
    await place.close()


async def test_a_row_all_of_which_comes_again_is_written_anew_once(tmp_path: Path) -> None:
    place, store = opened(tmp_path)
    exchanges = [plain_exchange(f"id-{number}") for number in range(100, 150)]
    await put_at_once(store, *exchanges)
    statements: list[str] = []
    store._written._sql.set_trace_callback(statements.append)
    await put_at_once(store, *exchanges)
    store._written._sql.set_trace_callback(None)
    assert sum(one.startswith("delete from records_1 where seq =") for one in statements) == 1
    records = [(record.seq, record.entry.id) for record in await store.read(0, 100)]  # type: ignore[union-attr]
    assert records == [(seq, exchange.id) for seq, exchange in enumerate(exchanges, 51)]
    await store.close()
    await place.close()


async def test_what_shares_a_row_is_overwritten_in_the_file_when_it_is_deleted(tmp_path: Path) -> None:
    place, store = opened(tmp_path)
    chance = random.Random(1)
    tokens = ["".join(chance.choices(ascii_letters, k=40)) for _ in range(5)]
    await put_at_once(store, *(plain_exchange(f"id-{number}", f"/{token}") for number, token in enumerate(tokens)))
    middles = [token[10:-10].encode() for token in tokens]  # compression may part the ends from it
    assert [middle in written(tmp_path) for middle in middles] == [True] * 5
    await store.delete("id-2")
    assert [middle in written(tmp_path) for middle in middles] == [True, True, False, True, True]
    await store.close()
    await place.close()


async def test_processes_that_put_in_turns_see_what_the_others_did(tmp_path: Path) -> None:
    bounds = {"max_exchanges": 100}
    (place, one), (other_place, other) = opened(tmp_path, **bounds), opened(tmp_path, **bounds)
    memory = MemoryStore(one.bounds)
    for turn in range(30):
        for store, prefix in ((one, "b"), (other, "a"), (one, "b")):
            batch = [plain_exchange(f"{prefix}-{1_000 + memory._head + number}") for number in range(turn % 7 + 1)]
            await put_at_once(store, *batch)
            for exchange in batch:
                memory.put(exchange)
            if turn % 3 == 0:
                assert await other.delete(batch[0].id) == await memory.delete(batch[0].id)
            if turn % 5 == 0:
                assert await one.pin(batch[-1].id) == await memory.pin(batch[-1].id)
        assert await said(one) == await said(other) == await said(memory)
    for each in (one, other):
        await each.close()
    await place.close()
    await other_place.close()


async def test_what_is_appended_leaves_the_row_of_the_log_as_it_is(tmp_path: Path) -> None:
    (place, store), (other_place, other) = opened(tmp_path, max_exchanges=25), opened(tmp_path, max_exchanges=25)
    memory = MemoryStore(store.bounds)
    statements: list[str] = []
    store._written._sql.set_trace_callback(statements.append)
    for first in range(100, 200, 10):
        batch = [plain_exchange(f"id-{number}") for number in range(first, first + 10)]
        await put_at_once(store, *batch)
        for exchange in batch:
            memory.put(exchange)
        assert await said(other) == await said(store) == await said(memory)
    store._written._sql.set_trace_callback(None)
    assert sum(one.startswith("update logs") for one in statements) == 1, "the first batch alone"
    assert await other.pin("id-190") == await memory.pin("id-190")
    assert await said(other) == await said(store) == await said(memory)
    assert await other.clear() == await memory.clear()
    assert await said(other) == await said(store) == await said(memory)
    for one in (place, other_place):
        await one.close()
    place, store = opened(tmp_path, max_exchanges=25)
    assert await said(store) == await said(memory)
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


async def test_a_full_disk_is_told_and_what_comes_waits_for_room(tmp_path: Path) -> None:
    place, store = opened(tmp_path)
    await put(store, made_exchange("a"))
    connection = store._written._sql
    pages = connection.execute("pragma page_count").fetchone()[0]
    connection.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(StoreAway, match="disk is full"):
        await store.note("a", "x" * 100_000)
    names = ["b", "cc", "c"]
    for name in names:
        store.put(made_exchange(name, body=b"x" * 100_000))
    await asyncio.to_thread(eventually, lambda: store.backlog.fault)
    assert store.backlog.fault == "database or disk is full"
    assert store.backlog.waiting == 3
    connection.execute(f"pragma max_page_count = {1_000 * pages}")
    await stored(store)
    assert [record.entry.id for record in await store.read(0, 10)] == ["a", *names]  # type: ignore[union-attr]
    assert (await store.pins()).notes == {}
    await store.close()
    await place.close()


async def test_the_file_stays_within_bounds(tmp_path: Path) -> None:
    place, store = opened(tmp_path, max_bytes=1 << 20)
    for number in range(200):
        await put(store, made_exchange(f"id-{number}", body=b"x" * 50_000))
    await store.close()
    await place.close()
    assert size_of(tmp_path) < 4 << 20


@pytest.mark.parametrize(
    ("version", "which"), [(VERSION + 1, "a later"), (VERSION - 1, "an earlier"), (3, "an earlier")]
)
def test_a_file_of_another_version_is_refused(tmp_path: Path, version: int, which: str) -> None:
    connection = sqlite3.connect(tmp_path / "log.db")
    connection.execute(f"pragma user_version = {version}")
    connection.close()
    with pytest.raises(ValueError, match=rf"{which} version of Echoscope \({version}, not {VERSION}\)"):
        SqlitePlace(address(tmp_path))

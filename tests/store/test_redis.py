"""The store in Redis: what is sent twice, what comes back other than it was, what processes see of each other."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from echoscope.insight.search import parse
from echoscope.log.items import EXCHANGE, RUN, Item, Put, unpack
from echoscope.log.log import Log
from echoscope.log.redis import rows
from echoscope.log.redis.rows import RUN_BYTES, Entry, Part
from echoscope.log.redis.scripts import REPACK, Script
from echoscope.log.redis.store import RedisPlace, RedisStore
from echoscope.log.store import Bounds, Kept, Outlined, Record, Status, StoreAway
from echoscope.log.stored import whole
from tests.eventually import eventually
from tests.exchanges import made_exchange, plain_exchange
from tests.places import RedisServer, redis_running, redis_server
from tests.servers import WAIT_S
from tests.stores import put, put_at_once, stored


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_running() as server:
        yield server


@pytest.fixture
async def place(server: RedisServer) -> AsyncIterator[RedisPlace]:
    place = RedisPlace(server.address)
    yield place
    await place.close()


async def opened(place: RedisPlace, name: str = "main", **bounds: int) -> RedisStore:
    store = place.store(name, Bounds(**bounds))
    await store.open()
    return store


async def ids(store: RedisStore) -> list[str]:
    """The ids that the records of a log name."""
    return [record.entry.id for record in await store.read(0, 10_000)]  # type: ignore[union-attr]


async def test_a_batch_that_is_sent_twice_is_stored_once(place: RedisPlace) -> None:
    store = await opened(place)
    batch: list[Put] = [Item(f"id-{number}", RUN, 257, msgspec.Raw(b"\x90")) for number in (1, 2, 3)]
    await store._write(1, batch)
    await store._write(1, [*batch, Item("id-4", RUN, 257, msgspec.Raw(b"\x90"))])
    assert [record.seq for record in await store.read(0, 10)] == [1, 2, 3, 4]
    assert (await store.status()).head == 4


async def test_of_a_batch_that_is_sent_again_only_what_is_new_is_stored(place: RedisPlace) -> None:
    """As the batch grows while the store is away, of which nobody knows what it has stored."""
    store = await opened(place)
    items: list[Put] = [Item(f"id-{number}", RUN, 257, msgspec.Raw(b"\x90")) for number in range(1, 8)]
    await store._write(3, items[2:5])
    await store._write(3, items[2:])
    await store._write(6, items[5:])
    assert await ids(store) == ["id-3", "id-4", "id-5", "id-6", "id-7"]
    await store._write(9, [Item("id-9", RUN, 257, msgspec.Raw(b"\x90"))])  # the eighth was lost while it waited
    assert (await store.status()).head == 6
    await store.close()


async def test_a_late_copy_of_an_open_exchange_does_not_undo_its_end(place: RedisPlace, server: RedisServer) -> None:
    store = await opened(place)
    for number, data in ((1, b"open"), (2, b"done"), (1, b"open")):
        await store._write(number, [Item("a", EXCHANGE, 260, msgspec.Raw(data))])
    assert server.client.hgetall("echoscope:{main}:2.4:data") == {b"2": b"done"}


async def test_two_processes_put_into_one_log_without_a_hole(place: RedisPlace) -> None:
    first, second = await opened(place), await opened(place)
    storing = [
        store.put(made_exchange(f"{name}-{n}")) for n in range(500) for name, store in (("a", first), ("b", second))
    ]
    await asyncio.gather(*storing)
    await asyncio.gather(stored(first), stored(second))
    for store in (first, second):
        assert [record.seq for record in await store.read(0, 2_000)] == list(range(1, 1_001))
    assert [name for name in await ids(first) if name.startswith("a")] == [f"a-{number}" for number in range(500)]
    for store in (first, second):
        await store.close()


async def test_what_people_put_on_exchanges_is_seen_by_all(place: RedisPlace) -> None:
    first, second = await opened(place), await opened(place)
    await put(first, made_exchange("a"))
    await second.pin("a")
    await second.note("a", "seen")
    found = await first.get("a")
    assert found is not None
    assert (found.pinned, found.note) == (True, "seen")
    assert first.secret == second.secret
    await second.unpin("a")
    assert (await first.pins()).found == []
    for store in (first, second):
        await store.close()


async def test_two_names_are_two_logs_and_a_prefix_keeps_instances_apart(
    place: RedisPlace, server: RedisServer
) -> None:
    other_place = RedisPlace(f"{server.address}?prefix=other")
    stores = [await opened(place), await opened(place, "bin"), await opened(other_place)]
    for number, store in enumerate(stores):
        await put(store, made_exchange(f"id-{number}"))
    assert [await ids(store) for store in stores] == [["id-0"], ["id-1"], ["id-2"]]
    await stores[1].erase()
    assert [(await store.status()).exchanges for store in stores] == [1, 0, 1]
    for store in stores:
        await store.close()
    await other_place.close()


async def test_a_large_exchange_is_listed_by_its_head_found_whole_and_searched_whole(place: RedisPlace) -> None:
    store = await opened(place)
    await put(store, made_exchange("small", body=b"needle"))
    await put(store, made_exchange("large", body=b"x" * 100_000 + b"needle"))
    await put(store, made_exchange("other", body=b"x" * 100_000))
    _, large, _ = await store.read(0, 10)
    assert isinstance(large.entry, Outlined)
    assert large.entry.size > 100_000 > len(large.entry.data)
    found = await store.get("large")
    assert found is not None
    assert found.exchange == made_exchange("large", body=b"x" * 100_000 + b"needle")
    page = await Log(store).page(parse("body:needle"), 10)
    assert [kept.id for _, kept in page.items] == ["large", "small"]
    assert [kept.id for _, kept in (await Log(store).page(parse("id:large"), 10)).items] == ["large"]
    await store.close()


async def test_what_is_no_longer_listed_is_in_no_other_key(place: RedisPlace, server: RedisServer) -> None:
    store = await opened(place, max_exchanges=3)
    for number in range(20):
        state = "refused" if number % 5 == 0 else "done"
        await put(store, made_exchange(f"id-{number}", body=b"x" * 20_000, state=state))  # type: ignore[arg-type]
    stem = "echoscope:{main}:2.4:"
    kept = {name.encode() for name in await ids(store)}
    assert set(server.client.hkeys(f"{stem}ids")) == kept
    seqs = {str(record.seq).encode() for record in await store.read(0, 100)}
    for key in ("rows", "data", "wholes"):
        assert set(server.client.hkeys(f"{stem}{key}")) == seqs
    await store.clear()
    left = {key.decode().removeprefix(stem) for key in server.client.keys(f"{stem}*")}
    assert {key.partition(":")[0] for key in left} == {"log", "meta", "writer"}
    await store.close()


async def test_what_comes_together_shares_a_row_and_leaves_it_alone(place: RedisPlace, server: RedisServer) -> None:
    store = await opened(place, max_exchanges=100)
    await put_at_once(store, *(plain_exchange(f"id-{number}") for number in range(60)))
    await put_at_once(store, *(plain_exchange(f"id-{number}") for number in range(60, 110)))
    stem = "echoscope:{main}:2.4:"
    assert set(server.client.hkeys(f"{stem}data")) == {b"60", b"110"}
    assert [record.seq for record in await store.read(0, 1_000)] == list(range(11, 111))
    assert set(server.client.hkeys(f"{stem}ids")) == {f"id-{number}".encode() for number in range(10, 110)}
    await put_at_once(store, *(plain_exchange(f"id-{number}") for number in range(110, 160)))
    for key in ("data", "rows"):
        assert set(server.client.hkeys(f"{stem}{key}")) == {b"110", b"160"}
    assert server.client.xlen(f"{stem}log") == 2
    await store.close()


async def test_rows_have_no_more_bytes_than_a_reader_should_read_for_one(
    place: RedisPlace, server: RedisServer
) -> None:
    store = await opened(place)
    await put_at_once(store, *(made_exchange(f"id-{number}", body=b"x" * 7_000) for number in range(100)))
    rows = server.client.hvals("echoscope:{main}:2.4:rows")
    assert [sum(msgspec.msgpack.decode(row)[2]) <= RUN_BYTES for row in rows] == [True] * 3
    assert len(await ids(store)) == 100
    await store.close()


def contents(server: RedisServer) -> bytes:
    """All that the server has, unpacked."""
    values = server.client.hvals("echoscope:{main}:2.4:data")
    return b"".join(map(unpack, values))


@pytest.mark.parametrize("way", ["deleted", "replaced"])
async def test_what_is_no_longer_there_is_taken_out_of_its_row(
    place: RedisPlace, server: RedisServer, way: str
) -> None:
    store = await opened(place)
    await put_at_once(store, *(plain_exchange(f"id-{number}", f"/secret-{number}") for number in range(5)))
    if way == "deleted":
        await store.delete("id-2")
    else:
        await put(store, plain_exchange("id-2", "/other"))
    held = contents(server)
    assert [f"/secret-{number}".encode() in held for number in range(5)] == [True, True, False, True, True]
    assert not server.client.exists("echoscope:{main}:2.4:torn")
    assert [record.seq for record in await store.read(0, 4)] == [1, 2, 4, 5]
    assert await store.delete("id-0")
    assert await store.delete("id-4")
    found = await store.get("id-3")
    assert found is not None
    assert (found.seq, found.exchange) == (4, plain_exchange("id-3", "/secret-3").exchange)
    assert (await store.status()).oldest == 2
    await store.close()


async def test_a_row_that_nobody_packed_anew_is_packed_with_the_next_write(
    place: RedisPlace, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a process leaves it that ends between the two steps of a deletion."""
    store = await opened(place)
    await put_at_once(store, *(plain_exchange(f"id-{number}", f"/secret-{number}") for number in range(3)))
    with monkeypatch.context() as patch:
        patch.setattr(store, "_repack", lambda last: asyncio.sleep(0))
        await store.delete("id-1")
    assert b"/secret-1" in contents(server)
    assert await store.get("id-1") is None
    await put(store, plain_exchange("id-9"))
    assert b"/secret-1" not in contents(server)
    assert await ids(store) == ["id-0", "id-2", "id-1", "id-9"]
    await store.close()


async def test_a_log_of_another_form_is_left_as_it_is(place: RedisPlace, server: RedisServer) -> None:
    """As an Echoscope of before or after this one wrote it, which may still do so."""
    server.client.xadd("echoscope:{main}:1:log", {"i": "id", "e": "other"}, id="1-1")
    store = await opened(place)
    await put(store, made_exchange("id-1"))
    assert [record.seq for record in await store.read(0, 10)] == [1]
    assert server.client.xlen("echoscope:{main}:1:log") == 1
    await store.close()


@pytest.mark.parametrize("loss", ["everything", "log", "ids", "rows", "data", "meta"])
async def test_a_log_that_is_gone_begins_anew_and_who_waits_hears_of_it(
    place: RedisPlace, server: RedisServer, loss: str
) -> None:
    store = await opened(place)
    for number in range(5):
        await put(store, made_exchange(f"old-{number}"))
    before = await store.status()
    waiting = asyncio.create_task(store.wait(before.head, before.epoch))
    await asyncio.sleep(0.05)
    if loss == "everything":
        server.client.flushall()
    else:
        server.client.delete(f"echoscope:{{main}}:2.4:{loss}")
    assert await put(store, made_exchange("new")) == 1
    after = await asyncio.wait_for(waiting, WAIT_S)
    assert after.epoch != before.epoch
    assert (after.oldest, after.head, await ids(store)) == (1, 1, ["new"])
    await store.close()


async def test_every_log_that_begins_anew_has_another_epoch(place: RedisPlace, server: RedisServer) -> None:
    store = await opened(place)
    epochs = []
    for number in range(4):
        for again in range(2):
            await put(store, made_exchange(f"id-{number}-{again}"))
        epochs.append((await store.status()).epoch)
        server.client.flushall()
    assert len(set(epochs)) == 4
    await store.close()


async def test_large_refused_and_plain_ones_of_one_write_are_told_apart(place: RedisPlace, server: RedisServer) -> None:
    store = await opened(place)
    exchanges = [
        made_exchange(f"{state}-{size}", body=b"x" * size, state=state)
        for size in (0, 20_000, 1, 30_000)
        for state in ("done", "refused")
    ]
    assert all(await asyncio.gather(*[store.put(exchange) for exchange in exchanges]))
    for exchange in exchanges:
        found = await store.get(exchange.id)
        assert found is not None
        assert found.exchange == exchange
    large = {str(seq).encode() for seq, exchange in enumerate(exchanges, 1) if not exchange.id.endswith(("-0", "-1"))}
    assert set(server.client.hkeys("echoscope:{main}:2.4:wholes")) == large
    refused = server.client.zrange("echoscope:{main}:2.4:refused", 0, -1)
    assert refused == [exchange.id.encode() for exchange in exchanges if exchange.state == "refused"]
    await store.close()


async def test_the_secret_survives_an_emptied_server(place: RedisPlace, server: RedisServer) -> None:
    store = await opened(place)
    secret = store.secret
    server.client.flushall()
    await put(store, made_exchange("a"))
    await store.status()
    other = await opened(place)
    assert other.secret == store.secret == secret
    for one in (store, other):
        await one.close()


async def test_who_waits_hears_of_a_log_that_comes_back_shorter(tmp_path: Path) -> None:
    """The second server takes the place of the first, without the last five that the first has acknowledged."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first = RedisServer(redis_server(), tmp_path / "one")
    second = RedisServer(redis_server(), tmp_path / "two")
    place = RedisPlace(first.address)
    store, other = await opened(place), await opened(place)
    for number in range(10):
        await put(store, made_exchange(f"id-{number}"))
    for key in first.client.keys("*"):
        second.client.restore(key, 0, first.client.dump(key))
    for number in range(10, 15):
        await put(store, made_exchange(f"id-{number}"))
    before = await other.status()
    waiting = asyncio.create_task(other.wait(before.head, before.epoch))
    await asyncio.sleep(0.05)
    first.kill()
    second.socket.rename(first.socket)
    assert await put(store, made_exchange("new")) == 16
    after = await asyncio.wait_for(_wait_through_absence(other, waiting, before.head, before.epoch), WAIT_S)
    assert after.epoch != before.epoch
    assert [record.seq for record in await other.read(0, 100)] == [*range(1, 11), 16]
    assert (await store.status()).lost == (await other.status()).lost == 5
    for one in (store, other):
        await one.close()
    await place.close()
    second.stop()


async def _wait_through_absence(store: RedisStore, waiting: "asyncio.Task[Status]", head: int, epoch: str) -> Status:
    while True:
        try:
            return await waiting
        except StoreAway:
            await asyncio.sleep(0.02)
            waiting = asyncio.create_task(store.wait(head, epoch))


async def test_reading_a_log_that_began_anew_mixes_nothing(place: RedisPlace, server: RedisServer) -> None:
    store, other = await opened(place), await opened(place)
    for number in range(5):
        await put(store, made_exchange(f"old-{number}"))
    await other.status()
    server.client.flushall()
    await put(store, made_exchange("new"))
    with pytest.raises(StoreAway, match="began anew"):
        await other.read(3, 10)
    assert await ids(other) == ["new"]
    for one in (store, other):
        await one.close()


@pytest.mark.parametrize("way", ["read", "read_back", "get", "pin"])
async def test_a_log_that_begins_anew_between_two_steps_of_a_reader_is_not_taken_for_the_one_before(
    place: RedisPlace, server: RedisServer, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Rows of the new log have the names of those that the reader has just heard of."""
    store, other = await opened(place), await opened(place)
    await put_at_once(store, *(plain_exchange(f"old-{number}") for number in range(3)))
    await store.status()
    fetch = store._server.commands

    async def late(*commands: tuple[str, ...]) -> list[object]:
        if commands[0][0] in ("HGET", "HMGET"):
            monkeypatch.undo()
            server.client.flushall()
            await put_at_once(other, *(plain_exchange(f"new-{number}") for number in range(3)))
        return await fetch(*commands)

    monkeypatch.setattr(store._server, "commands", late)
    steps: dict[str, Callable[[], Awaitable[object]]] = {
        "read": lambda: store.read(0, 10),
        "read_back": lambda: store.read_back(None, 10),
        "get": lambda: store.get("old-1"),
        "pin": lambda: store.pin("old-1"),
    }
    with pytest.raises(StoreAway, match="began anew"):
        await steps[way]()
    assert await ids(store) == [f"new-{number}" for number in range(3)]
    assert await store.get("old-1") is None
    for one in (store, other):
        await one.close()


@pytest.mark.parametrize("way", ["forward", "backward"])
async def test_a_page_has_records_of_one_log(
    place: RedisPlace, server: RedisServer, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Though it takes several looks, between which somebody else has heard that the log began anew."""
    store = await opened(place)
    await put_at_once(store, *(made_exchange(f"old-{number}", state="open") for number in range(30)))
    read = store._parts

    async def once(birth: str, entries: list[Entry]) -> list[Part | Record]:
        parts = await read(birth, entries)
        monkeypatch.undo()
        server.client.flushall()
        await put_at_once(store, *(made_exchange(f"new-{number}", state="open") for number in range(30)))
        return parts

    store._row_length = 16
    monkeypatch.setattr(store, "_parts", once)
    with pytest.raises(StoreAway, match="began anew"):
        await (store.read(0, 20) if way == "forward" else store.read_back(None, 20))
    assert await ids(store) == [f"new-{number}" for number in range(30)]
    await store.close()


@pytest.mark.parametrize("step", ["HGET", "script"])
async def test_a_run_is_packed_only_in_the_log_that_it_is_of(
    place: RedisPlace, server: RedisServer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    store, other = await opened(place), await opened(place)
    for one in (store, other):
        await put_at_once(one, *(plain_exchange(f"old-{number}") for number in range(3)))
        server.client.flushall()
    await put_at_once(store, *(plain_exchange(f"old-{number}") for number in range(3)))
    fetch, change = store._server.commands, store._change

    async def begin_anew() -> None:
        monkeypatch.undo()
        server.client.flushall()
        await put_at_once(other, *(plain_exchange(f"new-{number}") for number in range(3)))
        with monkeypatch.context() as patch:
            patch.setattr(other, "_repack", lambda last: asyncio.sleep(0))
            await other.delete("new-1")

    async def late(*commands: tuple[str, ...]) -> list[object]:
        await begin_anew()
        return await fetch(*commands)

    async def late_change(script: Script, *arguments: object) -> object:
        if script is REPACK:
            await begin_anew()
        return await change(script, *arguments)

    if step == "HGET":
        monkeypatch.setattr(store._server, "commands", late)
    else:
        monkeypatch.setattr(store, "_change", late_change)
    await store.delete("old-1")
    assert server.client.smembers("echoscope:{main}:2.4:torn") == {b"3"}
    assert b"old-" not in contents(server)
    found = await other.get("new-2")
    assert found is not None
    assert found.exchange == plain_exchange("new-2").exchange
    for one in (store, other):
        await one.close()


async def test_a_pin_that_another_process_sets_while_one_is_taken_away_is_whole_or_gone(
    place: RedisPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = await opened(place), await opened(place)
    large = made_exchange("large", body=b"x" * 20_000)
    await put(store, large)
    assert await store.pin("large")
    for name in ("command", "call"):
        step = getattr(store._server, name)

        async def followed(*words: object, step: Callable[..., Awaitable[object]] = step) -> object:
            result = await step(*words)
            monkeypatch.undo()
            assert await other.pin("large")
            return result

        monkeypatch.setattr(store._server, name, followed)
    await store.unpin("large")
    await store.clear()
    found = await store.get("large")
    assert found is not None
    assert found.exchange == large
    await store.unpin("large")
    assert await store.get("large") is None
    for one in (store, other):
        await one.close()


async def test_without_its_counts_a_log_has_nothing_to_be_found(place: RedisPlace, server: RedisServer) -> None:
    store = await opened(place)
    await put_at_once(store, *(plain_exchange(f"id-{number}") for number in range(3)))
    server.client.delete("echoscope:{main}:2.4:meta")
    assert await store.get("id-1") is None
    assert not await store.pin("id-1")
    await store.close()


async def test_a_server_that_evicts_a_log_as_soon_as_it_has_begun_is_away(
    place: RedisPlace, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await opened(place)
    begin = store._begin

    async def evicted() -> None:
        await begin()
        server.client.flushall()

    monkeypatch.setattr(store, "_begin", evicted)
    server.client.flushall()
    with pytest.raises(StoreAway, match="evict"):
        await store.status()
    monkeypatch.undo()
    assert (await store.status()).head == 0
    await store.close()


def calls(server: RedisServer, command: str) -> int:
    """How often a command has run since `config_resetstat`."""
    return int(server.client.info("commandstats").get(f"cmdstat_{command}", {"calls": 0})["calls"])


async def test_a_page_moves_the_ids_of_a_few_rows(place: RedisPlace, server: RedisServer) -> None:
    store = await opened(place, max_exchanges=10_000)
    for run in range(30):
        await put_at_once(store, *(plain_exchange(f"{'x' * 50}-{run}-{number}") for number in range(100)))
    assert len(await store.read_back(None, 200)) == 200
    before = server.client.info("stats")["total_net_output_bytes"]
    assert [record.seq for record in await store.read_back(None, 200)] == list(range(3000, 2800, -1))
    assert server.client.info("stats")["total_net_output_bytes"] - before < 60_000
    for number in range(150):  # rows of one, which are asked for by the length of those before
        await put(store, made_exchange(f"one-{number}", state="open"))
    assert [record.seq for record in await store.read_back(None, 200)] == list(range(3150, 2950, -1))
    assert [record.seq for record in await store.read(0, 3150)] == list(range(1, 3151))
    await store.close()


async def test_a_run_is_unpacked_once_for_all_that_are_asked_for(
    place: RedisPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await opened(place)
    await put_at_once(store, *(plain_exchange(f"id-{number}", f"/{number}") for number in range(100)))
    unpacked: list[bytes] = []

    def noting(data: bytes) -> bytes:
        unpacked.append(data)
        return unpack(data)

    monkeypatch.setattr(rows, "unpack", noting)
    found = await store.get_many(f"id-{number}" for number in range(40, 0, -1))
    assert [one.exchange for one in found] == [
        plain_exchange(f"id-{number}", f"/{number}").exchange for number in range(40, 0, -1)
    ]
    assert len(unpacked) == 1
    await store.close()


@pytest.mark.parametrize("way", ["forward", "backward"])
async def test_of_a_run_only_what_is_asked_for_is_decoded(
    place: RedisPlace, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    store = await opened(place)
    await put_at_once(store, *(plain_exchange(f"id-{number}") for number in range(100)))
    decoded: list[str] = []

    def noting(name: str, data: bytes) -> Kept:
        decoded.append(name)
        return whole(name, data)

    monkeypatch.setattr(rows, "whole", noting)
    records = await (store.read(20, 7) if way == "forward" else store.read_back(81, 7))
    numbers = range(20, 27) if way == "forward" else range(79, 72, -1)
    assert [record.seq for record in records] == [number + 1 for number in numbers]
    assert decoded == [f"id-{number}" for number in numbers]
    await store.close()


async def test_a_run_that_comes_again_is_written_once(place: RedisPlace, server: RedisServer) -> None:
    store = await opened(place)
    exchanges = [plain_exchange(f"id-{number}") for number in range(200)]
    await put_at_once(store, *exchanges)
    server.client.config_resetstat()
    await put_at_once(store, *exchanges[:150])
    assert calls(server, "hset") < 20
    assert [record.seq for record in await store.read(0, 1_000)] == list(range(151, 351))
    await put_at_once(store, *exchanges[150:])
    assert server.client.hlen("echoscope:{main}:2.4:rows") == 2
    await store.close()


async def test_bounds_that_are_lower_than_before_take_hold_in_few_steps(place: RedisPlace, server: RedisServer) -> None:
    store = await opened(place, max_exchanges=10_000)
    for run in range(18):  # more ids than fit into one command
        await put_at_once(store, *(plain_exchange(f"run-{run}-{number}") for number in range(250)))
    for number in range(100):
        await put(store, made_exchange(f"one-{number}", state="open"))
    lower = await opened(place, max_exchanges=10)
    server.client.config_resetstat()
    await put(lower, plain_exchange("last"))
    assert calls(server, "xrange") < 15
    assert await ids(lower) == [*(f"one-{number}" for number in range(91, 100)), "last"]
    stem = "echoscope:{main}:2.4:"
    assert [server.client.hlen(stem + key) for key in ("rows", "data", "ids")] == [10, 10, 10]
    assert server.client.xlen(stem + "log") == 10
    for one in (store, lower):
        await one.close()


async def test_a_server_without_memory_can_be_emptied_and_goes_on(place: RedisPlace, server: RedisServer) -> None:
    store = await opened(place)
    server.client.config_set("maxmemory", server.client.info("memory")["used_memory"] + 2_000_000)
    number = 0
    while await store.put(made_exchange(f"id-{number}", body=secrets.token_bytes(50_000))):
        number += 1
    assert "OOM" in str(store.backlog.fault) or "memory" in str(store.backlog.fault)
    assert (await store.get(f"id-{number - 1}")) is not None
    assert await store.delete(f"id-{number - 1}") is not None
    await store.clear()
    await store.wait((await store.status()).head, timeout_s=WAIT_S)
    assert await store.get(f"id-{number}") is not None
    assert store.backlog.waiting == 0
    await store.close()


async def test_a_connection_that_is_cut_is_made_again(place: RedisPlace, server: RedisServer) -> None:
    store = await opened(place)
    status = await store.status()
    for number in range(5):
        waiting = asyncio.create_task(store.wait(status.head, status.epoch))
        async with asyncio.timeout(WAIT_S):
            while not waiting.done():
                server.client.client_kill_filter(_type="normal", skipme=True)
                await asyncio.sleep(0.02)
        with pytest.raises(StoreAway):
            await waiting
        async with asyncio.timeout(WAIT_S):
            while not await store.put(made_exchange(f"id-{number}")):
                pass
            status = await store.wait(number)
    assert (await store.status()).exchanges == 5
    await store.close()


async def test_an_address_that_is_no_redis_is_named_as_the_reason(caplog: pytest.LogCaptureFixture) -> None:
    place = RedisPlace("redis://127.0.0.1:1")
    store = await opened(place)
    assert "the store redis://127.0.0.1:1 is away: " in caplog.text
    with pytest.raises(StoreAway, match="connecting to"):
        await store.status()
    await store.close()
    await place.close()


async def test_a_process_that_started_without_the_store_takes_over_its_secret(tmp_path: Path) -> None:
    server = RedisServer(redis_server(), tmp_path)
    place = RedisPlace(server.address)
    first = await opened(place)
    dump = {key: server.client.dump(key) for key in server.client.keys("*")}
    server.kill()
    news: list[bytes] = []
    late = place.store("main", Bounds())
    late.on_secret = lambda: news.append(late.secret)
    await late.open()
    assert (late.is_reached, late.secret == first.secret, news) == (False, False, [])
    server.start()
    for key, value in dump.items():
        server.client.restore(key, 0, value)
    async with asyncio.timeout(WAIT_S):
        while not await late.put(made_exchange("a")):
            pass
    assert (late.is_reached, late.secret, news) == (True, first.secret, [first.secret])
    for one in (first, late):
        await one.close()
    await place.close()
    server.stop()


@pytest.mark.parametrize("place_of_it", ["*", "9999999999999-1"], ids=["after ours", "far ahead"])
async def test_what_somebody_else_adds_to_the_stream_is_no_record(
    place: RedisPlace, server: RedisServer, place_of_it: str
) -> None:
    """Nor does it keep what comes next out of the log, or wake who waits again and again."""
    store = await opened(place)
    await put(store, made_exchange("a"))
    server.client.xadd("echoscope:{main}:2.4:log", {"x": "y"}, id=place_of_it)
    assert await ids(store) == ["a"]
    assert (await store.status()).oldest == 1
    await put(store, made_exchange("b"))
    assert await ids(store) == ["a", "b"]
    waiting = asyncio.create_task(store.wait(2, timeout_s=WAIT_S))
    await asyncio.sleep(0)
    server.client.xadd("echoscope:{main}:2.4:log", {"x": "y"}, id=place_of_it)
    await asyncio.to_thread(eventually, lambda: len(server.client.xrange("echoscope:{main}:2.4:log")) == 2)
    await put(store, made_exchange("c"))
    assert (await waiting).head == 3
    assert [record.seq for record in await store.read_back(None, 10)] == [3, 2, 1]
    await store.close()

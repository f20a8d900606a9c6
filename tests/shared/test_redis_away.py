"""Two servers on one Redis that is killed, frozen, full, emptied: every request is answered, nothing that was told to
be stored is missing, nothing is there twice, and every dashboard goes on by itself."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from echoscope.capture import recording
from tests.conftest import Serve
from tests.feed.readers import Ledger, Reader, reading
from tests.places import RedisServer, redis_server
from tests.servers import WAIT_S, Running, echoscope

from .load import Load, drained, listed, until

MANY = 100_000


class Pair:
    """Two servers on one Redis, with a dashboard on each."""

    def __init__(self, redis: RedisServer, stack: ExitStack) -> None:
        self.redis = redis
        self.servers = [
            stack.enter_context(echoscope(store=redis.address, max_exchanges=MANY, max_bytes=1 << 30)) for _ in range(2)
        ]
        self.readers = [stack.enter_context(reading(server)) for server in self.servers]
        self.origins = [server.origin for server in self.servers]

    def head(self) -> int:
        head: int = self.servers[0].client.get("/-/api/info").json()["head"]
        return head

    async def see(self, path: str = "/last") -> None:
        """Every dashboard gets what comes now, after all that came before."""
        await asyncio.to_thread(self.servers[0].client.get, path)
        async with asyncio.timeout(WAIT_S):
            await asyncio.gather(*(asyncio.to_thread(_until, reader, path) for reader in self.readers))


def _until(reader: Reader, path: str) -> None:
    reader.until(lambda ledger: ledger.items and ledger.items[-1]["path"] == path)


@pytest.fixture
def pair(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """With the options of the server as the parameter. No exchange is shown while it is open, so that each has one seq:
    another one would be a seq for what was there already."""
    monkeypatch.setattr(recording, "OPEN_AFTER_NS", 1 << 62)
    redis = RedisServer(redis_server(), tmp_path, *getattr(request, "param", ()))
    with ExitStack() as stack:
        stack.callback(redis.stop)
        yield Pair(redis, stack)


async def test_two_servers_give_every_dashboard_the_same_whole_log(pair: Pair) -> None:
    async with Load(pair.origins, clients=8, each=100) as account:
        pass
    await drained(*pair.origins)
    await pair.see()
    assert (account.answered, account.statuses) == (800, {200})
    kept = await listed(pair.origins[1])
    assert {*account.told, *account.later} <= kept.keys()
    assert sorted(kept.values()) == list(range(1, 802))
    for reader in pair.readers:
        assert reader.ledger.seqs == list(range(1, 802))
        assert {item["id"]: item["seq"] for item in reader.ledger.items} == kept


@pytest.mark.parametrize("pair", [("--appendonly", "yes", "--appendfsync", "always")], indirect=True)
async def test_a_redis_that_is_killed_and_has_a_file_loses_nothing(pair: Pair) -> None:
    async with Load(pair.origins) as account:
        await until(account, 50)
        pair.redis.kill()
        await until(account, 8, later=8)
        pair.redis.start()
        await until(account, 50)
    await drained(*pair.origins)
    await pair.see()
    kept = await listed(pair.origins[0])
    assert {*account.told, *account.later} <= kept.keys()
    assert (account.statuses, account.errors) == ({200}, 0)
    assert len(kept) == account.answered + 1 == max(kept.values())
    for reader in pair.readers:
        assert {item["id"] for item in reader.ledger.items} == kept.keys()
        assert reader.ledger.gaps == []


async def test_a_redis_that_comes_back_empty_gets_what_was_waiting_and_is_a_new_log(pair: Pair) -> None:
    async with Load(pair.origins) as account:
        await until(account, 50)
        pair.redis.kill()
        await until(account, 8, later=8)
        before = len(account.later)
        pair.redis.start()
        await until(account, 50)
    await drained(*pair.origins)
    await pair.see()
    kept = await listed(pair.origins[0])
    assert set(account.later[:before]) <= kept.keys()
    assert account.statuses == {200}
    assert sorted(kept.values()) == list(range(1, len(kept) + 1))
    for reader in pair.readers:
        assert [gap["reason"] for gap in reader.ledger.gaps] == ["restart"]
        assert reader.ledger.seqs[-len(kept) :] == list(range(1, len(kept) + 1))


async def test_a_frozen_redis_holds_no_answer_and_stores_each_exchange_once(pair: Pair) -> None:
    async with Load(pair.origins) as account:
        await until(account, 50)
        pair.redis.freeze()
        await until(account, 12, later=12)
        pair.redis.thaw()
        await until(account, 50)
    await drained(*pair.origins)
    await pair.see()
    kept = await listed(pair.origins[0])
    assert {*account.told, *account.later} <= kept.keys()
    assert account.statuses == {200}
    assert len(kept) == account.answered + 1 == max(kept.values()), "a seq was given for what was there already"
    for reader in pair.readers:
        assert reader.ledger.seqs == list(range(1, len(kept) + 1))


async def test_a_full_redis_keeps_what_comes_waiting(pair: Pair) -> None:
    async with Load(pair.origins) as account:
        await until(account, 50)
        pair.redis.client.config_set("maxmemory", 1 << 20)
        await until(account, 8, later=8)
        pair.redis.client.config_set("maxmemory", 0)
        await until(account, 50)
    await drained(*pair.origins)
    await pair.see()
    kept = await listed(pair.origins[0])
    assert len(kept) == account.answered + 1 == max(kept.values())
    assert account.statuses == {200}
    for reader in pair.readers:
        assert reader.ledger.seqs == list(range(1, len(kept) + 1))


async def test_an_emptied_redis_is_a_new_log_for_everybody(pair: Pair) -> None:
    async with Load(pair.origins) as account:
        await until(account, 50)
        pair.redis.client.flushall()
        await until(account, 50)
    await drained(*pair.origins)
    await pair.see()
    kept = await listed(pair.origins[0])
    assert account.statuses == {200}
    assert sorted(kept.values()) == list(range(1, len(kept) + 1))
    for reader in pair.readers:
        assert [gap["reason"] for gap in reader.ledger.gaps] == ["restart"]
        assert reader.ledger.seqs[-len(kept) :] == list(range(1, len(kept) + 1))


async def test_connections_that_are_cut_again_and_again_lose_nothing(pair: Pair) -> None:
    async with Load(pair.origins) as account:
        for _ in range(10):
            await until(account, 10)
            pair.redis.client.client_kill_filter(_type="normal", skipme=True)
    await drained(*pair.origins)
    await pair.see()
    kept = await listed(pair.origins[0])
    assert len(kept) == account.answered + 1 == max(kept.values())
    for reader in pair.readers:
        assert reader.ledger.seqs == list(range(1, len(kept) + 1))


async def test_a_dashboard_that_moves_between_servers_misses_nothing(pair: Pair) -> None:
    ledger = Ledger(0)
    async with Load(pair.origins) as account:
        for turn in range(10):
            server = pair.servers[turn % 2]
            await asyncio.to_thread(_read_some, server, ledger)
    await pair.see()
    with reading(pair.servers[0], ledger, after=ledger.through, epoch=ledger.epoch) as reader:
        await asyncio.to_thread(reader.through, pair.head())
    kept = await listed(pair.origins[0])
    assert ledger.seqs == list(range(1, account.answered + 2))
    assert ledger.gaps == []
    assert [item["id"] for item in ledger.items] == sorted(kept, key=kept.__getitem__)


def _read_some(server: Running, ledger: Ledger) -> None:
    """A dashboard that reads a little and is gone."""
    place = {"epoch": ledger.epoch} if ledger.epoch else {}
    with reading(server, ledger, after=ledger.through, **place) as reader:
        enough = ledger.through + 10
        while ledger.through < enough:
            ledger.take(reader.next())


def test_a_server_that_starts_without_its_store_answers_and_catches_up(tmp_path: Path, serve: Serve) -> None:
    redis = RedisServer(redis_server(), tmp_path)
    redis.kill()
    server = serve(store=redis.address)
    answer = server.client.get("/early")
    assert (answer.status_code, answer.headers["x-echoscope-stored"]) == (200, "later")
    assert server.client.get("/-/health").status_code == 200
    refusal = server.client.get("/-/api/exchanges")
    assert refusal.status_code == 503
    assert refusal.json()["detail"].startswith("The store cannot be reached now: ")
    page = server.client.get("/-/", headers={"accept": "text/html"})
    assert "The store cannot be reached now" in page.text
    info = server.client.get("/-/api/info").json()
    assert (info["epoch"], info["waiting"], info["lost"]) == (None, 1, 0)
    assert info["warnings"][0].endswith("one exchange waits for it.")
    redis.start()
    with reading(server, after=0) as reader:
        reader.through(1)
        assert reader.ledger.paths == ["/early"]
    assert server.client.get("/-/api/info").json()["warnings"] == []
    redis.stop()

"""Several servers: whichever Sentinel calls the master, after a real failover, to a replica that lags and to one that
does not; and the nodes of a cluster, where a log cannot be."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import MovedError, RedisError, ResponseError

from echoscope.log.redis.store import RedisPlace, RedisStore
from echoscope.log.store import Bounds, StoreAway
from tests.eventually import eventually
from tests.exchanges import made_exchange
from tests.places import redis_server
from tests.ports import free_port
from tests.servers import WAIT_S
from tests.stores import put

SERVICE = "mymaster"


class Node:
    """A server, or a Sentinel, on a port of this machine."""

    def __init__(self, folder: Path, *options: str) -> None:
        folder.mkdir()
        self.port = free_port()
        self.folder = folder
        self._options = options
        self.client: Any = Redis(port=self.port, socket_timeout=5)
        self.start()

    def start(self) -> None:
        command = [redis_server(), *self._options, "--port", str(self.port), "--dir", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        eventually(self._answers)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.client.close()

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except RedisError:
            return False


class Group:
    """A master, its replica, and the Sentinel that watches over both."""

    def __init__(self, folder: Path) -> None:
        quick = ("--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0")
        self.master = Node(folder / "master", *quick)
        self.replica = Node(folder / "replica", *quick, "--replicaof", f"127.0.0.1 {self.master.port}")
        settings = folder / "sentinel.conf"
        settings.write_text(
            f"sentinel monitor {SERVICE} 127.0.0.1 {self.master.port} 1\n"
            f"sentinel down-after-milliseconds {SERVICE} 60000\n"
            f"sentinel failover-timeout {SERVICE} 20000\n"
        )
        self.sentinel = Node(folder / "sentinel", str(settings), "--sentinel")
        self.address = f"redis+sentinel://127.0.0.1:{self.sentinel.port}/{SERVICE}"
        eventually(lambda: self.replica.client.info("replication")["master_link_status"] == "up")
        eventually(lambda: self.sentinel.client.sentinel_master(SERVICE)["num-slaves"] == 1)

    def fail_over(self) -> None:
        """Return when the replica is the master; a Sentinel that does not know it well enough yet is asked again."""
        eventually(self._is_accepted)
        eventually(lambda: self.replica.client.role()[0] == b"master")

    def _is_accepted(self) -> bool:
        try:
            return bool(self.sentinel.client.execute_command("SENTINEL", "FAILOVER", SERVICE))
        except ResponseError:
            return False

    def stop(self) -> None:
        for node in (self.sentinel, self.master, self.replica):
            node.stop()


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Group]:
    group = Group(tmp_path)
    yield group
    group.stop()


def head_at(node: Node) -> int:
    return int(node.client.hget("echoscope:{main}:2.4:meta", "head") or 0)


async def opened(place: RedisPlace) -> RedisStore:
    store = place.store("main", Bounds())
    await store.open()
    return store


async def status(store: RedisStore, head: int) -> Any:
    """Of a store that may be away for a moment, once its head is so high."""
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                if (status := await store.status()).head >= head:
                    return status
            except StoreAway:
                pass
            await asyncio.sleep(0.05)


async def test_the_log_goes_on_at_the_server_that_has_become_the_master(group: Group) -> None:
    place = RedisPlace(group.address)
    store, other = await opened(place), await opened(place)
    for number in range(5):
        await put(store, made_exchange(f"id-{number}"))
    await asyncio.to_thread(eventually, lambda: head_at(group.replica) == 5)
    before = await other.status()
    await asyncio.to_thread(group.fail_over)
    await asyncio.to_thread(eventually, lambda: group.master.client.role()[0] == b"slave")
    assert await put(store, made_exchange("new")) == 6
    after = await status(other, 6)
    assert (after.epoch, after.lost) == (before.epoch, 0)
    assert [record.seq for record in await other.read(0, 100)] == [1, 2, 3, 4, 5, 6]
    for one in (store, other):
        await one.close()
    await place.close()


async def test_a_replica_that_lagged_gives_no_seq_a_second_time(group: Group) -> None:
    """What the master has acknowledged last has not come to its replica when it is killed."""
    place = RedisPlace(group.address)
    store, other = await opened(place), await opened(place)
    for number in range(10):
        await put(store, made_exchange(f"id-{number}"))
    await asyncio.to_thread(eventually, lambda: head_at(group.replica) == 10)
    group.replica.client.config_set("masterauth", "what the master does not take")
    group.master.client.client_kill_filter(_type="replica")
    await asyncio.to_thread(
        eventually, lambda: group.replica.client.info("replication")["master_link_status"] == "down"
    )
    for number in range(10, 15):
        await put(store, made_exchange(f"id-{number}"))
    before = await other.status()
    assert (before.head, head_at(group.replica)) == (15, 10)
    group.master.stop()
    await asyncio.to_thread(group.fail_over)
    store.put(made_exchange("new"))
    after = await status(other, 16)
    assert after.epoch != before.epoch
    assert [record.seq for record in await other.read(0, 100)] == [*range(1, 11), 16]
    assert (await store.status()).lost == after.lost == 5
    for one in (store, other):
        await one.close()
    await place.close()


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[list[Node]]:
    """Two nodes of a cluster, of which the second has all keys."""
    nodes = [Node(tmp_path / name, "--cluster-enabled", "yes", "--cluster-port", str(free_port())) for name in "ab"]
    first, second = nodes
    second.client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16_383)
    bus = second.client.config_get("cluster-port")["cluster-port"]
    first.client.execute_command("CLUSTER", "MEET", "127.0.0.1", second.port, bus)
    eventually(lambda: _sends_away(first))
    yield nodes
    for node in nodes:
        node.stop()


def _sends_away(node: Node) -> bool:
    try:
        head_at(node)
    except MovedError:
        return True
    except ResponseError:
        return False
    return False


async def test_a_node_of_a_cluster_is_refused_with_a_reason(nodes: list[Node]) -> None:
    place = RedisPlace(f"redis://127.0.0.1:{nodes[0].port}")
    store = await opened(place)
    with pytest.raises(StoreAway, match="a node of a cluster"):
        await store.status()
    assert await store.put(made_exchange("a")) is False
    assert "a node of a cluster" in str(store.backlog.fault)
    await store.close()
    await place.close()

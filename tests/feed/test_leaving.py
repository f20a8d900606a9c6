"""Readers that come and go, politely or not: nothing is lost to who comes back, nothing is left of who does not."""

import asyncio
import json
import random
from contextlib import ExitStack

import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import connect

from tests import wire
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import Running

from .readers import MAX_MESSAGE_BYTES, Ledger, address, reading, streaming, subscribers


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()


async def read_for_a_while(server: Running, ledger: Ledger, messages: int) -> None:
    """Connect where the ledger ends, read so many messages, or until nothing comes, and cut the connection."""
    query = {"after": ledger.through} | ({"epoch": ledger.epoch} if ledger.epoch else {})
    async with connect_async(server.websocket_url(address(**query)), proxy=None, max_size=MAX_MESSAGE_BYTES) as reader:
        for _ in range(messages):
            try:
                ledger.take(json.loads(await asyncio.wait_for(reader.recv(), 0.2)))
            except TimeoutError:
                break
        reader.transport.abort()


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_reader_that_is_cut_thirty_times_in_two_thousand_requests_gets_each_once(
    serve: Serve, seed: int
) -> None:
    server = serve(max_exchanges=3_000)
    chance = random.Random(seed)
    ledger = Ledger(0)
    sent = 0
    for _ in range(30):
        count = chance.randrange(20, 110) if sent < 1_900 else 5
        requests = [wire.request(target=f"/{sent + number}", close=number == count - 1) for number in range(count)]
        flood = asyncio.create_task(asyncio.to_thread(wire.pipeline, server, requests))
        await read_for_a_while(server, ledger, chance.randrange(1, 5))
        await flood
        sent += count
    while ledger.through < sent:
        await read_for_a_while(server, ledger, 10)
    assert ledger.gaps == []
    assert ledger.paths == [f"/{number}" for number in range(sent)]
    await asyncio.to_thread(eventually, lambda: subscribers(server) == 0)


def test_coming_back_twice_without_news_brings_nothing_twice(server: Running) -> None:
    ledger = Ledger()
    with reading(server, ledger) as reader:
        server.client.get("/1")
        reader.through(1)
    for _ in range(2):
        with reading(server, ledger, after=ledger.through, epoch=ledger.epoch):
            pass
    with reading(server, ledger, after=ledger.through, epoch=ledger.epoch) as reader:
        server.client.get("/2")
        reader.through(2)
    assert ledger.paths == ["/1", "/2"]


def test_who_comes_back_to_a_server_that_began_anew_is_told_so(serve: Serve) -> None:
    first = serve()
    with reading(first) as reader:
        first.client.get("/old")
        reader.through(1)
    ledger = reader.ledger
    first.stop()
    second = serve()
    second.client.get("/new")
    with reading(second, ledger, after=1, epoch=ledger.epoch) as reader:
        reader.until(lambda ledger: len(ledger.items) == 2)
    assert ledger.paths == ["/old", "/new"]
    assert [gap["reason"] for gap in ledger.gaps] == ["restart"]


def test_readers_that_say_goodbye_are_gone(server: Running) -> None:
    with connect(server.websocket_url(address()), proxy=None), streaming(server) as events:
        next(events)
        assert subscribers(server) == 2
    eventually(lambda: subscribers(server) == 0)


@pytest.mark.parametrize("kind", ["websocket", "events"])
def test_fifty_readers_that_crash_are_gone(server: Running, kind: str) -> None:
    lines = wire.UPGRADE if kind == "websocket" else ("Accept: text/event-stream",)
    assert subscribers(server) == 0  # asked and answered, so all tasks of the server's own have begun
    tasks = server.run(count_tasks())
    with ExitStack() as connections:
        opened = [connections.enter_context(server.connect()) for _ in range(50)]
        for connection in opened:
            connection.sendall(wire.request(target="/-/live", headers=lines))
        eventually(lambda: subscribers(server) == 50)
        for connection in opened:
            wire.reset(connection)
    eventually(lambda: subscribers(server) == 0)
    eventually(lambda: server.run(count_tasks()) <= tasks)


async def count_tasks() -> int:
    return len(asyncio.all_tasks()) - 1


def test_readers_that_come_and_go_leave_the_others_undisturbed(server: Running) -> None:
    with reading(server) as steady:
        for number in range(20):
            with reading(server, after=0):
                server.client.get(f"/{number}")
        steady.through(20)
    assert steady.ledger.paths == [f"/{number}" for number in range(20)]


def test_the_last_reader_s_leaving_and_the_next_one_s_coming_lose_nothing(server: Running) -> None:
    ledger = Ledger(0)
    for number in range(20):
        server.client.get(f"/{number}")
        with reading(server, ledger, after=ledger.through, epoch=ledger.epoch or "") as reader:
            reader.through(number + 1)
    assert ledger.paths == [f"/{number}" for number in range(20)]

"""Readers that do not read: they are told exactly what they missed, and nobody else notices."""

import asyncio
import json
import logging
import socket
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from echoscope.base.settings import load
from echoscope.main import create_app
from echoscope.server import Limits
from echoscope.web.inspector import live
from tests import wire
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import HOST, Running

from .readers import MAX_MESSAGE_BYTES, Ledger, Reader, address, reading, subscribers

PATH = "/" + "x" * 8_000
"""A long path makes a long summary: few requests fill every buffer between the server and a reader."""


def flood(server: Running, count: int) -> None:
    request = wire.request(target=PATH)
    for _ in range(count // 100):
        answers = wire.pipeline(server, [request] * 99 + [wire.request(target=PATH, close=True)])
        assert answers.count(b"HTTP/1.1 200 ") == 100


@pytest.fixture
def serve_narrow(serve: Serve) -> Serve:
    """Starts an Echoscope in front of which the system keeps little of what is sent ahead."""

    def start(limits: Limits | None = None, **settings: Any) -> Running:
        return serve(create_app(load({}, **settings)), limits=limits, send_buffer_bytes=64 << 10)

    return start


def narrow_connection(server: Running) -> socket.socket:
    """A connection whose client keeps next to nothing that the server sends ahead."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((HOST, server.port))
    return connection


def test_a_reader_that_stops_for_a_while_is_told_exactly_what_it_missed(serve_narrow: Serve) -> None:
    server = serve_narrow(max_exchanges=200)
    url = server.websocket_url(address())
    with (
        connect(url, sock=narrow_connection(server), proxy=None, max_size=MAX_MESSAGE_BYTES, max_queue=1) as slow,
        reading(server) as healthy,
    ):
        for _ in range(15):
            flood(server, 100)
            healthy.through(server.client.get("/-/api/info").json()["head"])
        reader = Reader(slow, Ledger()).through(1_500)
    assert healthy.ledger.gaps == []
    assert healthy.ledger.seqs == list(range(1, 1_501))
    missed = reader.ledger.missed("slow")
    assert missed > 300
    assert len(reader.ledger.items) + missed == 1_500
    assert {gap["reason"] for gap in reader.ledger.gaps} == {"slow"}
    assert reader.ledger.seqs[-200:] == list(range(1_301, 1_501))


def test_a_reader_that_stops_for_a_while_misses_nothing_that_is_still_kept(serve_narrow: Serve) -> None:
    server = serve_narrow(max_exchanges=1_000)
    url = server.websocket_url(address())
    with connect(url, sock=narrow_connection(server), proxy=None, max_size=MAX_MESSAGE_BYTES, max_queue=1) as websocket:
        flood(server, 700)
        reader = Reader(websocket, Ledger()).through(700)
    assert reader.ledger.gaps == []
    assert reader.ledger.seqs == list(range(1, 701))


@pytest.mark.parametrize("kind", ["websocket", "events"])
def test_a_reader_that_never_reads_is_cut_off_in_the_end(
    serve_narrow: Serve, kind: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(live, "WRITE_TIMEOUT_S", 0.3)
    server = serve_narrow(limits=Limits(write_timeout=0.3))
    assert subscribers(server) == 0  # asked and answered, so all tasks of the server's own have begun
    tasks = server.run(count_tasks())
    with narrow_connection(server) as connection, caplog.at_level(logging.WARNING):
        lines = wire.UPGRADE if kind == "websocket" else ("Accept: text/event-stream",)
        connection.sendall(wire.request(target="/-/live", headers=lines))
        assert connection.recv(9) == b"HTTP/1.1 "
        assert subscribers(server) == 1
        flood(server, 300)
        eventually(lambda: subscribers(server) == 0)
        eventually(lambda: server.run(count_tasks()) <= tasks + 1)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def count_tasks() -> int:
    return len(asyncio.all_tasks()) - 1


async def follow(websocket: ClientConnection, ledger: Ledger, head: int) -> Ledger:
    while ledger.epoch is None or ledger.through < head:
        ledger.take(json.loads(await websocket.recv()))
    return ledger


async def test_twenty_readers_get_everything_while_one_does_not_read(serve_narrow: Serve) -> None:
    server = serve_narrow(max_exchanges=5_000)
    url = server.websocket_url(address())
    async with AsyncExitStack() as connections:
        idle = narrow_connection(server)
        connections.callback(idle.close)
        idle.sendall(wire.request(target="/-/live", headers=wire.UPGRADE))
        opened = [await connections.enter_async_context(connect_async(url, proxy=None)) for _ in range(20)]
        following = [asyncio.create_task(follow(websocket, Ledger(), 2_000)) for websocket in opened]
        numbers = range(2_000)
        requests = [wire.request(target=f"/{number}", close=number % 100 == 99) for number in numbers]
        for start in range(0, 2_000, 100):
            await asyncio.to_thread(wire.pipeline, server, requests[start : start + 100])
        ledgers = await asyncio.wait_for(asyncio.gather(*following), 30)
    for ledger in ledgers:
        assert ledger.gaps == []
        assert ledger.paths == [f"/{number}" for number in numbers]


def test_the_answers_do_not_wait_for_a_reader_that_does_not_read(serve_narrow: Serve) -> None:
    """A capture is as quick as ever while a reader's buffers are full."""
    server = serve_narrow(max_exchanges=50)
    with narrow_connection(server) as connection:
        connection.sendall(wire.request(target="/-/live", headers=wire.UPGRADE))
        flood(server, 300)
        assert server.client.get("/", timeout=2).status_code == 200


def test_a_reader_that_does_not_read_does_not_hold_up_the_end(serve_narrow: Serve) -> None:
    server = serve_narrow(max_exchanges=50)
    with narrow_connection(server) as connection:
        connection.sendall(wire.request(target="/-/live", headers=wire.UPGRADE))
        flood(server, 300)
        with reading(server) as reader:
            server.stop()
            assert reader.next()["type"] == "bye"
            with pytest.raises(ConnectionClosed):
                reader.next()

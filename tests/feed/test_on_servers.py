"""The feed on servers that are not ours: the same protocol, and the same care for who leaves."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.types import Message

from echoscope.base.settings import load
from echoscope.main import create_app
from tests import wire
from tests.asgi import Wire, websocket_scope
from tests.eventually import eventually
from tests.servers import Kind, Running

from .readers import Ledger, data, reading, streaming, subscribers


@pytest.fixture(params=["httptools", "h11"])
def server(request: pytest.FixtureRequest) -> Iterator[Running]:
    kind: Kind = request.param
    with Running(create_app(load({})), kind=kind) as running:
        yield running


def test_the_protocol_is_spoken_over_both_transports(server: Running) -> None:
    ledger = Ledger(0)
    with reading(server) as reader, streaming(server, after=0) as events:
        for number in range(20):
            server.client.get(f"/{number}")
        reader.through(20)
        next(events)
        while ledger.epoch is None or ledger.through < 20:
            ledger.take(data(next(events)))
    assert reader.ledger.paths == ledger.paths == [f"/{number}" for number in range(20)]


@pytest.mark.parametrize("lines", [wire.UPGRADE, ("Accept: text/event-stream",)], ids=["websocket", "events"])
def test_readers_that_crash_are_gone(server: Running, lines: tuple[str, ...]) -> None:
    connections = [server.connect() for _ in range(10)]
    for connection in connections:
        connection.sendall(wire.request(target="/-/live", headers=lines))
    eventually(lambda: subscribers(server) == 10)
    for connection in connections:
        wire.reset(connection)
    eventually(lambda: subscribers(server) == 0)


async def refused(**changes: Any) -> list[Message]:
    scope = websocket_scope(**changes)
    return await Wire({"type": "websocket.connect"}).call(create_app(load({})), scope)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"query_string": b"after=x"}, 400),
        ({"headers": [(b"host", b"evil.test")]}, 421),
        ({"path": "/-/nothing"}, None),
    ],
    ids=str,
)
async def test_a_server_that_can_answer_no_handshake_closes_it(changes: dict[str, Any], status: int | None) -> None:
    changes = {"path": "/-/live", "raw_path": b"/-/live", **changes}
    assert [message["type"] for message in await refused(**changes)] == ["websocket.close"]
    if status is not None:
        extensions: dict[str, Any] = {"websocket.http.response": {}}
        start, *_ = await refused(**changes, extensions=extensions)
        assert (start["type"], start["status"]) == ("websocket.http.response.start", status)

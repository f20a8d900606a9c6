"""The recorder on real servers: what their ways with a scope, a connection and an order of requests make of it."""

import asyncio
import json
import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send
from websockets.sync.client import connect

from echoscope.capture.recorder import Recorder
from echoscope.exchange.document import Plain
from echoscope.log.log import Log
from echoscope.log.memory import MemoryStore
from echoscope.log.store import Bounds, Kept
from tests import wire
from tests.asgi import ALL
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import NO_TLS, Kind, Running, read_all
from tests.told import document

KINDS: list[Kind] = ["echoscope", "httptools", "h11"]


async def says_its_body(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the body of the request, or echoes the messages of a WebSocket."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({**message, "type": "websocket.send"})
        return
    body = b""
    more_body = True
    while more_body:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        more_body = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


class Recorded:
    """A recorder on a server, and its log."""

    def __init__(self, serve: Serve, kind: Kind = "echoscope") -> None:
        self.store = MemoryStore(Bounds(10_000))
        self.server: Running = serve(Recorder(says_its_body, Log(self.store)), kind=kind, lifespan="off")

    def documents(self) -> list[Plain]:
        """All exchanges in the order of the log."""
        records = self.server.run(self.store.read(0, ALL))
        return [document(record.seq, record.entry.exchange) for record in records if isinstance(record.entry, Kept)]


@pytest.mark.parametrize("kind", KINDS)
def test_trailers_that_come_later_do_not_get_among_the_headers(serve: Serve, kind: Kind) -> None:
    recorded = Recorded(serve, kind)
    lines = ["Transfer-Encoding: chunked", "Expect: 100-continue", "Connection: close"]
    with recorded.server.connect() as connection:
        connection.sendall(wire.request("POST", "/", lines))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")  # so the app runs, and the scope has been seen
        connection.sendall(b"3\r\nabc\r\n0\r\nX-Trailer: late\r\n\r\n")
        answer = wire.Answer(read_all(connection))
    assert answer.body == b"abc"
    (found,) = recorded.documents()
    assert [name for name, _ in found["scope"]["headers"]] == ["host", "transfer-encoding", "expect", "connection"]
    assert found["request"]["body"]["content"] == "abc"


@pytest.mark.parametrize("kind", KINDS)
def test_pipelined_requests_are_answered_and_recorded_in_their_order(serve: Serve, kind: Kind) -> None:
    recorded = Recorded(serve, kind)
    bodies = [b"request %04d" % number for number in range(500)]
    requests = [wire.request("POST", "/", body=body, close=body is bodies[-1]) for body in bodies]
    received = wire.pipeline(recorded.server, requests)
    assert [part[:12] for part in received.split(b"\r\n\r\n")[1:]] == bodies
    assert [found["request"]["body"]["content"].encode() for found in recorded.documents()] == bodies


def test_one_client_s_requests_are_recorded_in_their_order(serve: Serve) -> None:
    recorded = Recorded(serve)
    for number in range(100):
        recorded.server.client.post(f"/{number}")
    assert [found["path"] for found in recorded.documents()] == [f"/{number}" for number in range(100)]


def test_requests_of_many_clients_at_once_are_each_recorded_once(serve: Serve) -> None:
    recorded = Recorded(serve)

    def send(sender: int) -> None:
        with httpx.Client(base_url=recorded.server.origin, trust_env=False, verify=NO_TLS) as client:
            for number in range(60):
                assert client.post("/", content=f"{sender}-{number}").text == f"{sender}-{number}"

    with ThreadPoolExecutor(8) as senders:
        list(senders.map(send, range(8)))
    found = Counter(found["request"]["body"]["content"] for found in recorded.documents())
    assert found == Counter(f"{sender}-{number}" for sender in range(8) for number in range(60))


@pytest.mark.parametrize("kind", KINDS)
def test_clients_that_leave_in_the_middle_of_a_body_are_recorded_without_an_error(
    serve: Serve, kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    recorded = Recorded(serve, kind)
    tasks = recorded.server.run(count_tasks())
    with caplog.at_level(logging.INFO):
        for _ in range(100):
            connection = recorded.server.connect()
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nfive!")
            wire.reset(connection)
        eventually(lambda: recorded.server.run(recorded.store.status()).head >= 90)
        eventually(lambda: recorded.server.run(count_tasks()) <= tasks)
    found = recorded.documents()
    assert {exchange["state"] for exchange in found} == {"disconnected"}
    assert {exchange["request"]["body"]["sha256"] for exchange in found} == {None}
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def count_tasks() -> int:
    return len(asyncio.all_tasks()) - 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_websocket_session_is_recorded_as_it_ends(serve: Serve, kind: Kind) -> None:
    recorded = Recorded(serve, kind)
    with connect(recorded.server.websocket_url("/chat"), proxy=None) as websocket:
        websocket.send("hi")
        assert websocket.recv() == "hi"
        websocket.close(4001, "enough")
    eventually(recorded.documents)
    eventually(lambda: recorded.documents()[-1]["state"] != "open")
    (found,) = recorded.documents()
    assert (found["state"], found["status"], found["received_bytes"], found["sent_bytes"]) == ("done", 101, 2, 2)
    assert found["events"][-1]["message"] == {"type": "websocket.disconnect", "code": 4001, "reason": "enough"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_websocket_that_is_cut_is_recorded_as_disconnected(serve: Serve, kind: Kind) -> None:
    recorded = Recorded(serve, kind)
    connection = wire.handshake(recorded.server, "/chat")
    wire.reset(connection)
    eventually(lambda: [found["state"] for found in recorded.documents()] == ["disconnected"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_body_that_comes_in_pieces_is_summed_up_right(serve: Serve, kind: Kind) -> None:
    recorded = Recorded(serve, kind)
    body = bytes(range(256)) * 8_192

    def pieces() -> Any:
        for start in range(0, len(body), 50_000):
            yield body[start : start + 50_000]

    answer = recorded.server.client.post("/", content=pieces())
    assert answer.content == body
    (found,) = recorded.documents()
    assert (found["received_bytes"], found["sent_bytes"]) == (len(body), len(body))
    assert found["request"]["body"]["kept"] == 256 << 10
    assert json.dumps(found)

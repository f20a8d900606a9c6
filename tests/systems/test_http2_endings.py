"""How an HTTP/2 connection ends: in two steps, without the loss of an answer (RFC 9113 section 6.8)."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import hpack
import httpx
import pytest
import zttp
from starlette.types import Receive, Scope, Send

from echoscope.server import Limits, http2
from echoscope.server.frames import END_HEADERS, END_STREAM, HEADERS, PREFACE, frame
from tests.conftest import Serve
from tests.eventually import eventually
from tests.server.apps import answer, lifespan, read_body, report
from tests.servers import NO_TLS, Running
from tests.systems.http2 import GOAWAY, LAST_POSSIBLE_STREAM, SETTINGS, Answer, Http2Client

NO_ERROR = 0x0
FIRST = (LAST_POSSIBLE_STREAM, NO_ERROR)


class Holding:
    """Answers `/held` when it is told to, and anything else at once."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.go_on = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        self.asked.append(scope["path"])
        await read_body(receive)
        if scope["path"] == "/held":
            await self.go_on.wait()
        await answer(send, 200, [], b"finished")


def stop(server: Running) -> None:
    """As a signal does it, and until the connections know."""

    async def ask() -> None:
        server._server.should_exit = True

    async def has_stopped() -> bool:
        connections: set[Any] = server._server.server_state.connections
        return all(connection.stage != http2.SERVING for connection in connections)

    server.run(ask())
    eventually(lambda: server.run(has_stopped()))


def go_on(server: Running, app: Holding) -> None:
    server.loop.call_soon_threadsafe(app.go_on.set)


def test_a_stopping_server_answers_what_was_asked_and_what_is_on_its_way(serve: Serve) -> None:
    app = Holding()
    server = serve(app, kind="http2")
    with Http2Client(server.port) as client:
        held = client.request("GET", "/held")
        eventually(lambda: app.asked == ["/held"])
        stop(server)
        assert client.get("/late").body == b"finished"
        client.until(lambda: len(client.goaways) == 2)
        assert client.goaways == [FIRST, (3, NO_ERROR)]
        client.request("GET", "/behind the last one")
        go_on(server, app)
        assert client.answer(held).body == b"finished"
        client.until(lambda: False)
        assert client.goaways == [FIRST, (3, NO_ERROR)]
    assert app.asked == ["/held", "/late"]


def test_a_stopping_server_tells_a_client_that_asks_nothing_more_when_nothing_is_owed(serve: Serve) -> None:
    app = Holding()
    server = serve(app, kind="http2")
    with Http2Client(server.port) as client:
        held = client.request("GET", "/held")
        eventually(lambda: app.asked)
        stop(server)
        go_on(server, app)
        assert client.answer(held).is_complete
        client.until(lambda: False)
        assert client.goaways == [FIRST, (1, NO_ERROR)]


def test_a_stopping_server_does_not_wait_for_ever_before_it_tells(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http2, "_PATIENCE", 0.05)
    app = Holding()
    server = serve(app, kind="http2")
    with Http2Client(server.port) as client:
        held = client.request("GET", "/held")
        eventually(lambda: app.asked)
        stop(server)
        client.until(lambda: len(client.goaways) == 2)
        assert client.goaways == [FIRST, (1, NO_ERROR)]
        assert not client.answers[held].is_complete
        go_on(server, app)
        assert client.answer(held).body == b"finished"


def test_a_stopping_server_ends_an_idle_connection_at_once(serve: Serve) -> None:
    server = serve(report, kind="http2")
    with Http2Client(server.port) as client:
        assert client.get().status == 200
        stop(server)
        client.until(lambda: False)
        assert client.goaways == [FIRST, (1, NO_ERROR)]


@pytest.mark.parametrize("asks", [True, False], ids=["after an answer", "without a request"])
def test_an_idle_connection_ends_in_two_steps(serve: Serve, asks: bool) -> None:
    server = serve(report, kind="http2", limits=Limits(head_timeout=0.2, keep_alive_timeout=0.2))
    with Http2Client(server.port) as client:
        if asks:
            assert client.get().status == 200
        client.until(lambda: False)
        assert client.goaways == [FIRST, (int(asks), NO_ERROR)]


def test_the_second_step_comes_without_the_answer_to_a_ping_too(serve: Serve) -> None:
    server = serve(report, kind="http2", limits=Limits(head_timeout=0.2))
    received = server.raw(PREFACE + bytes.fromhex("000000040000000000"))
    first, second = (
        received.rindex(b"\x00\x00\x08\x07\x00" + bytes(4) + last) for last in (b"\x7f\xff\xff\xff", bytes(4))
    )
    assert received.index(b"\x00\x00\x08\x06\x00") < first < second


def test_a_request_that_comes_between_the_steps_is_answered(serve: Serve) -> None:
    server = serve(report, kind="http2", limits=Limits(head_timeout=0.2))
    with Http2Client(server.port) as client:
        client.socket.settimeout(5)
        frames = b""
        while b"\x7f\xff\xff\xff" not in frames:  # read, and no word said to it
            frames += client.socket.recv(1 << 16)
        stream = client.request("GET", "/between")
        assert client.answer(stream).status == 200
        client.until(lambda: False)
        assert client.goaways == [(stream, NO_ERROR)]


def test_a_connection_that_is_never_idle_ends_in_peace_as_well(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside one long answer others, sixteen at a time, as fast as they come: its parser cannot be renewed."""
    for name, value in [("RENEWAL_STREAMS", 20), ("STREAMS_BETWEEN", 40), ("MAX_STREAMS", 100)]:
        monkeypatch.setattr(http2, name, value)
    monkeypatch.setattr(http2, "_RENEWAL_WAIT_S", 0.05)
    app = Holding()
    server = serve(app, kind="http2")
    with Http2Client(server.port) as client:
        held = client.request("GET", "/held")
        streams: list[int] = []
        while not client.goaways:
            streams += [client.request() for _ in range(16)]
            for stream in streams[-16:]:
                assert client.answer(stream).body == b"finished"
        client.until(lambda: len(client.goaways) == 2)
        assert client.goaways == [FIRST, (streams[-1], NO_ERROR)]
        assert 99 <= len(streams) < 200
        go_on(server, app)
        assert client.answer(held).body == b"finished"
        client.until(lambda: False)
        assert client.is_closed


def test_the_share_of_a_parser_is_less_than_what_it_takes() -> None:
    """With as many more on their way as may be open at once."""
    connection = zttp.Connection(zttp.SERVER, protocol=zttp.HTTP2)
    connection.receive_data(PREFACE + frame(SETTINGS, 0, 0, b""))
    head = hpack.Encoder().encode([(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "x")])
    for number in range(http2.MAX_STREAMS + 128):
        connection.receive_data(frame(HEADERS, END_STREAM | END_HEADERS, 2 * number + 1, head))
        while connection.next_event() is not zttp.NEED_DATA:
            pass
        connection.stream(2 * number + 1).send_response(204, [], end_stream=True)
        connection.data_to_send()


def test_requests_that_come_together_with_the_last_one_are_answered(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http2, "MAX_STREAMS", 2)
    server = serve(report, kind="http2")
    with Http2Client(server.port) as client:
        pseudo = [(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "x")]
        streams = []
        for _ in range(20):
            streams.append(client.h2.get_next_available_stream_id())
            client.h2.send_headers(streams[-1], pseudo, end_stream=True)
            client.answers[streams[-1]] = Answer()
        client.flush()
        assert [client.answer(stream).status for stream in streams] == [200] * 20
        client.until(lambda: False)
        assert client.goaways == [FIRST, (streams[-1], NO_ERROR)]


def test_a_client_that_says_goodbye_gets_what_it_asked_for(serve: Serve) -> None:
    app = Holding()
    server = serve(app, kind="http2")
    with Http2Client(server.port) as client:
        held = client.request("GET", "/held")
        eventually(lambda: app.asked)
        client.socket.sendall(client.frame(GOAWAY, 0, 0, bytes(8)))
        assert client.get("/after-all").body == b"finished"
        go_on(server, app)
        assert client.answer(held).body == b"finished"
        client.until(lambda: False)
        assert client.goaways == [FIRST, (3, NO_ERROR)]


def with_httpx(server: Running) -> httpx.Client:
    return httpx.Client(base_url=server.origin, http1=False, http2=True, timeout=20, trust_env=False, verify=NO_TLS)


def test_httpx_has_its_answer_from_a_server_that_stops_meanwhile(serve: Serve) -> None:
    app = Holding()
    server = serve(app, kind="http2")
    with with_httpx(server) as client, ThreadPoolExecutor() as pool:
        held = pool.submit(client.get, "/held")
        eventually(lambda: app.asked)
        stop(server)
        go_on(server, app)
        assert held.result().content == b"finished"

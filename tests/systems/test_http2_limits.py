"""What one client may take over HTTP/2: every bound that holds over HTTP/1.1, and those that streams add."""

import json
import socket
import time
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from starlette.types import Receive, Scope, Send

from echoscope.server import Limits
from echoscope.server.frames import PREFACE
from tests.conftest import Serve
from tests.eventually import eventually
from tests.server.apps import Answering, lifespan, report
from tests.servers import HOST, WAIT_S, Running
from tests.systems.http2 import CONTINUATION, HEADERS, PING, Headers, Http2Client

NO_ERROR, PROTOCOL_ERROR, STREAM_CLOSED, CANCEL, ENHANCE_YOUR_CALM = 0x0, 0x1, 0x5, 0x8, 0xB
ACK = 0x1

SHORT_S = 0.4

LIMITS = Limits(
    max_head_bytes=4_000,
    max_head_lines=20,
    max_body_bytes=1_000,
    head_timeout=SHORT_S,
    keep_alive_timeout=SHORT_S,
    body_idle_timeout=SHORT_S,
    body_total_timeout=2 * SHORT_S,
    write_timeout=SHORT_S,
)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with Running(report, kind="http2", limits=LIMITS) as running:
        yield running


def detail(body: bytes) -> str:
    problem = json.loads(body)
    assert list(problem) == ["type", "title", "status", "detail"]
    return str(problem["detail"])


HEADS: dict[str, Headers] = {
    "many": [(f"x-{number}", "1") for number in range(21)],
    "long": [("x", "y" * 4_000)],
    "altogether long": [(f"x-{number}", "y" * 500) for number in range(10)],
}


@pytest.mark.parametrize("headers", HEADS.values(), ids=HEADS)
def test_a_head_over_its_bounds_gets_a_431(server: Running, headers: Headers) -> None:
    with Http2Client(server.port) as client:
        made = client.get("/", headers)
        assert (made.status, made.header(b"content-type")) == (431, b"application/problem+json")
        assert detail(made.body) == "A request head may have at most 4000 bytes and 20 header lines."
        assert client.get("/", [("x", "y" * 3_000)]).status == 200


def test_a_head_of_65_kb_ends_the_connection(serve: Serve) -> None:
    server = serve(report, kind="http2")
    with Http2Client(server.port) as client:
        client.request("GET", "/", [(f"x-{number}", "y" * 10_000) for number in range(7)])
        client.until(lambda: client.goaway is not None)
        assert client.goaway == ENHANCE_YOUR_CALM


def test_a_body_that_is_announced_too_large_gets_a_413_at_once(server: Running) -> None:
    with Http2Client(server.port) as client:
        made = client.answer(client.request("POST", "/", [("content-length", "1001")], end=False))
        assert (made.status, detail(made.body)) == (413, "A request body may have at most 1000 bytes.")


def test_a_body_that_grows_too_large_gets_a_413(server: Running) -> None:
    with Http2Client(server.port) as client:
        stream = client.request("POST", end=False)
        client.body(stream, b"x" * 900, end=False)
        client.body(stream, b"x" * 900, end=False)
        made = client.answer(stream)
        assert (made.status, detail(made.body)) == (413, "A request body may have at most 1000 bytes.")
        assert client.get().status == 200


async def answers_first(scope: Scope, receive: Receive, send: Send) -> None:
    """Begins its answer, then reads the body."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    while (await receive())["type"] == "http.request":
        pass


def test_a_body_that_grows_too_large_behind_a_begun_answer_resets_its_stream(serve: Serve) -> None:
    server = serve(answers_first, kind="http2", limits=LIMITS)
    with Http2Client(server.port) as client:
        stream = client.request("POST", end=False)
        client.until(lambda: client.answers[stream].body)
        client.body(stream, b"x" * 1_001, end=False)
        assert client.answer(stream).reset == CANCEL


def test_a_body_that_pauses_gets_a_408(server: Running) -> None:
    with Http2Client(server.port) as client:
        stream = client.request("POST", end=False)
        client.body(stream, b"x", end=False)
        made = client.answer(stream)
        assert (made.status, detail(made.body)[:28]) == (408, "The request body paused for ")


def test_a_body_that_trickles_gets_a_408(server: Running) -> None:
    with Http2Client(server.port) as client:
        stream = client.request("POST", end=False)
        client.socket.settimeout(SHORT_S / 4)
        made = client.answers[stream]
        began = time.monotonic()
        while made.status is None and time.monotonic() < began + WAIT_S:
            client.h2.send_data(stream, b"x")
            client.flush()
            step_or_time_out(client)
        assert made.status == 408


def test_empty_frames_do_not_keep_a_body_going() -> None:
    limits = replace(LIMITS, body_total_timeout=2 * WAIT_S)
    with Running(report, kind="http2", limits=limits) as running, Http2Client(running.port) as client:
        stream = client.request("POST", end=False)
        client.socket.settimeout(SHORT_S / 4)
        made = client.answers[stream]
        began = time.monotonic()
        while made.status is None and time.monotonic() < began + WAIT_S:
            client.h2.send_data(stream, b"")
            client.flush()
            step_or_time_out(client)
        assert made.status == 408


def step_or_time_out(client: Http2Client) -> bool:
    try:
        return client.step()
    except TimeoutError:
        return True


def test_a_connection_on_which_nothing_is_said_is_closed(server: Running) -> None:
    with server.connect() as connection:
        assert connection.recv(100) == b""


def test_a_connection_that_only_greets_is_closed(server: Running) -> None:
    with Http2Client(server.port) as client:
        client.until(lambda: False)
        assert client.goaway == NO_ERROR


def test_an_idle_connection_is_closed_whatever_it_pings(server: Running) -> None:
    with Http2Client(server.port) as client:
        assert client.get().status == 200
        client.socket.settimeout(SHORT_S / 4)
        began = time.monotonic()
        while client.goaway is None and step_or_time_out(client) and time.monotonic() < began + WAIT_S:
            client.socket.sendall(client.frame(PING, 0, 0, b"12345678"))
        assert client.goaway == NO_ERROR


def test_a_head_that_trickles_in_ends_the_connection(server: Running) -> None:
    with Http2Client(server.port) as client:
        client.until(lambda: client.settings)
        client.socket.settimeout(SHORT_S / 4)
        client.socket.sendall(client.frame(HEADERS, 0, 1, b"\x82"))
        began = time.monotonic()
        while step_or_time_out(client) and time.monotonic() < began + WAIT_S:
            try:
                client.socket.sendall(client.frame(CONTINUATION, 0, 1, b"\x84")[:1])
            except ConnectionError:
                break
        assert time.monotonic() - began < SHORT_S + 3


def test_a_flood_of_continuations_ends_the_connection(server: Running) -> None:
    with Http2Client(server.port) as client:
        client.socket.sendall(client.frame(HEADERS, 0, 1, b"\x82"))
        client.socket.sendall(client.frame(CONTINUATION, 0, 1) * 1_000)
        client.until(lambda: False)
        assert client.goaway == ENHANCE_YOUR_CALM


def test_a_flood_of_reset_requests_ends_the_connection(server: Running) -> None:
    with Http2Client(server.port) as client:
        client.until(lambda: client.settings)
        for _ in range(400):
            stream = client.h2.get_next_available_stream_id()
            client.h2.send_headers(
                stream, [(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "x")]
            )
            client.h2.reset_stream(stream)
        client.socket.sendall(client.h2.data_to_send())
        client.until(lambda: client.goaway is not None)
        assert client.goaway == ENHANCE_YOUR_CALM


def test_pings_whose_answers_are_not_read_end_the_connection(server: Running) -> None:
    """And take no memory: who does not read is not read from."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(WAIT_S)
        connection.connect((HOST, server.port))
        connection.sendall(PREFACE + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        pings = (b"\x00\x00\x08\x06\x00\x00\x00\x00\x00" + b"12345678") * 4_000
        assert send_to_the_end(connection, pings) < 50_000_000


def send_to_the_end(connection: socket.socket, data: bytes, most: int = 200_000_000) -> int:
    """Send it again and again until the server has had enough; how much it took."""
    sent = 0
    try:
        while sent < most:
            sent += connection.send(data)
    except ConnectionError:
        pass
    return sent


BIG = 1_000_000


def big_answer() -> Answering:
    return Answering(
        {"type": "http.response.start", "status": 200, "headers": []},
        {"type": "http.response.body", "body": bytes(BIG)},
    )


def test_an_answer_that_nobody_reads_resets_its_stream(serve: Serve) -> None:
    server = serve(big_answer(), kind="http2", limits=LIMITS)
    with Http2Client(server.port, acknowledges=False) as client:
        made = client.get()
        assert (made.status, made.reset, len(made.body)) == (200, CANCEL, 65_535)


def test_an_answer_that_is_read_slowly_arrives_whole(serve: Serve) -> None:
    server = serve(big_answer(), kind="http2", limits=replace(LIMITS, write_timeout=1))
    with Http2Client(server.port, acknowledges=False) as client:
        stream = client.request()
        made = client.answers[stream]
        while not made.is_complete and made.reset is None and not client.is_closed:
            received = len(made.body)
            client.until(lambda have=received: len(made.body) - have >= 65_535 or made.is_complete)  # type: ignore[misc]
            time.sleep(SHORT_S / 4)
            client.h2.increment_flow_control_window(65_535)
            if not made.is_complete:
                client.h2.increment_flow_control_window(65_535, stream)
            client.flush()
        assert (made.body == bytes(BIG), made.is_complete) == (True, True)


class Streaming:
    """Answers with a megabyte after the other, as long as it is taken."""

    def __init__(self) -> None:
        self.sent = 0
        self.has_ended = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            for _ in range(100):
                await send({"type": "http.response.body", "body": bytes(1_000_000), "more_body": True})
                self.sent += 1
        finally:
            self.has_ended = True


def test_an_app_waits_for_the_window_of_its_client(serve: Serve) -> None:
    app = Streaming()
    server = serve(app, kind="http2")
    with Http2Client(server.port, acknowledges=False) as client:
        stream = client.request()
        client.until(lambda: len(client.answers[stream].body) >= 65_535)
        assert (app.sent, app.has_ended) == (0, False)
        client.h2.reset_stream(stream)
        client.flush()
        eventually(lambda: app.has_ended)


def test_more_connections_than_allowed_get_a_503(serve: Serve) -> None:
    server = serve(report, kind="http2", limits=Limits(max_connections=2))
    with Http2Client(server.port) as first, Http2Client(server.port) as second, Http2Client(server.port) as third:
        for client in (first, second, third):
            client.until(lambda client=client: client.settings)  # type: ignore[misc]
        made = third.get()
        assert (made.status, made.header(b"retry-after")) == (503, b"1")

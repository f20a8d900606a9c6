"""Every wait has an end: heads, bodies, idle connections, bytes that nobody reads."""

import asyncio
import socket
import time
from collections.abc import Iterator
from queue import SimpleQueue

import pytest
from msgspec.structs import replace
from starlette.types import Message, Receive, Scope, Send

from echoscope.server import Limits
from tests.server.apps import Answering, answer, lifespan, read_body, report
from tests.server.wire import (
    CLOSE,
    assert_is_problem,
    connect_with_a_small_window,
    get,
    parse,
    read_exactly,
    read_to_the_end,
    read_until,
    wait_until_alone,
)
from tests.servers import WAIT_S, Running, read_all

SHORT_S = 0.3
LONG_S = 5.0

LIMITS = Limits(
    head_timeout=SHORT_S,
    keep_alive_timeout=SHORT_S,
    body_idle_timeout=SHORT_S,
    body_total_timeout=2 * SHORT_S,
    write_timeout=SHORT_S,
)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with Running(report, limits=LIMITS) as running:
        yield running


class Watch:
    """That something happened not long before `least_s`, and long before anything else would have ended it."""

    def __init__(self, least_s: float) -> None:
        self._least_s = least_s
        self._since = time.monotonic()

    def check(self) -> None:
        # The loop's clock has whole milliseconds and may be a turn behind this one.
        assert self._least_s - 0.05 <= time.monotonic() - self._since < self._least_s + LONG_S


def test_a_connection_on_which_nothing_is_said_is_closed_without_a_word(server: Running) -> None:
    with server.connect() as connection:
        watch = Watch(SHORT_S)
        assert read_all(connection) == b""
        watch.check()


@pytest.mark.parametrize("sent", [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nX: abc"])
def test_a_head_that_is_not_finished_gets_a_408(server: Running, sent: bytes) -> None:
    with server.connect() as connection:
        watch = Watch(SHORT_S)
        connection.sendall(sent)
        (made,) = parse(read_all(connection))
        watch.check()
    assert_is_problem(made, 408)


def trickle(connection: socket.socket, byte: bytes) -> bytes:
    """Send single bytes until there is an answer."""
    connection.settimeout(SHORT_S / 6)
    while True:
        connection.sendall(byte)
        try:
            return connection.recv(1 << 16)
        except TimeoutError:
            continue


def test_trickled_bytes_win_a_head_no_time(server: Running) -> None:
    with server.connect() as connection:
        watch = Watch(SHORT_S)
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        (made,) = parse(trickle(connection, b"a"))
        watch.check()
    assert_is_problem(made, 408)


def test_the_head_of_a_second_request_has_a_time_of_its_own(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(get("/1"))
        assert read_until(connection, b"}").startswith(b"HTTP/1.1 200 ")
        watch = Watch(SHORT_S)
        connection.sendall(b"GET /2")
        (made,) = parse(read_all(connection))
        watch.check()
    assert_is_problem(made, 408)


def test_so_has_one_behind_an_answer_that_was_given_by_a_call() -> None:
    limits = replace(LIMITS, keep_alive_timeout=10 * WAIT_S)
    empty = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with Running(report, limits=limits, direct=lambda _: empty) as running, running.connect() as connection:
        connection.sendall(get("/1"))
        assert read_until(connection, b"\r\n\r\n") == empty
        watch = Watch(SHORT_S)
        connection.sendall(b"GET /2")
        (made,) = parse(read_all(connection))
        watch.check()
    assert_is_problem(made, 408)


STARTS = {
    "a head": (b"GET /1 HTTP/1.1\r\nHost: a\r\n", b"\r\nGET /2"),
    "a body": (get("/1", b"Content-Length: 3\r\n", method="POST"), b"abcGET /2"),
    "an upgrade that is not acted on": (
        b"GET /1 HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n",
        b"Upgrade: h2c\r\n\r\nGET /2",
    ),
    "chunks": (get("/1", b"Transfer-Encoding: chunked\r\n", method="POST"), b"3\r\nabc\r\n0\r\n\r\nGET /2"),
    "chunks of the same read": (
        b"POST /1 HTTP/1.1\r\nHost: a\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /2",
    ),
}


@pytest.mark.parametrize(("start", "rest"), STARTS.values(), ids=STARTS)
def test_a_head_that_begins_right_behind_something_else_has_a_time_too(
    server: Running, start: bytes, rest: bytes
) -> None:
    with server.connect() as connection:
        connection.sendall(start)
        time.sleep(SHORT_S / 3)
        connection.sendall(rest)
        watch = Watch(SHORT_S)
        first, second = parse(read_all(connection))
        watch.check()
    assert first.json()["path"] == "/1"
    assert_is_problem(second, 408)


def test_an_idle_connection_is_closed(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(get())
        assert read_until(connection, b"}").startswith(b"HTTP/1.1 200 ")
        watch = Watch(SHORT_S)
        assert read_all(connection) == b""
        watch.check()


@pytest.mark.parametrize(
    "sent",
    [
        get(lines=b"Content-Length: 60\r\n", method="POST") + b"abc",
        get(lines=b"Transfer-Encoding: chunked\r\n", method="POST"),
        get(lines=b"Transfer-Encoding: chunked\r\n", method="POST") + b"3\r\nabc\r\n0\r\n",
    ],
    ids=["with a length", "in chunks", "before the last line"],
)
def test_a_body_that_stalls_gets_a_408(server: Running, sent: bytes) -> None:
    with server.connect() as connection:
        watch = Watch(SHORT_S)
        connection.sendall(sent)
        (made,) = parse(read_all(connection))
        watch.check()
    assert_is_problem(made, 408)


def test_a_body_that_trickles_gets_a_408_in_the_end() -> None:
    limits = replace(LIMITS, body_idle_timeout=LONG_S)
    with Running(report, limits=limits) as running, running.connect() as connection:
        watch = Watch(2 * SHORT_S)
        connection.sendall(get(lines=b"Content-Length: 60\r\n", method="POST"))
        (made,) = parse(trickle(connection, b"a"))
        watch.check()
    assert_is_problem(made, 408)


def test_the_app_hears_that_a_body_will_not_come() -> None:
    heard: SimpleQueue[Message] = SimpleQueue()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(2):
            heard.put(await receive())

    with Running(app, limits=LIMITS, lifespan="off") as running, running.connect() as connection:
        connection.sendall(get(lines=b"Content-Length: 60\r\n", method="POST") + b"abc")
        assert heard.get(timeout=WAIT_S)["body"] == b"abc"
        refusal = (408, "The request body paused for 0.3 seconds, or took more than 0.6.")
        assert heard.get(timeout=WAIT_S) == {"type": "http.disconnect", "refusal": refusal}


class Slow:
    """Takes its time before it reads the body, and answers with it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        await asyncio.sleep(3 * SHORT_S)
        content, _ = await read_body(receive)
        await answer(send, 200, [(b"content-length", b"%d" % len(content))], content)


def test_the_time_of_a_body_does_not_run_while_the_app_does_something_else() -> None:
    head = get(lines=b"Content-Length: 3\r\nExpect: 100-continue\r\n" + CLOSE, method="POST")
    with Running(Slow(), limits=LIMITS) as running, running.connect() as connection:
        connection.sendall(head)
        assert read_until(connection, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert parse(read_all(connection))[0].body == b"abc"


def test_requests_that_wait_their_turn_are_not_timed_out() -> None:
    with Running(Slow(), limits=LIMITS) as running:
        second = get("/2", CLOSE + b"Content-Length: 100000\r\n", method="POST") + b"a" * 100_000
        first, last = parse(running.raw(get("/1") + second))
    assert (first.body, len(last.body)) == (b"", 100_000)


PIECE = b"x" * 65536
PIECES = 256


async def pours(scope: Scope, receive: Receive, send: Send) -> None:
    """16 MiB in 64 KiB pieces."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(PIECES):
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def test_a_client_that_never_reads_is_cut_off() -> None:
    with Running(pours, limits=LIMITS) as running, connect_with_a_small_window(running) as connection:
        connection.sendall(get(lines=CLOSE))
        assert connection.recv(100)
        wait_until_alone(running)
        assert len(read_to_the_end(connection)) < PIECES * len(PIECE)


def test_a_client_that_reads_slowly_is_not() -> None:
    """What the server writes at once is read in more than the time in which some of it must be."""
    whole = Answering(
        {"type": "http.response.start", "status": 200, "headers": []},
        {"type": "http.response.body", "body": PIECE * 6},
    )
    limits = replace(LIMITS, write_timeout=3 * SHORT_S)
    with (
        Running(whole, limits=limits, send_buffer_bytes=1 << 12) as running,
        connect_with_a_small_window(running) as connection,
    ):
        connection.sendall(get(lines=CLOSE))
        received = bytearray()
        while data := read_exactly(connection, 1 << 14):
            received += data
            time.sleep(SHORT_S / 3)
    assert parse(bytes(received))[0].body == PIECE * 6

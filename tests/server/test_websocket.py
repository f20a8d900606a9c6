"""WebSockets: handshakes that fail, frames that are broken, peers that do not read, apps that do not close."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from websockets.sync.client import connect

from echoscope.server import Limits
from tests.conftest import Serve
from tests.server import frames
from tests.server.apps import lifespan, report
from tests.server.frames import HANDSHAKE, close_frame, frame, open_websocket, shake_hands
from tests.server.wire import (
    ask_once,
    assert_is_problem,
    connect_with_a_small_window,
    get,
    read_exactly,
    read_until,
    wait_until_alone,
)
from tests.servers import WAIT_S, Running, read_all

LIMITS = Limits(max_websocket_bytes=1000, write_timeout=0.3)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with Running(report, limits=LIMITS) as running:
        yield running


def test_messages_come_back(server: Running) -> None:
    with connect(server.websocket_url("/a?b")) as websocket:
        websocket.send("text")
        websocket.send(b"bytes")
        assert [websocket.recv(), websocket.recv()] == ["text", b"bytes"]


def test_a_handshake_in_absolute_form_succeeds(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(get("http://other/a?b", HANDSHAKE))
        assert read_until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")


def test_frames_that_come_with_the_handshake_wait_for_its_answer(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(get(lines=HANDSHAKE) + frame(frames.PING) + frame(frames.TEXT, b"early"))
        head, _, received = read_until(connection, b"early").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    assert received == b"\x8a\x00\x81\x05early"


def test_a_handshake_cannot_overtake_an_earlier_answer(server: Running) -> None:
    received = server.raw(get("/1") + get("/2", HANDSHAKE))
    first, second = received.index(b"HTTP/1.1 200 "), received.index(b"HTTP/1.1 400 ")
    assert first < second


BROKEN_FRAMES = {
    "text that is not UTF-8": (frame(frames.TEXT, b"\xff"), 1007),
    "text that is not UTF-8, and a ping": (frame(frames.TEXT, b"\xff") + frame(frames.PING), 1007),
    "a message too large": (frame(frames.BINARY, b"a" * 1001), 1009),
    "a message announced far too large": (frame(frames.BINARY, length=1 << 40), 1009),
    "fragments too large together": (frame(frames.BINARY, b"a" * 600, fin=False) + frame(0, b"a" * 600), 1009),
    "an opcode that nobody knows": (frame(3), 1002),
    "a continuation of nothing": (frame(frames.CONTINUATION, b"a"), 1002),
    "a ping in fragments": (frame(frames.PING, fin=False), 1002),
    "a ping too long": (frame(frames.PING, b"a" * 126), 1002),
    "a frame without a mask": (b"\x81\x01a", 1002),
    "a close code that is none": (frame(frames.CLOSE, b"\x00\x01"), 1002),
}


@pytest.mark.parametrize(("sent", "code"), BROKEN_FRAMES.values(), ids=BROKEN_FRAMES)
def test_a_broken_frame_is_answered_with_a_close_code_and_is_no_error_of_ours(
    server: Running, sent: bytes, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    with open_websocket(server) as connection:
        connection.sendall(sent)
        received = read_all(connection).removeprefix(b"\x8a\x00")
    assert received[0] == 0x88
    assert int.from_bytes(received[2:4], "big") == code
    assert caplog.records == []


def test_fragments_make_one_message_and_empty_ones_nothing(server: Running) -> None:
    with open_websocket(server) as connection:
        empty = frame(frames.CONTINUATION, fin=False) * 10_000
        connection.sendall(frame(frames.TEXT, b"a", fin=False) + empty + frame(frames.CONTINUATION, b"b"))
        assert read_until(connection, b"b") == b"\x81\x02ab"


def test_many_messages_in_one_read_all_come_back(server: Running) -> None:
    with open_websocket(server) as connection:
        connection.sendall(frame(frames.BINARY, b"a") * 5000)
        assert read_exactly(connection, 15_000) == b"\x82\x01a" * 5000


def test_pings_are_answered(server: Running) -> None:
    with open_websocket(server) as connection:
        connection.sendall(frame(frames.PING, b"a" * 125) * 1000)
        assert read_exactly(connection, 127_000) == (b"\x8a\x7d" + b"a" * 125) * 1000


def test_a_flood_of_pings_whose_answers_nobody_reads_is_cut_off(server: Running) -> None:
    pings = frame(frames.PING, b"a" * 125) * 500_000  # 65 MB, of which the kernel takes a few
    with connect_with_a_small_window(server) as connection:
        shake_hands(connection)
        with pytest.raises(ConnectionError):
            connection.sendall(pings)
    wait_until_alone(server)


def test_what_is_owed_to_pings_is_bounded_before_their_number_and_before_a_time() -> None:
    patient = Limits(write_timeout=3600)
    with (
        Running(report, limits=patient, send_buffer_bytes=4096) as running,
        connect_with_a_small_window(running) as connection,
    ):
        shake_hands(connection)
        with suppress(ConnectionError):  # where it is cut while this is on its way
            connection.sendall(frame(frames.PING, b"a" * 125) * 10_000)
        wait_until_alone(running)


async def talks(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends for ever, to a client that may not read."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    await send({"type": "websocket.accept"})
    while True:
        await send({"type": "websocket.send", "bytes": bytes(65536)})


def test_a_client_that_never_reads_is_cut_off() -> None:
    with Running(talks, limits=LIMITS) as running, connect_with_a_small_window(running) as connection:
        shake_hands(connection)
        wait_until_alone(running)


def answering(*messages: Message, heard: SimpleQueue[Message] | None = None) -> Running:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        for message in messages:
            await send(message)
        if heard is not None:
            heard.put(await receive())

    return Running(app, limits=LIMITS, lifespan="off")


ACCEPT: Message = {"type": "websocket.accept"}


def test_an_app_that_ends_closes() -> None:
    with answering(ACCEPT) as running, open_websocket(running) as connection:
        assert read_all(connection) == close_frame(1000)


def test_an_app_that_fails_closes_with_1011() -> None:
    with answering(ACCEPT, {"type": "nonsense"}) as running, open_websocket(running) as connection:
        assert read_all(connection) == close_frame(1011)


FAILURES: dict[str, list[Message]] = {
    "no answer": [],
    "a broken answer": [{"type": "nonsense"}],
    "a header with a line break": [{"type": "websocket.accept", "headers": [(b"x", b"a\r\nb: c")]}],
    "a refusal with a line break": [
        {"type": "websocket.http.response.start", "status": 403, "headers": [(b"x", b"a\r\nb: c")]}
    ],
    "half a refusal": [{"type": "websocket.http.response.start", "status": 403, "headers": []}],
}


def test_an_app_that_accepts_while_the_client_leaves_is_told_so(caplog: pytest.LogCaptureFixture) -> None:
    outcome = SimpleQueue[BaseException | None]()

    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        await receive()
        connections: Any = running._server.server_state.connections
        (protocol,) = connections
        while not protocol.transport.is_closing():  # noqa: ASYNC110 - it is so for one turn of the loop
            await asyncio.sleep(0)
        try:
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": "hello"})
        except BaseException as error:
            outcome.put(error)
            raise

    with Running(late) as running, running.connect() as connection:
        connection.sendall(get(lines=HANDSHAKE))
        connection.shutdown(socket.SHUT_WR)
        assert isinstance(outcome.get(timeout=WAIT_S), OSError)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("messages", FAILURES.values(), ids=FAILURES)
def test_an_app_that_does_not_answer_the_handshake_gives_a_500(messages: list[Message]) -> None:
    with answering(*messages) as running:
        assert_is_problem(ask_once(running, get(lines=HANDSHAKE)), 500)


def test_an_app_can_refuse_the_handshake_in_its_own_words() -> None:
    start = {"type": "websocket.http.response.start", "status": 401, "headers": [(b"x-why", b"because")]}
    with answering(start, {"type": "websocket.http.response.body", "body": b"no"}) as running:
        answer = ask_once(running, get(lines=HANDSHAKE))
    assert (answer.status, answer.header("x-why"), answer.body) == (401, "because", b"no")


def test_a_server_that_stops_says_so() -> None:
    heard: SimpleQueue[Message] = SimpleQueue()
    running = answering(ACCEPT, heard=heard)
    with running, open_websocket(running) as connection:
        wait_until_open(running)
        running.stop()
        assert read_all(connection) == close_frame(1012)
    assert heard.get(timeout=WAIT_S)["code"] == 1012


def test_a_server_that_stops_answers_a_handshake_that_waits() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass

    with Running(app, limits=LIMITS, lifespan="off") as running, running.connect() as connection:
        connection.sendall(get(lines=HANDSHAKE))
        wait_until_open(running)
        running.stop()
        assert read_all(connection).startswith(b"HTTP/1.1 503 ")


def wait_until_open(server: Running) -> None:
    """Until an app runs."""

    async def poll() -> None:
        while not server._server.server_state.tasks:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    server.run(poll())


def test_a_refused_handshake_is_an_answer_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        await send({"type": "websocket.http.response.start", "status": 403, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"no"})

    with Running(refusing, limits=LIMITS) as running:
        assert running.raw(get(lines=HANDSHAKE)).startswith(b"HTTP/1.1 403 ")
    assert caplog.records == []


def test_a_websocket_without_messages_is_closed_whatever_it_pings(serve: Serve) -> None:
    server = serve(report, limits=Limits(websocket_idle_timeout=0.3, reserved=b"/-/"))
    with server.connect() as reserved, open_websocket(server) as connection:
        reserved.sendall(get("/-/live", HANDSHAKE))
        assert read_until(reserved, b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
        connection.sendall(frame(frames.PING) + frame(frames.TEXT, b"a") + frame(frames.PING))
        received = read_all(connection)
        assert received.replace(b"\x8a\x00", b"") == b"\x81\x01a" + close_frame(1001, b"no message for 0.3 seconds")
        reserved.sendall(frame(frames.TEXT, b"b"))
        assert read_until(reserved, b"b") == b"\x81\x01b"


async def clock(scope: Scope, receive: Receive, send: Send) -> None:
    """Says something more often than it would have to."""
    await send({"type": "websocket.accept"})
    for _ in range(12):
        await asyncio.sleep(0.1)
        await send({"type": "websocket.send", "text": "t"})


def test_messages_of_the_app_keep_a_websocket_open(serve: Serve) -> None:
    server = serve(clock, limits=Limits(websocket_idle_timeout=1), lifespan="off")
    with open_websocket(server) as connection:
        assert read_all(connection) == b"\x81\x01t" * 12 + close_frame(1000)


CLOSES = {
    "alone": (b"\x03\xe8", b"\x88\x02\x03\xe8"),
    "with a reason": (b"\x03\xe8bye", b"\x88\x05\x03\xe8bye"),
    "without a code": (b"", b"\x88\x00"),
    "of an app": (b"\x0f\xa0", b"\x88\x02\x0f\xa0"),
}


@pytest.mark.parametrize(("payload", "answer"), CLOSES.values(), ids=CLOSES)
@pytest.mark.parametrize("before", [0, 1, 3], ids=["no fragment", "a fragment", "fragments"])
def test_a_close_is_answered_with_the_same_also_between_fragments(
    server: Running, payload: bytes, answer: bytes, before: int
) -> None:
    """RFC 6455 section 5.4: control frames may stand in the middle of a message."""
    fragments = [frame(frames.TEXT, b"a", fin=False), *[frame(frames.CONTINUATION, b"b", fin=False)] * 2]
    with open_websocket(server) as connection:
        connection.sendall(b"".join(fragments[:before]) + frame(frames.CLOSE, payload))
        assert read_all(connection) == answer


def test_a_close_that_is_broken_is_broken_between_fragments_too(server: Running) -> None:
    with open_websocket(server) as connection:
        connection.sendall(frame(frames.TEXT, b"a", fin=False) + frame(frames.CLOSE, b"\x03"))
        assert read_all(connection)[2:4] == (1002).to_bytes(2)


def test_what_was_said_before_a_close_is_answered_before_it(server: Running) -> None:
    """As a client does that sends a line and goes."""
    sent = frame(frames.TEXT, b"a") + frame(frames.BINARY, b"b") + frame(frames.TEXT) + frame(frames.CLOSE, b"\x03\xe8")
    with open_websocket(server) as connection:
        connection.sendall(sent + frame(frames.TEXT, b"behind"))
        assert read_all(connection) == b"\x81\x01a\x82\x01b\x81\x00" + close_frame(1000)


def test_a_close_behind_many_messages_waits_for_all_answers(server: Running) -> None:
    with open_websocket(server) as connection:
        connection.sendall(frame(frames.BINARY, b"a") * 3_000 + frame(frames.CLOSE, b"\x03\xe8"))
        assert read_all(connection) == b"\x82\x01a" * 3_000 + close_frame(1000)


def test_a_close_that_is_broken_waits_for_nothing(server: Running) -> None:
    with open_websocket(server) as connection:
        connection.sendall(frame(frames.TEXT, b"a") + frame(frames.CLOSE, b"\x00\x01"))
        received = read_all(connection).removeprefix(b"\x81\x01a")
        assert received[2:4] == (1002).to_bytes(2)


async def deaf(scope: Scope, receive: Receive, send: Send) -> None:
    """Speaks, and never listens."""
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        await send({"type": "websocket.send", "text": "t"})
        await asyncio.sleep(0.01)


def test_a_close_does_not_wait_for_an_app_that_does_not_listen(serve: Serve) -> None:
    server = serve(deaf, limits=LIMITS, lifespan="off")
    with open_websocket(server) as connection:
        connection.sendall(frame(frames.CLOSE, b"\x03\xe8"))
        assert read_all(connection).endswith(close_frame(1000))

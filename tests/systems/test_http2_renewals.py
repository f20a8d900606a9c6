"""A connection goes on beyond what one parser takes, and the client does not notice."""

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import zttp
from starlette.types import Receive, Scope, Send

from echoscope.server import http2
from echoscope.server.certificates import self_signed, server_context
from echoscope.server.frames import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PREFACE,
    SETTINGS,
    WINDOW_UPDATE,
    frame,
    payloads,
)
from echoscope.server.renewal import renewed
from tests import programs
from tests.conftest import Serve
from tests.server.apps import answer, lifespan, read_body, report
from tests.servers import NO_TLS, Running
from tests.systems.http2 import GOAWAY, Answer, Http2Client
from tests.systems.test_http2_endings import Holding

GET = b"\x82\x84\x86"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser is renewed after ten requests."""
    monkeypatch.setattr(http2, "RENEWAL_STREAMS", 10)
    monkeypatch.setattr(http2, "STREAMS_BETWEEN", 10)


async def mirror(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the body, and the value of `x-number` in a header."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    body, _ = await read_body(receive)
    await answer(send, 200, [(b"x-number", dict(scope["headers"]).get(b"x-number", b""))], body)


def connections(server: Running) -> list[Any]:
    async def read() -> list[Any]:
        return list(server._server.server_state.connections)

    return server.run(read())


def test_the_parser_is_another_one_and_the_connection_the_same(serve: Serve) -> None:
    server = serve(report, kind="http2")
    with Http2Client(server.port) as client:
        client.get()
        (before,) = connections(server)
        parser = before.conn
        assert [client.get().status for _ in range(50)] == [200] * 50
        assert connections(server) == [before]
        assert before.conn is not parser
        assert client.goaways == []


def test_headers_are_read_right_whatever_of_them_was_said_before(serve: Serve) -> None:
    """Each fourth number is one of the last, so that the client only refers to it."""
    server = serve(mirror, kind="http2")
    with Http2Client(server.port) as client:
        for number in range(100):
            value = b"%d" % (number - number % 4) * 20
            assert client.get("/", [("x-number", value)]).header(b"x-number") == value


@pytest.mark.parametrize("size", [1, 999, 10_007, 40_000])
def test_bodies_and_answers_have_the_room_that_both_sides_count(serve: Serve, size: int) -> None:
    server = serve(mirror, kind="http2")
    with Http2Client(server.port) as client:
        for _ in range(50):
            stream = client.request("POST", end=False)
            client.body(stream, b"x" * size)
            assert len(client.answer(stream).body) == size
        (connection,) = connections(server)
        assert connection.conn.send_window == client.h2.inbound_flow_control_window


def test_a_client_that_does_not_forget_is_read_by_the_old_parser(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http2, "MAX_STREAMS", 45)
    server = serve(mirror, kind="http2")
    with Http2Client(server.port) as client:
        client.get()
        (connection,) = connections(server)
        parser = connection.conn
        for number in range(40):
            client.h2.encoder.table_size_changes.clear()
            client.h2.encoder.header_table.maxsize = 4096
            value = b"%d" % (number - number % 4)
            assert client.get("/", [("x-number", value)]).header(b"x-number") == value
        assert connection.conn is parser


def test_a_request_in_pieces_is_read_by_the_new_parser(serve: Serve) -> None:
    server = serve(report, kind="http2")
    with Http2Client(server.port) as client:
        pseudo = [(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "x")]
        for _ in range(40):
            stream = client.h2.get_next_available_stream_id()
            client.answers[stream] = Answer()
            client.h2.send_headers(stream, pseudo, end_stream=True)
            for byte in client.h2.data_to_send():
                client.socket.sendall(bytes([byte]))
            assert client.answer(stream).status == 200


def test_a_body_that_goes_on_behind_newer_requests_is_read_to_its_end(serve: Serve) -> None:
    server = serve(mirror, kind="http2")
    with Http2Client(server.port) as client:
        for _ in range(30):
            streams = [client.request("POST", end=False) for _ in range(3)]
            for end in (False, True):
                for stream in streams:
                    client.body(stream, b"x" * 5_000, end=end)
            assert [len(client.answer(stream).body) for stream in streams] == [10_000] * 3
        (connection,) = connections(server)
        assert connection._streams < 30
        assert connection.conn.send_window == client.h2.inbound_flow_control_window
        assert client.goaways == []


def test_a_client_that_always_sends_a_body_keeps_its_connection(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each body ends when the next one has begun."""
    monkeypatch.setattr(http2, "MAX_STREAMS", 60)
    server = serve(mirror, kind="http2")
    with Http2Client(server.port) as client:
        before = client.request("POST", end=False)
        for _ in range(200):
            stream = client.request("POST", end=False)
            client.body(before, b"x" * 3_000)
            assert len(client.answer(before).body) == 3_000
            before = stream
        assert client.goaways == []


def test_trailers_behind_a_newer_request_are_read_right(serve: Serve) -> None:
    server = serve(mirror, kind="http2")
    with Http2Client(server.port) as client:
        for number in range(40):
            stream = client.request("POST", end=False)
            other = client.request("GET", headers=[("x-number", f"{number}")])
            client.h2.send_headers(stream, [("x-trailer", f"{number}")], end_stream=True)
            client.flush()
            assert client.answer(stream).status == 200
            assert client.answer(other).header(b"x-number") == b"%d" % number
        assert [code for _, code in client.goaways if code] == []


def test_settings_that_nobody_knows_are_not_remembered(serve: Serve) -> None:
    server = serve(report, kind="http2")
    with Http2Client(server.port) as client:
        for first in range(0x1000, 0x3000, 0x800):
            settings = b"".join(number.to_bytes(2) + bytes(4) for number in range(first, first + 0x800))
            client.socket.sendall(frame(SETTINGS, 0, 0, settings))
        assert [client.get().status for _ in range(30)] == [200] * 30
        assert client.goaways == []
        (connection,) = connections(server)
        assert len(connection.notes.http2["settings"]) == 100


@pytest.mark.parametrize("stream", [2, 1_000, 0])
def test_a_stream_that_no_client_may_open_ends_the_connection_at_any_time(serve: Serve, stream: int) -> None:
    server = serve(report, kind="http2")
    with Http2Client(server.port) as client:
        assert [client.get().status for _ in range(10)] == [200] * 10
        client.until(lambda: client.settings[1] == 0)
        client.socket.sendall(frame(HEADERS, END_STREAM | END_HEADERS, stream, b"\x20" + GET))
        client.until(lambda: False)
        assert [code for _, code in client.goaways] == [1]


def test_an_answer_that_takes_long_is_not_waited_for_for_ever(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The requests behind it are answered, by the old parser, and later ones by the new."""
    monkeypatch.setattr(http2, "_RENEWAL_WAIT_S", 0.05)
    app = Holding()
    server = serve(app, kind="http2")
    with Http2Client(server.port) as client:
        client.get()
        (connection,) = connections(server)
        parser = connection.conn
        held = client.request("GET", "/held")
        assert [client.get().body for _ in range(30)] == [b"finished"] * 30
        assert connection.conn is parser
        server.loop.call_soon_threadsafe(app.go_on.set)
        assert client.answer(held).body == b"finished"
        assert [client.get().body for _ in range(30)] == [b"finished"] * 30
        assert connection.conn is not parser
        assert client.goaways == []


@pytest.mark.parametrize("workers", [1, 4, 20, 100])
def test_httpx_loses_no_answer(serve: Serve, workers: int) -> None:
    """So many ask at once, all the time, and nobody opens a second connection."""
    server = serve(report, kind="http2")
    numbers = iter(range(200))

    async def ask() -> list[str]:
        limits = httpx.Limits(max_connections=1)
        async with httpx.AsyncClient(
            base_url=server.origin, http1=False, http2=True, limits=limits, timeout=60, trust_env=False, verify=NO_TLS
        ) as client:

            async def work() -> list[str]:
                return [(await client.get(f"/{number}")).json()["path"] for number in numbers]

            return [path for paths in await asyncio.gather(*(work() for _ in range(workers))) for path in paths]

    assert sorted(asyncio.run(ask())) == sorted(f"/{number}" for number in range(200))
    assert server._server.server_state.total_requests == 200


def test_httpx_without_asyncio_loses_no_answer(serve: Serve) -> None:
    server = serve(report, kind="http2")
    with httpx.Client(
        base_url=server.origin, http1=False, http2=True, timeout=20, trust_env=False, verify=NO_TLS
    ) as client:
        assert [client.get(f"/{number}").status_code for number in range(55)] == [200] * 55


def test_h2load_loses_no_answer(serve: Serve) -> None:
    server = serve(report, kind="http2")
    command = [programs.require("h2load"), "-n", "2000", "-c", "2", "-m", "50", server.origin]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout" in run.stdout


@pytest.mark.parametrize("options", [[], ["--parallel", "--parallel-max", "20"]], ids=["one by one", "in parallel"])
def test_curl_keeps_its_connection(serve: Serve, options: list[str]) -> None:
    """Over TLS, for without it curl 7.88 fails at the second request of a connection."""
    with self_signed() as certificate:
        context = server_context(certificate, http2=True)
        server = serve(report, kind="http2", ssl_context_factory=lambda _config, _default: context)
        command = [
            programs.require("curl"),
            "-ksS",
            "--http2",
            "-w",
            "%{http_version} %{http_code}\n",
            "-o",
            "/dev/null",
        ]
        address = f"https://127.0.0.1:{server.port}/[1-100]"
        run = subprocess.run([*command, *options, address], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout.splitlines() == ["2 200"] * 100


@pytest.mark.parametrize("settings", [{}, {4: 0}, {4: 100}, {4: (1 << 31) - 1}, {1: 0, 3: 7, 5: 1 << 20}], ids=str)
@pytest.mark.parametrize("room", [0, 1, 65_534, 65_535, 65_536, 1 << 30])
@pytest.mark.parametrize("unread", [0, 1, 30_000])
def test_a_new_parser_stands_where_the_old_one_stood(settings: dict[int, int], room: int, unread: int) -> None:
    """`room` is left for answers on the connection, and `unread` of a body was not given back."""
    old = zttp.Connection(zttp.SERVER, protocol=zttp.HTTP2)
    body = b"".join(frame(DATA, 0, 1, bytes(min(10_000, unread - at))) for at in range(0, unread, 10_000))
    begin = frame(SETTINGS, 0, 0, b"") + frame(HEADERS, END_HEADERS, 1, GET) + body + frame(DATA, END_STREAM, 1, b"")
    read(old, PREFACE + begin + frame(WINDOW_UPDATE, 0, 1, (1 << 20).to_bytes(4)))
    stream = old.stream(1)
    stream.send_response(200, [])
    if room < 65_535:
        stream.send_data(bytes(65_535 - room))
    elif room > 65_535:
        read(old, frame(WINDOW_UPDATE, 0, 0, (room - 65_535).to_bytes(4)))
    stream.end_message()
    old.data_to_send()

    new, credit = renewed(old, settings, 1)

    assert new.send_window == room
    assert credit == (frame(WINDOW_UPDATE, 0, 0, unread.to_bytes(4)) if unread else b"")
    assert new.data_to_send() == b""
    (request, *_) = read(new, frame(HEADERS, END_STREAM | END_HEADERS, 3, GET))
    assert isinstance(request, zttp.Request)
    assert new.stream(3).send_window == settings.get(4, 65_535)
    new.close()
    assert payloads(new.data_to_send(), GOAWAY, 0) == [(3).to_bytes(4) + bytes(4)]


def read(connection: zttp.H2Connection, data: bytes) -> list[zttp.Event]:
    connection.receive_data(data)
    events = []
    while (event := connection.next_event()) is not zttp.NEED_DATA:
        events.append(event)
    return events


def test_h2load_loses_no_body(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More is on its way at once than the connection has room for."""
    monkeypatch.setattr(http2, "RENEWAL_STREAMS", 100)
    monkeypatch.setattr(http2, "STREAMS_BETWEEN", 100)
    server = serve(mirror, kind="http2")
    body = tmp_path / "body"
    body.write_bytes(bytes(12_000))
    command = [programs.require("h2load"), "-n", "1000", "-c", "1", "-m", "30", "-d", str(body), server.origin]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "1000 total, 1000 started, 1000 done, 1000 succeeded, 0 failed, 0 errored, 0 timeout" in run.stdout
    assert all(connection.budget.used == 0 for connection in connections(server))

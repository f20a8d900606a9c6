"""The end of a server, as its process shows it: in time, in order, with exit code 0."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.apps import report
from tests.server.frames import HANDSHAKE, close_frame, shake_hands
from tests.server.wire import get, parse, read_until
from tests.servers import HOST, WAIT_S, Running, read_all

ROOT = Path(__file__).parents[2]

GRACE_S = 2.0
SLACK_S = 3.0
"""For a busy machine to end a process."""


class Program:
    """`tests.server.program`, running."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "tests.server.program", *arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = iter(self.process.stdout or ())
        assert next(self.lines) == "lifespan.startup\n"

    def wait_until_started(self) -> None:
        self.port = int(next(self.lines).rstrip("/\n").rpartition(":")[2])

    def connect(self, sent: bytes = b"") -> socket.socket:
        connection = socket.create_connection((HOST, self.port), timeout=WAIT_S)
        connection.sendall(sent)
        return connection

    def end(self, sign: signal.Signals) -> float:
        """How many seconds it takes."""
        since = time.monotonic()
        self.process.send_signal(sign)
        self.process.wait(WAIT_S)
        return time.monotonic() - since


@pytest.fixture
def program() -> Iterator[Program]:
    made = Program()
    made.wait_until_started()
    with made.process:
        yield made
        made.process.kill()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda sign: sign.name)
def test_an_idle_server_ends_at_once(program: Program, sign: signal.Signals) -> None:
    with program.connect(get()) as connection:
        assert connection.recv(1 << 16)
        assert program.end(sign) < GRACE_S
        assert read_all(connection) == b""
    assert program.process.returncode == 0
    assert list(program.lines) == ["stopping\n", "lifespan.shutdown\n", "returned\n"]
    assert program.process.stderr is not None
    assert program.process.stderr.read() == ""


def test_what_can_be_finished_is_finished_and_the_rest_is_cut_off(program: Program) -> None:
    slow = [program.connect(get("/slow")) for _ in range(3)]
    assert [next(program.lines) for _ in slow] == ["slow\n"] * 3
    never = program.connect(get("/never"))
    assert next(program.lines) == "never\n"
    websockets = [program.connect() for _ in range(3)]
    for websocket in websockets:
        shake_hands(websocket)
    others = [
        program.connect(get("/body", b"Content-Length: 10\r\n", method="POST") + b"half"),
        program.connect(get("/pour")),
        program.connect(b"GET / HT"),
        program.connect(get(lines=HANDSHAKE + b"Cookie: " + b"a" * 9000 + b"\r\n")),
        program.connect(),
    ]
    assert program.end(signal.SIGTERM) < GRACE_S + SLACK_S
    assert [parse(read_all(connection))[0].body for connection in slow] == [b"done"] * 3
    assert [read_all(websocket) for websocket in websockets] == [close_frame(1012)] * 3
    assert parse(read_all(never))[0].status == 503
    assert program.process.returncode == 0
    assert list(program.lines) == ["stopping\n", "lifespan.shutdown\n", "returned\n"]
    for connection in [*slow, never, *websockets, *others]:
        connection.close()


def test_new_clients_are_turned_away_while_the_server_drains(program: Program) -> None:
    with program.connect(get("/slow")) as connection:
        assert next(program.lines) == "slow\n"
        program.process.send_signal(signal.SIGTERM)
        assert next(program.lines) == "stopping\n"
        with pytest.raises(ConnectionRefusedError):
            program.connect()
        assert parse(read_all(connection))[0].body == b"done"


def test_a_request_that_has_come_but_is_not_read_when_the_server_stops_is_answered() -> None:
    with Running(report) as server, server.connect() as connection:
        connection.sendall(get("/1"))
        assert read_until(connection, b"}").startswith(b"HTTP/1.1 200 ")

        async def stop() -> None:
            connection.sendall(get("/2"))
            for open_connection in list(server._server.server_state.connections):
                open_connection.shutdown()

        server.run(stop())
        (answer,) = parse(read_all(connection))
    assert (answer.json()["path"], answer.header("connection")) == ("/2", "close")


def test_the_second_interrupt_is_meant() -> None:
    program = Program("patient")
    with program.process:
        program.wait_until_started()
        with program.connect(get("/never")):
            assert next(program.lines) == "never\n"
            program.process.send_signal(signal.SIGINT)
            assert next(program.lines) == "stopping\n"
            program.end(signal.SIGINT)
        assert program.process.returncode == 0


def test_an_app_that_does_not_end_is_ended() -> None:
    program = Program("hang")
    with program.process:
        program.wait_until_started()
        assert program.end(signal.SIGTERM) < GRACE_S + SLACK_S
        assert program.process.returncode == 0
        assert list(program.lines)[-1] == "returned\n"


def test_an_app_that_cannot_start_ends_with_exit_code_3() -> None:
    program = Program("fail")
    with program.process:
        assert program.process.wait(WAIT_S) == 3

"""All bodies on their way share one budget: who comes when it is spent is asked to come again."""

import socket
from contextlib import ExitStack
from typing import Any

import pytest

from echoscope.base.settings import load
from echoscope.main import create_app
from echoscope.server.budget import Budget
from tests import wire
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import Running

SIZE = 200_000


def started(serve: Serve, **settings: Any) -> tuple[Running, Budget]:
    app = create_app(load({}, **settings))
    return serve(app), app.budget


def begin_upload(server: Running, path: str) -> socket.socket:
    """All of a body but its last byte."""
    connection = server.connect()
    connection.sendall(wire.request("POST", path, [f"Content-Length: {SIZE}", "Connection: close"]) + b"x" * (SIZE - 1))
    return connection


def status_of(connection: socket.socket) -> bytes:
    received = b""
    while data := connection.recv(1 << 16):
        received += data
    return received


@pytest.mark.parametrize("path", ["/post", "/anything/x", "/payload", "/dump/request"])
def test_a_body_for_which_there_is_no_room_gets_a_503(serve: Serve, path: str) -> None:
    server, budget = started(serve, max_bytes_in_flight=700_000, kept_body_bytes=1)
    with ExitStack() as connections:
        begun = [connections.enter_context(begin_upload(server, path)) for _ in range(3)]
        eventually(lambda: budget.used == 3 * SIZE)
        refused = status_of(connections.enter_context(begin_upload(server, path)))
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 1\r\n" in refused
        assert b"More bodies are on their way" in refused
        for connection in begun:
            connection.sendall(b"x")
        assert [status_of(connection)[:13] for connection in begun] == [b"HTTP/1.1 200 "] * 3
    eventually(lambda: budget.used == 0)
    assert server.client.post(path, content=b"x" * SIZE).status_code == 200


def test_the_echo_keeps_to_the_budget_too(serve: Serve) -> None:
    server, budget = started(serve, max_bytes_in_flight=500_000, kept_body_bytes=SIZE)
    with ExitStack() as connections:
        for _ in range(4):
            connections.enter_context(begin_upload(server, "/echo"))
        eventually(lambda: budget.used > 250_000)
        assert budget.used <= 500_000
    eventually(lambda: budget.used == 0)


def test_what_a_client_leaves_behind_is_given_back(serve: Serve) -> None:
    server, budget = started(serve)
    for path in ("/post", "/echo"):
        with begin_upload(server, path) as connection:
            eventually(lambda: budget.used >= SIZE - 1)
            wire.reset(connection)
        eventually(lambda: budget.used == 0)


def test_an_answer_that_nobody_reads_counts(serve: Serve) -> None:
    server, budget = started(serve, max_bytes_in_flight=1 << 20)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(wire.request("GET", "/bytes/100000") * 200)
        eventually(lambda: budget.used > 0)
    eventually(lambda: budget.used == 0)

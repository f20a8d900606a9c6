"""What a log counts for plain exchanges of our own server is not less than what they take."""

import gc
import socket
import tracemalloc

import pytest

from tests import wire
from tests.servers import Running, echoscope

COUNT = 300


def ask(server: Running, target: str, *, is_kept_alive: bool) -> None:
    connection: socket.socket | None = None
    for _ in range(COUNT):
        if connection is None:
            connection = server.connect()
        connection.sendall(wire.request("GET", target, ("User-Agent: curl/8.14.1", "Accept: */*")))
        assert wire.read_answer(connection).head
        if not is_kept_alive:
            connection.close()
            connection = None
    if connection is not None:
        connection.close()


@pytest.mark.parametrize("is_kept_alive", [True, False], ids=["one connection", "a connection each"])
@pytest.mark.parametrize("target", ["/a", "/get?b=c", "/headers", "/status/418", "/basic-auth/a/b"])
def test_plain_exchanges_take_no_more_than_is_counted(target: str, *, is_kept_alive: bool) -> None:
    with echoscope() as server:
        ask(server, target, is_kept_alive=is_kept_alive)
        gc.collect()
        counted = server.client.get("/-/api/info").json()["bytes"]
        tracemalloc.start()
        try:
            taken = tracemalloc.get_traced_memory()[0]
            ask(server, target, is_kept_alive=is_kept_alive)
            gc.collect()
            taken = tracemalloc.get_traced_memory()[0] - taken
        finally:
            tracemalloc.stop()
        counted = server.client.get("/-/api/info").json()["bytes"] - counted
        assert COUNT * 400 < taken < counted * 1.1

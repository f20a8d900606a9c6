"""What a log counts for plain exchanges of our own server is not less than what they take."""

import gc
import socket
import tracemalloc
from itertools import count, islice

import pytest

from tests import wire
from tests.servers import Running, echoscope

COUNT = 300
NUMBERS = count()


def ask(server: Running, target: str, *lines: str, is_kept_alive: bool) -> None:
    """`lines` may have places for a number, which no two requests share."""
    connection: socket.socket | None = None
    for number in islice(NUMBERS, COUNT):
        if connection is None:
            connection = server.connect()
        connection.sendall(wire.request("GET", target, [line.format(number) for line in lines]))
        assert wire.read_answer(connection).head
        if not is_kept_alive:
            connection.close()
            connection = None
    if connection is not None:
        connection.close()


CURL = "User-Agent: curl/8.14.1", "Accept: */*"
SAMPLES = {target: (target, *CURL) for target in ("/a", "/get?b=c", "/headers", "/status/418", "/basic-auth/a/b")} | {
    "another agent each time": ("/status/418", "User-Agent: {}"),
    "another long agent each time": ("/status/418", "User-Agent: {}" + "a" * 6_000),
    "another long type each time": ("/status/418", "Content-Type: {}" + "a" * 6_000, "User-Agent: {}"),
    "another long line each time": ("/status/418", "X-A: {}" + "a" * 6_000),
}


@pytest.mark.parametrize("is_kept_alive", [True, False], ids=["one connection", "a connection each"])
@pytest.mark.parametrize(("target", "lines"), [(target, lines) for target, *lines in SAMPLES.values()], ids=SAMPLES)
def test_plain_exchanges_take_no_more_than_is_counted(target: str, lines: list[str], *, is_kept_alive: bool) -> None:
    with echoscope() as server:
        ask(server, target, *lines, is_kept_alive=is_kept_alive)
        gc.collect()
        counted = server.client.get("/-/api/info").json()["bytes"]
        tracemalloc.start()
        try:
            taken = tracemalloc.get_traced_memory()[0]
            ask(server, target, *lines, is_kept_alive=is_kept_alive)
            gc.collect()
            taken = tracemalloc.get_traced_memory()[0] - taken
        finally:
            tracemalloc.stop()
        counted = server.client.get("/-/api/info").json()["bytes"] - counted
        assert COUNT * 400 < taken < counted * 1.1

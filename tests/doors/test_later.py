"""A store that takes time, behind the second door: the same answers and documents as through ASGI, held until the
exchange is stored, in order, and never longer than an answer waits."""

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest

from echoscope.base.settings import load
from echoscope.log.commit import PUT_WAIT_S
from echoscope.main import create_app
from echoscope.server.limits import Limits
from tests import wire
from tests.eventually import eventually
from tests.servers import WAIT_S, Running, read_all
from tests.stores import Distant

from .conftest import Doors
from .exchanges import ask, without_what_varies


class Slow(Running):
    """An Echoscope on a store that takes time."""

    def __init__(self, limits: Limits | None = None, **settings: str) -> None:
        self.store = Distant()
        super().__init__(create_app(load({}, port="0", **settings), self.store), limits=limits)


@pytest.fixture
def slow() -> Iterator[Slow]:
    with Slow() as server:
        yield server


@pytest.fixture(scope="module")
def both() -> Iterator[Doors]:
    with Slow() as direct, Slow(asgi_only="true") as asgi:
        yield Doors(direct, asgi)


REQUESTS = {
    "GET": wire.request("GET", "/get?a=b"),
    "HEAD": wire.request("HEAD", "/a"),
    "POST": wire.request("POST", "/anything", ("Content-Type: text/plain",), b"hello"),
    "no content": wire.request("GET", "/status/204"),
    "one end of a head in a body": wire.request("POST", "/a", (), b"\r\n\r\nContent-Length: 5"),
}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_both_doors_give_the_same(both: Doors, request_: bytes) -> None:
    direct, asgi = (ask(server, request_, request_, request_) for server in both)
    assert direct == asgi
    assert len(direct.documents) == 3


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_both_doors_say_that_the_exchange_is_stored_later(request_: bytes) -> None:
    answers = []
    for asgi_only in ("false", "true"):
        with Slow(asgi_only=asgi_only) as server:
            server.store.fault = OSError("down")
            began = time.monotonic()
            answers.append(_exchanged(server, request_))
            assert time.monotonic() - began >= PUT_WAIT_S * 0.9
            server.store.fault = None
    assert answers[0] == answers[1]
    assert answers[0].lower().count(b"\r\nx-echoscope-stored: later\r\n") == 1


def test_a_plain_request_goes_through_the_second_door(slow: Slow) -> None:
    exchange_id = slow.client.get("/plain").headers["x-echoscope-id"]
    assert slow.client.get(f"/-/api/exchanges/{exchange_id}").json()["is_derived"] is True


def test_an_answer_that_says_nothing_else_is_there_when_its_exchange_is(slow: Slow) -> None:
    slow.store.delay_s = 0.01
    for _ in range(10):
        answer = slow.client.get("/held")
        assert "x-echoscope-stored" in answer.headers or slow.store.backlog.waiting == 0


def test_requests_that_do_not_wait_are_answered_in_their_order(slow: Slow) -> None:
    slow.store.delay_s = 0.01
    paths = [f"/{number}" if number % 3 else f"/delay/0?{number}" for number in range(12)]
    requests = [wire.request("GET", path) for path in paths]
    answers = wire.pipeline(slow, [*requests, wire.request("GET", "/last", close=True)])
    ids = [line.split()[-1] for line in answers.split(b"\r\n") if line.lower().startswith(b"x-echoscope-id")]
    assert len(ids) == 13
    items = slow.client.get("/-/api/exchanges", params={"limit": 20}).json()["items"]
    assert [item["id"].encode() for item in reversed(items)] == ids
    found = slow.run(slow.store.get_many([name.decode() for name in ids]))
    carriages = [one.exchange.carriage for one in found]
    assert [carriage and carriage.is_pipelined for carriage in carriages] == [False] + 12 * [True]


def test_a_request_in_two_pieces_behind_one_that_is_held(slow: Slow) -> None:
    slow.store.delay_s = 0.05
    first, second = wire.request("GET", "/first"), wire.request("POST", "/second", (), b"body", close=True)
    with slow.connect() as connection:
        connection.sendall(first + second[:20])
        connection.sendall(second[20:-2])
        connection.sendall(second[-2:])
        assert read_all(connection).count(b"HTTP/1.1 200 OK") == 2


def test_half_a_head_behind_an_answer_that_is_held_has_its_time_from_then_on() -> None:
    with Slow(Limits(head_timeout=0.2, keep_alive_timeout=10 * WAIT_S)) as server:
        server.store.delay_s = 0.1
        with server.connect() as connection:
            connection.sendall(wire.request("GET", "/first"))
            assert wire.read_answer(connection).head
            connection.sendall(wire.request("GET", "/held") + b"GET /half HTTP/1.1\r\nHo")
            received = read_all(connection)
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert received.count(b"HTTP/1.1 408 ") == 1


def test_an_answer_may_be_held_for_longer_than_a_client_may_take() -> None:
    with Slow(Limits(head_timeout=0.02, keep_alive_timeout=0.02)) as server:
        server.store.delay_s = 0.1
        with server.connect() as connection:
            connection.sendall(wire.request("GET", "/held"))
            assert read_all(connection).startswith(b"HTTP/1.1 200 OK")


def test_a_refusal_stands_behind_the_answer_that_is_held(slow: Slow) -> None:
    slow.store.delay_s = 0.05
    received = slow.raw(wire.request("GET", "/held") + b"nonsense\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert received.count(b"HTTP/1.1 400") == 1


def test_a_client_that_has_closed_its_sending_side_gets_its_answer(slow: Slow) -> None:
    slow.store.delay_s = 0.05
    with slow.connect() as connection:
        connection.sendall(wire.request("GET", "/half"))
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection).startswith(b"HTTP/1.1 200 OK")


def test_a_client_that_leaves_before_its_answer_leaves_its_exchange(slow: Slow) -> None:
    slow.store.delay_s = 0.05
    with slow.connect() as connection:
        connection.sendall(wire.request("GET", "/left"))
        eventually(lambda: slow.store.backlog.waiting == 1)
        wire.reset(connection)
    eventually(lambda: slow.store.backlog.waiting == 0)
    assert slow.client.get("/-/api/exchanges").json()["items"][0]["path"] == "/left"
    assert slow.client.get("/again").status_code == 200


def test_a_stop_waits_for_the_answer_that_is_held() -> None:
    with Slow() as server:
        server.store.delay_s = 0.1
        connection = server.connect()
        connection.sendall(wire.request("GET", "/held"))
        eventually(lambda: server.store.backlog.waiting == 1)
    with connection:
        assert read_all(connection).startswith(b"HTTP/1.1 200 OK")


def test_a_store_that_hangs_holds_many_answers_at_once(slow: Slow) -> None:
    slow.store.is_hanging = True
    connections = [slow.connect() for _ in range(20)]
    for connection in connections:
        connection.sendall(REQUESTS["GET"])
    for connection in connections:
        assert b"stored: later" in connection.recv(1 << 16).lower()
        connection.close()
    assert slow.store.backlog.waiting == 20


def test_nothing_stays_of_requests_that_are_answered(slow: Slow) -> None:
    async def tasks() -> int:
        return len(asyncio.all_tasks())

    slow.client.get("/first")  # from now on everything runs that a server needs, and what writes
    eventually(lambda: slow.store.backlog.waiting == 0)
    before = slow.run(tasks())
    for number in range(200):
        slow.client.get(f"/{number}")
    eventually(lambda: slow.run(tasks()) <= before + 2)  # what writes, and what ends, may be there or not
    assert slow.store.backlog.waiting == slow.store.backlog.waiting_bytes == 0


def _exchanged(server: Running, request: bytes) -> bytes:
    """What comes back first, without what varies."""
    with server.connect() as connection:
        connection.sendall(request)
        return without_what_varies(connection.recv(1 << 16), connection.getsockname()[1], server.port)

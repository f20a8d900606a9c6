"""`GET /-/api/exchanges/wait`: the first exchange that matches, as soon as it is there, and nothing missed."""

import asyncio
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from echoscope.base.settings import load
from echoscope.main import create_app
from echoscope.server import Limits
from tests import wire
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import WAIT_S, Running

WAIT = "/-/api/exchanges/wait"


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()


def wait(server: Running, **query: Any) -> httpx.Response:
    return server.client.get(WAIT, params={"timeout": 10, **query})


def wait_beside(server: Running, pool: ThreadPoolExecutor, **query: Any) -> "Future[httpx.Response]":
    """A wait in another thread, once the server has begun it."""
    before = waiters(server)
    future = pool.submit(wait, server, **query)
    eventually(lambda: waiters(server) > before or future.done())
    return future


def waiters(server: Running) -> int:
    """How many tasks of the server wait for something to come into the log."""

    async def count() -> int:
        return sum("Waiting.first" in repr(task.get_coro()) for task in asyncio.all_tasks())

    return server.run(count())


def test_it_answers_with_the_first_that_comes_and_matches(server: Running) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = wait_beside(server, pool, q="path:/hook")
        server.client.get("/other")
        assert not waiting.done()
        exchange_id = server.client.post("/hook", json={"paid": True}).headers["x-echoscope-id"]
        answer = waiting.result(WAIT_S)
    assert answer.status_code == 200
    found = answer.json()
    document = server.client.get(f"/-/api/exchanges/{exchange_id}").json()
    document.pop("signature", None)
    assert found == {
        "epoch": answer.headers["x-echoscope-epoch"],
        "after": 2,
        "missed": 0,
        "exchange": document,
    }
    assert (answer.headers["x-echoscope-after"], answer.headers["x-echoscope-missed"]) == ("2", "0")


def test_what_is_there_already_comes_at_once_and_from_the_oldest_on(server: Running) -> None:
    for number in range(3):
        server.client.get(f"/{number}")
    place = {"after": 0}
    for number in range(3):
        found = wait(server, timeout=0, **place).json()
        assert found["exchange"]["path"] == f"/{number}"
        place = {"after": found["after"], "epoch": found["epoch"]}
    nothing = wait(server, timeout=0, **place)
    assert (nothing.status_code, nothing.content) == (204, b"")


def test_a_wait_in_vain_is_a_204_that_tells_where_it_stands(server: Running) -> None:
    server.client.get("/other")
    answer = wait(server, timeout="0.05", after=0, q="path:/hook")
    assert answer.status_code == 204
    assert answer.headers["x-echoscope-after"] == "1"
    assert answer.headers["x-echoscope-epoch"] == server.client.get("/-/api/info").json()["epoch"]


def test_nothing_is_missed_between_two_calls(server: Running) -> None:
    requests = [wire.request(target=f"/{number}", close=number == 299) for number in range(300)]
    sender = threading.Thread(target=wire.pipeline, args=(server, requests))
    place: dict[str, Any] = {"after": 0}
    paths: list[str] = []
    sender.start()
    while len(paths) < 90:
        answer = wait(server, q="path:/*0 OR path:/*3 OR path:/*7", timeout=0.01, **place)
        place = {"after": answer.headers["x-echoscope-after"], "epoch": answer.headers["x-echoscope-epoch"]}
        if answer.status_code == 200:
            paths.append(answer.json()["exchange"]["path"])
            assert answer.json()["missed"] == 0
    sender.join()
    assert paths == [f"/{number}" for number in range(300) if number % 10 in (0, 3, 7)]


def test_what_left_the_log_unseen_is_counted(serve: Serve) -> None:
    server = serve(max_exchanges=3)
    for number in range(10):
        server.client.get(f"/{number}")
    found = wait(server, after=2, timeout=0).json()
    assert (found["exchange"]["path"], found["missed"]) == ("/7", 5)


@pytest.mark.parametrize("place", [{"after": 1, "epoch": "another"}, {"after": 99}], ids=["epoch", "seq"])
def test_a_place_in_another_log_begins_with_all_that_is_kept(server: Running, place: dict[str, Any]) -> None:
    server.client.get("/first")
    server.client.get("/second")
    answer = wait(server, timeout=0, **place)
    assert answer.json()["exchange"]["path"] == "/first"
    assert answer.json()["missed"] is None
    assert answer.headers["x-echoscope-missed"] == "unknown"


def test_an_exchange_that_stays_open_matches_as_soon_as_it_is_there(server: Running) -> None:
    with ThreadPoolExecutor() as pool:
        is_open, is_done = (wait_beside(server, pool, q=q, after=0) for q in ("path:/drip", "path:/drip -state:open"))
        server.client.get("/drip?duration=1&numbytes=3&delay=0")
        assert is_done.result(WAIT_S).json()["exchange"]["state"] == "done"
        assert is_open.result(WAIT_S).json()["exchange"]["path"] == "/drip"


def test_secrets_are_masked_on_request(server: Running) -> None:
    server.client.get("/x?token=hunter2", headers={"authorization": "Bearer hunter2"})
    assert "hunter2" in wait(server, after=0).text
    assert "hunter2" not in wait(server, after=0, reveal=0).text


BAD = {
    "a search that cannot be read": ("q=status:abc", "status at position 1"),
    "a place that is no seq": ("after=-1", "after must be a whole number, 0 or more, not '-1'."),
    "a time that is none": ("timeout=soon", "timeout must be seconds between 0 and 60, not 'soon'."),
    "a time that is too long": ("timeout=61", "timeout must be seconds between 0 and 60, not '61'."),
    "a time that is no number": ("timeout=nan", "timeout must be seconds between 0 and 60, not 'nan'."),
    "a time before now": ("timeout=-1", "timeout must be seconds between 0 and 60, not '-1'."),
    "a flag that is neither": ("reveal=yes", "reveal must be 1 or 0, not 'yes'."),
    "a parameter that is misspelt": ("query=x", "There is no parameter 'query' here: this address takes q, after, "),
}


@pytest.mark.parametrize(("query", "detail"), BAD.values(), ids=BAD)
def test_a_bad_value_is_named(server: Running, query: str, detail: str) -> None:
    answer = server.client.get(f"{WAIT}?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith(detail)


def test_no_more_may_wait_than_subscribers(serve: Serve) -> None:
    server = serve(max_subscribers=2)
    with ThreadPoolExecutor() as pool:
        waiting = [wait_beside(server, pool, q="path:/hook") for _ in range(2)]
        refused = wait(server)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert "--max-subscribers" in refused.json()["detail"]
        server.client.get("/hook")
        assert [one.result(WAIT_S).status_code for one in waiting] == [200, 200]
    assert wait(server, timeout=0).status_code == 204


@pytest.mark.parametrize("is_polite", [True, False], ids=["closed", "reset"])
def test_a_client_that_leaves_ends_its_wait(serve: Serve, is_polite: bool) -> None:
    server = serve(create_app(load({})), limits=Limits(half_closed_s=0.1))  # for one who may still read
    connection = server.connect()
    connection.sendall(f"GET {WAIT} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    eventually(lambda: waiters(server) == 1)
    if not is_polite:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    eventually(lambda: waiters(server) == 0)


def test_a_server_that_stops_answers_who_waits(serve: Serve) -> None:
    app = create_app(load({}))
    server = serve(app)
    with ThreadPoolExecutor() as pool:
        waiting = wait_beside(server, pool, timeout=60)
        server.run(app.logs.end_feeds())
        assert waiting.result(WAIT_S).status_code == 204


@pytest.mark.parametrize("kind", ["h11", "httptools"])
def test_on_other_servers_too_a_client_that_leaves_ends_its_wait(serve: Serve, kind: str) -> None:
    server = serve(create_app(load({})), kind=kind)
    with server.connect() as connection:
        connection.sendall(f"GET {WAIT} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        eventually(lambda: waiters(server) == 1)
    eventually(lambda: waiters(server) == 0)

"""Exchanges by their connection: reuse, pipelining, idle times, who closed."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from echoscope.exchange.model import Carriage, Exchange, decode_exchange, encode
from echoscope.insight.connections import WIDTH
from tests.eventually import eventually
from tests.exchanges import made_exchange
from tests.servers import NO_TLS, WAIT_S, Running, echoscope
from tests.told import read_connection
from tests.wire import UPGRADE, pipeline, request

Json = dict[str, Any]

OPENED_NS = 1_795_338_000_000_000_000
MS = 1_000_000


def carried(number: int, at_ms: int, took_ms: int, **changes: Any) -> Exchange:
    """An exchange of the connection `c-1`, so long after it was opened."""
    whole = made_exchange(f"a-{number}", http_version="1.1", client=("127.0.0.1", 50000))
    values = {name: getattr(whole, name) for name in whole.__struct_fields__}
    times = {"started_ns": OPENED_NS + at_ms * MS, "duration_ns": took_ms * MS}
    return Exchange(**(values | times | {"carriage": Carriage("c-1", number, OPENED_NS, **changes)}))


def told(*exchanges: Exchange, end: tuple[str | None, int | None] = (None, None)) -> Json:
    reading: Json = read_connection(list(enumerate(exchanges, 1)), exchanges[0], end)
    return reading


def test_idle_times_are_those_between_two_requests() -> None:
    document = told(carried(1, 5, 10), carried(2, 40, 10), carried(3, 50, 0, is_pipelined=True), carried(5, 90, 10))
    assert [item["idle_ms"] for item in document["items"]] == [5, 25, None, None]
    assert (document["requests"], document["missing"]) == (5, 1)
    assert (document["lasted_ms"], document["closed_by"]) == (100, None)


def test_the_picture_has_each_exchange_at_its_time() -> None:
    document = told(carried(1, 0, 50), carried(2, 50, 0), carried(3, 100, 100), end=("client", OPENED_NS + 400 * MS))
    assert [(item["x"], item["width"]) for item in document["items"]] == [(0, 125), (125, 4), (250, 250)]
    assert document["closed_by"] == "client"
    assert all(item["x"] + item["width"] <= WIDTH for item in document["items"])


def test_the_order_is_that_of_the_connection() -> None:
    document = told(carried(2, 40, 10), carried(1, 5, 10))
    assert [(item["number"], item["is_this"]) for item in document["items"]] == [(1, False), (2, True)]


def test_clocks_that_go_back_give_no_negative_times() -> None:
    document = told(carried(1, -5, 10), carried(2, -10, 1))
    assert [item["idle_ms"] for item in document["items"]] == [0, 0]
    assert all(item["x"] >= 0 and item["width"] > 0 for item in document["items"])


def test_how_a_request_came_is_stored_with_it() -> None:
    exchange = carried(2, 40, 10, is_pipelined=True, tls={"version": "TLSv1.3"}, framed=b"0\r\n\r\n", interim=[100])
    assert decode_exchange(encode(exchange)).carriage == exchange.carriage


# On a real server


@pytest.fixture
def server() -> Iterator[Running]:
    with echoscope() as running:
        yield running


def connection_of(server: Running, exchange_id: str) -> Json:
    document: Json = server.client.get(f"/-/api/exchanges/{exchange_id}/connection").json()
    return document


@pytest.mark.parametrize("path", ["/plain", "/delay/0"], ids=["by the second door", "by ASGI"])
def test_a_connection_that_is_kept_has_all_its_exchanges(server: Running, path: str) -> None:
    with httpx.Client(base_url=server.origin, timeout=WAIT_S, trust_env=False, verify=NO_TLS) as client:
        ids = [client.get(path).headers["x-echoscope-id"] for _ in range(3)]
        document = connection_of(server, ids[1])
        assert [(item["id"], item["number"], item["is_this"]) for item in document["items"]] == [
            (ids[0], 1, False), (ids[1], 2, True), (ids[2], 3, False),
        ]  # fmt: skip
        assert (document["requests"], document["missing"], document["closed_by"]) == (3, 0, None)
        assert all(item["idle_ms"] is not None and not item["is_pipelined"] for item in document["items"])
    eventually(lambda: connection_of(server, ids[0])["closed_by"] == "client")


def test_requests_of_both_doors_count_together(server: Running) -> None:
    with httpx.Client(base_url=server.origin, timeout=WAIT_S, trust_env=False, verify=NO_TLS) as client:
        ids = [client.get(path).headers["x-echoscope-id"] for path in ("/a", "/delay/0", "/a", "/delay/0")]
    assert [item["number"] for item in connection_of(server, ids[0])["items"]] == [1, 2, 3, 4]


def test_what_is_not_recorded_counts_and_is_missing(server: Running) -> None:
    with httpx.Client(base_url=server.origin, timeout=WAIT_S, trust_env=False, verify=NO_TLS) as client:
        client.get("/-/api/info")
        exchange_id = client.get("/a").headers["x-echoscope-id"]
    document = connection_of(server, exchange_id)
    assert (document["requests"], document["missing"], document["items"][0]["number"]) == (2, 1, 2)


@pytest.mark.parametrize("path", ["/plain", "/delay/0"], ids=["by the second door", "by ASGI"])
def test_requests_that_do_not_wait_are_pipelined(server: Running, path: str) -> None:
    requests = [request("GET", path) for _ in range(3)]
    answers = pipeline(server, [*requests, request("GET", "/last", close=True)])
    ids = [part.split()[0].decode() for part in answers.split(b"X-Echoscope-Id: ")[1:]]
    document = connection_of(server, ids[0])
    assert [item["is_pipelined"] for item in document["items"]] == [False, True, True, True]
    assert document["items"][1]["idle_ms"] is None


def test_a_server_that_closes_is_told_as_the_one_who_did(server: Running) -> None:
    answer = server.raw(request("GET", "/", close=True))
    exchange_id = answer.partition(b"X-Echoscope-Id: ")[2].split()[0].decode()
    eventually(lambda: connection_of(server, exchange_id)["closed_by"] == "server")


def test_two_connections_are_two(server: Running) -> None:
    first, second = (
        httpx.get(f"{server.origin}/a", trust_env=False, verify=NO_TLS).headers["x-echoscope-id"] for _ in range(2)
    )
    assert connection_of(server, first)["id"] != connection_of(server, second)["id"]
    assert [item["id"] for item in connection_of(server, first)["items"]] == [first]


def test_a_session_is_one_exchange_of_its_connection(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(request("GET", "/delay/0"))
        connection.recv(65536)
        connection.sendall(request("GET", "/chat", UPGRADE))
        connection.recv(65536)

    def items() -> list[Json]:
        newest = server.client.get("/-/api/exchanges?limit=1").json()["items"][0]
        found: list[Json] = connection_of(server, newest["id"])["items"]
        return found

    eventually(lambda: [item["type"] for item in items()] == ["http", "websocket"])


def test_the_page_has_the_picture(server: Running) -> None:
    exchange_id = server.client.get("/a").headers["x-echoscope-id"]
    page = server.client.get(f"/-/exchanges/{exchange_id}").text
    assert '<svg class="connection-picture"' in page
    assert "1 request in" in page


def test_a_refused_request_is_one_of_its_connection(server: Running) -> None:
    answers = server.raw(request("GET", "/a") + b"GET / HTTP/1.1\r\nA B: c\r\n\r\n")
    exchange_id = answers.partition(b"X-Echoscope-Id: ")[2].split()[0].decode()
    items = connection_of(server, exchange_id)["items"]
    assert [(item["number"], item["state"]) for item in items] == [(1, "done"), (2, "refused")]

"""Who may not read the feed, or asks for what it does not understand: an answer in the one shape, before any stream."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import Running, echoscope

from .readers import address, data, reading, streaming, subscribers


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with echoscope() as running:
        yield running


def refused_websocket(server: Running, path: str, **headers: str) -> tuple[int, dict[str, Any], dict[str, str]]:
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(server.websocket_url(path), proxy=None, additional_headers=headers),
    ):
        pass
    response = refused.value.response
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, json.loads(response.body or b""), dict(response.headers.raw_items())


BAD = {
    "after is a word": {"after": "abc"},
    "after is negative": {"after": "-1"},
    "after is a fraction": {"after": "1.5"},
    "after has a sign": {"after": "+1"},
    "after is written in other digits": {"after": "٣"},
    "after is a superscript": {"after": "²"},
    "after is too large": {"after": "9" * 30},
    "after is very long": {"after": "9" * 5_000},
    "q has an unknown status": {"q": "status:abc"},
    "q has an open quote": {"q": '"open'},
}


@pytest.mark.parametrize("query", BAD.values(), ids=BAD)
def test_what_cannot_be_understood_is_refused_in_one_sentence(server: Running, query: dict[str, str]) -> None:
    path = address(**query)
    status, problem, _ = refused_websocket(server, path)
    answer = server.client.get(path, headers={"accept": "text/event-stream"})
    assert (status, answer.status_code) == (400, 400)
    assert answer.json() == problem
    assert problem["status"] == 400
    assert len(problem["detail"]) < 500


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:1"}, 403),
        ({"Origin": "http://[::1"}, 403),
    ],
    ids=str,
)
def test_another_origin_is_refused(server: Running, headers: dict[str, str], status: int) -> None:
    assert refused_websocket(server, address(), **headers)[0] == status


def test_our_own_origin_is_not_refused(server: Running) -> None:
    with connect(server.websocket_url(address()), proxy=None, origin=Origin(server.origin)) as websocket:
        assert "hello" in str(websocket.recv())


def test_more_readers_than_there_may_be_are_refused_until_one_leaves(serve: Serve) -> None:
    server = serve(max_subscribers=2)
    with reading(server):
        with streaming(server) as events:
            assert data(next(event for event in events if "data" in event))["type"] == "hello"
            status, problem, headers = refused_websocket(server, address())
            answer = server.client.get(address(), headers={"accept": "text/event-stream"})
            assert (status, answer.status_code) == (503, 503)
            assert answer.json() == problem
            assert "2 readers" in problem["detail"]
            assert int(answer.headers["retry-after"]) > 0
            assert {name.lower() for name in headers} >= {"retry-after"}
        eventually(lambda: subscribers(server) == 1)
        with reading(server):
            assert subscribers(server) == 2


def test_readers_that_all_come_at_once_are_never_more_than_there_may_be(serve: Serve) -> None:
    server = serve(max_subscribers=5)
    request = b"GET /-/live HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
    with ExitStack() as connections:
        opened = [connections.enter_context(server.connect()) for _ in range(30)]
        for connection in opened:
            connection.sendall(request)
        heads = [connection.recv(15) for connection in opened]
        assert heads.count(b"HTTP/1.1 200 OK") == 5
        assert heads.count(b"HTTP/1.1 503 Se") == 25
        eventually(lambda: subscribers(server) == 5)


def test_asking_for_the_head_of_the_feed_does_not_wait_for_news(server: Running) -> None:
    answer = server.client.head(address())
    assert (answer.status_code, answer.content) == (200, b"")
    eventually(lambda: subscribers(server) == 0)
    assert server.client.get("/-/health").text == "ok\n"

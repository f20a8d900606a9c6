"""The feed as server-sent events, for `curl -N` and for whoever has no WebSocket."""

import pytest

from echoscope.web.inspector import live
from tests.conftest import Serve
from tests.servers import Running

from .readers import Event, Ledger, address, data, streaming


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()


def test_the_stream_says_what_it_is_and_is_kept_by_nobody(server: Running) -> None:
    with server.client.stream("GET", address(), headers={"accept": "text/event-stream"}) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-accel-buffering"] == "no"
        assert "access-control-allow-origin" not in answer.headers


def test_the_stream_is_the_same_as_over_a_websocket(server: Running) -> None:
    for path in ("/1", "/2"):
        server.client.get(path)
    ledger = Ledger(0)
    with streaming(server, after=0) as events:
        assert next(events) == {"retry": "1000"}
        while ledger.epoch is None or ledger.through < 2:
            ledger.take(data(next(events)))
        server.client.get("/3")
        ledger.take(data(next(events)))
    assert ledger.paths == ["/1", "/2", "/3"]


def test_each_event_carries_the_place_to_come_back_to(server: Running) -> None:
    epoch = server.client.get("/-/api/info").json()["epoch"]
    with streaming(server) as events:
        seen: list[Event] = [next(events), next(events)]
        server.client.get("/1")
        seen.append(next(events))
    assert [event.get("id") for event in seen] == [None, f"{epoch}:0", f"{epoch}:1"]


def test_a_browser_that_comes_back_gets_what_it_missed(server: Running) -> None:
    epoch = server.client.get("/-/api/info").json()["epoch"]
    for path in ("/1", "/2", "/3"):
        server.client.get(path)
    ledger = Ledger(1)
    with streaming(server, {"last-event-id": f"{epoch}:1"}) as events:
        next(events)
        while not ledger.items:
            ledger.take(data(next(events)))
    assert ledger.paths == ["/2", "/3"]


def test_a_browser_that_comes_back_to_another_log_is_told_so(server: Running) -> None:
    server.client.get("/1")
    with streaming(server, {"last-event-id": "another:7"}) as events:
        messages = [data(event) for event in (next(events), next(events), next(events), next(events))[1:]]
    assert [message["type"] for message in messages] == ["hello", "gap", "exchanges"]
    assert messages[1]["reason"] == "restart"


@pytest.mark.parametrize("value", ["nonsense", "a:b", "1:2:3x", "a:-1"])
def test_a_place_that_cannot_be_read_is_refused(server: Running, value: str) -> None:
    answer = server.client.get(address(), headers={"accept": "text/event-stream", "last-event-id": value})
    assert answer.status_code == 400


def test_the_end_of_the_server_is_told_and_ends_the_stream(serve: Serve) -> None:
    server = serve()
    with streaming(server) as events:
        next(events), next(events)
        server.stop()
        assert [data(event) for event in events] == [{"type": "bye", "after": 0}]


def test_a_quiet_stream_says_that_it_is_alive(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.05)
    with streaming(server) as events:
        next(events), next(events)
        assert [next(events), next(events)] == [{"": "still here"}] * 2
        server.client.get("/1")
        assert any("data" in next(events) for _ in range(10))

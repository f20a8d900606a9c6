"""Health says that the process lives; readiness, that what it answers is kept."""

import asyncio

import pytest

from echoscope.base.settings import load
from echoscope.log.store import Captured, Status, StoreAway
from echoscope.main import Echoscope
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import Running
from tests.stores import Distant


def running(serve: Serve, store: Distant, **settings: str) -> Running:
    return serve(Echoscope(load({}, **settings), store))


def test_it_is_ready(serve: Serve) -> None:
    answer = serve().client.get("/-/ready")
    assert (answer.status_code, answer.text) == (200, "ready\n")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/-/ready", "/-/health"])
def test_probes_need_no_token_and_no_name_of_ours(serve: Serve, path: str) -> None:
    """An orchestrator asks by the address of the moment; a balancer adds its headers."""
    server = serve(profile="public", hosts="debug.example.com")
    headers = {"host": "10.3.0.7:8000", "x-forwarded-for": "10.3.0.1", "user-agent": "kube-probe/1.33"}
    assert server.client.get(path, headers=headers).status_code == 200
    assert server.client.head(path, headers=headers).status_code == 200
    assert server.client.post(path, headers=headers).status_code == 405


def test_probes_are_answered_however_often_they_come(serve: Serve) -> None:
    server = serve(profile="public", rate=1)
    assert [server.client.get("/-/ready").status_code for _ in range(10)] == [200] * 10
    assert 429 in [server.client.get("/x").status_code for _ in range(10)]


def test_it_is_not_while_the_store_is_away(serve: Serve) -> None:
    store = Distant()
    server = running(serve, store)
    store.fault = ConnectionError("connection refused")
    answer = server.client.get("/-/ready")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "The store is away: connection refused"
    assert answer.headers["retry-after"] == "1"
    assert server.client.get("/-/health").status_code == 200
    assert server.client.get("/x").headers["x-echoscope-stored"] == "later"
    store.fault = None
    eventually(lambda: server.client.get("/-/ready").status_code == 200)


def test_it_is_not_while_the_store_answers_but_takes_no_exchange(serve: Serve) -> None:
    store = Refusing()
    server = running(serve, store)
    store.is_refusing = True
    assert server.client.get("/x").headers["x-echoscope-stored"] == "later"
    answer = server.client.get("/-/ready")
    assert (answer.status_code, answer.json()["detail"]) == (503, "The store is away: the disk is full")
    assert server.client.get("/-/api/info").json()["store_fault"] == "the disk is full"
    assert "echoscope_store_up 0.0" in server.client.get("/-/metrics").text
    store.is_refusing = False
    eventually(lambda: server.client.get("/-/ready").status_code == 200)
    assert "echoscope_store_up 1.0" in server.client.get("/-/metrics").text


def test_it_is_not_while_the_queue_is_full(serve: Serve) -> None:
    store = Distant(max_waiting=3)
    server = running(serve, store)
    store.is_hanging = True
    assert server.client.get("/-/ready").status_code == 200
    for number in range(5):
        server.client.get(f"/{number}")
    answer = server.client.get("/-/ready")
    assert answer.status_code == 503
    assert "queue before the store is full" in answer.json()["detail"]
    assert "were lost" in answer.json()["detail"]


def test_it_is_not_while_the_store_does_not_answer(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("echoscope.web.operations.readiness.ASK_S", 0.01)
    store = Silent()
    server = running(serve, store)
    store.is_silent = True
    answer = server.client.get("/-/ready")
    assert answer.status_code == 503
    assert "has not answered within" in answer.json()["detail"]


def test_it_is_not_any_more_when_the_server_stops(serve: Serve) -> None:
    app = Echoscope(load({}))
    server = serve(app)
    app.operations.readiness.is_stopping = True
    eventually(lambda: server.client.get("/-/ready").status_code == 503)


class Silent(Distant):
    """Takes the question and never answers."""

    is_silent = False

    async def status(self) -> Status:
        if self.is_silent:
            await asyncio.Event().wait()
        return await super().status()


class Refusing(Distant):
    """Tells its state, and refuses what is written."""

    is_refusing = False

    async def wait_before(self, exchange: Captured) -> None:
        if self.is_refusing:
            raise StoreAway("the disk is full")

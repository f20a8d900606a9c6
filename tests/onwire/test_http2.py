"""What is told of a connection over HTTP/2: streams, settings, frames, informational answers."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from echoscope.base.settings import load
from echoscope.main import create_app
from tests.eventually import eventually
from tests.servers import NO_TLS, WAIT_S, Running

Json = dict[str, Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with Running(create_app(load({}, port=0)), kind="http2") as running:
        yield running


@pytest.fixture
def client(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=server.origin, http1=False, http2=True, timeout=WAIT_S, trust_env=False, verify=NO_TLS
    ) as made:
        yield made


def told(server: Running, answer: httpx.Response, part: str = "wire") -> Json:
    document: Json = server.client.get(f"/-/api/exchanges/{answer.headers['x-echoscope-id']}/{part}").json()
    return document


def test_stream_settings_and_frames_are_told(server: Running, client: httpx.Client) -> None:
    client.get("/a")
    wire = told(server, client.post("/b", content=b"hello"))
    assert wire["is_told"] is True
    assert (wire["head"], wire["lines"], wire["chunks"]) == (None, [], None)
    assert (wire["http2"]["stream"], wire["connection"]["number"]) == (3, 2)
    assert wire["http2"]["settings"]["ENABLE_PUSH"] == 0
    frames = wire["http2"]["frames"]
    assert (frames["HEADERS"], frames["SETTINGS"] >= 1) == (2, True)
    assert "DATA" not in frames or frames["DATA"] >= 1


def test_what_is_told_of_one_exchange_does_not_change_with_the_next(server: Running, client: httpx.Client) -> None:
    first = client.get("/a")
    before = told(server, first)["http2"]["frames"]
    client.get("/b")
    assert told(server, first)["http2"]["frames"] == before


def test_the_exchanges_of_a_connection_are_grouped(server: Running) -> None:
    with httpx.Client(
        base_url=server.origin, http1=False, http2=True, timeout=WAIT_S, trust_env=False, verify=NO_TLS
    ) as client:
        answers = [client.get("/a") for _ in range(3)]
        document = told(server, answers[0], "connection")
        assert [item["number"] for item in document["items"]] == [1, 2, 3]
        assert document["closed_by"] is None
    eventually(lambda: told(server, answers[0], "connection")["closed_by"] == "client")


def test_the_page_and_the_fields_are_told(server: Running, client: httpx.Client) -> None:
    answer = client.get("/a?b=1", headers={"X-MiXed": "1"})
    page = server.client.get(f"/-/exchanges/{answer.headers['x-echoscope-id']}").text
    assert "HTTP/2 fields" in page
    assert "stream 1," in page
    echoed = client.get("/-/echo?as=raw").text
    assert echoed.startswith(":method: GET\r\n:scheme: http\r\n:authority: ")

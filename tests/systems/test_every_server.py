"""The same requests on every ASGI server that is installed, in every version of HTTP that it speaks."""

import asyncio
import hashlib
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from echoscope.server.certificates import Certificate, self_signed
from echoscope.web.inspector.systems import systems
from tests.eventually import eventually
from tests.servers import HOST, NO_TLS, WAIT_S
from tests.systems import facts
from tests.systems.catalogue import SYSTEMS, Place, Protocol, System
from tests.systems.clients import Answer, Client, Fields, Request
from tests.systems.differences import places_row, socket_folder
from tests.systems.process import Process, environment

Json = dict[str, Any]


@dataclass(frozen=True)
class Running:
    """A server that runs, and a client for the inspector."""

    system: System
    place: Place
    inspector: httpx.Client

    def ask(self, protocol: Protocol, request: Request) -> Answer:
        return Client(self.system, self.place, protocol).ask(request)

    def api(self, path: str) -> Json:
        made = self.inspector.get(f"/-/api/{path}")
        assert made.status_code == 200, made.text
        found: Json = made.json()
        return found

    def websocket_url(self, path: str) -> str:
        return f"ws://{HOST}:{self.place.port}{path}"


@pytest.fixture(scope="module")
def certificate() -> Iterator[Certificate]:
    with self_signed() as made:
        yield made


@pytest.fixture(scope="module")
def start(certificate: Certificate) -> Iterator[Callable[[System], Running]]:
    """Starts each server once: they all run to the end of these tests."""
    with ExitStack() as until_the_end:

        @cache
        def started(system: System) -> Running:
            system.require()
            place = system.place(certificate)
            until_the_end.enter_context(system.start(place))
            inspector = httpx.Client(
                base_url=f"http://{HOST}:{place.port}", timeout=WAIT_S, trust_env=False, verify=NO_TLS
            )
            return Running(system, place, until_the_end.enter_context(inspector))

        yield started


@pytest.fixture
def running(request: pytest.FixtureRequest, start: Callable[[System], Running]) -> Running:
    return start(next(system for system in SYSTEMS if request.param in (system, system.name)))


def table(name: str) -> list[list[str]]:
    return next(table["rows"] for table in systems()["tables"] if table["id"] == name)


EACH = pytest.mark.parametrize("running", SYSTEMS, ids=lambda system: system.name, indirect=True)

EACH_VERSION = pytest.mark.parametrize(
    ("running", "protocol"),
    [
        pytest.param(system, protocol, id=f"{system.name}-{protocol}")
        for system in SYSTEMS
        for protocol in system.protocols
    ],
    indirect=["running"],
)


def post(target: bytes = b"/", fields: Fields = (), body: bytes = b"body") -> Request:
    return Request("POST", target, fields, [body[start : start + 10_000] for start in range(0, len(body), 10_000)])


@EACH_VERSION
def test_the_echo_answers_with_the_scope(running: Running, protocol: Protocol) -> None:
    fields = [(b"x-repeated", b"1"), (b"x-other", b"2"), (b"x-repeated", b"3")]
    made = running.ask(protocol, post(b"/caf%C3%A9/a%20b?q=%20&q=2", fields))
    scope = made.json()
    assert (made.status, scope["type"], scope["method"]) == (200, "http", "POST")
    assert scope["http_version"] == protocol.removeprefix("HTTP/")
    assert scope["scheme"] == ("https" if protocol in running.system.over_tls else "http")
    assert scope["raw_path"] == "/caf%C3%A9/a%20b"
    assert (scope["query_string"], scope["root_path"]) == ("q=%20&q=2", "")
    assert [value for name, value in scope["headers"] if name == "x-repeated"] == ["1", "3"]
    assert {name for name, _ in scope["headers"]} >= {"host", "x-other"}
    assert all(name == name.lower() for name, _ in scope["headers"])
    assert "".join(event["body"] for event in scope["events"]) == "body"
    assert "state" not in scope


@EACH_VERSION
def test_who_has_an_answer_finds_its_exchange(running: Running, protocol: Protocol) -> None:
    body = bytes(range(256)) * 1_000
    made = running.ask(protocol, post(b"/kept", body=body))
    exchange_id = made.fields[b"x-echoscope-id"].decode()
    newest = running.api("exchanges?limit=1")["items"][0]
    assert (newest["id"], newest["path"], newest["state"]) == (exchange_id, "/kept", "done")
    found = running.api(f"exchanges/{exchange_id}")
    assert (found["http_version"], found["status"]) == (protocol.removeprefix("HTTP/"), 200)
    assert found["request"]["body"]["sha256"] == hashlib.sha256(body).hexdigest()
    assert found["received_bytes"] == len(body)


@EACH
def test_an_http_1_0_client_gets_all_of_a_stream_and_no_chunks(running: Running) -> None:
    with socket.create_connection((HOST, running.place.port), WAIT_S) as connection:
        connection.sendall(b"GET /sse?count=3&duration=1.5 HTTP/1.0\r\nHost: localhost\r\n\r\n")
        received = b""
        while b"event: ping" not in received and (piece := connection.recv(1 << 16)):
            received += piece
        came_as_made = received.count(b"event: ping\n") < 3
        while piece := connection.recv(1 << 16):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower()
    assert body.startswith(b"event: ping\n")
    assert body.count(b"event: ping\n") == 3
    if running.system.name == "echoscope serve":
        assert came_as_made


@EACH_VERSION
def test_the_live_feed_tells_of_a_request(running: Running, protocol: Protocol) -> None:
    with connect(running.websocket_url("/-/live"), proxy=None, open_timeout=WAIT_S) as websocket:
        assert json.loads(websocket.recv(WAIT_S))["type"] == "hello"
        exchange_id = running.ask(protocol, post(b"/watched")).fields[b"x-echoscope-id"].decode()
        (item,) = json.loads(websocket.recv(WAIT_S))["items"]
    assert (item["id"], item["path"], item["received_bytes"]) == (exchange_id, "/watched", 4)


@EACH_VERSION
@pytest.mark.parametrize("target", [b"/%ff", b"//a//b", b"/a/../b", b"/%2e%2e/%2F", b"/a;b=c", b"/?%ff&&=", b"/%00"])
def test_an_odd_target_is_shown_as_it_was_sent(running: Running, protocol: Protocol, target: bytes) -> None:
    made = running.ask(protocol, post(target))
    path, _, query = target.decode().partition("?")
    assert (made.status, made.json()["raw_path"], made.json()["query_string"]) == (200, path, query)


@EACH_VERSION
def test_an_endpoint_answers_with_its_status(running: Running, protocol: Protocol) -> None:
    assert running.ask(protocol, post(b"/status/418")).status == 418


@EACH
def test_a_websocket_gets_its_scope_and_every_message_back(running: Running) -> None:
    url = running.websocket_url("/chat?a=1")
    with connect(url, proxy=None, subprotocols=["soap", "wamp"], open_timeout=WAIT_S) as websocket:  # type: ignore[list-item]
        scope = json.loads(websocket.recv(WAIT_S))
        assert (scope["type"], scope["path"], scope["query_string"]) == ("websocket", "/chat", "a=1")
        assert scope["subprotocols"] == ["soap", "wamp"]
        assert websocket.subprotocol == "soap"
        for message in ("text", b"\x00\xff"):
            websocket.send(message)
            assert websocket.recv(WAIT_S) == message
    eventually(lambda: running.api("exchanges?limit=1")["items"][0]["state"] in ("done", "disconnected"))
    newest = running.api("exchanges?limit=1")["items"][0]
    assert (newest["type"], newest["status"], newest["received_bytes"]) == ("websocket", 101, 6)


@EACH
def test_the_dashboard_and_what_it_is_made_of_are_served(running: Running) -> None:
    page = running.inspector.get("/-/", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    script = page.text.partition('<script type="module" src="')[2].partition('"')[0]
    assert running.inspector.get(script).headers["content-type"].startswith("text/javascript")


@EACH
def test_server_sent_events_tell_of_a_request(running: Running) -> None:
    with running.inspector.stream("GET", "/-/live", headers={"accept": "text/event-stream"}) as stream:
        lines = (json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: "))
        assert next(lines)["type"] == "hello"
        running.ask("HTTP/1.1", post(b"/streamed"))
        assert next(lines)["items"][0]["path"] == "/streamed"


@pytest.mark.parametrize(
    "running",
    [row[0] for row in table("messages") if row[3] == "with the head"],
    indirect=True,
)
def test_a_client_that_leaves_within_its_body_is_recorded_as_gone(running: Running) -> None:
    with socket.create_connection((HOST, running.place.port), timeout=WAIT_S) as connection:
        connection.sendall(b"POST /left HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf")
        eventually(lambda: states(running, "/left") == ["open"])
    eventually(lambda: states(running, "/left") == ["disconnected"])


def states(running: Running, path: str) -> list[str]:
    return [item["state"] for item in running.api("exchanges")["items"] if item["path"] == path]


@EACH
def test_thirty_requests_at_once_are_each_recorded_once(running: Running) -> None:
    async def ask_all() -> list[str]:
        async with httpx.AsyncClient(
            base_url=running.inspector.base_url, timeout=WAIT_S, trust_env=False, verify=NO_TLS
        ) as client:
            made = await asyncio.gather(*(client.post(f"/many/{number}", content=b"x") for number in range(30)))
        return [answer.headers["x-echoscope-id"] for answer in made]

    ids = asyncio.run(ask_all())
    items = running.api("exchanges?limit=100")["items"]
    assert sorted(item["id"] for item in items if item["path"].startswith("/many/")) == sorted(ids)


@EACH
def test_the_table_of_differences_says_what_the_server_does(running: Running, certificate: Certificate) -> None:
    system, place = running.system, running.place
    for protocol in system.protocols:
        found = facts.Facts(system, place, protocol)
        number = protocol.removeprefix("HTTP/")
        assert [system.name, number, *found.scope()] in table("scope")
        assert [system.name, number, *found.messages()] in table("messages")
    with socket_folder() as folder:
        assert places_row(system, certificate, Path(folder), facts.websocket(place)) in table("places")


def test_a_token_that_was_made_is_logged_where_the_server_prints_none(certificate: Certificate) -> None:
    (system,) = [system for system in SYSTEMS if system.name == "uvicorn, httptools"]
    place = system.place(certificate)
    with Process(system.command(place), environment(ECHOSCOPE_PROFILE="public")) as process:
        link = process.wait_for(r"Sign in at /-/login#token=(\S+),")
        process.wait_until_listening((HOST, place.port))
        answer = httpx.get(
            f"http://{HOST}:{place.port}/-/api/info", headers={"Authorization": f"Bearer {link[1]}"}, verify=NO_TLS
        )
        assert answer.json()["profile"] == "public"


WITH_LIFESPAN = [
    system for system in SYSTEMS if system.name not in ("echoscope serve", "daphne", "uvicorn, h11", "uvicorn, zttp")
]
"""Of uvicorn with one parser: it has parsed nothing yet when its start ends."""


@pytest.mark.parametrize("system", WITH_LIFESPAN, ids=lambda system: system.name)
def test_a_setting_that_cannot_be_used_ends_the_start_with_its_name(system: System, certificate: Certificate) -> None:
    system.require()
    command = system.command(system.place(certificate))
    with Process(command, environment(ECHOSCOPE_MAX_EVENTS="many"), is_gentle=False) as process:
        process.wait()
        assert "ECHOSCOPE_MAX_EVENTS: 'many' cannot be used" in process.output

"""`echoscope forward` and `replay` to a server: the same bytes, once each, and what became of them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from echoscope.base.settings import load
from echoscope.main import create_app
from tests import wire
from tests.code.requests_to_repeat import TABLE, capture
from tests.conftest import Serve
from tests.eventually import eventually
from tests.sender.target import Target, target
from tests.sender.test_sender import REQUESTS, expected
from tests.servers import HOST, Running

from .program import called
from .test_watching import Begun, ask, begun


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()


@pytest.fixture
def other() -> Iterator[Target]:
    with target() as running:
        yield running


def authority(other: Target) -> bytes:
    return f"{HOST}:{other.port}".encode()


def sent_on(command: Begun, path: str) -> str:
    """What the line for a request says behind its arrow."""
    return command.out.until(f"{path}  →  ").rstrip("\n").rpartition("→  ")[2]


def test_what_arrives_goes_on_with_the_same_bytes_in_the_same_order(server: Running, other: Target) -> None:
    with begun(server, "forward", "--to", other.origin, "--after", "0") as command:
        assert f"goes on to {other.origin}" in command.err.next()
        for request in REQUESTS.values():
            capture(server, request)
        eventually(lambda: len(other.requests) == len(REQUESTS))
    wanted = [expected(request).replace(b"127.0.0.1:3000", authority(other)) for request in REQUESTS.values()]
    assert other.requests == wanted


def test_status_and_time_are_shown_and_a_search_chooses(server: Running, other: Target) -> None:
    other.answers = [b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n", b"", b"SSH\r\n\r\n"]
    with begun(server, "forward", "path:/hooks", "--to", other.origin, "--after", "0") as command:
        for path in ("/hooks/1", "/other", "/hooks/2", "/hooks/3", "/hooks/4"):
            server.client.get(path)
        assert re.fullmatch(r"503  [\d.]+ m?s", sent_on(command, "/hooks/1"))
        assert sent_on(command, "/hooks/2") == "the connection was closed without an answer"
        assert sent_on(command, "/hooks/3").startswith("its answer is not HTTP/1.1: ")
        assert re.fullmatch(r"200  [\d.]+ m?s", sent_on(command, "/hooks/4"))
    assert len(other.requests) == 4


def test_what_cannot_be_sent_as_it_was_is_said_and_not_sent(serve: Serve, other: Target) -> None:
    server = serve(kept_body_bytes=10)
    with begun(server, "forward", "--to", other.origin, "--after", "0") as command:
        server.client.post("/cut", content=b"x" * 50)
        with connect(server.websocket_url("/chat"), proxy=None):
            pass
        server.client.get("/whole")
        assert sent_on(command, "/cut") == "not sent: only the first 10 of 50 bytes of its body were kept"
        rest = command.out.until("/whole")
        assert "/chat  →  not sent: it is a WebSocket session" in rest
    assert len(other.requests) == 1


def test_a_drop_loses_and_repeats_nothing(serve: Serve, other: Target) -> None:
    server = serve(create_app(load({})))
    with begun(server, "forward", "--to", other.origin, "--after", "0") as command:
        server.client.get("/1")
        sent_on(command, "/1")
        file = server.client.get("/-/api/export.jsonl?reveal=1").content
        server.stop()
        command.err.until("Trying again")
        again = serve(create_app(load({})), port=server.port)
        assert again.client.post("/-/api/import", content=file).json()["imported"] == 1
        again.client.get("/2")
        sent_on(command, "/2")
    assert [request.split(b" ")[1] for request in other.requests] == [b"/1", b"/2"]


def test_what_a_bin_gets_goes_on_alone(server: Running, other: Target) -> None:
    server.client.get("/~hooks/1")
    server.client.get("/elsewhere")
    server.client.get("/~hooks/2")
    with begun(server, "forward", "--bin", "hooks", "--to", other.origin, "--after", "0") as command:
        sent_on(command, "/~hooks/2")
    assert [request.split(b" ")[1] for request in other.requests] == [b"/~hooks/1", b"/~hooks/2"]


BELOW = {
    "/~hooks/orders//7%2f?id=%41": "/orders//7%2f?id=%41",
    "/%7Ehooks/a/~b": "/a/~b",
    "/~hooks": "/",
    "/~hooks/?x": "/?x",
}


def test_the_path_below_the_bin_can_be_sent_alone(server: Running, other: Target) -> None:
    for target_of_bin in BELOW:
        server.raw(wire.request(target=target_of_bin, close=True))
    with begun(server, "forward", "/~hooks", "--to", other.origin, "--below-bin", "--after", "0") as command:
        sent_on(command, "/~hooks/?x")
    ask(server, "replay", "last", "--bin", "hooks", "--to", other.origin, "--below-bin")
    assert [request.split(b" ")[1].decode() for request in other.requests] == [*BELOW.values(), "/?x"]


def test_a_path_outside_any_bin_is_sent_as_it_is(server: Running, other: Target) -> None:
    server.client.get("/orders/~me")
    with begun(server, "forward", "--to", other.origin, "--below-bin", "--after", "0") as command:
        sent_on(command, "/orders/~me")
    assert other.requests[0].startswith(b"GET /orders/~me HTTP/1.1\r\n")


def test_one_who_is_away_is_tried_again_and_gets_it_once(server: Running) -> None:
    with target() as gone:
        pass
    with begun(server, "forward", "--to", gone.origin, "--after", "0") as command:
        command.err.next()
        server.client.get("/1")
        server.client.get("/2")
        with target(gone.port) as back:
            sent_on(command, "/2")
            assert [request.split(b" ")[1] for request in back.requests] == [b"/1", b"/2"]


def test_one_who_stays_away_is_said(server: Running) -> None:
    with target() as gone:
        pass
    with begun(server, "forward", "--to", gone.origin, "--retry", "0", "--after", "0") as command:
        server.client.get("/1")
        assert sent_on(command, "/1") == "Connection refused"


def test_the_host_that_came_can_be_kept(server: Running, other: Target) -> None:
    server.raw(wire.request(target="/x", host="example.com", close=True))
    with begun(server, "forward", "--to", other.origin, "--keep-host", "--after", "0") as command:
        sent_on(command, "/x")
    assert b"\r\nHost: example.com\r\n" in other.requests[0]


def test_an_echoscope_does_not_forward_to_itself(server: Running) -> None:
    for to in (server.origin, server.origin.replace(HOST, "localhost")):
        ended = ask(server, "forward", "--to", to)
        assert ended.returncode == 2
        assert "would arrive here, for ever" in ended.stderr


def test_a_request_is_sent_again_and_its_answer_shown(server: Running, other: Target) -> None:
    other.answers = [b'HTTP/1.1 201 Created\r\nX-A: \x1b[31m\r\nContent-Length: 7\r\n\r\n{"a":1}']
    exchange_id = capture(server, TABLE["repeats"])
    ended = ask(server, "replay", exchange_id, "--to", other.origin)
    assert ended.returncode == 0
    assert ended.stdout == '201\nX-A: \\x1b[31m\nContent-Length: 7\n\n{\n  "a": 1\n}\n'
    assert re.fullmatch(rf"— GET to {other.origin}: 201 in [\d.]+ m?s\n", ended.stderr)
    assert other.requests == [expected(TABLE["repeats"]).replace(b"127.0.0.1:3000", authority(other))]


def test_a_replay_can_be_compared_with_what_was_captured(server: Running, serve: Serve, other: Target) -> None:
    server.client.get("/uuid")
    server.client.get("/json")
    twin = serve()
    assert ask(server, "replay", "last", "--to", twin.origin, "--compare").returncode == 0
    other.answers = [b'HTTP/1.1 500 No\r\nContent-Type: text/x\r\nContent-Length: 8\r\n\r\n{"a": 1}']
    ended = ask(server, "replay", "last", "--to", other.origin, "--compare")
    assert ended.returncode == 1
    assert "status: 500 instead of 200\n" in ended.stdout
    assert "header is missing: content-type: application/json\n" in ended.stdout
    assert "header is new: content-type: text/x\n" in ended.stdout
    assert '\n+  "a": 1\n' in ended.stdout


MISTAKES = {
    "nowhere to send": (["replay", "x"], 2, "Name either a server to send the request to"),
    "two places": (["replay", "x", "a:b", "--to", "http://h"], 2, "Name either a server to send the request to"),
    "no origin": (["replay", "x", "--to", "ftp://localhost"], 2, "'ftp://localhost' begins with ftp"),
    "a path": (["forward", "--to", "http://localhost/x"], 2, "more than an origin"),
    "no target": (["forward"], 2, "--to"),
    "no exchange": (["replay", "nothing", "--to", "http://127.0.0.1:1"], 4, "None of these exchanges is kept"),
    "nobody there": (["replay", "last", "--to", "http://127.0.0.1:1"], 1, "gave no answer: Connection refused"),
    "no file": (["replay", "x.json", "--to", "http://127.0.0.1:1"], 2, "There is no file x.json"),
    "a file of something else": (["replay", "pyproject.toml", "--to", "http://127.0.0.1:1"], 2, "cannot be replayed"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line(server: Running, name: str) -> None:
    arguments, code, named = MISTAKES[name]
    server.client.get("/x")
    ended = ask(server, *arguments)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert ended.stderr.startswith("echoscope: ")
    assert ended.stderr.count("\n") == 1
    assert named in ended.stderr


def test_an_export_with_one_exchange_is_replayed_without_the_server(
    server: Running, other: Target, tmp_path: Path
) -> None:
    exchange_id = capture(server, TABLE["all at once"])
    file = tmp_path / "one.jsonl"
    assert ask(server, "export", "--id", exchange_id, "--reveal", "-o", str(file)).returncode == 0
    server.stop()
    assert called("replay", str(file), "--to", other.origin).returncode == 0
    assert other.requests == [expected(TABLE["all at once"]).replace(b"127.0.0.1:3000", authority(other))]


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/x",
        "http://evil.example/x",
        "///evil.example",
        "/\\evil.example",
        "/@evil.example/",
        "/%2F/evil.example",
    ],
)
def test_no_target_leads_a_replay_anywhere_else(server: Running, other: Target, target: str) -> None:
    """What is sent again goes to the origin that was named, with a Host that says so, whatever the target was."""
    server.raw(wire.request(target=target, close=True))
    ended = ask(server, "replay", "last", "--to", other.origin)
    assert ended.returncode == 0, ended.stderr
    (request,) = other.requests
    assert request.count(b"\r\nHost: ") == request.lower().count(b"\r\nhost: ") == 1
    assert b"\r\nHost: %b\r\n" % authority(other) in request
    assert not request.startswith(b"GET http")

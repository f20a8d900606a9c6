"""The echo of bodies: in the messages in which the app received them, within bounds, under any framing."""

import base64
import json
from typing import Any

import pytest

from echoscope.base.settings import load
from echoscope.main import create_app
from echoscope.server import Limits
from tests import wire
from tests.conftest import Serve
from tests.servers import Kind, Running, read_all

from .conftest import KINDS


def body_of(events: list[dict[str, Any]]) -> bytes:
    parts = [event["body"] for event in events]
    return b"".join(part.encode() if isinstance(part, str) else base64.b64decode(part["base64"]) for part in parts)


def post(server: Running, body: bytes, *headers: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        wire.Answer(server.raw(wire.request("POST", "/echo", headers, body, close=True))).body
    )
    return found


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", ""),
        (b"hello", "hello"),
        ("grüß ✓\n".encode(), "grüß ✓\n"),
        (b"\xff\xfe\x00", {"base64": "//4A"}),
        (b"\x00", "\0"),
        (b'{"a": NaN, "b": "\\ud800"}', '{"a": NaN, "b": "\\ud800"}'),
        (b"\xed\xa0\x80", {"base64": "7aCA"}),
        (b"\xef\xbb\xbfbom", "\ufeffbom"),
    ],
    ids=ascii,
)
def test_a_body_is_text_or_base64(any_server: Running, body: bytes, shown: Any) -> None:
    assert post(any_server, body)["events"] == [{"type": "http.request", "body": shown, "more_body": False}]


def test_a_body_of_get_is_echoed(any_server: Running) -> None:
    answer = wire.Answer(any_server.raw(wire.request("GET", "/echo", body=b"hello", close=True)))
    assert json.loads(answer.body)["events"][0]["body"] == "hello"


def test_a_chunked_body_is_put_together(any_server: Running) -> None:
    head = wire.request("POST", "/echo", ["Transfer-Encoding: chunked"], close=True)
    answer = any_server.raw(head + b"3\r\nabc\r\n2;name=value\r\nde\r\n0\r\n\r\n")
    events = json.loads(wire.Answer(answer).body)["events"]
    assert body_of(events) == b"abcde"
    assert [event["more_body"] for event in events] == [True] * (len(events) - 1) + [False]


def test_a_client_that_waits_to_be_told_is_told_to_go_on(any_server: Running) -> None:
    with any_server.connect() as connection:
        connection.sendall(wire.request("POST", "/echo", ["Expect: 100-continue", "Content-Length: 6"], close=True))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abcdef")
        answer = wire.Answer(read_all(connection))
    assert body_of(json.loads(answer.body)["events"]) == b"abcdef"


def test_http_1_0_is_answered_and_the_connection_closed(any_server: Running) -> None:
    answer = wire.Answer(any_server.raw(wire.request("POST", "/echo", body=b"old", host=None, version="1.0")))
    found = json.loads(answer.body)
    assert (found["http_version"], found["events"][0]["body"]) == ("1.0", "old")
    assert found["headers"] == [["content-length", "3"]]
    assert answer.header("transfer-encoding") is None
    assert int(answer.header("content-length") or 0) == len(answer.body)


def test_pipelined_requests_are_answered_in_their_order(any_server: Running) -> None:
    requests = [wire.request("POST", f"/{number}", body=b"%d" % number, close=number == 299) for number in range(300)]
    answers = wire.pipeline(any_server, requests)
    found = []
    while answers:
        answer = wire.Answer(answers)
        length = int(answer.header("content-length") or 0)
        found.append(json.loads(answer.body[:length]))
        answers = answer.body[length:]
    assert [(one["path"], one["events"][0]["body"]) for one in found] == [
        (f"/{number}", str(number)) for number in range(300)
    ]


def test_a_body_is_kept_to_the_bound_with_its_true_size(serve: Serve) -> None:
    server = serve(kept_body_bytes=1_000)
    (event,) = post(server, b"x" * 1_500)["events"]
    assert event == {"type": "http.request", "body": "x" * 1_000, "more_body": False, "size": 1_500, "truncated": True}


def test_a_body_as_large_as_the_bound_is_whole(serve: Serve) -> None:
    server = serve(kept_body_bytes=1_000)
    assert post(server, b"x" * 1_000)["events"] == [{"type": "http.request", "body": "x" * 1_000, "more_body": False}]


def test_a_body_that_is_cut_within_a_character_stays_readable(serve: Serve) -> None:
    """What is kept ends in half a character; the one rule for bytes then gives base64."""
    server = serve(kept_body_bytes=3)
    (event,) = post(server, "éé".encode())["events"]
    assert event["body"] == {"base64": base64.b64encode("éé".encode()[:3]).decode()}


def test_a_large_body_is_read_whole_and_summed_up(any_server: Running) -> None:
    body = bytes(range(256)) * 8_000
    answer = any_server.client.post("/echo", content=body)
    events = answer.json()["events"]
    assert sum(event.get("size", len(body_of([event]))) for event in events) == len(body)
    assert body_of(events) == body[: 256 << 10]
    exchange = any_server.client.get(f"/-/api/exchanges/{answer.headers['x-echoscope-id']}").json()
    assert exchange["received_bytes"] == len(body)


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_that_says_that_it_is_too_large_is_refused(serve: Serve, kind: Kind) -> None:
    server = serve(create_app(load({}, max_body_bytes=1_000)), kind=kind, limits=limits(kind))
    answer = server.client.post("/echo", content=b"x" * 1_001)
    assert_too_large(answer.status_code, answer.json())


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_that_becomes_too_large_is_refused(serve: Serve, kind: Kind) -> None:
    server = serve(create_app(load({}, max_body_bytes=100_000)), kind=kind)

    def pieces() -> Any:
        for _ in range(30):
            yield b"x" * 10_000

    answer = server.client.post("/echo", content=pieces())
    assert_too_large(answer.status_code, answer.json())
    (listed,) = server.client.get("/-/api/exchanges").json()["items"]
    assert (listed["status"], listed["state"]) == (413, "done")


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_as_large_as_it_may_be_is_taken(serve: Serve, kind: Kind) -> None:
    server = serve(create_app(load({}, max_body_bytes=1_000)), kind=kind)
    assert server.client.post("/echo", content=b"x" * 1_000).status_code == 200


def limits(kind: Kind) -> Limits | None:
    return Limits(max_body_bytes=1_000) if kind == "echoscope" else None


def assert_too_large(status: int, problem: dict[str, Any]) -> None:
    assert status == problem["status"] == 413
    assert problem["type"] == "about:blank"
    assert "bytes" in problem["detail"]

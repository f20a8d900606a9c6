"""HTTP/2 that no honest client sends: it is refused, and costs nobody else anything."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.apps import report
from tests.servers import Running
from tests.systems.http2 import HEADERS, Headers, Http2Client

PROTOCOL_ERROR = 0x1


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with Running(report, kind="http2") as running:
        yield running


TARGETS: dict[str, tuple[Any, int]] = {
    "space": ("/a b", 400),
    "not ASCII": (b"/caf\xe9", 400),
    "no slash": ("abc", 400),
    "asterisk": ("*", 400),
    "with authority": ("http://other/path", 200),
    "escaped": ("/%00%ff/..//", 200),
}


@pytest.mark.parametrize(("path", "status"), TARGETS.values(), ids=TARGETS)
def test_odd_targets_are_answered_and_harm_nothing(server: Running, path: Any, status: int) -> None:
    with Http2Client(server.port) as client:
        assert client.get(path).status == status
        assert client.get("/fine").status == 200


PSEUDO: Headers = [(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "x")]

MALFORMED: dict[str, Headers] = {
    "upper-case name": [*PSEUDO, ("X-Up", "1")],
    "header of HTTP/1.1": [*PSEUDO, ("connection", "close")],
    "line break in a value": [*PSEUDO, ("x", "1\r\ny: 2")],
    "two lengths": [*PSEUDO, ("content-length", "1"), ("content-length", "2")],
    "length that is no number": [*PSEUDO, ("content-length", "+1")],
    "no path": [header for header in PSEUDO if header[0] != ":path"],
    "empty path": [(":path", "") if header[0] == ":path" else header for header in PSEUDO],
    "method that is no token": [(":method", "G T") if header[0] == ":method" else header for header in PSEUDO],
    "control in the path": [(":path", b"/a\x01") if header[0] == ":path" else header for header in PSEUDO],
    "pseudo-header behind a header": [*PSEUDO[:3], ("x", "1"), PSEUDO[3]],
}


@pytest.mark.parametrize("headers", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_request_costs_its_own_stream(server: Running, headers: Headers) -> None:
    with Http2Client(server.port) as client:
        made = client.answer(client.request_raw(headers))
        assert (made.status, made.reset) == (None, PROTOCOL_ERROR)
        assert client.get().status == 200


def test_a_body_of_another_length_than_announced_costs_its_own_stream(server: Running) -> None:
    with Http2Client(server.port) as client:
        stream = client.request("POST", "/", [("content-length", "5")], end=False)
        client.body(stream, b"much more")
        assert client.answer(stream).reset == PROTOCOL_ERROR
        assert client.get().status == 200


def test_frames_that_make_no_sense_end_the_connection(server: Running) -> None:
    with Http2Client(server.port) as client:
        client.socket.sendall(client.frame(HEADERS, 0, 0, b"\x82"))
        client.until(lambda: False)
        assert client.goaway == PROTOCOL_ERROR


def test_websockets_over_http2_are_not_promised_and_refused(server: Running) -> None:
    with Http2Client(server.port) as client:
        client.until(lambda: client.settings)
        assert client.settings.get(0x8, 0) == 0
        made = client.answer(client.request_raw([*PSEUDO[1:], (":method", "CONNECT"), (":protocol", "websocket")]))
        assert (made.status, json.loads(made.body)["detail"][:10]) == (501, "WebSockets")

"""What is turned away over HTTP/2 is an exchange too: its fields, or the frame that broke the connection, and why."""

import json
from base64 import b64decode
from contextlib import suppress
from typing import Any

import pytest
from websockets.sync.client import connect

from echoscope.base.settings import load
from echoscope.cli.console import line
from echoscope.main import create_app
from echoscope.server import Limits, http2
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import Running
from tests.systems.http2 import (
    CONTINUATION,
    HEADERS,
    LAST_POSSIBLE_STREAM,
    PING,
    PRIORITY,
    RST_STREAM,
    SETTINGS,
    Headers,
    Http2Client,
)
from tests.systems.test_http2_malformed import MALFORMED, PSEUDO

DATA, WINDOW_UPDATE = 0x0, 0x8

NO_ERROR, PROTOCOL_ERROR, FRAME_SIZE_ERROR, REFUSED_STREAM, COMPRESSION_ERROR, CALM = 0x0, 0x1, 0x6, 0x7, 0x9, 0xB
END_STREAM, END_HEADERS = 0x1, 0x4

LIMITS = Limits(
    max_head_bytes=4_000,
    max_head_lines=20,
    max_body_bytes=1_000,
    head_timeout=0.4,
    body_idle_timeout=0.3,
    max_connections=3,
)


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve(create_app(load({})), kind="http2", limits=LIMITS)


def newest(server: Running, count: int = 1) -> dict[str, Any]:
    """The newest exchange, when there are so many; the server is asked over HTTP/1.1."""

    def items() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = server.client.get("/-/api/exchanges").json()["items"]
        return found

    eventually(lambda: len(items()) >= count)
    (item, *_) = items()
    document: dict[str, Any] = server.client.get(f"/-/api/exchanges/{item['id']}").json()
    return document


def wire(server: Running) -> bytes:
    """Of the newest one, as it stands in an export."""
    told = json.loads(server.client.get("/-/api/export.jsonl?reveal=1").text.splitlines()[-1])["wire"]
    return told.encode() if isinstance(told, str) else b64decode(told["base64"])


REASONS = {
    "upper-case name": "the name X-Up has capitals",
    "header of HTTP/1.1": "the field connection belongs to HTTP/1.1",
    "line break in a value": "the value of x holds a line break or a NUL",
    "two lengths": "the content-length is not one number",
    "length that is no number": "the content-length is not one number",
    "no path": "there is no :path",
    "empty path": "there is no :path",
    "method that is no token": "the :method is no token",
    "control in the path": "the :path holds what must be percent-encoded",
    "pseudo-header behind a header": "the pseudo-header :authority stands behind a field",
    "no method": "there is no :method",
    "no scheme": "there is no :scheme",
    "a pseudo-header that there is not": "there is no pseudo-header :status",
    "a pseudo-header twice": "the pseudo-header :path stands there twice",
    "a name that is no token": "the name 'a b' is no token",
    "te": "the field te may only say trailers",
    "white space": "the value of x has white space around it",
    "another host": "host and :authority differ",
}

MORE: dict[str, Headers] = {
    "no method": PSEUDO[1:],
    "no scheme": [PSEUDO[0], PSEUDO[1], PSEUDO[3]],
    "a pseudo-header that there is not": [*PSEUDO, (":status", "200")],
    "a pseudo-header twice": [*PSEUDO, (":path", "/other")],
    "a name that is no token": [*PSEUDO, ("a b", "1")],
    "te": [*PSEUDO, ("te", "gzip")],
    "white space": [*PSEUDO, ("x", " 1")],
    "another host": [*PSEUDO, ("host", "other")],
}


@pytest.mark.parametrize("name", REASONS)
def test_a_malformed_request_is_recorded_with_its_fields_and_what_is_wrong_with_them(
    server: Running, name: str
) -> None:
    headers = (MALFORMED | MORE)[name]
    with Http2Client(server.port) as client:
        assert client.get("/-/health").status == 200
        client.answer(client.request_raw([PSEUDO[0], (":path", "/before"), *PSEUDO[2:], ("x-indexed", "by hpack")]))
        answer = client.answer(client.request_raw([*headers, ("x-indexed", "by hpack")]))
        assert (answer.status, answer.reset) == (None, PROTOCOL_ERROR)
    document = newest(server, 2)
    assert (document["state"], document["status"], document["http_version"]) == ("refused", None, "2")
    assert document["reason"] == f"The stream was reset with PROTOCOL_ERROR: {REASONS[name]}."
    assert ["x-indexed", "by hpack"] in document["scope"]["headers"]
    values = dict(reversed([(str(key), value) for key, value in headers]))
    assert document["method"] == values.get(":method", "")
    told = wire(server).decode().split("\r\n")
    assert told[-2:] == ["x-indexed: by hpack", ""]
    assert len(told) == len(headers) + 2
    for line_of_field, (key, _) in zip(told, headers, strict=False):
        assert line_of_field.startswith(f"{key}: ")


def test_a_line_break_in_a_value_does_not_look_like_a_line(server: Running) -> None:
    with Http2Client(server.port) as client:
        client.answer(client.request_raw([*PSEUDO, ("x", "1\r\ny: 2")]))
    assert ["x", "1\r\ny: 2"] in newest(server)["scope"]["headers"]
    assert b"x: 1\\r\\ny: 2\r\n" in wire(server)


def test_a_request_among_many_is_told_by_its_own_fields(server: Running) -> None:
    """Header blocks refer to those before them, so all of them count."""
    with Http2Client(server.port) as client:
        for number in range(300):
            client.request("GET", f"/-/health?{number}", [("x-number", str(number)), ("x-same", "s" * 50)])
        answer = client.answer(client.request("GET", "/wrong", [("x-same", "s" * 50), ("x-number", "299"), ("X", "1")]))
        assert answer.reset == PROTOCOL_ERROR
    document = newest(server)
    assert document["path"] == "/wrong"
    assert document["scope"]["headers"] == [
        ["host", "localhost"],
        ["x-same", "s" * 50],
        ["x-number", "299"],
        ["x", "1"],
    ]


def test_what_cannot_be_told_by_its_fields_is_told_by_its_frame(server: Running) -> None:
    """Where more came before than is kept to be decoded."""
    with Http2Client(server.port) as client:
        for number in range(20):
            client.get("/-/health", [("x", f"{number}" * 3_000)])
        assert client.answer(client.request("GET", "/wrong", [("X", "1")])).reset == PROTOCOL_ERROR
    document = newest(server)
    assert (document["state"], document["method"], document["path"]) == ("refused", "", "")
    assert document["reason"] == "The stream was reset with PROTOCOL_ERROR: the request is malformed."
    assert wire(server)


@pytest.mark.parametrize(
    ("path", "headers", "status", "reason"),
    [
        pytest.param("/big", [("x", "y" * 4_000)], 431, "at most 4000 bytes", id="a large head"),
        pytest.param("/many", [(f"x-{number}", "1") for number in range(21)], 431, "20 header lines", id="many lines"),
        pytest.param("/body", [("content-length", "1001")], 413, "at most 1000 bytes", id="an announced body"),
        pytest.param(b"/caf\xe9", [], 400, "Invalid characters in url", id="a target"),
    ],
)
def test_what_the_server_answers_itself_is_recorded(
    server: Running, path: str | bytes, headers: Headers, status: int, reason: str
) -> None:
    with Http2Client(server.port) as client:
        assert client.answer(client.request("POST", path, [*headers, ("x-last", "1")], end=False)).status == status
    document = newest(server)
    assert (document["state"], document["status"], document["method"]) == ("refused", status, "POST")
    assert document["path"] == (path if isinstance(path, str) else "/caf\\xe9")
    assert reason in document["reason"]
    assert document["scope"]["headers"][0] == ["host", "localhost"]
    assert wire(server).startswith(b":method: POST\r\n:scheme: http\r\n:authority: localhost\r\n:path: ")


@pytest.mark.parametrize("path", ["/echo", "/post"])
def test_a_body_that_grows_too_large_is_recorded_as_refused(server: Running, path: str) -> None:
    with Http2Client(server.port) as client:
        stream = client.request("POST", path, end=False)
        client.body(stream, b"x" * 900, end=False)
        client.body(stream, b"x" * 900, end=False)
        assert client.answer(stream).status == 413
    document = newest(server)
    assert (document["state"], document["status"], document["path"]) == ("refused", 413, path)


def test_a_body_that_pauses_is_recorded_as_refused(server: Running) -> None:
    with Http2Client(server.port) as client:
        stream = client.request("POST", "/pausing", end=False)
        client.body(stream, b"x", end=False)
        assert client.answer(stream).status == 408
    document = newest(server)
    assert (document["state"], document["status"], document["path"]) == ("refused", 408, "/pausing")


def test_a_body_of_another_length_than_announced_is_recorded_as_refused(server: Running) -> None:
    with Http2Client(server.port) as client:
        stream = client.request("POST", "/length", [("content-length", "5")], end=False)
        client.body(stream, b"much more")
        assert client.answer(stream).reset == PROTOCOL_ERROR
    document = newest(server)
    assert (document["state"], document["status"], document["path"]) == ("refused", None, "/length")
    assert document["reason"] == "The stream was reset with PROTOCOL_ERROR: the request is malformed."


def test_more_connections_than_allowed_are_recorded_as_refused(server: Running) -> None:
    clients = [Http2Client(server.port) for _ in range(4)]
    for client in clients:
        client.until(lambda client=client: client.settings)  # type: ignore[misc]
    assert clients[3].get("/too-many").status == 503
    for client in clients:
        client.close()
    document = newest(server)
    assert (document["state"], document["status"], document["path"]) == ("refused", 503, "/too-many")


def test_more_streams_than_allowed_are_recorded_as_refused(serve: Serve) -> None:
    server = serve(create_app(load({})), kind="http2")
    with Http2Client(server.port) as client:
        pseudo = [(":method", "POST"), (":scheme", "http"), (":authority", "x")]
        encoder = client.h2.encoder
        client.until(lambda: client.settings)
        for number in range(130):
            block = encoder.encode([*pseudo, (":path", f"/{number}")])
            client.socket.sendall(client.frame(HEADERS, END_HEADERS, 2 * number + 1, block))
        documents = eventually_refused(server, 2)
    assert [document["path"] for document in documents] == ["/129", "/128"]
    for document in documents:
        assert document["reason"] == (
            "The stream was reset with REFUSED_STREAM: more streams at once than the server takes."
        )


def eventually_refused(server: Running, count: int) -> list[dict[str, Any]]:
    def items() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = server.client.get("/-/api/exchanges?q=state:refused").json()["items"]
        return found

    eventually(lambda: len(items()) == count)
    return [server.client.get(f"/-/api/exchanges/{item['id']}").json() for item in items()]


def test_a_tunnel_is_answered_as_over_http_1(server: Running) -> None:
    with Http2Client(server.port) as client:
        answer = client.answer(client.request_raw([(":method", "CONNECT"), (":authority", "a:80")], end=False))
        assert (answer.status, answer.is_complete) == (405, True)
        assert b"GET" in (answer.header(b"allow") or b"")
        assert client.get("/-/health", [("x", "1")]).status == 200
        assert client.get("/-/health", [("x", "1")]).status == 200
    document = newest(server)
    assert (document["state"], document["status"]) == ("refused", 405)
    assert (document["method"], document["path"]) == ("CONNECT", "a:80")
    assert "no proxy" in document["reason"]


def test_a_websocket_over_http2_is_recorded_as_refused(server: Running) -> None:
    with Http2Client(server.port) as client:
        client.until(lambda: client.settings)
        fields = [(":method", "CONNECT"), *PSEUDO[1:], (":protocol", "websocket")]
        assert client.answer(client.request_raw(fields, end=False)).status == 501
    document = newest(server)
    assert (document["state"], document["status"], document["method"]) == ("refused", 501, "CONNECT")


def raw_frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


BROKEN: dict[str, tuple[bytes, int, str]] = {
    "a head on stream 0": (raw_frame(HEADERS, 5, 0, b"\x82"), PROTOCOL_ERROR, "HEADERS of 1 bytes on stream 0"),
    "a body of nothing": (raw_frame(0, 0, 5, b"abc"), PROTOCOL_ERROR, "DATA of 3 bytes on stream 5"),
    "an index that is none": (raw_frame(HEADERS, 5, 1, b"\xff" * 9), COMPRESSION_ERROR, "HEADERS of 9 bytes"),
    "a ping of seven bytes": (raw_frame(PING, 0, 0, bytes(7)), FRAME_SIZE_ERROR, "PING of 7 bytes"),
    "an even stream": (raw_frame(HEADERS, 5, 2, b"\x82\x84\x86"), PROTOCOL_ERROR, "HEADERS of 3 bytes on stream 2"),
    "a priority of the connection": (raw_frame(PRIORITY, 0, 0, bytes(5)), PROTOCOL_ERROR, "PRIORITY of 5 bytes"),
    "a frame too large": (raw_frame(0, 0, 1, bytes(20_000)), FRAME_SIZE_ERROR, "DATA of 20000 bytes"),
    "a continuation of nothing": (raw_frame(CONTINUATION, 0, 1, b"x"), PROTOCOL_ERROR, "CONTINUATION of 1 bytes"),
    "a reset of nothing": (raw_frame(RST_STREAM, 0, 1, bytes(4)), PROTOCOL_ERROR, "RST_STREAM of 4 bytes on stream 1"),
    "a promise": (raw_frame(5, 4, 1, bytes(4)), PROTOCOL_ERROR, "PUSH_PROMISE of 4 bytes"),
}


@pytest.mark.parametrize("pieces", [1, 7], ids=["at once", "in pieces"])
@pytest.mark.parametrize(("sent", "code", "named"), BROKEN.values(), ids=BROKEN)
def test_what_breaks_a_connection_is_recorded_with_the_frame(
    server: Running, sent: bytes, code: int, named: str, pieces: int
) -> None:
    """Between whole frames that are as they should be."""
    with Http2Client(server.port) as client:
        client.until(lambda: client.settings)
        data = raw_frame(PING, 0, 0, b"12345678") + sent + raw_frame(PING, 0, 0, b"12345678")
        size = -(-len(data) // pieces)
        with suppress(ConnectionError):
            for start in range(0, len(data), size):
                client.socket.sendall(data[start : start + size])
        client.until(lambda: False)
        assert client.goaway == code
    document = newest(server)
    assert (document["state"], document["status"], document["http_version"]) == ("refused", None, "2")
    assert (document["method"], document["path"]) == ("", "")
    assert named in document["reason"]
    assert document["reason"].startswith("The connection was broken off with ")
    begun = wire(server)
    assert begun == sent[: len(begun)]
    assert len(begun) == min(len(sent), 256 if sent[3] == 0 else len(sent))


def test_a_flood_of_frames_of_no_request_ends_in_calm_and_is_recorded(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http2, "_QUIET_AT_ONCE", 10_000)
    with Http2Client(server.port) as client:
        client.until(lambda: client.settings)
        with suppress(ConnectionError):
            client.socket.sendall(raw_frame(SETTINGS, 0, 0) * 200_000)
        client.until(lambda: False)
        assert client.goaway == CALM
    assert "too many frames that belong to no request" in newest(server)["reason"]


def test_a_flood_of_frames_that_carry_nothing_of_their_request_ends_in_calm(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http2, "_QUIET_AT_ONCE", 10_000)
    with Http2Client(server.port) as client:
        stream = client.request("POST", "/x", end=False)
        with suppress(ConnectionError):
            client.socket.sendall(raw_frame(DATA, 0, stream) * 2_000)
        client.until(lambda: False)
        assert client.goaway == CALM


def test_small_frames_of_a_body_and_news_of_windows_end_nothing(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http2, "_QUIET_AT_ONCE", 1_000)
    window = raw_frame(WINDOW_UPDATE, 0, 0, (1).to_bytes(4))
    with Http2Client(server.port) as client:
        stream = client.request("POST", "/x", end=False)
        client.socket.sendall((raw_frame(DATA, 0, stream, b"a") + window) * 500)
        client.socket.sendall(raw_frame(DATA, END_STREAM, stream))
        assert client.answer(stream).status == 200
    assert newest(server)["received_bytes"] == 500


def test_a_head_that_never_ends_is_recorded(server: Running) -> None:
    with Http2Client(server.port) as client:
        client.until(lambda: client.settings)
        client.socket.sendall(raw_frame(HEADERS, END_STREAM, 1, b"\x82"))
        client.until(lambda: False)
    document = newest(server)
    assert (document["state"], document["status"]) == ("refused", None)
    assert document["reason"] == "The request head did not arrive within 0.4 seconds."
    assert document["duration_ms"] > 200


def test_what_is_refused_below_our_own_prefix_is_not_recorded(server: Running) -> None:
    with Http2Client(server.port) as client:
        assert client.answer(client.request("GET", "/-/api/exchanges", [("X-Up", "1")])).reset == PROTOCOL_ERROR
        assert client.get("/-/health", [("x", "y" * 4_000)]).status == 431
    assert server.client.get("/-/api/exchanges").json()["items"] == []


def test_it_is_in_the_feed_and_on_the_terminal(serve: Serve) -> None:
    app = create_app(load({}))
    server = serve(app, kind="http2")
    with connect(server.websocket_url("/-/live"), proxy=None) as feed:
        assert json.loads(feed.recv())["type"] == "hello"
        with Http2Client(server.port) as client:
            client.answer(client.request("GET", "/wrong", [("X-Up", "1")]))
        (item,) = json.loads(feed.recv())["items"]
    assert (item["state"], item["path"], item["status"]) == ("refused", "/wrong", None)

    async def told() -> str:
        found = await app.logs.main.find(item["id"])
        assert found is not None
        return line(found.kept.head)

    assert " GET " in server.run(told())
    assert server.run(told()).endswith("/wrong  refused")


def test_a_broken_connection_is_no_websocket_on_the_terminal(serve: Serve) -> None:
    app = create_app(load({}))
    server = serve(app, kind="http2")
    with Http2Client(server.port) as client:
        client.socket.sendall(raw_frame(HEADERS, 5, 0, b"\x82"))
        client.until(lambda: False)
    document = newest(server)

    async def told() -> str:
        found = await app.logs.main.find(document["id"])
        assert found is not None
        return line(found.kept.head)

    assert "  -  " in server.run(told())
    assert "WEBSOCKET" not in server.run(told())


def test_a_body_on_its_way_behind_a_413_is_passed_over(server: Running) -> None:
    """RFC 9113 section 5.1: what comes behind our own RST_STREAM is ignored, and costs no window of the connection."""
    with Http2Client(server.port) as client:
        stream = client.request("POST", "/large", [("content-length", "1000000")], end=False)
        late = raw_frame(0, 0, stream, bytes(10_000))
        client.socket.sendall(late * 4)
        answer = client.answer(stream)
        assert (answer.status, answer.is_complete) == (413, True)
        client.socket.sendall(raw_frame(PING, 0, 0, b"12345678"))
        assert client.get("/-/health").status == 200
        assert answer.reset == NO_ERROR
        assert client.goaways == []


def test_a_client_that_resets_its_own_stream_is_not_refused(server: Running) -> None:
    with Http2Client(server.port) as client:
        stream = client.request("POST", "/left", end=False)
        client.body(stream, b"x", end=False)
        client.get("/-/health")
        client.h2.reset_stream(stream)
        client.flush()
        eventually(lambda: newest(server)["state"] == "disconnected")


def test_the_end_of_a_connection_is_no_refusal(serve: Serve) -> None:
    server = serve(create_app(load({})), kind="http2", limits=Limits(keep_alive_timeout=0.2))
    with Http2Client(server.port) as client:
        assert client.get("/fine").status == 200
        client.until(lambda: False)
        assert client.goaways == [(LAST_POSSIBLE_STREAM, NO_ERROR), (1, NO_ERROR)]
    assert [item["state"] for item in server.client.get("/-/api/exchanges").json()["items"]] == ["done"]

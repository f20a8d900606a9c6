"""HTTP/2 beside HTTP/1.1 on one port: what an app sees of it, and what its answers become."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from websockets.sync.client import connect

from echoscope.base.settings import load
from echoscope.main import create_app
from echoscope.server.frames import PREFACE
from tests.conftest import Serve
from tests.eventually import eventually
from tests.server.apps import Answering, answer, lifespan, report
from tests.servers import Running
from tests.systems.http2 import Http2Client

INTERNAL_ERROR, NO_ERROR, PROTOCOL_ERROR = 0x2, 0x0, 0x1

START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with Running(report, kind="http2") as running:
        yield running


def seen(body: bytes) -> dict[str, Any]:
    made = json.loads(body)
    assert isinstance(made, dict)
    return made


def test_one_port_answers_each_client_in_its_version(server: Running) -> None:
    with Http2Client(server.port) as client:
        assert seen(client.get().body)["http_version"] == "2"
    assert server.client.get("/").json()["http_version"] == "1.1"
    with connect(server.websocket_url(), proxy=None) as websocket:
        websocket.send("hi")
        assert websocket.recv() == "hi"


def test_a_preface_that_comes_byte_by_byte_is_understood(server: Running) -> None:
    with server.connect() as connection:
        for byte in PREFACE:
            connection.sendall(bytes([byte]))
        assert connection.recv(9)[3] == 0x4  # a SETTINGS frame


def test_a_request_that_begins_like_the_preface_is_http_1(server: Running) -> None:
    made = server.raw(b"PUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert made.startswith(b"HTTP/1.1 200 ")


def test_a_request_without_a_body_ends_with_its_head(server: Running) -> None:
    with Http2Client(server.port) as client:
        made = client.get("/a%20b?x=1&x=2")
    assert (made.status, made.is_complete, made.reset) == (200, True, None)
    found = seen(made.body)
    assert (found["path"], found["raw_path"], found["query_string"]) == ("/a b", "/a%20b", "x=1&x=2")
    assert (found["method"], found["body"], found["left"]) == ("GET", "", False)


def test_headers_keep_their_order_and_repeats_behind_the_host(server: Running) -> None:
    """The ASGI spec joins a cookie's crumbs, which HTTP/2 may send one by one, at the first one's place."""
    sent: list[tuple[str, str | bytes]] = [
        ("z", "1"),
        ("a", "2"),
        ("z", "3"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
        ("latin", b"caf\xe9"),
    ]
    with Http2Client(server.port) as client:
        found = seen(client.get("/", sent).body)
    assert found["headers"] == [
        ["host", "localhost"],
        ["z", "1"],
        ["a", "2"],
        ["z", "3"],
        ["cookie", "a=1; b=2"],
        ["latin", "caf\xe9"],
    ]


def test_a_body_larger_than_the_window_arrives(server: Running) -> None:
    body = bytes(range(256)) * 1_000
    with Http2Client(server.port) as client:
        stream = client.request("POST", end=False)
        client.body(stream, body)
        made = client.answer(stream)
    assert seen(made.body)["body"].encode("latin-1") == body


async def tells_back(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with each piece of the body as it comes."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    await send(START)
    more_body = True
    while more_body:
        message = await receive()
        more_body = message["more_body"]
        await send({"type": "http.response.body", "body": message["body"], "more_body": more_body})


def test_a_body_is_told_back_while_it_comes_to_a_client_that_reads_late(serve: Serve) -> None:
    """Both windows are full for a while: bytes for the app lie before the client's word that it has room."""
    server = serve(tells_back, kind="http2")
    body = bytes(range(256)) * 4_000
    with Http2Client(server.port, acknowledges=False) as client:
        stream = client.request("POST", end=False)
        for start in range(0, 400_000, 10_000):
            client.body(stream, body[start : start + 10_000], end=False)
        client.h2.increment_flow_control_window(2_000_000)
        client.h2.increment_flow_control_window(2_000_000, stream)
        client.body(stream, body[400_000:])
        assert client.answer(stream).body == body


def test_streams_of_one_connection_do_not_wait_for_each_other(server: Running) -> None:
    with Http2Client(server.port) as client:
        unfinished = client.request("POST", "/slow", end=False)
        assert seen(client.get("/quick").body)["path"] == "/quick"
        client.body(unfinished, b"done")
        assert seen(client.answer(unfinished).body)["body"] == "done"


def test_a_hundred_requests_at_once_are_each_answered(server: Running) -> None:
    with Http2Client(server.port) as client:
        streams = {client.request("GET", f"/{number}"): f"/{number}" for number in range(100)}
        found = {seen(client.answer(stream).body)["path"] for stream in streams}
    assert found == set(streams.values())


class Framing:
    """Answers `/204` and the like with that status and a body, as no app should."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        await answer(send, int(scope["path"][1:]), [(b"x", b"y")], b"body")


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/200"), ("GET", "/204"), ("GET", "/304")])
def test_answers_that_have_no_body_have_none(serve: Serve, method: str, path: str) -> None:
    server = serve(Framing(), kind="http2")
    with Http2Client(server.port) as client:
        made = client.answer(client.request(method, path))
    assert (made.status, made.body, made.is_complete) == (int(path[1:]), b"", True)


def test_headers_of_http_1_are_left_out_of_an_answer(serve: Serve) -> None:
    headers = [(b"Connection", b"close"), (b"Transfer-Encoding", b"chunked"), (b"X-Kept", b" spaced ")]
    server = serve(Answering({**START, "headers": headers}, {"type": "http.response.body", "body": b"x"}), kind="http2")
    with Http2Client(server.port) as client:
        made = client.get()
    assert [header for header in made.headers if header[0] != b"date"] == [(b"x-kept", b"spaced")]
    assert made.body == b"x"


@pytest.mark.parametrize(
    "headers",
    [[(b"a", b"x\r\ny: z")], [(b"a b", b"x")], [(b"", b"x")], [(b":status", b"200")]],
    ids=["line break", "space", "empty name", "pseudo-header"],
)
def test_a_head_that_must_not_be_sent_becomes_a_500(serve: Serve, headers: list[tuple[bytes, bytes]]) -> None:
    server = serve(Answering({**START, "headers": headers}, {"type": "http.response.body"}), kind="http2")
    with Http2Client(server.port) as client:
        made = client.get()
    assert (made.status, seen(made.body)["title"]) == (500, "Internal Server Error")


async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["path"] == "/before":
        raise ValueError("the secret of the app")
    elif scope["path"] == "/within":
        await send(START)
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ValueError("the secret of the app")
    elif scope["path"] != "/silent":
        await answer(send, 200, [], b"fine")


@pytest.mark.parametrize("path", ["/before", "/silent"])
def test_an_app_that_fails_before_it_answers_gives_a_500(serve: Serve, path: str) -> None:
    server = serve(breaks, kind="http2")
    with Http2Client(server.port) as client:
        made = client.get(path)
        assert (made.status, made.header(b"content-type")) == (500, b"application/problem+json")
        assert b"secret" not in made.body
        assert client.get("/").body == b"fine"


def test_an_app_that_fails_within_its_answer_costs_that_stream_alone(serve: Serve) -> None:
    server = serve(breaks, kind="http2")
    with Http2Client(server.port) as client:
        made = client.get("/within")
        assert (made.status, made.is_complete, made.reset) == (200, False, INTERNAL_ERROR)
        assert client.get("/").body == b"fine"


@pytest.mark.parametrize("body", [b"short", b"much too long"])
def test_an_answer_of_another_length_than_announced_is_cut_off(serve: Serve, body: bytes) -> None:
    start = {**START, "headers": [(b"content-length", b"10")]}
    server = serve(Answering(start, {"type": "http.response.body", "body": body}), kind="http2")
    with Http2Client(server.port) as client:
        assert client.get().reset == INTERNAL_ERROR


def test_early_hints_and_trailers_are_sent(serve: Serve) -> None:
    messages = [
        {"type": "http.response.early_hint", "links": [b"</style.css>; rel=preload"]},
        {**START, "trailers": True},
        {"type": "http.response.body", "body": b"x"},
        {"type": "http.response.trailers", "headers": [(b"X-Sum", b"1")]},
    ]
    server = serve(Answering(*messages), kind="http2")
    with Http2Client(server.port) as client:
        made = client.get()
    assert made.hints == [(103, [(b"link", b"</style.css>; rel=preload")])]
    assert (made.body, made.trailers) == (b"x", [(b"x-sum", b"1")])


def test_a_client_that_waits_for_100_continue_gets_it(server: Running) -> None:
    with Http2Client(server.port) as client:
        stream = client.request("POST", "/", [("expect", "100-continue")], end=False)
        client.until(lambda: client.answers[stream].hints)
        assert client.answers[stream].hints == [(100, [])]
        client.body(stream, b"now")
        assert seen(client.answer(stream).body)["body"] == "now"


def test_an_answer_before_the_end_of_the_request_says_that_the_rest_is_not_wanted(serve: Serve) -> None:
    server = serve(Answering(START, {"type": "http.response.body", "body": b"enough"}), kind="http2")
    with Http2Client(server.port) as client:
        stream = client.request("POST", end=False)
        made = client.answers[stream]
        client.until(lambda: made.reset is not None)
        assert (made.status, made.body, made.is_complete, made.reset) == (200, b"enough", True, NO_ERROR)
        assert client.get().body == b"enough"


def test_what_is_recorded_over_http2_is_there_with_the_answer(serve: Serve) -> None:
    app = create_app(load({}))
    server = serve(app, kind="http2")
    with Http2Client(server.port) as client:
        for number in range(20):
            made = client.get(f"/{number}")
            newest = server.client.get("/-/api/exchanges", params={"limit": 1}).json()["items"][0]
            assert (newest["path"], newest["http_version"]) == (f"/{number}", "2")
            assert made.header(b"x-echoscope-id") == newest["id"].encode()


def test_a_stream_that_the_client_resets_is_a_client_that_left(serve: Serve) -> None:
    server = serve(create_app(load({})), kind="http2")
    with Http2Client(server.port) as client:
        stream = client.request("POST", "/left", end=False)
        client.body(stream, b"half", end=False)
        client.get("/-/health")
        client.h2.reset_stream(stream)
        client.flush()
        eventually(lambda: states(server) == ["disconnected"])


def states(server: Running) -> list[str]:
    return [exchange["state"] for exchange in server.client.get("/-/api/exchanges").json()["items"]]

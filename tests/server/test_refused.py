"""What the server turns away is an exchange too, with the bytes that came and the reason."""

import json
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from echoscope.base.settings import load
from echoscope.main import create_app
from echoscope.server import Limits
from tests import wire
from tests.conftest import Serve
from tests.eventually import eventually
from tests.server.frames import BINARY, HANDSHAKE, frame
from tests.server.wire import get
from tests.servers import Running

REFUSED = {
    "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "", "", "malformed"),
    "a byte beyond ASCII": (b"GET /\xc3\xa9?a=b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "GET", "/é", "malformed"),
    "no host": (b"GET /x HTTP/1.1\r\nUser-Agent: t/1\r\n\r\n", 400, "GET", "/x", "must have a Host"),
    "a large head": (b"GET /big HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", 431, "GET", "/big", "most"),
    "a large body": (b"POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", 413, "POST", "/b", "most"),
    "a version": (b"GET /v HTTP/3.0\r\nHost: a\r\n\r\n", 505, "GET", "/v", "speaks HTTP"),
    "a coding": (b"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "POST", "/c", "chunked"),
    "a tunnel": (b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 405, "CONNECT", "a:80", "no proxy"),
    "a handshake by POST": (
        b"POST /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n",
        405, "POST", "/ws", "is a GET",
    ),
}  # fmt: skip


def newest(server: Running) -> dict[str, Any]:
    eventually(lambda: len(server.client.get("/-/api/exchanges").json()["items"]) > 0)
    item = server.client.get("/-/api/exchanges").json()["items"][0]
    document: dict[str, Any] = server.client.get(f"/-/api/exchanges/{item['id']}").json()
    return document


@pytest.mark.parametrize(("sent", "status", "method", "path", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_refused_request_is_recorded_with_its_bytes_and_the_reason(
    serve: Serve, sent: bytes, status: int, method: str, path: str, reason: str
) -> None:
    server = serve()
    assert server.raw(sent).startswith(b"HTTP/1.1 %d " % status)
    document = newest(server)
    assert (document["state"], document["status"]) == ("refused", status)
    assert (document["method"], document["path"]) == (method, path)
    assert reason in document["reason"]
    assert document["events"] == []
    assert [item["seq"] for item in server.client.get("/-/api/exchanges?q=state:refused").json()["items"]] == [1]
    assert server.client.get("/-/api/exchanges?q=state:done").json()["items"] == []
    assert server.client.get(f"/-/exchanges/{document['id']}", headers={"accept": "text/html"}).status_code == 200
    for name in ("har", "jsonl", "csv", "html"):
        assert server.client.get(f"/-/api/export.{name}").status_code == 200


def test_what_is_refused_behind_an_answer_is_recorded_after_it(serve: Serve) -> None:
    server = serve()
    server.raw(wire.request("GET", "/first") + b"GET /second HTTP/1.1\r\n\r\n")
    items = server.client.get("/-/api/exchanges").json()["items"]
    assert [(item["path"], item["state"]) for item in items] == [("/second", "refused"), ("/first", "done")]


def test_a_flood_of_refused_requests_pushes_out_nothing_that_was_sent(serve: Serve) -> None:
    server = serve(max_exchanges=50)
    for number in range(50):
        server.client.get(f"/sent/{number}")
    for _ in range(100):
        server.raw(b"GET / HTTP/1.1\r\n\r\n")
    items = server.client.get("/-/api/exchanges?limit=1000").json()["items"]
    assert sum(item["state"] == "done" for item in items) == 50
    assert sum(item["state"] == "refused" for item in items) == 5


def test_what_is_refused_below_our_own_prefix_is_not_recorded(serve: Serve) -> None:
    server = serve()
    assert server.raw(b"GET /-/api/exchanges HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert server.client.get("/-/api/exchanges").json()["items"] == []


def test_a_head_that_never_ends_is_recorded_when_its_time_is_over(serve: Serve) -> None:
    server = serve()
    server.raw(b"GET /slow HTTP/1.1\r\nHost: a\r\nX-")
    document = newest(server)
    assert (document["state"], document["status"], document["path"]) == ("refused", 408, "/slow")
    assert document["duration_ms"] > 4_000


@pytest.mark.parametrize("path", ["/echo", "/post", "/upload"])
@pytest.mark.parametrize(
    ("lines", "body", "status", "reason"),
    [
        pytest.param("Transfer-Encoding: chunked", b"5\r\nhello\r\nxyz\r\n", 400, "malformed", id="a bad chunk"),
        pytest.param("Transfer-Encoding: chunked", b"8000\r\n" + b"x" * 0x8000, 413, "at most", id="too much"),
    ],
)
def test_a_request_that_is_refused_half_way_is_refused_too(
    serve: Serve, path: str, lines: str, body: bytes, status: int, reason: str
) -> None:
    server = serve(create_app(load({})), limits=Limits(max_body_bytes=20_000))
    answer = server.raw(wire.request("POST", path, [lines]) + body)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    document = newest(server)
    assert (document["state"], document["status"], document["path"]) == ("refused", status, path)
    assert reason in document["reason"]
    assert document["scope"]["headers"][1][0] == "transfer-encoding"


UPGRADE = b"Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
KEY, VERSION = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b"Sec-WebSocket-Version: 13\r\n"

HANDSHAKES = {
    "no key": (UPGRADE + VERSION, 400, "Sec-WebSocket-Key"),
    "a key too short": (UPGRADE + VERSION + b"Sec-WebSocket-Key: eA==\r\n", 400, "Sec-WebSocket-Key"),
    "a key that is no base64": (UPGRADE + VERSION + b"Sec-WebSocket-Key: ***\r\n", 400, "Sec-WebSocket-Key"),
    "two keys": (UPGRADE + VERSION + KEY + KEY, 400, "Sec-WebSocket-Key"),
    "no version": (UPGRADE + KEY, 400, "Sec-WebSocket-Version"),
    "an old version": (UPGRADE + KEY + b"Sec-WebSocket-Version: 8\r\n", 400, "Sec-WebSocket-Version"),
    "another upgrade besides": (UPGRADE + b"Upgrade: h2c\r\n" + KEY + VERSION, 426, "Upgrade"),
    "a body": (UPGRADE + KEY + VERSION + b"Content-Length: 5\r\n", 400, "cannot have a body"),
}


@pytest.mark.parametrize(("lines", "status", "reason"), HANDSHAKES.values(), ids=HANDSHAKES)
def test_a_refused_handshake_is_recorded_with_its_bytes_and_the_reason(
    serve: Serve, lines: bytes, status: int, reason: str
) -> None:
    server = serve()
    head = b"GET /chat?room=1 HTTP/1.1\r\n" + lines + b"\r\n"
    assert server.raw(head).startswith(b"HTTP/1.1 %d " % status)
    document = newest(server)
    assert (document["state"], document["status"]) == ("refused", status)
    assert (document["method"], document["path"], document["query_string"]) == ("GET", "/chat", "room=1")
    assert reason in document["reason"]
    (exported,) = server.client.get("/-/api/export.jsonl?reveal=1").text.splitlines()
    assert json.loads(exported)["wire"].encode() == head
    assert [item["seq"] for item in server.client.get("/-/api/exchanges?q=state:refused").json()["items"]] == [1]


def test_a_handshake_that_is_refused_after_an_app_has_begun_on_it_is_refused_too(serve: Serve) -> None:
    """Frames that do not wait for its answer, and more of them than a message may be long."""

    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass

    app = create_app(load({}))
    app.recorder.app = waits
    server = serve(app, limits=Limits(max_websocket_bytes=1_000))
    assert server.raw(get("/early", HANDSHAKE) + frame(BINARY, bytes(2_000))).startswith(b"HTTP/1.1 400 ")
    document = newest(server)
    assert (document["state"], document["status"], document["type"]) == ("refused", 400, "websocket")
    assert document["reason"] == "Frames must wait until the WebSocket handshake is answered."


def test_a_handshake_that_an_app_refuses_is_no_refusal_of_the_server(serve: Serve) -> None:
    server = serve()
    assert server.raw(get("/websocket/echo?max_message_size=0", HANDSHAKE)).startswith(b"HTTP/1.1 400 ")
    assert newest(server)["state"] == "done"


def test_a_refused_handshake_below_our_own_prefix_is_not_recorded(serve: Serve) -> None:
    server = serve()
    assert server.raw(b"GET /-/live HTTP/1.1\r\n" + UPGRADE + b"\r\n").startswith(b"HTTP/1.1 400 ")
    assert server.client.get("/-/api/exchanges").json()["items"] == []

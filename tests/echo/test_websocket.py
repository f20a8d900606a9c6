"""The echo of a WebSocket on any path: the scope first, then every message back."""

import json

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests import wire
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import WAIT_S, Running


@pytest.mark.parametrize("path", ["/", "/chat", "/a%0ab", "/%ff", "//x", "/get", "/status/418"])
def test_any_path_is_accepted_and_told_its_scope(any_server: Running, path: str) -> None:
    with connect(any_server.websocket_url(path), proxy=None) as websocket:
        scope = json.loads(websocket.recv(WAIT_S))
    assert scope["type"] == "websocket"
    assert scope["raw_path"] == path
    assert list(scope)[:12] == [
        "type",
        "asgi",
        "http_version",
        "scheme",
        "path",
        "raw_path",
        "query_string",
        "root_path",
        "headers",
        "client",
        "server",
        "subprotocols",
    ]
    assert "state" not in scope


def test_messages_come_back_as_they_are_and_in_their_order(any_server: Running) -> None:
    messages: list[str | bytes] = ["text", "", "grüß ✓", b"\x00\xff", b"", "x" * 60_000, b"x" * 60_000, "\0"]
    with connect(any_server.websocket_url("/chat"), proxy=None) as websocket:
        websocket.recv(WAIT_S)
        for message in messages:
            websocket.send(message)
        assert [websocket.recv(WAIT_S) for _ in messages] == messages


def test_a_message_in_fragments_comes_back_whole(any_server: Running) -> None:
    with connect(any_server.websocket_url("/chat"), proxy=None) as websocket:
        websocket.recv(WAIT_S)
        websocket.send(["one, ", "two, ", "three"])
        assert websocket.recv(WAIT_S) == "one, two, three"


def test_the_first_offered_subprotocol_is_chosen_and_all_are_shown(any_server: Running) -> None:
    offered = [Subprotocol("chat.v2"), Subprotocol("chat")]
    with connect(any_server.websocket_url("/chat"), proxy=None, subprotocols=offered) as websocket:
        scope = json.loads(websocket.recv(WAIT_S))
        assert websocket.subprotocol == "chat.v2"
    assert scope["subprotocols"] == ["chat.v2", "chat"]


def test_no_subprotocol_is_chosen_where_none_is_offered(any_server: Running) -> None:
    with connect(any_server.websocket_url("/chat"), proxy=None) as websocket:
        assert websocket.subprotocol is None
        assert json.loads(websocket.recv(WAIT_S))["subprotocols"] == []


def test_header_bytes_that_are_no_text_are_base64(any_server: Running) -> None:
    with any_server.connect() as connection:
        connection.sendall(wire.request(target="/chat", headers=[*wire.UPGRADE, b"X-Latin: caf\xe9"]))
        received = b""
        while b"x-latin" not in received:
            received += connection.recv(4096)
        while b"Y2Fm6Q==" not in received:
            received += connection.recv(4096)
    assert received.startswith(b"HTTP/1.1 101 ")


def test_a_page_of_another_origin_may_talk_to_it(any_server: Running) -> None:
    headers = {"Origin": "https://evil.test"}
    with connect(any_server.websocket_url("/chat"), proxy=None, additional_headers=headers) as websocket:
        assert ["origin", "https://evil.test"] in json.loads(websocket.recv(WAIT_S))["headers"]


def test_the_session_is_recorded_with_what_was_said(serve: Serve) -> None:
    server = serve()
    with connect(server.websocket_url("/chat?room=1"), proxy=None) as websocket:
        websocket.recv(WAIT_S)
        websocket.send("hello")
        assert websocket.recv(WAIT_S) == "hello"
    eventually(lambda: server.client.get("/-/api/exchanges", params={"q": "-status:<1"}).json()["items"])
    (listed,) = server.client.get("/-/api/exchanges").json()["items"]
    assert (listed["type"], listed["path"], listed["query_string"], listed["status"]) == (
        "websocket",
        "/chat",
        "room=1",
        101,
    )
    found = server.client.get(f"/-/api/exchanges/{listed['id']}").json()
    said = [(event["channel"], event["message"].get("text")) for event in found["events"] if event["size"]]
    assert said[-2:] == [("receive", "hello"), ("send", "hello")]


def test_a_message_that_is_too_large_ends_the_session(serve: Serve) -> None:
    server = serve()
    with connect(server.websocket_url("/chat"), proxy=None) as websocket:
        websocket.recv(WAIT_S)
        websocket.send("x" * 2_000_000)
        with pytest.raises(ConnectionClosed) as closed:
            websocket.recv(WAIT_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009

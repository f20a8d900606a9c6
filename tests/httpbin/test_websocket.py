"""/websocket/echo: messages of any kind and size, subprotocols, limits."""

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.servers import Running

from .conftest import assert_problem


@pytest.mark.parametrize("message", ["", "text ✓", b"", bytes(range(256)), "x" * 200_000, b"\x00" * 1_000_000])
def test_every_message_comes_back_as_it_was(local: Running, message: str | bytes) -> None:
    with connect(local.websocket_url("/websocket/echo"), max_size=None, proxy=None) as socket:
        socket.send(message)
        assert socket.recv() == message


def test_fragments_come_back_as_one_message(local: Running) -> None:
    with connect(local.websocket_url("/websocket/echo"), proxy=None) as socket:
        socket.send(["a", "b", "c"])
        assert socket.recv() == "abc"


def test_many_messages_keep_their_order(local: Running) -> None:
    with connect(local.websocket_url("/websocket/echo"), proxy=None) as socket:
        for number in range(200):
            socket.send(str(number))
        assert [socket.recv() for _ in range(200)] == [str(number) for number in range(200)]


def test_the_first_subprotocol_is_taken(local: Running) -> None:
    url = local.websocket_url("/websocket/echo")
    with connect(url, subprotocols=["b.example", "a.example"], proxy=None) as socket:  # type: ignore[list-item]
        assert socket.subprotocol == "b.example"


@pytest.mark.parametrize("message", ["x" * 11, b"x" * 11, "✓" * 4])
def test_a_message_over_the_limit_closes_with_1009(local: Running, message: str | bytes) -> None:
    with connect(local.websocket_url("/websocket/echo?max_message_size=10"), proxy=None) as socket:
        socket.send("x" * 10)
        assert socket.recv() == "x" * 10
        socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


@pytest.mark.parametrize(
    "query",
    [
        "max_message_size=0", "max_message_size=x", "max_message_size=1048577", "max_fragment_size=0",
        "max_fragment_size=11&max_message_size=10", "max_fragment_size=-1",
    ],
)  # fmt: skip
def test_bad_limits_are_refused_before_the_handshake(local: Running, query: str) -> None:
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(local.websocket_url(f"/websocket/echo?{query}"), proxy=None),
    ):
        pass
    assert refused.value.response.status_code == 400
    assert refused.value.response.headers["content-type"] == "application/problem+json"
    assert query.partition("=")[0].encode() in refused.value.response.body


def test_a_plain_request_is_told_to_upgrade(client: httpx.Client) -> None:
    answer = client.get("/websocket/echo")
    assert_problem(answer, 400, "WebSocket")
    assert answer.headers["upgrade"] == "websocket"


def test_a_websocket_to_another_endpoint_is_the_any_path_echo(local: Running) -> None:
    with connect(local.websocket_url("/get"), proxy=None) as socket:
        assert '"path": "/get"' in str(socket.recv())

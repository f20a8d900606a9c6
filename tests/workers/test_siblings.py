"""Several workers of another server that share no log each say so, and one worker alone never does."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.cli.program import clean_environment
from tests.eventually import eventually
from tests.servers import HOST, WAIT_S
from tests.systems.process import free_port

APP = "echoscope.main:app"
SERVERS = {
    "uvicorn": ["-m", "uvicorn", "--port", "{port}", "--workers", "{count}", "--log-level", "error", APP],
    "gunicorn": [
        "-m",
        "gunicorn",
        "-b",
        "127.0.0.1:{port}",
        "-w",
        "{count}",
        "-k",
        "uvicorn_worker.UvicornWorker",
        APP,
    ],
    "hypercorn": ["-m", "hypercorn", "-b", "127.0.0.1:{port}", "-w", "{count}", APP],
    "granian": ["-m", "granian", "--interface", "asgi", "--port", "{port}", "--workers", "{count}", APP],
}
SAID = re.compile("This is one of several processes, each with a log of its own")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that go with their process")


class Workers:
    """A server with `count` workers, and what they print."""

    def __init__(self, name: str, count: int, printed: Path, **environment: str) -> None:
        self.port = free_port()
        arguments = [text.format(port=self.port, count=count) for text in SERVERS[name]]
        self.origin = f"http://{HOST}:{self.port}"
        self._printed = printed
        with printed.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *arguments], stdout=output, stderr=output, env=clean_environment(**environment)
            )

    def ask(self, path: str) -> httpx.Response | None:
        """On a connection of its own, so that any worker may take it."""
        try:
            return httpx.get(self.origin + path, trust_env=False, timeout=WAIT_S)
        except httpx.TransportError:
            return None

    def times_said(self) -> int:
        return len(SAID.findall(self._printed.read_text()))

    def has_split(self) -> bool:
        """Whether both workers have been asked and have said so."""
        self.ask("/x")
        return self.times_said() == 2

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(WAIT_S)


@pytest.mark.parametrize("name", SERVERS)
def test_two_workers_both_say_so_once(name: str, tmp_path: Path) -> None:
    workers = Workers(name, 2, tmp_path / "printed")
    try:
        eventually(workers.has_split)
        for number in range(20):
            workers.ask(f"/{number}")
        info = workers.ask("/-/api/info")
        assert info is not None
        assert SAID.match(info.json()["warnings"][0])
        page = workers.ask("/-/")
        assert page is not None
        assert SAID.search(page.text)
        assert workers.times_said() == 2
    finally:
        workers.stop()


@pytest.mark.parametrize("name", SERVERS)
def test_one_worker_says_nothing(name: str, tmp_path: Path) -> None:
    workers = Workers(name, 1, tmp_path / "printed")
    try:
        eventually(lambda: workers.ask("/x"))
        for number in range(5):
            workers.ask(f"/{number}")
        assert workers.times_said() == 0
    finally:
        workers.stop()


def test_two_workers_that_share_a_store_say_nothing(tmp_path: Path) -> None:
    workers = Workers("uvicorn", 2, tmp_path / "printed", ECHOSCOPE_STORE=f"sqlite:///{tmp_path}/log.db")
    try:
        eventually(lambda: workers.ask("/x"))
        for number in range(20):
            workers.ask(f"/{number}")
        info = workers.ask("/-/api/info")
        assert info is not None
        assert (info.json()["warnings"], info.json()["exchanges"]) == ([], 21)
        assert workers.times_said() == 0
    finally:
        workers.stop()

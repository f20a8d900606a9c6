"""Several workers of another server that share no log each say so, and one worker alone never does."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.eventually import eventually
from tests.ports import free_port
from tests.servers import HOST, NO_TLS, WAIT_S
from tests.systems.process import Process, environment, python

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

    def __init__(self, name: str, count: int, **more: str) -> None:
        port = free_port()
        arguments = [text.format(port=port, count=count) for text in SERVERS[name]]
        self.origin = f"http://{HOST}:{port}"
        self.process = Process(python(*arguments), environment(**more))
        self.process.wait_until_listening((HOST, port))

    def ask(self, path: str) -> httpx.Response | None:
        """On a connection of its own, so that any worker may take it. None while none does."""
        try:
            return httpx.get(self.origin + path, trust_env=False, timeout=WAIT_S, verify=NO_TLS)
        except httpx.TransportError:
            return None

    def times_said(self) -> int:
        return len(SAID.findall(self.process.output))

    def has_split(self) -> bool:
        """Whether both workers have been asked and have said so."""
        self.ask("/x")
        return self.times_said() == 2


@contextmanager
def running(name: str, count: int, **more: str) -> Iterator[Workers]:
    workers = Workers(name, count, **more)
    with workers.process:
        yield workers


@pytest.mark.parametrize("name", SERVERS)
def test_two_workers_both_say_so_once(name: str) -> None:
    with running(name, 2) as workers:
        eventually(workers.has_split)
        for number in range(20):
            workers.ask(f"/{number}")
        info, page = workers.ask("/-/api/info"), workers.ask("/-/")
        assert info is not None
        assert page is not None
        assert SAID.match(info.json()["warnings"][0])
        assert SAID.search(page.text)
        assert workers.times_said() == 2


@pytest.mark.parametrize("name", SERVERS)
def test_one_worker_says_nothing(name: str) -> None:
    with running(name, 1) as workers:
        eventually(lambda: workers.ask("/x"))
        for number in range(5):
            workers.ask(f"/{number}")
        assert workers.times_said() == 0


def test_two_workers_that_share_a_store_say_nothing(tmp_path: Path) -> None:
    with running("uvicorn", 2, ECHOSCOPE_STORE=f"sqlite:///{tmp_path}/log.db") as workers:
        eventually(lambda: workers.ask("/x"))
        for number in range(20):
            workers.ask(f"/{number}")
        info = workers.ask("/-/api/info")
        assert info is not None
        assert (info.json()["warnings"], info.json()["exchanges"]) == ([], 21)
        assert workers.times_said() == 0

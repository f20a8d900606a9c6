"""One program under measurement: started on the server's core, asked what it used, ended."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Collection
from functools import partial
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

import httpx

from tests.ports import free_port

from . import accounting
from .errors import BenchError
from .programs import HOST, Program, environment

START_S = 60.0
"""How long a program may take to its first answer; the slowest takes two on a quiet machine."""

STOP_S = 12.0
"""Echoscope drains for ten seconds at most."""

_POLL_S = 0.001


class Server:
    """Runs on `cores` from its making until the end of its `with`. `started_s`: what passed until its first answer."""

    def __init__(self, program: Program, cores: Collection[int]) -> None:
        self.name = program.name
        self.port = free_port()
        self.origin = f"http://{HOST}:{self.port}"
        self._output = TemporaryFile()  # noqa: SIM115 -- closed by `stop`
        started_at = time.perf_counter()
        self._process = self._start(program, cores)
        try:
            self._await_answer(started_at + START_S)
        except BaseException:
            self.stop()
            raise
        self.started_s = time.perf_counter() - started_at

    def cpu_ns(self) -> int:
        return self._account(accounting.cpu_ns)

    def rss_bytes(self) -> int:
        return self._account(accounting.rss_bytes)

    def info(self) -> dict[str, Any]:
        """What an Echoscope says of itself: `head`, `exchanges`, `bytes` and more."""
        try:
            answer = httpx.get(f"{self.origin}/-/api/info", trust_env=False).raise_for_status()
        except httpx.HTTPError as error:
            raise BenchError(f"{self.name} does not say how it is: {error}") from error
        found: dict[str, Any] = answer.json()
        return found

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _account(self, of: Callable[[int], int]) -> int:
        if self._process.poll() is not None:
            raise BenchError(f"{self.name} ended while it was measured: {self._last_words()}")
        return of(self._process.pid)

    def _start(self, program: Program, cores: Collection[int]) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                program.command(self.port),
                cwd=program.root,
                env=environment(program.root) | program.environment,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                preexec_fn=partial(os.sched_setaffinity, 0, cores),
            )
        except OSError as error:
            raise BenchError(f"{self.name} cannot be started: {error}") from error

    def _await_answer(self, ends_at: float) -> None:
        while not _answers(self.port):
            if self._process.poll() is not None:
                raise BenchError(f"{self.name} ended at its start: {self._last_words()}")
            if time.perf_counter() > ends_at:
                raise BenchError(f"{self.name} gives no answer within {START_S:g} s")
            time.sleep(_POLL_S)

    def _last_words(self) -> str:
        self._output.seek(0)
        lines = self._output.read().decode(errors="replace").split("\n")
        return next(filter(None, reversed(lines)), "without a word")


def _answers(port: int) -> bool:
    request = b"GET /get HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((HOST, port), timeout=START_S) as connection:
            connection.sendall(request)
            return connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False

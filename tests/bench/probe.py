"""How long a small request waits while something else keeps the server busy.

A process of its own asks for `/-/health` every 20 ms on one connection that stays open. A request waits from when it
was due, so a server that holds everybody up for 200 ms is seen ten times and not once. Run as a program
(`python -m tests.bench.probe PORT`) it says `ready`, asks until its standard input ends, and tells what it measured.

    with Probe(server) as probe:
        keep_busy(server)
        waits = probe.finish()
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

import msgspec

from .errors import BenchError
from .programs import HOST, ROOT, environment
from .servers import Server

EVERY_S: Final = 0.02
TIMEOUT_S: Final = 30.0

_REQUEST: Final = b"GET /-/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
_END: Final = b"ok\n"


class Waits(msgspec.Struct, frozen=True):
    """In milliseconds, rising."""

    all_ms: list[float]

    @property
    def p99_ms(self) -> float:
        return self.all_ms[len(self.all_ms) * 99 // 100]

    @property
    def most_ms(self) -> float:
        return self.all_ms[-1]


class Probe:
    """The process, seen from the benchmark. It measures from the beginning of the `with` until `finish`."""

    def __init__(self, server: Server) -> None:
        self._name = server.name
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(server.port)],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._line()

    def finish(self) -> Waits:
        assert self._process.stdin is not None
        self._process.stdin.close()
        waits = msgspec.json.decode(self._line(), type=Waits)
        if not waits.all_ms:
            raise BenchError("the probe has measured nothing")
        return waits

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.kill()
            raise BenchError(f"the probe ended early: {self._name} does not answer it")
        return line


def _measure(port: int, is_over: Event) -> Waits:
    waits_ms = []
    with socket.create_connection((HOST, port), TIMEOUT_S) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _ask(connection)
        print("ready", flush=True)
        due = time.perf_counter()
        while not is_over.is_set():
            due += EVERY_S
            time.sleep(max(0.0, due - time.perf_counter()))
            _ask(connection)
            waits_ms.append((time.perf_counter() - due) * 1e3)
    return Waits(sorted(waits_ms))


def _ask(connection: socket.socket) -> None:
    connection.sendall(_REQUEST)
    answer = b""
    while not answer.endswith(_END):
        piece = connection.recv(1 << 16)
        if not piece:
            raise BenchError("the connection of the probe was closed")
        answer += piece


def _await_end(is_over: Event) -> None:
    sys.stdin.read()
    is_over.set()


def main(port: int) -> None:
    with contextlib.suppress(PermissionError):  # it is not what it measures that should hold it up, but the server
        os.nice(-10)
    is_over = Event()
    Thread(target=_await_end, args=(is_over,), daemon=True).start()
    sys.stdout.buffer.write(msgspec.json.encode(_measure(port, is_over)) + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))

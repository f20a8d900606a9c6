"""Loads that are meant to keep everybody else waiting (`loads`), each in a process of its own.

Run as a program (`python -m tests.bench.hostile NAME PORT SECONDS`) it prepares the server, says `ready`, waits for a
line, keeps the server busy for so long, and says `done`. `Hostile` is the other side.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
from types import TracebackType
from typing import Self

import uvloop

from .errors import BenchError
from .loads import LOADS
from .loads.load import Client
from .programs import HOST, ROOT, environment
from .servers import Server


class Hostile:
    """The process, seen from the benchmark. In its `with` the server is prepared."""

    def __init__(self, name: str, server: Server, seconds: float) -> None:
        self._name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, name, str(server.port), str(seconds)],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._line()

    def keep_busy(self) -> None:
        """Return when the time is over and the last answer is here. Raises `BenchError` when the load failed."""
        assert self._process.stdin is not None
        print(file=self._process.stdin, flush=True)
        self._line()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            words = self._process.communicate()[1].strip().splitlines()
            raise BenchError(f"{self._name} failed: {words[-1] if words else 'without a word'}")
        return line


async def _run(name: str, port: int, seconds: float) -> None:
    load = LOADS[name]
    async with Client(base_url=f"http://{HOST}:{port}", timeout=300, trust_env=False) as client:
        content = await load.prepare(client)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        ends_at = asyncio.get_running_loop().time() + seconds
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(ends_at if load.is_endless else None):
                while asyncio.get_running_loop().time() < ends_at:
                    await load.keep_busy(client, content)
        print("done", flush=True)


if __name__ == "__main__":
    os.nice(10)  # it shares a core with the probe
    uvloop.run(_run(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))

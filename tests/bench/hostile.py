"""Loads that are meant to keep everybody else waiting, each in a process of its own.

Run as a program (`python -m tests.bench.hostile NAME PORT SECONDS`) it prepares the server, says `ready`, waits for a
line, keeps the server busy for so long, and says `done`. `Hostile` is the other side.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final, NamedTuple, Self
from urllib.parse import quote

import httpx
import uvloop

from .errors import BenchError
from .programs import HOST, ROOT, environment
from .servers import Server

BODY_BYTES: Final = 256 << 10
BODIES: Final = 200
"""More than the log's 64 MiB hold, for each is sent back too."""

SEARCH: Final = quote(" ".join(["-body:aaaaaaaaaaaab"] * 50))
PIPELINED_BYTES: Final = 256 << 10
JSON_BYTES: Final = 16 << 20
FILE_EXCHANGES: Final = 12
"""Exported, these are about 13 MiB: an import takes 16."""

FEEDS: Final = 20
EXPORT: Final = "/-/api/export.jsonl?reveal=1"

Client = httpx.AsyncClient


class Load(NamedTuple):
    """`keep_busy` is called again and again, with what `prepare` gave, which is not measured. `is_endless`: it may go
    on for minutes, and is broken off."""

    keep_busy: Callable[[Client, bytes], Awaitable[None]]
    prepare: Callable[[Client], Awaitable[bytes]]
    is_endless: bool = False


async def _nothing(client: Client) -> bytes:
    return b""


async def _full_log(client: Client) -> bytes:
    for _ in range(BODIES):
        (await client.post("/hooks", content=b"a" * BODY_BYTES)).raise_for_status()
    return b""


async def _file(client: Client) -> bytes:
    """A file of exchanges with such bodies, from the full log."""
    await _full_log(client)
    return (await client.get(f"{EXPORT}&limit={FILE_EXCHANGES}")).raise_for_status().content


async def _numbers(client: Client) -> bytes:
    return b"[" + b"0," * (JSON_BYTES // 2 - 2) + b"0]"


async def _pipeline(client: Client, content: bytes) -> None:
    """Requests, all at once, and their answers."""
    request = b"GET /hooks HTTP/1.1\r\nHost: localhost\r\n\r\n"
    count = PIPELINED_BYTES // len(request)
    reader, writer = await asyncio.open_connection(HOST, client.base_url.port)
    writer.write(request * count)
    answers, end = 0, b""
    while answers < count:
        piece = await reader.read(1 << 16)
        if not piece:
            raise BenchError(f"a connection was closed after {answers} of {count} pipelined requests")
        answers += (end + piece).count(b"HTTP/1.1 200 ")
        end = piece[-len(b"HTTP/1.1 200 ") + 1 :]
    writer.close()


async def _search(client: Client, content: bytes) -> None:
    (await client.get(f"/-/api/exchanges?q={SEARCH}")).raise_for_status()


async def _follow(client: Client, content: bytes) -> None:
    """Readers of the feed, from its beginning."""
    async with asyncio.TaskGroup() as group:
        for _ in range(FEEDS):
            group.create_task(_read_feed(client))


async def _read_feed(client: Client) -> None:
    headers = {"accept": "text/event-stream"}
    async with client.stream("GET", f"/-/live?after=0&q={SEARCH}", headers=headers) as answer:
        async for _ in answer.raise_for_status().aiter_raw():
            pass


async def _import(client: Client, content: bytes) -> None:
    (await client.post("/-/api/import", content=content)).raise_for_status()


async def _export(client: Client, content: bytes) -> None:
    async with client.stream("GET", EXPORT) as answer:
        async for _ in answer.raise_for_status().aiter_raw():
            pass


async def _post(client: Client, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    (await client.post("/post", content=content, headers=headers)).raise_for_status()


LOADS: Final = {
    "GETs of 256 KiB at once": Load(_pipeline, _nothing),
    "a search with 50 terms": Load(_search, _full_log, is_endless=True),
    "20 feeds with such a search": Load(_follow, _full_log, is_endless=True),
    "an import of 13 MiB": Load(_import, _file),
    "an export of 64 MiB": Load(_export, _full_log),
    "16 MiB of JSON to /post": Load(_post, _numbers),
}


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
    async with Client(base_url=f"http://{HOST}:{port}", timeout=120, trust_env=False) as client:
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

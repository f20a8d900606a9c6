"""Dashboards: real WebSocket clients that read the feed, in a process of their own on the load's core.

Run as a program (`python -m tests.bench.readers URL COUNT`) it connects, says `ready`, reads a line with a seq, waits
until every reader is there, and answers with a `Report` as one line of JSON. `Readers` is the other side of this.
Each seq must be in an item or in a gap; both are counted, and so is what is in neither.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

import msgspec
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from . import accounting
from .errors import BenchError
from .programs import ROOT, environment
from .servers import Server

CATCH_UP_S = 10.0
"""How long readers may take to get the last of what was sent; also to connect."""

SENT = "sent="


class Item(msgspec.Struct):
    """A summary, as far as it is looked at."""

    seq: int
    query_string: str


class Hello(msgspec.Struct, tag="hello"):
    head: int


class Exchanges(msgspec.Struct, tag="exchanges"):
    items: list[Item]


class Gap(msgspec.Struct, tag="gap"):
    reason: str
    first: int = msgspec.field(name="from")
    last: int = msgspec.field(name="to")


class Bye(msgspec.Struct, tag="bye"):
    after: int


Message = Hello | Exchanges | Gap | Bye


class Received(msgspec.Struct):
    """What one reader got: exchanges; how many it was told that it missed; how many it was told nothing of."""

    exchanges: int = 0
    missed: int = 0
    lost: int = 0


class Report(msgspec.Struct):
    """`delays_ms`: from sending a request to having its summary, of all readers, rising; of paced requests only."""

    readers: list[Received]
    delays_ms: list[float]


class Reader:
    """The books of one reader."""

    def __init__(self) -> None:
        self.seq = -1
        self.received = Received()
        self.delays_ms: list[float] = []
        self._advanced = asyncio.Event()

    def take(self, message: Message) -> None:
        match message:
            case Hello(head=head):
                self.seq = head
            case Exchanges(items=items):
                self._take_items(items)
            case Gap(reason=reason, first=first, last=last):
                self.received.missed += last - first + 1 if reason != "superseded" else 0
                self._advance(first, last)
        self._advanced.set()

    async def reach(self, seq: int) -> None:
        """Return when everything up to this seq has come."""
        while self.seq < seq:
            self._advanced.clear()
            await self._advanced.wait()

    def _take_items(self, items: list[Item]) -> None:
        now = time.monotonic_ns()
        self.received.exchanges += len(items)
        for item in items:
            self._advance(item.seq, item.seq)
            if item.query_string.startswith(SENT):
                self.delays_ms.append((now - int(item.query_string[len(SENT) :])) / 1e6)

    def _advance(self, first: int, last: int) -> None:
        self.received.lost += first - self.seq - 1
        self.seq = last


class Readers:
    """The process, seen from the benchmark: `count` dashboards of a server."""

    def __init__(self, server: Server, count: int) -> None:
        url = server.origin.replace("http:", "ws:") + "/-/live"
        self._server = server
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, url, str(count)],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            self._line()
        except BaseException:
            self.stop()
            raise

    def cpu_ns(self) -> int:
        return accounting.cpu_ns(self._process.pid)

    def finish(self) -> Report:
        """What was read, once all readers have come to where the log now ends."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # an ended process says nothing: that is what is told
            print(self._server.info()["head"], file=self._process.stdin, flush=True)
        return msgspec.json.decode(self._line(), type=Report)

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _line(self) -> str:
        """What the process says next. It ends by itself when there is nothing to say."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise BenchError("the dashboards' process ended early")
        return line


async def _read(url: str, count: int) -> None:
    readers = [Reader() for _ in range(count)]
    async with contextlib.AsyncExitStack() as connections:
        async with asyncio.timeout(CATCH_UP_S), asyncio.TaskGroup() as opening:
            opened = [opening.create_task(connections.enter_async_context(_connection(url))) for _ in readers]
        following = [
            asyncio.create_task(_follow(task.result(), reader)) for task, reader in zip(opened, readers, strict=True)
        ]
        await _all_reach(readers, 0)
        print("ready", flush=True)
        if head := await asyncio.to_thread(sys.stdin.readline):
            with contextlib.suppress(TimeoutError):  # who is not there by now has not got all: the report tells
                await _all_reach(readers, int(head))
            print(msgspec.json.encode(_report(readers)).decode(), flush=True)
        for task in following:
            task.cancel()


def _connection(url: str) -> connect:
    return connect(url, proxy=None, max_size=None)


async def _follow(connection: ClientConnection, reader: Reader) -> None:
    decoder = msgspec.json.Decoder(Message)
    with contextlib.suppress(ConnectionClosed):
        while True:
            reader.take(decoder.decode(await connection.recv(decode=False)))


async def _all_reach(readers: list[Reader], seq: int) -> None:
    async with asyncio.timeout(CATCH_UP_S):
        await asyncio.gather(*(reader.reach(seq) for reader in readers))


def _report(readers: list[Reader]) -> Report:
    delays_ms = sorted(delay for reader in readers for delay in reader.delays_ms)
    return Report([reader.received for reader in readers], delays_ms)


if __name__ == "__main__":
    # Elsewhere they are other machines: here they take what the load leaves of its core.
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    uvloop.run(_read(sys.argv[1], int(sys.argv[2])))

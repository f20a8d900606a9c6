"""Paced load: so many requests a second, each saying when it was sent."""

import asyncio
import re
import time
from typing import NamedTuple

from .errors import BenchError
from .programs import HOST

CONNECTIONS = 16

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Paced(NamedTuple):
    """`requests` sent and answered in `seconds`."""

    requests: int
    seconds: float


async def paced(port: int, rate: int, seconds: float) -> Paced:
    """Send `rate` requests a second over kept connections, and read the answers.

    The query of each is `sent=` with the nanoseconds of `time.monotonic_ns`, a clock that all processes of a
    machine share.
    """
    count = int(rate * seconds)
    started_at = asyncio.get_running_loop().time()
    times = [started_at + number / rate for number in range(count)]
    try:
        async with asyncio.timeout(2 * seconds + 10):
            await asyncio.gather(*(_send(port, times[first::CONNECTIONS]) for first in range(CONNECTIONS)))
    except (OSError, EOFError) as error:
        raise BenchError(f"the paced load failed: {error!r}") from error
    return Paced(count, asyncio.get_running_loop().time() - started_at)


async def _send(port: int, times: list[float]) -> None:
    """One connection: a request at each of these times of the loop, or as soon after as the last one is answered."""
    reader, writer = await asyncio.open_connection(HOST, port)
    for at in times:
        await asyncio.sleep(at - asyncio.get_running_loop().time())
        writer.write(
            b"GET /?sent=%d HTTP/1.1\r\nHost: localhost:%d\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\n\r\n"
            % (time.monotonic_ns(), port)
        )
        await _read_answer(reader)
    writer.close()
    await writer.wait_closed()


async def _read_answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = LENGTH.search(head)
    if length is None or not head.startswith(b"HTTP/1.1 200 "):
        raise BenchError(f"paced load got no good answer: {head[:80]!r}")
    await reader.readexactly(int(length[1]))

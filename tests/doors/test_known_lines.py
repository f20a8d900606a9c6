"""A request whose header lines are known needs no parser: what the shortcut makes of it, the parser makes of it too."""

import asyncio
import random
import tracemalloc
from functools import cache
from typing import Any

import msgspec
import pytest
from uvicorn.server import ServerState

from echoscope.server import Config
from echoscope.server.direct import DirectRequest
from echoscope.server.http import DEAF, HttpProtocol

Taken = tuple[str, bytes, bytes, list[tuple[bytes, bytes]], bytes, bytes, bytes]
"""Method, path, query, headers, body, request line and header lines of a request that came through the second door."""

ODD = 12_000
"""How many odd requests are tried."""


class Transport:
    """Takes what is written and is never full."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


class Reader:
    """A connection that notes each request that comes through the second door, and answers it."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        config = _config()
        config.direct = self._answer  # which the protocol takes at once
        self.protocol = HttpProtocol(config, ServerState(), {})
        self.protocol.connection_made(Transport())  # type: ignore[arg-type]

    def _answer(self, request: DirectRequest) -> bytes:
        self.taken.append(
            (
                request.method,
                request.target_path,
                request.query,
                request.block.headers,
                request.body,
                request.line,
                request.block.raw,
            )
        )
        return b"HTTP/1.1 204 No Content\r\n\r\n"

    async def read(self, data: bytes) -> list[Taken]:
        """What came through the second door of this data, until all of it is read or no more will be."""
        self.taken.clear()
        self.protocol.data_received(data)
        while self.protocol.held is not None and self.protocol.stage != DEAF and self.protocol.running is None:  # noqa: ASYNC110
            await asyncio.sleep(0)
        return list(self.taken)


@cache
def _config() -> Config:
    """One for all readers: half of the time of these tests would go into reading it anew."""
    config = Config(_never, lifespan="off")
    config.load()
    return config


async def _never(scope: Any, receive: Any, send: Any) -> None:
    """The app behind the other door: what comes here was not plain."""


BLOCKS = [
    b"Host: a\r\n\r\n",
    b"Host: localhost:8000\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\n\r\n",
    b"host: a\r\nX-A:  v \r\nX-A: w\r\n\r\n",
    b"Host: a\r\nContent-Length: 5\r\n\r\n",
    b"Host: a\r\nContent-Length: 0\r\nCookie: a=1; b=2\r\n\r\n",
]

PIECES = [
    b"GET", b"POST", b"HEAD", b"OPTIONS", b"get", b"CONNECT", b"BREW", b"PRI", b" ", b"  ", b"\t", b"/", b"//", b"/a",
    b"/a?b=c", b"*", b"http://a/", b"a:80", b"/%41", b"/\x00", b"/\x7f", b"/\xff", b"/#f", b"/a b", b"?", b"/?", b"/\r",
    b" HTTP/1.1", b" HTTP/1.0", b" HTTP/1.2", b" http/1.1", b" HTTP/1.1 ", b"HTTP/1.1",
    b"\r\n", b"\n", b"\r", b"\r\n\r\n",
    b"Host: b\r\n", b"X: y\r\n", b" folded\r\n", b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n",
    b":", b"",
]  # fmt: skip


def odd_request(chance: random.Random, block: bytes) -> bytes:
    """Nearly always something in front of a known block, often nearly a request."""
    if chance.random() < 0.7:
        version = b" HTTP/1.1" if chance.random() < 0.7 else chance.choice(PIECES[27:33])
        line = b"%b %b%b" % (chance.choice(PIECES[:8]), chance.choice(PIECES[11:27]), version)
    else:
        line = b"".join(chance.choice(PIECES) for _ in range(chance.randrange(1, 6)))
    data = line + b"\r\n" + block
    if chance.random() < 0.2:
        at = chance.randrange(len(data))
        data = data[:at] + chance.choice(PIECES) + data[at + chance.randrange(3) :]
    body = b"hello" if b"Length: 5" in block and chance.random() < 0.8 else b""
    return data + body


async def test_the_shortcut_reads_no_odd_request_otherwise_than_the_parser() -> None:
    chance = random.Random(1)
    taken_by_shortcut = 0
    for number in range(ODD):
        block = chance.choice(BLOCKS)
        first = b"GET /first HTTP/1.1\r\n" + block + (b"hello" if b"Length: 5" in block else b"")
        if number % 50 == 0:
            readers: dict[bytes, Reader] = {}
        knowing = readers.get(block)
        if knowing is None or knowing.protocol.stage or knowing.protocol.running:
            knowing = readers[block] = Reader()
            assert len(await knowing.read(first)) == 1
        assert knowing.protocol._block is not None
        data = odd_request(chance, block)
        known = knowing.protocol._block
        by_shortcut = await knowing.read(data)
        if not (by_shortcut and knowing.protocol._block is known):
            readers.pop(block, None)  # the parser has read it, and the connection may be at its end
            continue
        taken_by_shortcut += 1
        assert by_shortcut == await Reader().read(data), data
    assert taken_by_shortcut > ODD // 20
    await asyncio.sleep(0)


AGAIN = [
    b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /a?b=1 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"HEAD /a HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n",
    b"GET /a HTTP/1.1\r\nHost: a\r\nX: 2\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nworld",
    b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n" + b"x" * 20_000,
]


async def test_what_comes_again_is_the_same_request_whatever_came_between() -> None:
    alone = {data: await Reader().read(data) for data in AGAIN}
    assert all(len(taken) == 1 for data, taken in alone.items() if len(data) < 20_000)
    chance = random.Random(4)
    reader = Reader()
    for _ in range(1000):
        data = chance.choice(AGAIN)
        for _ in range(chance.randrange(1, 4)):
            assert await reader.read(data) == alone[data], data
        if reader.protocol.running:  # the app behind the other door answers nothing
            reader = Reader()


@pytest.mark.parametrize("ends", [b"\r\n", b"\r\n\r\n", b"\n", b"\n\r\n"])
async def test_line_ends_before_a_request_are_passed_over_wherever_reads_cut_them(ends: bytes) -> None:
    reader, alone = Reader(), await Reader().read(AGAIN[0])
    for cut in range(len(ends) + 1):
        assert await reader.read(ends[:cut]) == []
        assert await reader.read(ends[cut:] + AGAIN[0]) == alone


async def test_known_lines_behind_a_longer_target_are_refused_as_the_parser_would() -> None:
    reader = Reader()
    reader.protocol.limits = msgspec.structs.replace(reader.protocol.limits, max_head_bytes=100)
    assert len(await reader.read(AGAIN[0])) == 1
    assert await reader.read(b"GET /" + b"a" * 100 + b" HTTP/1.1\r\nHost: a\r\n\r\n") == []
    assert reader.protocol.stage == DEAF


async def test_a_connection_that_waits_for_its_next_request_holds_on_to_no_long_one() -> None:
    data = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 16000\r\n\r\n" + b"x" * 16_000
    readers = [Reader() for _ in range(100)]
    tracemalloc.start()
    try:
        for reader in readers:
            for _ in range(3):
                assert len(await reader.read(bytes(bytearray(data)))) == 1  # bytes of their own, as a socket gives
            reader.taken.clear()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < len(readers) * len(data) / 2


PATTERNS = {
    "one value": (b"Host: a\r\nTraceparent: %b\r\nAccept: */*\r\n\r\n", 1),
    "the last line": (b"Host: a\r\nX-Id:%b\r\n\r\n", 1),
    "two in a row, and white space": (b"Host: a\r\nX-A: \t%b\r\nx-b:  %b\r\nUser-Agent: curl/8.14.1\r\n\r\n", 2),
    "with a body": (b"X-A: %b\r\nHost: a\r\nContent-Length: 5\r\nX-B: %b\r\n\r\n", 2),
    "looked at by endpoints": (b"Host: a\r\nAccept: %b\r\nContent-Type: %b\r\n\r\n", 2),
}

VALUES = [
    b"1", b"a" * 500, b"a" * 600, b"00-4bf9-00f0-01", b'"q"', b"\\", b"a:b", b":", b"", b" ", b" a", b"a ", b"a b",
    b"\ta", b"a\r\n", b"a\r\nX: y", b"a\n", b"\r", b"a\r\n b", b"\x00", b"\x7f", b"\xff", b"a\r\n\r\n",
    b"hello", b"\r\nX-B: 1",
]  # fmt: skip


def filled(block: bytes, values: list[bytes]) -> bytes:
    return b"POST /a?b HTTP/1.1\r\n" + block % tuple(values) + (b"hello" if b"Length: 5" in block else b"")


@pytest.mark.parametrize("name", PATTERNS)
async def test_what_is_read_by_a_pattern_is_read_so_by_the_parser(name: str) -> None:
    chance = random.Random(3)
    block, holes = PATTERNS[name]
    taken_by_pattern = 0
    reader: Reader | None = None
    for _ in range(800):
        if reader is None or reader.protocol.stage or reader.protocol.running:
            reader = Reader()
            for value in (b"first", b"second"):
                assert len(await reader.read(filled(block, [value] * holes))) == 1
        known = reader.protocol._block
        assert known is not None
        assert known.pattern is not None
        data = filled(block, [chance.choice(VALUES) for _ in range(holes)])
        if chance.random() < 0.2:
            at = chance.randrange(len(data))
            data = data[:at] + chance.choice(PIECES) + data[at + chance.randrange(3) :]
        taken = await reader.read(data)
        new = reader.protocol._block
        if not (taken and new is not known and new is not None and new.pattern is known.pattern):
            reader = None
            continue
        taken_by_pattern += 1
        assert taken == await Reader().read(data), data
        assert new.values == dict(new.headers)
    assert taken_by_pattern > 50
    await asyncio.sleep(0)


NO_PATTERN = {
    "the host": (b"Host: a\r\n\r\n", b"Host: b\r\n\r\n"),
    "a length": (b"Host: a\r\nContent-Length: 0\r\n\r\n", b"Host: a\r\nContent-Length: 00\r\n\r\n"),
    "another name": (b"Host: a\r\nX-A: 1\r\n\r\n", b"Host: a\r\nX-B: 1\r\n\r\n"),
    "one line more": (b"Host: a\r\nX-A: 1\r\n\r\n", b"Host: a\r\nX-A: 1\r\nX-B: 1\r\n\r\n"),
    "a name that repeats": (b"Host: a\r\nX: 1\r\nX: 2\r\n\r\n", b"Host: a\r\nX: 1\r\nX: 3\r\n\r\n"),
    "a value with a space": (b"Host: a\r\nX: 1\r\n\r\n", b"Host: a\r\nX: 1 2\r\n\r\n"),
    "no value": (b"Host: a\r\nX: 1\r\n\r\n", b"Host: a\r\nX:\r\n\r\n"),
    "only its white space": (b"Host: a\r\nX: 1\r\n\r\n", b"Host: a\r\nX:  1\r\n\r\n"),
    "more lines than a pattern has": tuple(
        b"Host: a\r\n" + b"".join(b"X-%d: %d\r\n" % (number, value) for number in range(5)) + b"\r\n"
        for value in (1, 2)
    ),
}


@pytest.mark.parametrize("name", NO_PATTERN)
async def test_blocks_that_differ_in_this_make_no_pattern(name: str) -> None:
    reader = Reader()
    for block in NO_PATTERN[name]:
        assert len(await reader.read(b"GET / HTTP/1.1\r\n" + block)) == 1
    assert reader.protocol._block is not None
    assert reader.protocol._block.pattern is None


async def test_a_request_in_any_pieces_comes_through_one_of_the_doors_once() -> None:
    chance = random.Random(2)
    for _ in range(300):
        requests = b"".join(
            b"GET /%d HTTP/1.1\r\n" % number + (b"Host: a\r\n\r\n" if number % 3 else b"Host: a\r\nX: y\r\n\r\n")
            for number in range(8)
        )
        reader = Reader()
        targets = []
        while requests:
            size = chance.choice([1, 2, 3, 10, 40, len(requests)])
            targets += [one[1] for one in await reader.read(requests[:size])]
            requests = requests[size:]
        assert targets == [b"/%d" % number for number in range(8)]

"""HTTP/2 with prior knowledge: streams and frames in floods, on one connection and on many.

The frames are put together by hand: a client that keeps the rules would be busier than the server.
"""

import asyncio
from typing import Final, Self

import hpack

from .load import HOST, Client, Load

CONNECTIONS: Final = 50
STREAMS: Final = 100
BATCHES: Final = 15
FLOOD_BYTES: Final = 1 << 20

_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _PING, _WINDOW_UPDATE = 0x0, 0x1, 0x3, 0x4, 0x6, 0x8
_END_STREAM, _END_HEADERS, _ACK = 0x1, 0x4, 0x1
_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_WIDE: Final = (1 << 31) - 1


def _frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3) + bytes((kind, flags)) + stream.to_bytes(4) + payload


def _head(method: str, path: str) -> bytes:
    """A block that needs nothing of those before it."""
    fields = [(":method", method), (":scheme", "http"), (":authority", "localhost"), (":path", path)]
    return hpack.Encoder().encode([hpack.NeverIndexedHeaderTuple(*field) for field in fields], huffman=False)


_GET: Final = _head("GET", "/get")
_PAGE: Final = _head("GET", "/hooks")
_BYTES: Final = _head("GET", "/bytes/102400")
_POST: Final = _head("POST", "/hooks")


class _Connection:
    """Counts the streams that have ended, and whether a ping was answered."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self._reader = reader
        self._held = b""
        self.ended = 0
        self.is_acknowledged = self.is_over = False

    @classmethod
    async def open(cls, port: int | None) -> Self:
        connection = cls(*await asyncio.open_connection(HOST, port))
        settings = b"\x00\x04" + _WIDE.to_bytes(4)
        window = _frame(_WINDOW_UPDATE, payload=(_WIDE - 65_535).to_bytes(4))
        connection.writer.write(_PREFACE + _frame(_SETTINGS, payload=settings) + window)
        return connection

    async def step(self) -> None:
        try:
            data = await self._reader.read(1 << 18)
        except ConnectionError:
            data = b""
        self.is_over = not data
        data, at = self._held + data, 0
        while len(data) - at >= 9:
            end = at + 9 + int.from_bytes(data[at : at + 3])
            if end > len(data):
                break
            kind, flags = data[at + 3], data[at + 4]
            self.ended += kind == _RST_STREAM or (kind in (_DATA, _HEADERS) and bool(flags & _END_STREAM))
            self.is_acknowledged = self.is_acknowledged or (kind == _PING and bool(flags & _ACK))
            at = end
        self._held = data[at:]

    async def close(self) -> None:
        self.writer.close()


async def _streams(client: Client, head: bytes) -> None:
    """Batches of requests, each answered before the next."""
    connection = await _Connection.open(client.base_url.port)
    for batch in range(BATCHES):
        numbers = range(1 + 2 * batch * STREAMS, 2 * (batch + 1) * STREAMS, 2)
        connection.writer.write(
            b"".join(_frame(_HEADERS, _END_STREAM | _END_HEADERS, number, head) for number in numbers)
        )
        while connection.ended < (batch + 1) * STREAMS and not connection.is_over:
            await connection.step()
    await connection.close()


async def _streams_on_many(client: Client, head: bytes) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_streams(client, head))


async def _resets(client: Client, _: bytes) -> None:
    """Requests that are taken back as soon as they are made, until the connection is ended."""
    connection = await _Connection.open(client.base_url.port)
    numbers = range(1, 3_000, 2)
    reset = (8).to_bytes(4)
    connection.writer.write(
        b"".join(
            _frame(_HEADERS, _END_STREAM | _END_HEADERS, number, _GET) + _frame(_RST_STREAM, 0, number, reset)
            for number in numbers
        )
    )
    await _until_acknowledged(connection)


async def _tiny(client: Client, frame: bytes) -> None:
    """Frames of one kind, on a connection with a request that is not whole."""
    connection = await _Connection.open(client.base_url.port)
    connection.writer.write(_frame(_HEADERS, _END_HEADERS, 1, _POST))
    connection.writer.write(frame * (FLOOD_BYTES // len(frame)))
    await _until_acknowledged(connection)


async def _tiny_on_many(client: Client, frame: bytes) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_tiny(client, frame))


async def _until_acknowledged(connection: _Connection) -> None:
    connection.writer.write(_frame(_PING, payload=b"finished"))
    pings = connection.is_acknowledged
    while connection.is_acknowledged == pings and not connection.is_over:
        await connection.step()
    await connection.close()


def _of(frame: bytes) -> Load:
    async def prepare(client: Client) -> bytes:
        return frame

    return Load(_tiny, prepare, options=_OPTIONS)


def _heads(head: bytes, *, on_many: bool = False) -> Load:
    async def prepare(client: Client) -> bytes:
        return head

    return Load(_streams_on_many if on_many else _streams, prepare, options=_OPTIONS)


async def _empty_data(client: Client) -> bytes:
    return _frame(_DATA, 0, 1)


_OPTIONS: Final = ("--http2",)

LOADS: Final = {
    "HTTP/2: 100 streams at once": _heads(_GET),
    "HTTP/2: 100 streams at once to the echo": _heads(_PAGE),
    "HTTP/2: 100 streams at once of 100 KiB": _heads(_BYTES),
    "HTTP/2: such streams on 50 connections": _heads(_GET, on_many=True),
    "HTTP/2: requests that are reset": Load(_resets, options=_OPTIONS),
    "HTTP/2: empty frames of a body": _of(_frame(_DATA, 0, 1)),
    "HTTP/2: frames of a body with one byte": _of(_frame(_DATA, 0, 1, b"a")),
    "HTTP/2: pings": _of(_frame(_PING, payload=b"12345678")),
    "HTTP/2: settings": _of(_frame(_SETTINGS, payload=b"\x00\x04\x00\x00\xff\xff")),
    "HTTP/2: windows": _of(_frame(_WINDOW_UPDATE, 0, 1, (1).to_bytes(4))),
    "HTTP/2: empty frames of bodies on 50 connections": Load(_tiny_on_many, _empty_data, options=_OPTIONS),
}

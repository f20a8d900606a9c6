"""WebSockets: frames in floods, masked with zeros."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from .load import HOST, Client, Load

CONNECTIONS: Final = 50
FLOOD_BYTES: Final = 1 << 20

_MASK: Final = bytes(4)
_HANDSHAKE: Final = (
    b"GET %b HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def _flood(client: Client, path: bytes, frame: bytes) -> None:
    """Frames of one kind and then a Close, and all that comes until the end."""
    reader, writer = await asyncio.open_connection(HOST, client.base_url.port)
    writer.write(_HANDSHAKE % path)
    await reader.readuntil(b"\r\n\r\n")
    writer.write(frame * -(-FLOOD_BYTES // len(frame)) + b"\x88\x82" + _MASK + b"\x03\xe8")
    try:
        while await reader.read(1 << 16):
            pass
    except ConnectionError:
        pass
    writer.close()


def _of(frame: bytes, path: bytes = b"/ws") -> Callable[[Client, bytes], Awaitable[None]]:
    async def keep_busy(client: Client, _: bytes) -> None:
        await _flood(client, path, frame)

    return keep_busy


def _on_many(frame: bytes) -> Callable[[Client, bytes], Awaitable[None]]:
    async def keep_busy(client: Client, _: bytes) -> None:
        async with asyncio.TaskGroup() as group:
            for _number in range(CONNECTIONS):
                group.create_task(_flood(client, b"/ws", frame))

    return keep_busy


_TEXT: Final = b"\x81\x81" + _MASK + b"x"
_PING: Final = b"\x89\x80" + _MASK
_PONG: Final = b"\x8a\x80" + _MASK
_FRAGMENT: Final = b"\x00\x80" + _MASK
_LARGE: Final = b"\x82\xff" + (1 << 20).to_bytes(8) + _MASK + bytes(1 << 20)

LOADS: Final = {
    "WebSocket: texts of one byte": Load(_of(_TEXT)),
    "WebSocket: pings": Load(_of(_PING)),
    "WebSocket: pongs": Load(_of(_PONG)),
    "WebSocket: empty fragments": Load(_of(b"\x01\x80" + _MASK + _FRAGMENT * 1_000)),
    "WebSocket: messages of 1 MiB": Load(_of(_LARGE)),
    "WebSocket: texts to the feed": Load(_of(_TEXT, b"/-/live")),
    "WebSocket: texts of one byte on 50 connections": Load(_on_many(_TEXT)),
}

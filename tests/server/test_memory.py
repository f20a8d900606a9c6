"""However much one client sends, the server keeps little of it."""

import asyncio
import socket
import tracemalloc
from collections.abc import Iterator

import pytest
from starlette.types import Receive, Scope, Send

from tests.server import frames
from tests.server.apps import lifespan
from tests.server.frames import HANDSHAKE, frame
from tests.server.wire import get
from tests.servers import Running

SENT_BYTES = 16 * 1024 * 1024

MAY_KEEP_BYTES = 4 * 1024 * 1024
"""A read is up to 256 KiB, a slice of it 450 requests of 1.5 kB or 1,300 messages; the rest is for the tracing."""

POST = b"POST / HTTP/1.1\r\nHost: test\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"

FLOODS = {
    "a header": (b"GET / HTTP/1.1\r\nX: ", b"a"),
    "header lines": (b"GET / HTTP/1.1\r\n", b"a: b\r\n"),
    "empty lines": (b"", b"\r\n"),
    "a request target": (b"GET /", b"a"),
    "a chunk extension": (CHUNKED + b"1;", b"a"),
    "trailers": (CHUNKED + b"0\r\n", b"a: b\r\n"),
    "a trailer": (CHUNKED + b"0\r\na: ", b"b"),
    "a body that nobody reads": (POST + b"Content-Length: 16000000\r\n\r\n", b"a"),
    "tiny chunks that nobody reads": (CHUNKED, b"1\r\na\r\n"),
    "requests behind one that runs": (b"", b"GET / HTTP/1.1\r\n\r\n"),
    "messages that nobody reads": (get(lines=HANDSHAKE), frame(frames.BINARY)),
    "empty fragments": (get(lines=HANDSHAKE) + frame(frames.TEXT, fin=False), frame(frames.CONTINUATION, fin=False)),
    "frames before the handshake is answered": (get("/never", HANDSHAKE), frame(frames.BINARY)),
    "pings, with nobody reading the pongs": (get(lines=HANDSHAKE), frame(frames.PING, b"a" * 125)),
}


async def idle(scope: Scope, receive: Receive, send: Send) -> None:
    """Takes requests and handshakes, and nothing more."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    if scope["type"] == "websocket" and scope["path"] != "/never":
        await send({"type": "websocket.accept"})
    await asyncio.Event().wait()


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with Running(idle) as running:
        yield running


def flood(connection: socket.socket, block: bytes) -> None:
    """Until the server takes no more, or has taken enough."""
    connection.settimeout(0.3)
    try:
        for _ in range(SENT_BYTES // len(block)):
            connection.sendall(block)
    except (TimeoutError, ConnectionError):
        pass


@pytest.mark.parametrize(("head", "unit"), FLOODS.values(), ids=FLOODS)
def test_a_flood_leaves_little_behind(server: Running, head: bytes, unit: bytes) -> None:
    block = unit * (65536 // len(unit))
    with server.connect() as connection:
        connection.sendall(head)
        tracemalloc.start()
        try:
            flood(connection, block)
            _, peak_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak_bytes < MAY_KEEP_BYTES

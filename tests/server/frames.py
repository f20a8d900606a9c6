"""WebSocket frames by hand, for what a client library refuses to send (RFC 6455 section 5.2)."""

import socket
import struct

from tests.server.wire import get, read_until
from tests.servers import Running

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

HANDSHAKE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, length: int | None = None) -> bytes:
    """Masked with zeros. `length`: what to announce in place of the true one."""
    size = len(payload) if length is None else length
    first = opcode | (0x80 if fin else 0)
    if size < 126:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    return head + bytes(4) + payload


def close_frame(code: int, reason: bytes = b"") -> bytes:
    """As a server sends it."""
    return struct.pack("!BBH", 0x80 | CLOSE, 2 + len(reason), code) + reason


def shake_hands(connection: socket.socket) -> None:
    connection.sendall(get(lines=HANDSHAKE))
    assert read_until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")


def open_websocket(server: Running) -> socket.socket:
    connection = server.connect()
    shake_hands(connection)
    return connection

"""Requests and answers as bytes, for what an HTTP client would not send or would hide."""

import re
import socket
import struct
from collections.abc import Iterable

from tests.servers import Running, read_all


def request(
    method: str = "GET",
    target: str | bytes = "/",
    headers: Iterable[str | bytes] = (),
    body: bytes = b"",
    *,
    host: str | None = "localhost",
    version: str = "1.1",
    close: bool = False,
) -> bytes:
    """A request; `headers` are whole lines."""
    lines: list[bytes] = [b"%b %b HTTP/%b" % (method.encode(), _bytes(target), version.encode())]
    lines += [f"Host: {host}".encode()] if host is not None else []
    lines += [_bytes(line) for line in headers]
    lines += [b"Content-Length: %d" % len(body)] if body else []
    lines += [b"Connection: close"] if close else []
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")


class Answer:
    """An answer as it came: `head` is the status line with the headers, `body` the rest."""

    def __init__(self, received: bytes) -> None:
        self.head, _, self.body = received.partition(b"\r\n\r\n")
        found = re.match(rb"HTTP/1\.[01] (\d{3})", self.head)
        self.status = int(found[1]) if found else None

    def header(self, name: str) -> str | None:
        found = re.search(rb"\r\n" + name.encode() + rb":[ \t]*([^\r\n]*)", self.head, re.IGNORECASE)
        return found[1].decode("latin-1") if found else None


def read_answer(connection: socket.socket) -> Answer:
    """An answer with a length, read to its end in however many pieces it comes; the connection may stay."""
    received = b""
    while b"\r\n\r\n" not in received or len(Answer(received).body) < int(
        Answer(received).header("content-length") or 0
    ):
        piece = connection.recv(1 << 16)
        assert piece, f"the answer ends too early: {received!r}"
        received += piece
    return Answer(received)


def ask(server: Running, method: str = "GET", target: str | bytes = "/", *headers: str | bytes) -> Answer:
    """One request on a connection of its own."""
    return Answer(server.raw(request(method, target, headers, close=True)))


def pipeline(server: Running, requests: list[bytes]) -> bytes:
    """All requests at once on one connection, the last of which must ask to close it; all answers."""
    with server.connect() as connection:
        connection.sendall(b"".join(requests))
        return read_all(connection)


def reset(connection: socket.socket) -> None:
    """End a connection the hard way, as a crash does: with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


def handshake(server: Running, target: str) -> socket.socket:
    """A connection on which a WebSocket was opened and nothing is read any more."""
    connection = server.connect()
    connection.sendall(request("GET", target, UPGRADE))
    assert connection.recv(4096).startswith(b"HTTP/1.1 101 ")
    return connection

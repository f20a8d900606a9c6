"""A server that keeps the bytes that reach it and answers with bytes of the test's choice."""

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.ports import free_port
from tests.servers import HOST, WAIT_S

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Target:
    """`requests`: as they came, each on a connection of its own. `answers`: the next ones; then `OK` for ever."""

    def __init__(self, port: int = 0, context: ssl.SSLContext | None = None) -> None:
        self._listener = socket.create_server((HOST, port or free_port()))
        self._context = context
        self.port: int = self._listener.getsockname()[1]
        self.origin = f"{'https' if context else 'http'}://{HOST}:{self.port}"
        self.requests: list[bytes] = []
        self.answers: list[bytes | None] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(WAIT_S)
        with suppress(OSError), connection, self._secured(connection) as connection:
            self.requests.append(_request(connection))
            answer = self.answers.pop(0) if self.answers else OK
            if answer is None:
                connection.recv(1)  # until the client leaves
            else:
                connection.sendall(answer)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1 << 16):
                    pass

    def _secured(self, connection: socket.socket) -> socket.socket:
        return self._context.wrap_socket(connection, server_side=True) if self._context else connection


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and (more := connection.recv(1 << 16)):
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    while length and len(body) < int(length[1]) and (more := connection.recv(1 << 16)):
        body += more
    return head + b"\r\n\r\n" + body


@contextmanager
def target(port: int = 0, context: ssl.SSLContext | None = None) -> Iterator[Target]:
    server = Target(port, context)
    try:
        yield server
    finally:
        server.close()

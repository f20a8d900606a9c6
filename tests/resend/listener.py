"""Another server, as bytes: what it was sent, and an answer that is given whatever it was."""

import socket
from threading import Thread
from types import TracebackType
from typing import Self

from tests.servers import HOST, WAIT_S


class Listener:
    """Takes one connection, reads until `expects` bytes are there, answers with `answer`, and closes when told."""

    def __init__(self, answer: bytes, expects: int = 1, *, closes: bool = True) -> None:
        self.received = b""
        self._answer, self._expects, self._closes = answer, expects, closes
        self._socket = socket.create_server((HOST, 0))
        self._socket.settimeout(WAIT_S)
        self.port: int = self._socket.getsockname()[1]
        self.address = f"http://{HOST}:{self.port}"
        self._thread = Thread(target=self._run)

    def _run(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            connection.settimeout(WAIT_S)
            while len(self.received) < self._expects or b"\r\n\r\n" not in self.received:
                self.received += connection.recv(1 << 16)
            connection.sendall(self._answer)
            if not self._closes:
                connection.recv(1)  # until the other side has enough

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._thread.join(WAIT_S)
        self._socket.close()

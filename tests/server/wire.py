"""HTTP/1.1 by hand: bytes out of a socket into answers, strictly, and the head that our own answers share."""

import asyncio
import json
import socket
from typing import NamedTuple

from tests.servers import HOST as LOCAL
from tests.servers import WAIT_S, Running

HOST = b"Host: test\r\n"
CLOSE = b"Connection: close\r\n"


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The one value of a header; more than one is an error."""
        values = [value for key, value in self.headers if key == name]
        assert len(values) < 2, values
        return values[0] if values else None

    def json(self) -> dict[str, object]:
        made = json.loads(self.body)
        assert isinstance(made, dict)
        return made


def get(path: str = "/", lines: bytes = b"", *, method: str = "GET") -> bytes:
    return f"{method} {path} HTTP/1.1\r\n".encode() + HOST + lines + b"\r\n"


def ask(server: Running, *pieces: bytes) -> list[Answer]:
    """All answers to these bytes, until the server closes."""
    return parse(server.raw(b"".join(pieces)))


def ask_once(server: Running, *pieces: bytes) -> Answer:
    (answer,) = ask(server, *pieces)
    return answer


def parse(data: bytes, *, without_body: bool = False) -> list[Answer]:
    """Header names in lower case. `without_body`: as answers to HEAD. An answer that nothing frames takes the rest."""
    answers = []
    while data:
        head, separator, data = data.partition(b"\r\n\r\n")
        assert separator, head
        status_line, *lines = head.decode("latin-1").split("\r\n")
        version, status, _ = status_line.split(" ", 2)
        assert version == "HTTP/1.1"
        headers = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
        answer = Answer(int(status), headers, b"")
        body, data = (b"", data) if without_body or int(status) < 200 else _split_body(answer, data)
        answers.append(answer._replace(body=body))
    return answers


def _split_body(answer: Answer, data: bytes) -> tuple[bytes, bytes]:
    length = answer.header("content-length")
    if answer.header("transfer-encoding") == "chunked":
        assert length is None
        return _split_chunks(data)
    if answer.status in (204, 304):
        return b"", data
    if length is None:
        return data, b""
    assert len(data) >= int(length)
    return data[: int(length)], data[int(length) :]


def _split_chunks(data: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        size_line, _, data = data.partition(b"\r\n")
        size = int(size_line, 16)
        body += data[:size]
        assert data[size : size + 2] == b"\r\n"
        data = data[size + 2 :]
        if size == 0:
            return body, data


def assert_is_problem(answer: Answer, status: int) -> None:
    """The one shape of the answers that the server gives itself."""
    assert answer.status == status
    assert answer.header("content-type") == "application/problem+json"
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("connection") == "close"
    problem = answer.json()
    assert list(problem) == ["type", "title", "status", "detail"]
    assert problem["status"] == status
    assert problem["type"] == "about:blank"


def read_until(connection: socket.socket, ending: bytes) -> bytes:
    """No byte more."""
    received = bytearray()
    while not received.endswith(ending):
        data = connection.recv(1)
        assert data, bytes(received)
        received += data
    return bytes(received)


def read_exactly(connection: socket.socket, size: int) -> bytes:
    """Less only when the server closes before."""
    received = bytearray()
    while len(received) < size and (data := connection.recv(size - len(received))):
        received += data
    return bytes(received)


def read_to_the_end(connection: socket.socket) -> bytes:
    """A reset is an end too, for a client that has been cut off."""
    received = bytearray()
    try:
        while data := connection.recv(1 << 16):
            received += data
    except ConnectionError:
        pass
    return bytes(received)


def connect_with_a_small_window(server: Running) -> socket.socket:
    """A client behind which little can pile up unread."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(WAIT_S)
    connection.connect((LOCAL, server.port))
    return connection


def wait_until_alone(server: Running) -> None:
    """Until the server has no connection left."""

    async def poll() -> None:
        while server._server.server_state.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    server.run(poll())

"""What a request came to at one door: its answer, and its document, without what no two of them share."""

import json
import re
import socket
from contextlib import closing
from http.client import HTTPConnection
from typing import Any, NamedTuple

from tests.servers import HOST, WAIT_S, Running

_VARYING = (
    (rb"[0-9a-f]{8}-\d+", b"ID"),
    (rb"(?i)(?<=\r\ndate: )[^\r]+", b"DATE"),
    (rb"(?i)(?<=content-length: )\d+", b"N"),
    (rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", b"UUID"),
)
"""Ids, clocks, ports, and the lengths that depend on them."""

_DIGIT = re.compile("[0-9]")
"""All that varies has one; most texts of a document have none."""

_OF_A_RUN = ("seq", "id", "started_at", "duration_ms", "client", "is_derived", "pinned", "note")


class Outcome(NamedTuple):
    """`answers`: as they came, but for what varies. `documents`: of the exchanges, oldest first."""

    answers: bytes
    documents: list[dict[str, Any]]


def ask(server: Running, *requests: bytes) -> Outcome:
    """One connection, on which each request is sent when the answer to the one before is there."""
    received = b""
    with closing(HTTPConnection(HOST, server.port, WAIT_S)) as inspector:
        head = _told(inspector, "info")["head"]
        with socket.create_connection((HOST, server.port), WAIT_S) as connection:
            ports = (connection.getsockname()[1], server.port)
            for request in requests:
                connection.sendall(request)
                received += _answer(connection, is_head=request.startswith(b"HEAD "))
        return Outcome(without_what_varies(received, *ports), _documents(inspector, head, *ports))


def _told(inspector: HTTPConnection, path: str) -> Any:
    """What the API tells, to a client that takes less time than its answers: no content coding is undone."""
    inspector.request("GET", f"/-/api/{path}")
    answer = inspector.getresponse()
    assert answer.status == 200
    return json.load(answer)


def _answer(connection: socket.socket, *, is_head: bool) -> bytes:
    received = bytearray()
    while b"\r\n\r\n" not in received:
        data = connection.recv(1 << 16)
        if not data:
            return bytes(received)
        received += data
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    if is_head or length is None:
        return bytes(received)
    while len(body) < int(length[1]):
        data = connection.recv(1 << 16)
        assert data, received
        received += data
        body += data
    return bytes(received)


def without_what_varies(data: bytes, *ports: int) -> bytes:
    for port in ports:
        data = data.replace(b"%d" % port, b"PORT")
    for pattern, name in _VARYING:
        data = re.sub(pattern, name, data)
    return data


def _documents(inspector: HTTPConnection, after: int, *ports: int) -> list[dict[str, Any]]:
    items = _told(inspector, f"exchanges?after={after}&limit=1000&reveal=1")["items"]
    return [_document(inspector, item["id"], *ports) for item in reversed(items)]


def _document(inspector: HTTPConnection, exchange_id: str, *ports: int) -> dict[str, Any]:
    document = _told(inspector, f"exchanges/{exchange_id}")
    for event in document["events"]:
        event["at_ms"] = 0
    return {key: _plain(value, *ports) for key, value in document.items() if key not in _OF_A_RUN}


def _plain(value: Any, *ports: int) -> Any:
    if isinstance(value, str):
        if _DIGIT.search(value) is None:
            return value
        return without_what_varies(value.encode("utf-8", "surrogatepass"), *ports).decode("utf-8", "surrogatepass")
    if isinstance(value, int) and value in ports:
        return "PORT"
    if isinstance(value, dict):
        varying = ("size", "kept", "sent_bytes", "sha256")
        return {key: _plain(item, *ports) for key, item in value.items() if key not in varying}
    if isinstance(value, list):
        items = [_plain(item, *ports) for item in value]
        return ["content-length", "N"] if items[:1] == ["content-length"] else items
    return value

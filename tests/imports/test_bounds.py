"""What comes from a file has the bounds of what is recorded, and no file takes the service away."""

import json
import socket
import time
from collections import deque
from contextlib import suppress
from typing import Any

import httpx
import pytest

from echoscope.exchange.model import Event, Exchange
from echoscope.files.reading import Bounds, ImportFault, read
from tests.cli.program import started
from tests.conftest import Serve
from tests.exchanges import made_exchange
from tests.servers import NO_TLS

from .test_imports import ENTRY, archive, lines, only

BOUNDS = Bounds(kept_body_bytes=10, max_events=6, head_bytes=1_000, head_lines=5)


def fault(content: bytes) -> str:
    (imported,) = read(content, BOUNDS)
    assert imported.exchange is None
    return imported.fault or ""


def kept(content: bytes) -> Exchange:
    (imported,) = read(content, BOUNDS)
    assert imported.exchange is not None, imported.fault
    return imported.exchange


def headers(count: int, length: int = 1) -> list[dict[str, str]]:
    return [{"name": "a", "value": "b" * length}] * count


LARGE_HEADS: dict[str, tuple[bytes, str]] = {
    "har, lines": (
        archive(ENTRY | {"request": {"url": "http://h/", "headers": headers(5)}}),
        "The head of the request may have at most 5 lines, not 6.",
    ),
    "har, bytes": (
        archive(ENTRY | {"request": {"url": "http://h/", "headers": headers(1, 1_000)}}),
        "The head of the request may have at most 1,000 bytes, not ",
    ),
    "har, path": (archive(ENTRY | {"request": {"url": f"http://h/{'a' * 1_000}"}}), "The head of the request may have"),
    "har, query": (archive(ENTRY | {"request": {"url": f"http://h/?{'a' * 1_000}"}}), "The head of the request may"),
    "har, answer": (
        archive(ENTRY | {"response": {"status": 200, "headers": headers(6)}}),
        "The head of the answer may have at most 5 lines, not 6.",
    ),
    "lines": (lines(made_exchange(headers=[[b"a", b"b"]] * 6)), "The head of the request may have at most 5 lines"),
    "path": (lines(made_exchange(path="/" + "a" * 1_000)), "The head of the request may have at most 1,000 bytes"),
    "other keys": (
        lines(made_exchange(extensions={"tls": {"a": "b" * 4_000}})),
        "The connection scope may take at most 4,000 bytes, not ",
    ),
    "root path": (lines(made_exchange(root_path="a" * 4_000)), "The connection scope may take"),
}


@pytest.mark.parametrize("name", LARGE_HEADS)
def test_a_head_that_the_server_would_not_take_is_refused(name: str) -> None:
    content, reason = LARGE_HEADS[name]
    assert fault(content).startswith(reason)


def with_events(*events: Event) -> bytes:
    exchange = made_exchange()
    return lines(
        Exchange(**{name: getattr(exchange, name) for name in exchange.__struct_fields__} | {"events": list(events)})
    )


def test_a_large_message_is_refused() -> None:
    message = {"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")] * 6}
    assert fault(with_events(Event("send", 0, 0, message))).startswith(
        "The head of the answer may have at most 5 lines"
    )
    odd = {"type": "http.request", "body": b"", "more_body": False, "x": "y" * 4_000}
    assert fault(with_events(Event("receive", 0, 0, odd))).startswith("The message may take at most 4,000 bytes")


def test_bodies_are_cut_as_the_recorder_cuts_them() -> None:
    content = {"text": "0123456789abc", "size": 13}
    request = {"url": "http://h/", "postData": {"text": "x" * 20}}
    exchange = kept(archive(ENTRY | {"request": request, "response": {"status": 200, "content": content}}))
    assert [event.message.get("body") for event in exchange.events] == [b"x" * 10, None, b"0123456789"]
    assert [event.size for event in exchange.events] == [20, 0, 13]
    assert (exchange.received_bytes, exchange.sent_bytes) == (20, 13)


def test_messages_share_the_room_of_their_direction() -> None:
    texts = ["0123456", "789\u00e9", "x"]
    events = [Event("receive", 0, len(text.encode()), {"type": "websocket.receive", "text": text}) for text in texts]
    exchange = kept(with_events(*events, Event("send", 0, 3, {"type": "websocket.send", "bytes": b"abc"})))
    assert [event.message.get("text") for event in exchange.events[:3]] == ["0123456", "789", ""]
    assert exchange.events[3].message["bytes"] == b"abc"


def test_of_many_messages_the_first_and_the_last_are_kept() -> None:
    events = [Event("send", number, 0, {"type": "websocket.send", "text": ""}) for number in range(20)]
    exchange = kept(with_events(*events))
    assert len(exchange.events) == 6
    assert exchange.events_omitted == 14


def test_a_long_error_keeps_its_end() -> None:
    document = json.loads(lines(made_exchange())) | {"error": "x" * 100_000 + "end"}
    assert kept(json.dumps(document).encode()).error == "x" * (32_768 - 3) + "end"


@pytest.mark.parametrize(
    "content",
    [
        archive(ENTRY | {"cache": [{}] * 100_001}),
        json.dumps(json.loads(lines(made_exchange())) | {"x": [[]] * 100_001}).encode(),
    ],
    ids=["har", "lines"],
)
def test_an_entry_of_too_many_values_is_not_built(content: bytes) -> None:
    assert "may hold at most 100,000 objects and arrays" in fault(content)


SECONDS = 5.0


@pytest.mark.parametrize(
    ("start", "piece", "end"),
    [
        (b"", b"\n", b""),
        (b"", b"{}\n", b""),
        (b'{"log":{"entries":[', b"{},", b"{}]}}"),
        (b'{"log":{"entries":["', b'\\"', b'"]}}'),
        (b'{"log":{"entries":["', b"\\", b"\\"),
        (b'{"x":', b"[", b""),
        (b'{"log":{"entries":[', b'{"a":[', b""),
        (b'{"a":"', b'\\"}\n', b""),
    ],
)
def test_a_long_hostile_file_is_read_in_linear_time(start: bytes, piece: bytes, end: bytes) -> None:
    def seconds(count: int) -> float:
        content = start + piece * count + end
        started_at = time.process_time()
        with suppress(ImportFault):
            deque(read(content), maxlen=0)
        return time.process_time() - started_at

    seconds(1_000)
    assert seconds(400_000) < 20 * max(0.05, seconds(50_000))


def test_other_clients_are_served_while_a_long_file_is_read(serve: Serve) -> None:
    server = serve()
    with server.connect() as connection:
        connection.sendall(request_of(b"{}\n" * 2_000_000))
        for _ in range(20):
            assert server.client.get("/-/health").status_code == 200
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):  # the file is still being read
            connection.recv(1)


def request_of(body: bytes) -> bytes:
    head = b"POST /-/api/import HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body)
    return head + body


def test_a_signal_ends_the_server_while_a_file_is_read_for_a_client_that_left() -> None:
    with started("--shutdown-grace", "2") as program:
        host, _, port = program.origin.removeprefix("http://").rpartition(":")
        document = json.dumps(json.loads(lines(made_exchange(headers=[[b"a", b"b"]] * 90))))
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(request_of(f"{document}\n".encode() * 2_000))
            time.sleep(0.3)
        started_at = time.monotonic()
        assert program.stop() == 0
        assert time.monotonic() - started_at < SECONDS


def test_a_file_may_be_larger_than_a_request() -> None:
    with started("--max-body-bytes", "1MiB", "--max-import-bytes", "3MiB") as program:
        body = lines(made_exchange("beef-1")) + b" " * (2 << 20)
        assert httpx.post(program.origin + "/-/api/import?", content=body, verify=NO_TLS).json()["imported"] == 1
        assert httpx.post(program.origin + "/-/api/import", content=b" " * (4 << 20), verify=NO_TLS).status_code == 413
        assert httpx.post(program.origin + "/-/api/other", content=body, verify=NO_TLS).status_code == 413
        assert httpx.post(program.origin + "/post", content=body, verify=NO_TLS).status_code == 413


def test_our_own_entry_has_the_bounds_of_the_settings(serve: Serve) -> None:
    server = serve(kept_body_bytes=10)
    answer = server.client.post("/-/api/import", content=lines(made_exchange("beef-1", body=b"x" * 20)))
    assert answer.json()["imported"] == 1
    body: dict[str, Any] = server.client.get("/-/api/exchanges/beef-1").json()["request"]["body"]
    assert (body["size"], body["kept"], body["truncated"]) == (20, 10, True)


def test_what_a_file_tells_is_not_changed_within_the_bounds() -> None:
    exchange = only(lines(made_exchange(body=b"x" * 200_000, headers=[[b"a", b"b" * 200]] * 50)))
    assert len(exchange.scope["headers"]) == 50
    assert exchange.events[0].message["body"] == b"x" * 200_000

"""WebSocket messages that are compressed (RFC 7692): what is agreed, what passes, and what a bomb does."""

import socket
import zlib
from collections.abc import Iterator

import pytest
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate
from websockets.sync.client import connect

from echoscope.server import Limits
from echoscope.server.websocket import _text_frame
from tests.conftest import Serve
from tests.server import frames
from tests.server.apps import report
from tests.server.frames import HANDSHAKE, frame
from tests.server.wire import get, read_exactly, read_until
from tests.servers import Running, read_all

MOST = 200_000
EXTENSION = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
RSV1 = 0x40


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    limits = Limits(max_websocket_bytes=MOST, reserved=b"/-/")
    with Running(report, limits=limits, ws_per_message_deflate=True) as running:
        yield running


def deflated(data: bytes) -> bytes:
    deflate = zlib.compressobj(9, wbits=-15)
    return (deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\x00\x00\xff\xff")


def compressed(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    return frame(opcode | RSV1, payload, fin=fin)


OFFERS = [
    ClientPerMessageDeflateFactory(),
    ClientPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True),
    ClientPerMessageDeflateFactory(server_max_window_bits=9, client_max_window_bits=9),
    ClientPerMessageDeflateFactory(client_max_window_bits=None),
]


@pytest.mark.parametrize("offer", OFFERS, ids=["usual", "no takeover", "small windows", "no client window"])
def test_messages_of_any_size_come_back_compressed(server: Running, offer: ClientPerMessageDeflateFactory) -> None:
    with connect(server.websocket_url("/"), proxy=None, compression=None, extensions=[offer]) as websocket:
        (agreed,) = websocket.protocol.extensions
        assert isinstance(agreed, PerMessageDeflate)
        for message in ("", "é" * 100, "text " * 1_000, b"", bytes(MOST), bytes(range(256)) * 500, "again " * 20_000):
            websocket.send(message)
            assert websocket.recv() == message


def test_what_nobody_offers_is_not_agreed(server: Running) -> None:
    with connect(server.websocket_url("/"), proxy=None, compression=None) as websocket:
        assert websocket.protocol.extensions == []
        assert websocket.response is not None
        assert "Sec-WebSocket-Extensions" not in websocket.response.headers


SHARED_TEXTS = ["short", "again and again " * 100, "é" * 5_000, "again " * 30_000]


@pytest.mark.parametrize("offer", OFFERS, ids=["usual", "no takeover", "small windows", "no client window"])
def test_what_many_get_is_compressed_message_by_message(server: Running, offer: ClientPerMessageDeflateFactory) -> None:
    with (
        connect(server.websocket_url("/-/live"), proxy=None) as usual,
        connect(server.websocket_url("/-/live"), proxy=None, compression=None) as plain,
        connect(server.websocket_url("/-/live"), proxy=None, compression=None, extensions=[offer]) as websocket,
    ):
        (agreed,) = websocket.protocol.extensions
        assert isinstance(agreed, PerMessageDeflate)
        assert agreed.remote_no_context_takeover
        for text in SHARED_TEXTS:
            for reader in (usual, plain, websocket, usual):
                reader.send(text)
                assert reader.recv() == text


def test_a_frame_for_many_is_made_once_for_each_window() -> None:
    text = "again and again " * 1_000
    by_window = {window: _text_frame(text, window) for window in (0, 15, 12, 9)}
    assert all(_text_frame(text, window) is sent for window, sent in by_window.items())
    assert by_window.pop(0) == b"\x81\x7e" + len(text).to_bytes(2) + text.encode()
    for window, sent in by_window.items():
        assert sent[0] == 0x80 | RSV1 | frames.TEXT
        payload = sent[2:] if sent[1] < 126 else sent[4:]
        assert len(payload) < len(text) // 20
        assert zlib.decompressobj(wbits=-window).decompress(payload + b"\x00\x00\xff\xff").decode() == text


@pytest.mark.parametrize("text", ["short", "too long to hold everybody up " * 10_000], ids=["short", "long"])
def test_a_frame_for_many_is_compressed_where_it_is_worth_it(text: str) -> None:
    assert _text_frame(text, 15) == _text_frame(text)


def test_where_it_is_switched_off_nothing_is_agreed(serve: Serve) -> None:
    with connect(serve(report).websocket_url("/"), proxy=None) as websocket:
        assert websocket.protocol.extensions == []


def open_compressed(server: Running) -> socket.socket:
    connection = server.connect()
    connection.sendall(get(lines=HANDSHAKE + EXTENSION))
    assert b"permessage-deflate" in read_until(connection, b"\r\n\r\n")
    return connection


def test_a_bomb_is_closed_with_1009(server: Running) -> None:
    """A megabyte of zeros in a thousand bytes."""
    bomb = deflated(bytes(1 << 20))
    assert len(bomb) < 1_100
    with open_compressed(server) as connection:
        connection.sendall(compressed(frames.BINARY, bomb))
        assert read_all(connection)[2:4] == (1009).to_bytes(2)


def test_a_message_may_inflate_to_its_limit_and_not_to_more(server: Running) -> None:
    with open_compressed(server) as connection:
        connection.sendall(compressed(frames.BINARY, deflated(bytes(MOST))))
        assert read_exactly(connection, 10 + MOST)[10:] == bytes(MOST)
    with open_compressed(server) as connection:
        connection.sendall(compressed(frames.BINARY, deflated(bytes(MOST + 1))))
        assert read_all(connection)[2:4] == (1009).to_bytes(2)


def test_the_fragments_of_a_message_inflate_to_its_limit_together(server: Running) -> None:
    bomb = deflated(bytes(MOST + 1))
    with open_compressed(server) as connection:
        connection.sendall(compressed(frames.BINARY, bomb[:60], fin=False))
        for byte in bomb[60:]:
            connection.sendall(frame(frames.CONTINUATION, bytes([byte]), fin=False))
        connection.sendall(frame(frames.CONTINUATION))
        assert read_all(connection)[2:4] == (1009).to_bytes(2)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(compressed(frames.TEXT, b"\xff\xff\xff\xff"), id="no deflate"),
        pytest.param(compressed(frames.PING, b""), id="a compressed ping"),
        pytest.param(frame(frames.TEXT, b"a", fin=False) + compressed(frames.CONTINUATION, b"b"), id="in the middle"),
    ],
)
def test_what_is_compressed_wrongly_is_closed_with_1002(server: Running, sent: bytes) -> None:
    with open_compressed(server) as connection:
        connection.sendall(sent)
        assert read_all(connection)[2:4] == (1002).to_bytes(2)


def test_an_inflated_text_that_is_not_utf_8_is_closed_with_1007(server: Running) -> None:
    with open_compressed(server) as connection:
        connection.sendall(compressed(frames.TEXT, deflated(b"\xff")))
        assert read_all(connection)[2:4] == (1007).to_bytes(2)


def test_a_message_that_is_not_compressed_is_taken_too(server: Running) -> None:
    with open_compressed(server) as connection:
        connection.sendall(frame(frames.TEXT, b"plain"))
        head = read_exactly(connection, 2)
        assert head[0] == 0x80 | RSV1 | frames.TEXT
        payload = read_exactly(connection, head[1])
        assert zlib.decompressobj(wbits=-15).decompress(payload + b"\x00\x00\xff\xff") == b"plain"

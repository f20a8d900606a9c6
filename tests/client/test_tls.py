"""A TLS connection that one thread reads while another writes, as the client that waits for news has it."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from threading import Thread

import pytest

from echoscope.client.tls import for_threads
from echoscope.server.certificates import self_signed
from tests.servers import HOST, WAIT_S

SENT = bytes(range(256)) * 8_000
PIECE = 1_000


@pytest.fixture
def connection() -> Iterator[ssl.SSLSocket]:
    """To a server that sends back what it gets."""
    with self_signed() as certificate, socket.create_server((HOST, 0)) as listener:
        ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ours.load_cert_chain(certificate.certfile, certificate.keyfile)
        thread = Thread(target=echo_one, args=(listener, ours))
        thread.start()
        context = for_threads(ssl.create_default_context(cafile=certificate.certfile))
        raw = socket.create_connection(listener.getsockname(), timeout=WAIT_S)
        with closing(context.wrap_socket(raw, server_hostname="localhost")) as made:
            yield made
        thread.join()


def echo_one(listener: socket.socket, context: ssl.SSLContext) -> None:
    accepted, _ = listener.accept()
    accepted.settimeout(WAIT_S)
    with context.wrap_socket(accepted, server_side=True) as connection:
        while piece := connection.recv(1 << 16):
            connection.sendall(piece)


def test_what_is_read_while_something_is_written_is_whole(connection: ssl.SSLSocket) -> None:
    """Of an ordinary TLS socket four in five such connections break."""
    received = bytearray()

    def read() -> None:
        while len(received) < len(SENT) and (piece := connection.recv(1 << 16)):
            received.extend(piece)

    reader = Thread(target=read)
    reader.start()
    for start in range(0, len(SENT), PIECE):
        connection.sendall(SENT[start : start + PIECE])
    reader.join(WAIT_S)
    assert bytes(received) == SENT


def test_a_timeout_holds_for_a_read(connection: ssl.SSLSocket) -> None:
    connection.settimeout(0.05)
    with pytest.raises(TimeoutError, match="no progress"):
        connection.recv(1)
    assert connection.gettimeout() == 0.05


def test_what_comes_after_the_end_of_sending_is_deciphered(connection: ssl.SSLSocket) -> None:
    connection.sendall(b"last words")
    connection.shutdown(socket.SHUT_WR)
    assert connection.recv(100) == b"last words"

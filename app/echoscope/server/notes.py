"""What a connection and a request were on the wire, for whoever shows it: noted while it passes, and no part of ASGI.

An app finds the notes of its request in its scope, under `NOTES_KEY`; `Connection.notes` are those of the connection.
What is told is bounded, and costs nothing per byte: chunks are kept as they came, and taken apart by whoever looks.
"""

import itertools
import secrets
import time
from asyncio import BaseTransport
from typing import Any, Final, Literal

NOTES_KEY: Final = "http.request.notes"
"""The scope key under which an app finds the `RequestNotes` of its request."""

MAX_FRAMED_BYTES: Final = 32 << 10
"""How much is kept of a body in chunks as it came, with sizes and extensions."""

MAX_PIPELINED: Final = 1_000
"""Of how many requests of a connection it is remembered that they did not wait for the answer before them."""

_TLS_NAME: Final = "_requested_name"

_prefix = secrets.token_hex(4)
_numbers = itertools.count(1)


class ConnectionNotes:
    """A connection. `id`: unique among all processes that share a log. `opened_ns`, `closed_ns`: nanoseconds since
    1970. `closed_by`: None while it is open. `requests`: how many have come. `pipelined`: the numbers of those that
    came before the answer to the one before them was sent. `tls`: None in the clear. `http2`: None over HTTP/1."""

    __slots__ = ("closed_by", "closed_ns", "http2", "id", "opened_ns", "pipelined", "requests", "tls")

    def __init__(self, transport: BaseTransport) -> None:
        self.id = f"{_prefix}-{next(_numbers)}"
        self.opened_ns = time.time_ns()
        self.closed_ns: int | None = None
        self.closed_by: Literal["client", "server"] | None = None
        self.requests = 0
        self.pipelined: list[int] = []
        self.tls = _tls(transport)
        self.http2: dict[str, dict[str, int]] | None = None

    def close(self, by: Literal["client", "server"]) -> None:
        """The first word counts: what closes last has been closed before."""
        if self.closed_by is None:
            self.closed_by = by
            self.closed_ns = time.time_ns()

    def pipeline(self, number: int) -> None:
        """Note it of a request; a second time is none."""
        if len(self.pipelined) < MAX_PIPELINED and number not in self.pipelined[-1:]:
            self.pipelined.append(number)


class RequestNotes:
    """A request. `number`: on its connection, from 1. `framed`: a body in chunks as it came, at most
    `MAX_FRAMED_BYTES`; None for another one. `interim`: the status codes of informational answers."""

    __slots__ = ("connection", "framed", "interim", "number", "stream")

    def __init__(self, connection: ConnectionNotes, *, is_framed: bool = False, stream: int | None = None) -> None:
        connection.requests += 1
        self.connection = connection
        self.number = connection.requests
        self.stream = stream
        self.framed = bytearray() if is_framed else None
        self.interim: list[int] = []

    def add_framed(self, data: bytes) -> None:
        if self.framed is not None:
            self.framed += data[: MAX_FRAMED_BYTES - len(self.framed)]


def note_requested_name(tls: Any, name: str | None, _context: Any) -> None:
    """The `sni_callback` of an SSLContext: remembers the name that a client asks for (RFC 6066, section 3)."""
    setattr(tls, _TLS_NAME, name)


def _tls(transport: BaseTransport) -> dict[str, str | None] | None:
    """Version, cipher, the protocol that was agreed upon, and the name that was asked for."""
    tls = transport.get_extra_info("ssl_object")
    if tls is None:
        return None
    cipher = tls.cipher()
    return {
        "version": tls.version(),
        "cipher": cipher and cipher[0],
        "alpn": tls.selected_alpn_protocol(),
        "server_name": getattr(tls, _TLS_NAME, None),
    }

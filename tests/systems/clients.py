"""One request over any version of HTTP, written as it is meant, so that what a server makes of it can be told."""

import asyncio
import json
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aioquic.asyncio.client import connect as connect_quic
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import QuicEvent

from tests.servers import HOST, WAIT_S
from tests.systems.catalogue import Place, Protocol, System
from tests.systems.http2 import Http2Client
from tests.wire import Answer as WireAnswer

Fields = Sequence[tuple[bytes, bytes]]

WINDOW_BYTES = 65_535
"""What may be sent on a stream of HTTP/2 before the server says more (RFC 9113 section 6.9.2)."""


@dataclass(frozen=True)
class Request:
    """`pieces`: the body, each a chunk or a frame of its own. `trailers` are sent in HTTP/1.1 alone."""

    method: str = "GET"
    target: bytes = b"/"
    fields: Fields = ()
    pieces: Sequence[bytes] = ()
    trailers: Fields = ()


@dataclass
class Answer:
    """`status` is None when the connection or the stream ended without one."""

    status: int | None = None
    fields: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        made = json.loads(self.body)
        assert isinstance(made, dict)
        return made


class Client:
    """Asks one server in one version of HTTP."""

    def __init__(self, system: System, place: Place, protocol: Protocol) -> None:
        self._place = place
        self._protocol = protocol
        self._is_over_tls = protocol in system.over_tls

    def ask(self, request: Request) -> Answer:
        match self._protocol:
            case "HTTP/1.1":
                return over_http1(self._place.address, request)
            case "HTTP/2":
                return self._over_http2(request)
            case "HTTP/3":
                return asyncio.run(self._over_http3(request))

    def _over_http2(self, request: Request) -> Answer:
        port, tls = self._place.port, None
        if self._is_over_tls:
            port = self._place.tls_port
            tls = ssl.create_default_context(cafile=self._place.certificate.certfile)
            tls.set_alpn_protocols(["h2"])
        with Http2Client(port, tls=tls) as client:
            stream = self._send(client, request)
            try:
                made = client.answer(stream)
            except TimeoutError:
                return Answer()
        return Answer(made.status if made.is_complete else None, dict(made.headers), made.body)

    @staticmethod
    def _send(client: Http2Client, request: Request) -> int:
        """In one go, unless the server's window is too small for it."""
        body = b"".join(request.pieces)
        if len(body) < WINDOW_BYTES:
            return client.request(request.method, request.target, request.fields, request.pieces)
        stream = client.request(request.method, request.target, request.fields, end=False)
        client.body(stream, body)
        return stream

    async def _over_http3(self, request: Request) -> Answer:
        return await _over_http3((HOST, self._place.tls_port), self._place.certificate.certfile, request)


def ask_over_http3(address: tuple[str, int], authority: Path, request: Request) -> Answer:
    """`authority`: the certificate that vouches for localhost."""
    return asyncio.run(_over_http3(address, authority, request))


async def _over_http3(address: tuple[str, int], authority: Path, request: Request) -> Answer:
    configuration = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN, server_name="localhost")
    configuration.load_verify_locations(str(authority))
    async with (
        asyncio.timeout(WAIT_S),
        connect_quic(*address, configuration=configuration, create_protocol=Http3Protocol) as protocol,
    ):
        assert isinstance(protocol, Http3Protocol)
        return await protocol.ask(request)


def over_http1(address: tuple[str, int] | str, request: Request) -> Answer:
    """On a connection of its own, with chunks where there are pieces."""
    with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as connection:
        connection.settimeout(WAIT_S)
        connection.connect(address)
        connection.sendall(http1_bytes(request))
        received = bytearray()
        while data := connection.recv(1 << 16):
            received += data
    made = WireAnswer(bytes(received))
    lines = (line.partition(b": ") for line in made.head.split(b"\r\n")[1:])
    fields = {name.lower(): value for name, _, value in lines}
    is_chunked = fields.get(b"transfer-encoding") == b"chunked"
    return Answer(made.status, fields, _joined(made.body) if is_chunked else made.body)


def http1_bytes(request: Request) -> bytes:
    """All in one piece, so that what a server merges it merges always."""
    fields = [*request.fields, (b"Connection", b"close")]
    if not any(name.lower() == b"host" for name, _ in fields):
        fields.insert(0, (b"Host", b"localhost"))
    if request.pieces:
        fields.append((b"Transfer-Encoding", b"chunked"))
    head = b"%b %b HTTP/1.1\r\n" % (request.method.encode(), request.target) + _lines(fields) + b"\r\n"
    if not request.pieces:
        return head
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in request.pieces)
    return head + chunks + b"0\r\n" + _lines(request.trailers) + b"\r\n"


def _lines(fields: Fields) -> bytes:
    return b"".join(b"%b: %b\r\n" % pair for pair in fields)


def _joined(chunks: bytes) -> bytes:
    body = b""
    while chunks:
        size, _, rest = chunks.partition(b"\r\n")
        body += rest[: int(size, 16)]
        chunks = rest[int(size, 16) + 2 :]
    return body


class Http3Protocol(QuicConnectionProtocol):
    """One connection, one request."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._http = H3Connection(self._quic)
        self._answer = Answer()
        self._is_complete = asyncio.Event()

    async def ask(self, request: Request) -> Answer:
        stream = self._quic.get_next_available_stream_id()
        pseudo = {":method": request.method, ":scheme": "https", ":authority": "localhost"}
        fields = [(name.encode(), value.encode()) for name, value in pseudo.items()]
        self._http.send_headers(stream, [*fields, (b":path", request.target), *request.fields], not request.pieces)
        for number, piece in enumerate(request.pieces, 1):
            self._http.send_data(stream, piece, number == len(request.pieces))
        self.transmit()
        await self._is_complete.wait()
        return self._answer

    def quic_event_received(self, event: QuicEvent) -> None:
        for made in self._http.handle_event(event):
            if isinstance(made, HeadersReceived):
                fields = dict(made.headers)
                self._answer.status = int(fields.pop(b":status"))
                self._answer.fields = fields
            elif isinstance(made, DataReceived):
                self._answer.body += made.data
            if isinstance(made, HeadersReceived | DataReceived) and made.stream_ended:
                self._is_complete.set()

"""A connection to another server, as an ASGI app.

An app that passes on what it receives and sends what it is answered: so the recorder keeps the answer of another server
as it keeps any other, and without a recorder a request is only sent. The bytes of a request are given by the caller;
h11 reads the answer, and the `websockets` client holds a session. Errors are told in words for people.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Any, Final, Protocol

import h11
import msgspec
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from ...base.settings import is_loopback
from ...base.trust import unchecked
from ...base.turns import Turn
from ...exchange.model import ID_KEY
from ...exchange.sides import Pairs
from ...sender import Address, NoAnswer, answer_events

CONNECT_S: Final = 5.0
ANSWER_S: Final = 30.0
"""From the first byte sent to the last one read: what is still coming then is no longer listened to."""

SESSION_S: Final = 40.0
"""A WebSocket session whose client does not leave before."""

_CLOSE_S: Final = 1.0
MAX_ANSWER_BYTES: Final = 16 << 20


class Here(msgspec.Struct, frozen=True):
    """The server that recorded the request, by the socket at which it listens. `base`: how its visitors call it."""

    host: str
    port: int
    is_tls: bool
    base: str

    def __str__(self) -> str:
        return self.base


class SendError(Exception):
    """Why a request could not be sent, or not be answered, as one sentence that names where to."""


class Upstream(Protocol):
    """An open connection: an ASGI app that answers one request with what the other side answers.

    `local`: our end of it. `exchange_id`: of the recording, once the app was called by a recorder. `is_whole`: whether
    all of the answer was read.
    """

    local: tuple[str, int | None]
    exchange_id: str | None
    is_whole: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...

    async def close(self) -> None: ...


class HttpUpstream:
    """For a request whose bytes, in HTTP/1.1, are known."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, method: bytes, payload: bytes
    ) -> None:
        self.local = _address(writer.get_extra_info("sockname"))
        self.exchange_id: str | None = None
        self.is_whole = False
        self._reader, self._writer = reader, writer
        self._method, self._payload = method, payload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.exchange_id = scope.get(ID_KEY)
        while (await receive()).get("more_body"):
            pass
        self._writer.write(self._payload)
        turn = Turn()
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                async for message in _answer(self._reader, self._method):
                    await send(message)
                    self.is_whole = message["type"] == "http.response.body" and not message["more_body"]
                    if turn.is_over:
                        await turn.end()
        if not self.is_whole:
            await receive()  # the one that asked has left: what is recorded so far is all

    async def close(self) -> None:
        self._writer.transport.abort()


async def _answer(reader: asyncio.StreamReader, method: bytes) -> AsyncIterator[dict[str, Any]]:
    """The messages of an answer; they end early where it is larger than is read. Raises `SendError`."""
    size = 0
    try:
        async for event in answer_events(reader, method):
            if isinstance(event, h11.Response):
                yield {"type": "http.response.start", "status": event.status_code, "headers": list(event.headers)}
            elif isinstance(event, h11.Data):
                size += len(event.data)
                if size > MAX_ANSWER_BYTES:
                    return
                yield {"type": "http.response.body", "body": bytes(event.data), "more_body": True}
            else:
                yield {"type": "http.response.body", "body": b"", "more_body": False}
    except NoAnswer as fault:
        reason = str(fault)
        raise SendError(f"{reason[0].upper()}{reason[1:]}.") from fault


class SessionUpstream:
    """For a WebSocket session: passes on what each side says until one of them has said its last."""

    def __init__(self, connection: ClientConnection) -> None:
        self.local = _address(connection.local_address)
        self.exchange_id: str | None = None
        self.is_whole = True
        self._connection = connection

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.exchange_id = scope.get(ID_KEY)
        connection = self._connection
        await receive()
        response = connection.response
        headers = [] if response is None else _lower(response.headers.raw_items())
        await send({"type": "websocket.accept", "subprotocol": connection.subprotocol, "headers": headers})
        hearing, saying = asyncio.create_task(self._hear(send)), asyncio.create_task(self._say(receive))
        tasks = {hearing, saying}
        try:
            await asyncio.wait(tasks, timeout=SESSION_S, return_when=asyncio.FIRST_COMPLETED)
            has_left = saying.done() and saying.result()
        finally:
            hearing.cancel()
            saying.cancel()
            await asyncio.wait(tasks)
        await connection.close()
        if not has_left:
            code, reason = connection.close_code or 1006, connection.close_reason or ""
            await send({"type": "websocket.close", "code": code, "reason": reason})

    async def _say(self, receive: Receive) -> bool:
        """Whether the client has left, and not the other side."""
        with suppress(ConnectionClosed):
            while (message := await receive())["type"] == "websocket.receive":
                data = message.get("bytes")
                await self._connection.send(message["text"] if data is None else data)
            return True
        return False

    async def _hear(self, send: Send) -> None:
        size = 0
        async for data in self._connection:
            size += len(data)
            if size > MAX_ANSWER_BYTES:
                self.is_whole = False
                return
            await send({"type": "websocket.send", "text" if isinstance(data, str) else "bytes": data})

    async def close(self) -> None:
        self._connection.transport.abort()


class RefusedSession:
    """For a WebSocket handshake that was answered with another status than 101."""

    def __init__(self, refusal: InvalidStatus, local: tuple[str, int | None]) -> None:
        self.local = local
        self.exchange_id: str | None = None
        self.is_whole = True
        self._response = refusal.response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.exchange_id = scope.get(ID_KEY)
        await receive()
        headers, body = _lower(self._response.headers.raw_items()), bytes(self._response.body or b"")
        start = {"type": "websocket.http.response.start", "status": self._response.status_code, "headers": headers}
        await send(start)
        await send({"type": "websocket.http.response.body", "body": body, "more_body": False})

    async def close(self) -> None:
        """It is closed already."""


async def open_http(place: Address | Here, method: bytes, payload: bytes) -> HttpUpstream:
    """Connect. Raises `SendError`."""
    connection, tls = await _connected(place), _tls(place)
    try:
        async with asyncio.timeout(CONNECT_S):
            name = place.host if tls else None
            reader, writer = await asyncio.open_connection(sock=connection, ssl=tls, server_hostname=name)
    except OSError as error:
        connection.close()
        raise SendError(_words(error, place)) from error
    return HttpUpstream(reader, writer, method, payload)


async def open_session(
    place: Address | Here, authority: str, target: str, headers: Pairs, subprotocols: Iterable[str]
) -> SessionUpstream | RefusedSession:
    """Connect and shake hands. `authority`: for the `Host`. Raises `SendError`."""
    connection, tls = await _connected(place), _tls(place)
    local = _address(connection.getsockname())
    options: dict[str, Any] = {"ssl": tls, "server_hostname": place.host} if tls else {}
    try:
        session = await _Connect(
            f"{'wss' if tls else 'ws'}://{authority}{target}",
            sock=connection,
            additional_headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers],
            subprotocols=[Subprotocol(name) for name in subprotocols] or None,
            user_agent_header=None,
            compression=None,
            proxy=None,
            open_timeout=CONNECT_S,
            close_timeout=_CLOSE_S,
            max_size=MAX_ANSWER_BYTES,
            **options,
        )
    except InvalidStatus as refusal:
        return RefusedSession(refusal, local)
    except InvalidHandshake as error:
        raise SendError(f"{place} did not agree to a WebSocket: {error}.") from error
    except (OSError, ValueError) as error:
        connection.close()
        raise SendError(_words(error, place)) from error
    return SessionUpstream(session)


class _Connect(connect):
    """A redirect is an answer as any other: a request goes where it was sent to, and nowhere else."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def _connected(place: Address | Here) -> socket.socket:
    """A connection to the first of the host's addresses that takes one. Raises `SendError`."""
    loop = asyncio.get_running_loop()
    failure: Exception = OSError("there is no address")
    try:
        async with asyncio.timeout(CONNECT_S):
            for family, kind, protocol, _, to in await loop.getaddrinfo(
                place.host, place.port, type=socket.SOCK_STREAM
            ):
                connection = socket.socket(family, kind, protocol)
                connection.setblocking(False)
                try:
                    await loop.sock_connect(connection, to)
                except BaseException as error:
                    connection.close()
                    if not isinstance(error, OSError):
                        raise
                    failure = error
                else:
                    return connection
    except (OSError, UnicodeError) as error:
        failure = error
    raise SendError(_words(failure, place)) from failure


def _tls(place: Address | Here) -> ssl.SSLContext | None:
    """Certificates are looked at, unless nobody can stand between: on the way to this machine itself."""
    if not (place.is_tls if isinstance(place, Here) else place.scheme == "https"):
        return None
    if isinstance(place, Here) or is_loopback(place.host):
        return unchecked()
    return ssl.create_default_context()


def _words(error: Exception, place: Address | Here) -> str:
    """What people call these."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"The certificate of {place} is not trusted: {error.verify_message}."
        case ssl.SSLError():
            return (
                f"{place} does not speak TLS as is expected: {(error.reason or str(error)).replace('_', ' ').lower()}."
            )
        case TimeoutError():
            return f"{place} did not answer within {CONNECT_S:g} seconds."
        case socket.gaierror():
            return f"The name {place.host} is not known."
        case ConnectionRefusedError():
            return f"{place} refuses connections: nothing listens there."
        case ConnectionError():
            return f"{place} broke the connection off."
        case OSError():
            return f"{place} cannot be reached: {error.strerror or error}."
        case _:
            return f"It cannot be sent to {place}: {error}."


def _lower(headers: Iterable[tuple[str, str]]) -> Pairs:
    return [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]


def _address(name: Any) -> tuple[str, int | None]:
    """Host and port of a socket."""
    return (name[0], name[1]) if isinstance(name, tuple) else (str(name), None)

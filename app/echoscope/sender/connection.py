"""One request over one connection, and its answer, read by h11.

The request's bytes are written as they are: h11 would write `Host` first. Redirects are answers like any other.
"""

import asyncio
import os
import ssl
import time
from collections.abc import AsyncIterator
from typing import Final

import h11
import msgspec

from ..exchange.sides import Pairs
from .address import Address
from .outgoing import Outgoing

MAX_ANSWER_BYTES: Final = 16 << 20
"""How much of an answer's body is read; what is beyond is not waited for."""

_MAX_HEAD_BYTES: Final = 64 << 10
_READ_BYTES: Final = 64 << 10

_FRAMES_THE_ANSWER: Final = ("HEAD", b"HEAD", "CONNECT", b"CONNECT")


class SendFault(Exception):
    """A request that got no answer. Its text, a clause, says why."""


class NotReached(SendFault):
    """Nobody was there: nothing was sent, and trying again repeats nothing."""


class NoAnswer(SendFault):
    """The request was sent, and may have had its effect."""


class Answer(msgspec.Struct, frozen=True):
    """`took_s`: from the first byte that was sent to the last that was read. `is_cut`: whether more would have come."""

    status: int
    reason: str
    headers: Pairs
    body: bytes
    took_s: float
    is_cut: bool = False


async def send(
    request: Outgoing,
    origin: Address,
    *,
    timeout_s: float = 30.0,
    context: ssl.SSLContext | None = None,
    max_bytes: int = MAX_ANSWER_BYTES,
) -> Answer:
    """The answer to a request. `context`: for an origin of `https`, where it is not the usual one.

    Raises `NotReached` and `NoAnswer`, also when `timeout_s` is over.
    """
    is_sent = False
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await _open(origin, context)
            try:
                started_s = time.perf_counter()
                is_sent = True
                writer.write(request.head + request.body)
                return await _read(reader, request.method, started_s, max_bytes)
            finally:
                writer.transport.abort()
    except TimeoutError as error:
        words = f"it did not answer within {timeout_s:g} s"
        raise (NoAnswer if is_sent else NotReached)(words) from error


async def _open(origin: Address, context: ssl.SSLContext | None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    tls = (context or ssl.create_default_context()) if origin.scheme == "https" else None
    try:
        return await asyncio.open_connection(origin.host, origin.port, ssl=tls)
    except TimeoutError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise NotReached(f"its certificate is not trusted: {error.verify_message}") from error
    except OSError as error:
        raise NotReached(_words(error)) from error


def _words(error: OSError) -> str:
    """What the system says of an error; asyncio names the call instead."""
    number = error.errno or 0
    return os.strerror(number) if number > 0 else error.strerror or str(error)


async def _read(reader: asyncio.StreamReader, method: str, started_s: float, max_bytes: int) -> Answer:
    response, body = None, bytearray()
    async for event in answer_events(reader, method):
        if isinstance(event, h11.Response):
            response = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > max_bytes:
                break
    assert response is not None
    return Answer(
        response.status_code,
        response.reason.decode("latin-1"),
        response.headers.raw_items(),
        bytes(body[:max_bytes]),
        time.perf_counter() - started_s,
        len(body) > max_bytes,
    )


async def answer_events(reader: asyncio.StreamReader, method: str | bytes) -> AsyncIterator[h11.Event]:
    """The answer to a request of this method, until `h11.EndOfMessage`: its head, and its body as it comes. Raises
    `NoAnswer`."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)
    # What h11 must know of a request to read the answer: whether its method frames that in another way (RFC 9112,
    # section 6.3), and that all of it was sent. A method need not be a token, as h11 wants it.
    framing = method if method in _FRAMES_THE_ANSWER else b"GET"
    connection.send(h11.Request(method=framing, target="/", headers=[("Host", "as-sent")]))
    connection.send(h11.EndOfMessage())
    has_begun = is_over = False
    try:
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                data = await reader.read(_READ_BYTES)
                is_over = not data
                if is_over and not has_begun:
                    raise NoAnswer("the connection was closed without an answer")
                connection.receive_data(data)
            elif isinstance(event, h11.Response | h11.Data | h11.EndOfMessage):
                has_begun = True
                yield event
                if isinstance(event, h11.EndOfMessage):
                    return
            elif event is h11.PAUSED:  # it speaks another protocol from here on
                yield h11.EndOfMessage()
                return
    except h11.RemoteProtocolError as error:
        raise NoAnswer(f"its answer {'broke off' if is_over else 'is not HTTP/1.1'}: {error}") from error
    except OSError as error:
        raise NoAnswer(f"the connection broke: {_words(error)}") from error

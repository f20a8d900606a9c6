"""One request over one connection, and its answer, read by h11.

The request's bytes are written as they are: h11 would write `Host` first. Redirects are answers like any other.
"""

import asyncio
import os
import ssl
import time
from typing import Final

import h11
import msgspec

from ..exchange.sides import Pairs
from .origin import Origin
from .outgoing import Outgoing

MAX_ANSWER_BYTES: Final = 16 << 20
"""How much of an answer's body is read; what is beyond is not waited for."""

_MAX_HEAD_BYTES: Final = 256 << 10
_READ_BYTES: Final = 64 << 10


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
    origin: Origin,
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


async def _open(origin: Origin, context: ssl.SSLContext | None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
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
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)
    # What h11 must know of a request to read the answer: its method, and that all of it was sent.
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "as-sent")]))
    connection.send(h11.EndOfMessage())
    response: h11.Response | None = None
    body = bytearray()
    is_cut = False
    try:
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                data = await reader.read(_READ_BYTES)
                if not data and response is None:
                    raise NoAnswer("the connection was closed without an answer")
                connection.receive_data(data)
            elif isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > max_bytes:
                    is_cut = True
                    break
            elif isinstance(event, h11.EndOfMessage):
                break
    except h11.RemoteProtocolError as error:
        raise NoAnswer(f"its answer cannot be read: {error}") from error
    except OSError as error:
        raise NoAnswer(f"the connection broke: {_words(error)}") from error
    assert response is not None
    return Answer(
        response.status_code,
        response.reason.decode("latin-1"),
        response.headers.raw_items(),
        bytes(body[:max_bytes]),
        time.perf_counter() - started_s,
        is_cut,
    )

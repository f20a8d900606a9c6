"""One WSGI request carried into an ASGI app on another thread's event loop, and its answer carried back.

The thread of the WSGI server reads the body when the app asks for it and hands on the answer piece by piece; the
app waits with each piece until the one before was taken. a2wsgi does the like; this one also tells the app at once
when the server gives an answer up, takes a body whose length nobody announced, and notices readers that have left
a quiet stream.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, Final, Protocol

from starlette.types import ASGIApp, Message, Scope

from ..http.fields import OF_CONNECTION
from ..http.glossary import reason_phrase
from ..web.problem import problem_body
from .environ import Environ

logger = logging.getLogger(__name__)

PIECE_BYTES: Final = 64 * 1024
"""How much of a body is read at once."""

BEAT_S: Final = 1.0
"""How often a quiet event stream is written to. WSGI tells of a client that left only to who writes to it, and a
stream that nobody reads holds a thread."""

BEAT: Final = b":\n\n"
"""A comment: no event (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

StartResponse = Callable[[str, list[tuple[str, str]]], object]


class Source(Protocol):
    """What is used of `wsgi.input`."""

    def read(self, size: int = -1, /) -> bytes: ...

    def readline(self, size: int = -1, /) -> bytes: ...


class Read:
    """The app waits for a piece of the body."""


class Head:
    """The app has begun its answer."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.status = f"{status} {reason_phrase(status) or 'Unknown'}"
        pairs = [(name.lower(), value) for name, value in headers]
        self.headers = [(_text(name), _text(value)) for name, value in pairs if name not in OF_CONNECTION]
        self.is_event_stream = any(
            name == b"content-type" and value.startswith(b"text/event-stream") for name, value in pairs
        )


class Piece:
    """A piece of the answer, the last one or not."""

    def __init__(self, body: bytes, is_last: bool) -> None:
        self.body = body
        self.is_last = is_last


class End:
    """The app has returned, or has failed."""


class Call:
    """One request: `receive` and `send` for the app on the loop, `answer` for the server's thread."""

    def __init__(self, environ: Environ, scope: Scope, loop: asyncio.AbstractEventLoop) -> None:
        self._scope = scope
        self._loop = loop
        self._source: Source = environ["wsgi.input"]
        self._left = length_of(environ)
        # From the loop to the thread; never more than one piece of an answer is in it.
        self._told: SimpleQueue[Read | Head | Piece | End] = SimpleQueue()
        # What only the loop touches.
        self._body: asyncio.Future[bytes | None] | None = None
        self._is_read = False
        self._is_over = asyncio.Event()
        self._taken = asyncio.Event()
        self._taken.set()

    # On the loop

    async def _run(self, app: ASGIApp) -> None:
        try:
            await app(self._scope, self._receive, self._send)
        except Exception:
            logger.exception("Exception in ASGI application")
        finally:
            self._told.put(End())

    async def _receive(self) -> Message:
        if not self._is_read and not self._is_over.is_set():
            self._body = self._loop.create_future()
            self._told.put(Read())
            body = await self._body
            if body is not None:
                self._is_read = self._left == 0
                return {"type": "http.request", "body": body, "more_body": not self._is_read}
            self._is_over.set()
        await self._is_over.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self._is_over.is_set():
            return
        if message["type"] == "http.response.start":
            self._told.put(Head(message["status"], list(message.get("headers", ()))))
        elif message["type"] == "http.response.body":
            await self._taken.wait()
            self._taken.clear()
            is_last = not message.get("more_body", False)
            self._told.put(Piece(message.get("body", b""), is_last))
            if is_last:
                self._is_over.set()

    def _give(self, body: bytes | None) -> None:
        if self._body is not None and not self._body.done():
            self._body.set_result(body)

    def _give_up(self) -> None:
        """The server wants no more of the answer."""
        self._is_over.set()
        self._taken.set()
        self._give(None)

    # In the server's thread

    def answer(self, app: ASGIApp, start_response: StartResponse) -> Iterator[bytes]:
        """Start the app, wait for the head of its answer, and give the rest as an iterator with `close`."""
        self._running: Future[None] = asyncio.run_coroutine_threadsafe(self._run(app), self._loop)
        head = self._next()
        if not isinstance(head, Head):
            self.close()
            return _failure(start_response)
        try:
            start_response(head.status, head.headers)
        except BaseException:
            self.close()
            raise
        return _Answer(self, BEAT_S if head.is_event_stream else None)

    def next_piece(self, timeout_s: float | None) -> Piece | None:
        """None when the app has ended before its answer. Raises `Empty` when nothing comes in time."""
        told = self._next(timeout_s)
        self._tell(self._taken.set)
        return told if isinstance(told, Piece) else None

    def close(self) -> None:
        self._tell(self._give_up)

    def _next(self, timeout_s: float | None = None) -> Head | Piece | End:
        while isinstance(told := self._told.get(timeout=timeout_s), Read):
            self._tell(self._give, self._read())
        return told

    def _read(self) -> bytes | None:
        """The next piece of the body, None when the client broke it off. Nothing is left behind the last one."""
        if self._left == 0:
            return b""
        try:
            body = self._source.read(PIECE_BYTES if self._left is None else min(self._left, PIECE_BYTES))
        except Exception as error:  # each server has its own for a client that left
            logger.debug("The body of a request was broken off: %r", error)
            return None
        if self._left is None:
            self._left = None if body else 0
            return body
        self._left -= len(body)
        return body or None

    def _tell(self, what: Callable[..., object], *arguments: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what, *arguments)


class _Answer:
    """The rest of an answer, as WSGI wants it."""

    def __init__(self, call: Call, beat_s: float | None) -> None:
        self._call = call
        self._beat_s = beat_s
        self._is_complete = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._is_complete:
            raise StopIteration
        try:
            piece = self._call.next_piece(self._beat_s)
        except Empty:
            return BEAT
        if piece is None:
            raise RuntimeError("The application broke its answer off.")
        self._is_complete = piece.is_last
        return piece.body

    def close(self) -> None:
        """Called by the server in the end, whatever came of the answer."""
        self._call.close()


def _failure(start_response: StartResponse) -> Iterator[bytes]:
    """The answer of an app that began none."""
    content = problem_body(500, "The service failed to answer this request.")
    headers = [("content-type", "application/problem+json"), ("content-length", str(len(content)))]
    start_response("500 Internal Server Error", headers)
    return iter([content])


def length_of(environ: Environ) -> int | None:
    """How long the body is; None when its end shows by itself (`wsgi.input_terminated`)."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit():
        return int(length)
    return None if environ.get("wsgi.input_terminated") else 0


def _text(data: bytes) -> str:
    return data.decode("latin-1")

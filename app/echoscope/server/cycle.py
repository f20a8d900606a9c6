"""One request and its answer: the `receive` and `send` that an HTTP app gets.

Parses nothing. The connection puts body bytes in, and is told what the app waits for and when it is done.
"""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from uvicorn._types import ASGISendEvent, HTTPScope

from .answers import Refusal
from .base_cycle import BaseCycle, ClientDisconnected, is_abort
from .head import CONTENT_LENGTH, render_head, render_lines
from .notes import RequestNotes
from .outbox import MOST_UNSENT_BYTES

if TYPE_CHECKING:
    from .http import HttpProtocol


AT_ONCE_BYTES: Final = 256 << 10
"""How much of an answer is written before everybody else has a turn."""


class Cycle(BaseCycle):
    """Created when a head is parsed; run when all earlier requests of the connection are answered.

    It differs from uvicorn's cycle in this: what a client sent before it left is still received; a head that
    must not be sent leaves the response unstarted, so that the client gets a 500; framing is never the app's;
    head and body go out in one write where they can.
    """

    __slots__ = (
        "_bytes_left", "_connection", "_flow", "_has_no_body", "_is_chunked", "_news", "_unsent_head",
        "awaits_continue", "is_waiting", "keep_alive", "notes", "task",
    )  # fmt: skip

    task: asyncio.Task[None]

    def __init__(self, connection: "HttpProtocol", scope: HTTPScope, keep_alive: bool) -> None:
        super().__init__(scope)
        self.keep_alive = keep_alive
        self._connection = connection
        self._flow = connection.flow
        self.notes: RequestNotes | None = None
        self.awaits_continue = False
        self.is_waiting = False
        self._news: asyncio.Event | None = None
        self._unsent_head = b""
        self._bytes_left: int | None = None
        self._is_chunked = False
        self._has_no_body = False

    # What the connection tells and asks

    def add_body(self, body: bytes) -> None:
        self.awaits_continue = False
        super().add_body(body)

    def is_on_the_wire(self) -> bool:
        """Has any of the response been written, so that nothing else can be?"""
        return self.response_started and not self._unsent_head

    def wake(self) -> None:
        self.is_waiting = False
        if self._news is not None:
            self._news.set()

    # The app's run

    def on_app_end(self) -> None:
        self._connection.tasks.discard(self.task)

    def give_up(self, refusal: Refusal) -> None:
        """Answer 500 for the app; a response that has begun can only be cut off."""
        if self.response_complete or self.disconnected:
            return
        if not self.is_on_the_wire():
            self._connection.write(refusal.answer(body=self.scope["method"] != "HEAD"))
        self.disconnect()
        self._connection.hang_up()

    # ASGI: the request

    async def wait_for_body(self) -> None:
        if self._news is None:
            self._news = asyncio.Event()
        self._news.clear()
        if not self.ended:
            self._ask_for_body()
        await self._news.wait()

    def _ask_for_body(self) -> None:
        if self.awaits_continue:
            self.awaits_continue = False
            self._connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if self.notes is not None:
                self.notes.interim.append(100)
        self.is_waiting = True
        self._connection.read_body()

    # ASGI: the response

    async def send(self, message: ASGISendEvent) -> None:
        if self._flow.write_paused and not self.disconnected:
            await self._flow.drain()
        if self.disconnected:
            if self.refusal is not None:  # answered in place of the app
                return
            raise ClientDisconnected("the client has left")
        if self.response_complete:
            kind = message["type"]
            raise RuntimeError(f"Unexpected ASGI message '{kind}' sent, after response already completed.")
        if message["type"] == "http.response.start" and not self.response_started:
            self._start(message["status"], message.get("headers", ()))
        elif message["type"] == "http.response.body" and self.response_started:
            body, more_body = message.get("body", b""), message.get("more_body", False)
            if len(body) > AT_ONCE_BYTES and not self._has_no_body:
                await self._continue_long(body, more_body)
            else:
                self._continue(body, more_body)
            if not more_body:
                if self._connection.is_half_closed and not await self._connection.delivered():
                    raise ClientDisconnected("the client has left before its answer")
                self.response_complete = True
                self.wake()
                self._connection.on_response_complete()
        elif is_abort(message):
            self._abort(is_reset=bool(message.get("reset")))
        else:
            expected = "http.response.body" if self.response_started else "http.response.start"
            raise RuntimeError(f"Expected ASGI message '{expected}', but got '{message['type']}'.")

    def _abort(self, *, is_reset: bool) -> None:
        """End the connection behind what is on its way, or at once."""
        self.disconnect()
        if is_reset:
            self._connection.reset()
        else:
            self._connection.hang_up()

    def _start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        connection = self._connection
        lines, length, closes = render_head(status, headers, connection.names)
        # A client that was never told to continue may send its body or not: nobody knows what comes next.
        if closes or (self.awaits_continue and not self.ended):
            self.keep_alive = False
            self.awaits_continue = False
        framing = self._framing(status, length)
        server_lines = render_lines(connection.server_state.default_headers, connection.names)
        ending = b"\r\n\r\n" if self.keep_alive or closes else b"\r\nConnection: close\r\n\r\n"
        self.response_started = True
        # Until it is sent, at the end of this turn of the loop at most, another answer can take its place. (A server
        # may wait longer: ASGI spec, "Response Start".)
        self._unsent_head = lines + framing + server_lines + ending
        connection.outbox.add(connection)

    def _framing(self, status: int, content_length: int | None) -> bytes:
        """RFC 9110 section 8.6 and RFC 9112 section 6: who announces a length, and what stands in for it."""
        self._bytes_left = content_length
        self._has_no_body = self.scope["method"] == "HEAD" or status in (204, 304)
        if status == 204:
            return b""
        if content_length is not None:
            return b"%b%d" % (CONTENT_LENGTH, content_length)
        if self._has_no_body or self.scope["http_version"] == "1.0":
            return b""  # what HTTP/1.0 cannot frame, the end of the connection ends
        self._is_chunked = True
        return b"\r\nTransfer-Encoding: chunked"

    def _continue(self, body: bytes, more_body: bool) -> None:
        if self._has_no_body:
            body = b""
        elif self._is_chunked:
            body = _chunks(body, more_body)
        elif self._bytes_left is not None:
            self._count_off(len(body), more_body)
        self._write(body)

    async def _continue_long(self, body: bytes, more_body: bool) -> None:
        """In pieces: to give megabytes to the kernel takes milliseconds, in which nobody else is served."""
        if self._is_chunked:
            self._write(b"%x\r\n" % len(body))
        elif self._bytes_left is not None:
            self._count_off(len(body), more_body)
        budget = self._connection.budget
        budget.count(len(body))
        try:
            for start in range(0, len(body), AT_ONCE_BYTES):
                await (self._flow.drain() if self._flow.write_paused else asyncio.sleep(0))
                if self.disconnected:
                    raise ClientDisconnected("the client has left")
                self._write(body[start : start + AT_ONCE_BYTES])
        finally:
            budget.give_back(len(body))
        if self._is_chunked:
            self._write(b"\r\n" if more_body else b"\r\n0\r\n\r\n")

    def _count_off(self, size: int, more_body: bool) -> None:
        assert self._bytes_left is not None
        if size > self._bytes_left:
            raise RuntimeError("Response content longer than Content-Length")
        self._bytes_left -= size
        if self._bytes_left and not more_body:
            raise RuntimeError("Response content shorter than Content-Length")

    def send_head(self) -> None:
        """Called by the connection when it sends the held head and body."""
        if self._unsent_head and not self.disconnected:
            self._write(b"")

    def _write(self, data: bytes) -> None:
        head, self._unsent_head = self._unsent_head, b""
        if head and len(data) > MOST_UNSENT_BYTES:
            self._connection.write(head)
        elif head:
            data = head + data
        if data:
            self._connection.write(data)


def _chunks(body: bytes, more_body: bool) -> bytes:
    chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return chunk if more_body else chunk + b"0\r\n\r\n"

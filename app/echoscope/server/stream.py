"""One HTTP/2 request and its answer: the `receive` and `send` that an app gets for a stream.

What `cycle` is for HTTP/1.1. Differences of the protocol: nothing is framed here, an answer that cannot be given any
more resets its own stream and nothing else, and writing waits for the client's window, which is the client's to open.
"""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

import zttp
from uvicorn._types import ASGI3Application, ASGIReceiveEvent, ASGISendEvent, HTTPScope

from . import answers
from .alarms import Countdown
from .answers import Refusal
from .base_cycle import BaseCycle, ClientDisconnected, is_abort
from .faults import OF_CONNECTION
from .notes import RequestNotes

if TYPE_CHECKING:
    from .http2 import Http2Protocol

Headers = Iterable[tuple[bytes, bytes]]

_MOST_INTERIM = 100
"""Informational answers to one request that are remembered."""

PARKED_BYTES = 64 * 1024
"""How much of an answer may wait for the client's window before the app has to wait with it."""


class StreamCycle(BaseCycle):
    """Created when the head of a request is read, and run at once: streams do not wait for each other."""

    task: asyncio.Task[None]

    def __init__(
        self, connection: "Http2Protocol", scope: HTTPScope, stream: zttp.Stream, *, ended: bool, awaits_continue: bool
    ) -> None:
        super().__init__(scope)
        self.ended = ended
        self.stream = stream
        self.notes: RequestNotes | None = None
        self._connection = connection
        self._limits = connection.limits
        self._awaits_continue = awaits_continue
        self._body_countdown = Countdown(connection.limits.body_total_timeout)
        # Both sides wait for the same event: news of the body, of the window, of the end.
        self._news = asyncio.Event()
        self.is_parked = False
        self._has_no_body = scope["method"] == "HEAD"
        self._bytes_left: int | None = None
        self._is_body_complete = False
        self._has_trailers = False
        self._trailers: list[tuple[bytes, bytes]] = []

    # What the connection tells

    def add_body(self, body: bytes) -> None:
        self.received_bytes += len(body)
        super().add_body(body)

    def wake(self) -> None:
        self._news.set()

    def look_at_window(self) -> None:
        """The client may have opened it."""
        if self.is_parked:
            self.wake()

    def _note_interim(self, status: int) -> None:
        if self.notes is not None and len(self.notes.interim) < _MOST_INTERIM:
            self.notes.interim.append(status)

    # The app's run

    async def run(self, app: ASGI3Application) -> None:
        """Not while the client takes nothing of what is written, and not beyond the budget: each answer that waits
        takes memory, and a connection may ask for a hundred at once."""
        connection = self._connection
        await connection.until_writable()
        if connection.budget.used < connection.budget.most:
            await super().run(app)
            return
        if not self.disconnected:
            refusal = answers.no_room()
            connection.tell_refused(self.scope, refusal)
            self._answer(refusal)
        self.on_app_end()

    def on_app_end(self) -> None:
        self._connection.on_cycle_end(self)

    def give_up(self, refusal: Refusal) -> None:
        """In place of what the app owes; an answer that has begun can only be cut off."""
        if self.response_complete or self.disconnected:
            return
        if self.response_started:
            self._connection.reset(self.stream, zttp.H2ErrorCode.INTERNAL_ERROR)
            self.disconnect()
        else:
            self._answer(refusal)

    def refuse(self, refusal: Refusal) -> None:
        """The request has broken a rule: answer in place of the app, or break its answer off."""
        self.refusal = refusal.status, refusal.detail
        if self.response_started:
            self._connection.reset(self.stream, zttp.H2ErrorCode.CANCEL)
            self.disconnect()
        else:
            self._answer(refusal)

    def _answer(self, refusal: Refusal) -> None:
        """In place of the app, which is told that the client is gone."""
        self.response_started = self.response_complete = True
        self._connection.answer(self.stream, refusal, body=self.scope["method"] != "HEAD", ended=self.ended)
        self.disconnect()

    # ASGI: the request

    def _take_body(self) -> ASGIReceiveEvent:
        message = super()._take_body()
        self._connection.resume_reading()
        return message

    async def wait_for_body(self) -> None:
        """For news; the time runs only while some of the body is still to come."""
        if self._awaits_continue:
            self._awaits_continue = False
            self.stream.send_informational(100)
            self._note_interim(100)
            self._connection.flush()
        self._news.clear()
        if self.ended:
            await self._news.wait()
            return
        now = asyncio.get_running_loop().time
        left_s = self._body_countdown.run(True, now())
        try:
            async with asyncio.timeout(min(self._limits.body_idle_timeout, left_s)):
                await self._news.wait()
        except TimeoutError:
            self.refuse(answers.body_too_slow(self._limits.body_idle_timeout, self._limits.body_total_timeout))
        finally:
            self._body_countdown.run(False, now())

    # ASGI: the response

    async def send(self, message: ASGISendEvent) -> None:
        if self.disconnected:
            if self.refusal is not None:  # answered in place of the app
                return
            raise ClientDisconnected("the client has left")
        if self.response_complete:
            kind = message["type"]
            raise RuntimeError(f"Unexpected ASGI message '{kind}' sent, after response already completed.")
        kind = message["type"]
        if message["type"] == "http.response.start" and not self.response_started:
            self._start(message["status"], message.get("headers", ()), message.get("trailers", False))
        elif message["type"] == "http.response.early_hint" and not self.response_started:
            self.stream.send_informational(103, [(b"link", link) for link in message["links"]])
            self._note_interim(103)
        elif message["type"] == "http.response.body" and self.response_started and not self._is_body_complete:
            await self._continue(message.get("body", b""), message.get("more_body", False))
        elif message["type"] == "http.response.trailers" and self._is_body_complete:
            self._add_trailers(message["headers"], message.get("more_trailers", False))
        elif is_abort(message):
            self._connection.reset(self.stream, zttp.H2ErrorCode.INTERNAL_ERROR)
            self.disconnect()
            return
        else:
            expected = "http.response.body" if self.response_started else "http.response.start"
            raise RuntimeError(f"Expected ASGI message '{expected}', but got '{kind}'.")
        self._connection.flush()

    def _start(self, status: int, headers: Headers, has_trailers: bool) -> None:
        if status not in range(200, 600):
            raise RuntimeError(f"The status of an answer must be between 200 and 599, not {status!r}.")
        fields = [*self._connection.server_state.default_headers, *_fields(headers)]
        # zttp refuses what must not be sent, and then nothing of it is on the wire.
        self.stream.send_response(status, fields)
        self.response_started = True
        self._has_trailers = has_trailers
        self._has_no_body = self._has_no_body or status in (204, 304)
        length = next((value for name, value in fields if name == b"content-length"), None)
        self._bytes_left = None if length is None or self._has_no_body else int(length)

    async def _continue(self, body: bytes, more_body: bool) -> None:
        if not self._has_no_body:
            self._count_off(len(body), more_body)
            await self._write(body)
        if more_body or self.disconnected:
            return
        self._is_body_complete = True
        if not self._has_trailers:
            self._end()

    def _count_off(self, size: int, more_body: bool) -> None:
        if self._bytes_left is None:
            return
        if size > self._bytes_left:
            raise RuntimeError("Response content longer than Content-Length")
        self._bytes_left -= size
        if self._bytes_left and not more_body:
            raise RuntimeError("Response content shorter than Content-Length")

    async def _write(self, body: bytes) -> None:
        """In pieces: the parser keeps what the window does not let through, however much that is."""
        budget, size = self._connection.budget, len(body) + min(len(body), PARKED_BYTES)
        budget.used += size  # it is here, whether there is room for it or not, and a piece of it in the parser too
        try:
            await self._write_pieces(body)
        finally:
            budget.give_back(size)

    async def _write_pieces(self, body: bytes) -> None:
        for start in range(0, len(body), PARKED_BYTES):
            await self._until_writable()
            if self.disconnected:
                return
            self.stream.send_data(memoryview(body)[start : start + PARKED_BYTES])
            self._connection.flush()
        await self._until_writable()

    async def _until_writable(self) -> None:
        """Until the client has made room for what is parked, or has had its time to."""
        await self._connection.until_writable()
        while not self.disconnected and (parked := self.stream.pending_bytes):
            self.is_parked = True
            self._connection.resume_reading()
            self._news.clear()
            try:
                async with asyncio.timeout(self._limits.write_timeout):
                    await self._news.wait()
            except TimeoutError:
                if self.stream.pending_bytes == parked:
                    self._connection.reset(self.stream, zttp.H2ErrorCode.CANCEL)
                    self.disconnect()
            finally:
                self.is_parked = False

    def _add_trailers(self, headers: Headers, more_trailers: bool) -> None:
        self._trailers += _fields(headers)
        if not more_trailers:
            self._end(self._trailers)

    def _end(self, trailers: list[tuple[bytes, bytes]] | None = None) -> None:
        self.stream.end_message(trailers or None)
        self.response_complete = True
        if not self.ended:
            # The rest of the body is of no use any more (RFC 9113 section 8.1).
            self._connection.reset(self.stream, zttp.H2ErrorCode.NO_ERROR)
        self._connection.on_answer_end()
        self.wake()


def _fields(headers: Headers) -> list[tuple[bytes, bytes]]:
    """As HTTP/2 wants them: names in lower case, values without space around them, nothing of HTTP/1.1's framing, which
    apps send unaware of the version."""
    lowered = [(name.lower(), value.strip(b" \t")) for name, value in headers]
    return [(name, value) for name, value in lowered if name not in OF_CONNECTION]

"""One exchange while it passes: its messages are handed on unchanged and noted within bounds."""

import asyncio
import time
import traceback
from collections import deque
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any, Final, Protocol

import msgspec
from starlette.types import Message, Receive, Scope, Send

from .exchange import Channel, Event, Exchange, State, encode
from .plain import plain

OPEN_AFTER_NS: Final = 200_000_000
"""An exchange that takes longer shows as `open`: what is quicker is one record and costs one append."""

OPEN_AGAIN_NS: Final = 1_000_000_000
"""How often an open exchange may be shown again: each time it is stored as a whole."""

TRACEBACK_CHARACTERS: Final = 32_768
"""How much of a traceback is kept: its end, which names the error."""

_LAST: Final = frozenset({"http.response.trailers", "http.response.pathsend"})
"""Messages after which an answer is whole, besides its last body."""

_now_ns = time.perf_counter_ns


class Bounds(Protocol):
    """How much is noted: payload bytes of each direction, and messages at the beginning and at the end."""

    kept_body_bytes: int
    max_first: int
    max_last: int


class Recording:
    """The `receive` and `send` that a recorded app gets, and what they have seen.

    `keep` is called with the exchange when it is finished, before its last message is sent, and for each `show`.
    """

    status: int | None = None
    is_finished = False
    _last_events: deque[Event] | None = None
    _passed = 0
    _received = 0
    _sent = 0
    _digest: Any = None
    _is_whole = False
    _has_trailers = False
    _error: str | None = None
    _lock: asyncio.Lock | None = None
    _shown_ns = 0
    _shown_passed = 0

    def __init__(
        self,
        exchange_id: str,
        scope: Scope,
        receive: Receive,
        send: Send,
        keep: Callable[[Exchange], Awaitable[None]],
        bounds: Bounds,
    ) -> None:
        self.id = exchange_id
        self._start_ns = _now_ns()
        self._started_ns = time.time_ns()
        self._scope = _snapshot(scope)
        self._receive = receive
        self._send = send
        self._keep = keep
        self._bounds = bounds
        self._events: list[Event] = []

    async def receive(self) -> Message:
        message = await self._receive()
        if not self.is_finished:
            kind = message["type"]
            if kind == "http.request":
                self._note_request(message)
            elif kind == "websocket.receive":
                self._note_frame("receive", message)
            else:
                self._note("receive", 0, {**message})
                if kind == "http.disconnect":
                    await self.finish("disconnected")
                elif kind == "websocket.disconnect":
                    await self.finish("disconnected" if message.get("code") == 1006 else "done")
        return message

    async def send(self, message: Message) -> None:
        if not self.is_finished:
            kind = message["type"]
            if kind == "http.response.body":
                self._note_body("send", message)
                if not message.get("more_body") and not self._has_trailers:
                    await self.finish("done")
            elif kind == "http.response.start" or kind == "websocket.accept":
                self._note_start(message)
            else:
                await self._note_other(kind, message)
        await self._send(message)

    async def finish(self, state: State) -> None:
        """Keep the exchange: in the given state, or as an error when the app failed."""
        self.is_finished = True
        exchange = self._exchange("error" if self._error else state)
        if self._lock is None:
            await self._keep(exchange)
        else:
            async with self._lock:
                await self._keep(exchange)

    async def fail(self, error: Exception) -> None:
        """Keep the exchange as failed; once more when it was kept before, since it failed after its answer."""
        self.note_error(error)
        await self.finish("error")

    def note_error(self, error: Exception) -> None:
        self._error = "".join(traceback.format_exception(error))[-TRACEBACK_CHARACTERS:]

    def is_due(self, now_ns: int) -> bool:
        """Whether it is open for so long, or has so much news, that it should be shown."""
        if self.is_finished:
            return False
        if self._lock is None:
            return now_ns - self._start_ns >= OPEN_AFTER_NS
        return self._passed != self._shown_passed and now_ns - self._shown_ns >= OPEN_AGAIN_NS

    async def show(self) -> None:
        """Keep the exchange as it is now, as `open`. The lock keeps a later `done` behind it."""
        if self._lock is None:
            self._lock = asyncio.Lock()
        async with self._lock:
            if not self.is_finished:
                self._shown_ns, self._shown_passed = _now_ns(), self._passed
                await self._keep(self._exchange("open"))

    def _exchange(self, state: State) -> Exchange:
        events = self._events
        omitted = 0
        if self._last_events is not None:
            omitted = self._passed - len(events) - len(self._last_events)
            events = [*events, *self._last_events]
        return Exchange(
            self.id,
            state,
            self._started_ns,
            _now_ns() - self._start_ns,
            self.status,
            self._received,
            self._sent,
            self._scope,
            self._digest.hexdigest() if self._digest is not None and self._is_whole else None,
            self._error,
            omitted,
            events,
        )

    def _note(self, channel: Channel, size: int, message: dict[str, Any]) -> None:
        event = Event(channel, _now_ns() - self._start_ns, size, message)
        self._passed += 1
        if self._passed <= self._bounds.max_first:
            self._events.append(event)
            return
        if self._last_events is None:
            self._last_events = deque(maxlen=self._bounds.max_last)
        self._last_events.append(event)

    def _note_request(self, message: Message) -> None:
        self._is_whole = not message.get("more_body")
        body = message.get("body")
        if body:
            if self._digest is None:
                self._digest = sha256()
            self._digest.update(body)
        self._note_body("receive", message)

    def _note_start(self, message: Message) -> None:
        self.status = message.get("status", 101)
        self._has_trailers = "trailers" in message and message["trailers"]
        headers = message.get("headers", ())
        if not isinstance(headers, list | tuple):  # an iterator is read once, and the server reads it too
            message["headers"] = headers = tuple(headers)
        self._note("send", 0, {**message, "headers": tuple(headers)})

    def _note_body(self, channel: Channel, message: Message) -> None:
        body = message.get("body")
        noted = {**message}
        if body:
            noted["body"] = self._take(channel, body)
        self._note(channel, len(body) if body else 0, noted)

    def _note_frame(self, channel: Channel, message: Message) -> None:
        data = message.get("bytes")
        if data is not None:
            self._note(channel, len(data), {**message, "bytes": self._take(channel, data)})
            return
        text = message.get("text") or ""
        data = text.encode("utf-8", "replace")
        kept = self._take(channel, data)
        text = text if len(kept) == len(data) else kept.decode("utf-8", "ignore")
        self._note(channel, len(data), {**message, "text": text})

    def _take(self, channel: Channel, payload: bytes) -> bytes:
        """Count a payload and give what of it is kept."""
        if channel == "receive":
            room = self._bounds.kept_body_bytes - self._received
            self._received += len(payload)
        else:
            room = self._bounds.kept_body_bytes - self._sent
            self._sent += len(payload)
        return payload if len(payload) <= room else payload[: max(0, room)]

    async def _note_other(self, kind: str, message: Message) -> None:
        """The rarer messages of an answer: frames, trailers, files, hints, the refusal of a WebSocket."""
        if kind == "websocket.send":
            self._note_frame("send", message)
        elif kind == "websocket.http.response.start":
            self.status = message["status"]
            self._note("send", 0, {**message})
        elif kind == "websocket.http.response.body":
            self._note_body("send", message)
            if not message.get("more_body"):
                await self.finish("done")
        else:
            self._note("send", 0, plain(message))
            if kind == "websocket.close":
                self.status = self.status or 403
                await self.finish("done")
            elif kind in _LAST and not message.get("more_trailers"):
                await self.finish("done")


def _snapshot(scope: Scope) -> Any:
    """The scope as it is now, encoded, so that nothing that happens to it later is seen.

    The server's `state` is left out, and so is everything that is not plain data.
    """
    taken = {**scope}
    taken.pop("state", None)
    try:
        return msgspec.Raw(encode(taken))
    except (TypeError, ValueError, OverflowError):
        return msgspec.Raw(encode(plain(taken)))

"""One exchange while it passes: its messages are handed on unchanged and noted within bounds."""

import time
import traceback
from collections import deque
from collections.abc import Awaitable
from hashlib import sha256
from typing import Any, Final, Protocol

from msgspec import to_builtins
from msgspec.structs import replace
from starlette.types import Message, Receive, Scope, Send

from ..base.budget import Budget
from ..base.plain import plain
from ..exchange.facts import NO_FACTS
from ..exchange.messages import is_event_stream
from ..exchange.model import ABORT, HEAD_KEY, NOTES_KEY, STORED_LATER, Channel, Event, Exchange, Inside, State
from ..exchange.wire import RequestNotes, carriage_of
from ..http.forwarding import Proxies
from ..http.spec import FORWARDED_KEY, HTTP_SCOPE_KEYS, WEBSOCKET_SCOPE_KEYS

OPEN_AFTER_NS: Final = 200_000_000
"""An exchange that takes longer shows as `open`: what is quicker is one record and costs one append."""

OPEN_AGAIN_NS: Final = 1_000_000_000
"""How often an open exchange may be shown again: each time it is stored as a whole."""

TRACEBACK_CHARACTERS: Final = 32_768
"""How much of a traceback is kept: its end, which names the error."""

_SPECIFIED: Final = frozenset((*HTTP_SCOPE_KEYS, *WEBSOCKET_SCOPE_KEYS)) - {"extensions"}
"""The keys of a scope whose values are plain data by the ASGI spec."""

_MOST_KEYS: Final = 3
"""How many keys the messages of most requests have; what has more is looked at for what is not plain data."""

_now_ns = time.perf_counter_ns


class Keeper(Protocol):
    """Where a recording goes, and how much is noted: payload bytes of each direction, messages at the beginning and
    at the end. `holds_heads`: whether the store takes time, so that the head of an answer is held until it is known
    whether its exchange is stored. `proxies`: those that are believed, where any are named."""

    kept_body_bytes: int
    max_first: int
    max_last: int
    holds_heads: bool
    budget: Budget
    proxies: Proxies | None

    def keep(self, exchange: Exchange) -> Awaitable[bool] | None:
        """None when that is done; else whether it is done in time."""


class Recording:
    """The `receive` and `send` that a recorded app gets, and what they have seen.

    The exchange is kept when it is finished, before its last message is sent, and for each `show`.
    Every request passes here: the messages of a usual answer are noted on the spot, one that is handed on at once
    costs no coroutine of ours, and what few need is made when they do.
    """

    __slots__ = (
        "_body", "_error", "_events", "_facts", "_has_trailers", "_held", "_is_overrun", "_is_streamed", "_keeper",
        "_late", "_notes", "_receive", "_received", "_scope", "_send", "_sent", "_shows", "_start_ns", "_started_ns",
        "_state", "_taken_bytes", "_wire", "has_begun", "has_lost_client", "id", "is_finished", "status",
    )  # fmt: skip

    def __init__(self, exchange_id: str, scope: Scope, receive: Receive, send: Send, keeper: Keeper) -> None:
        self.id = exchange_id
        self._started_ns = time.time_ns()
        self._start_ns = _now_ns()
        self._wire: bytes | None = scope.pop(HEAD_KEY, None)
        self._notes: RequestNotes | None = scope.pop(NOTES_KEY, None)
        self._scope = snapshot(scope, keeper.proxies)
        self._receive = receive
        self._send = send
        self._keeper = keeper
        self._state: State = "done"
        self._events: list[Event] = []
        self._received = self._sent = 0
        self.is_finished = self._has_trailers = self._is_streamed = self._is_overrun = False
        self.has_begun = self.has_lost_client = False
        self.status: int | None = None
        self._error: str | None = None
        self._body: _Body | None = None
        self._late: _Late | None = None
        self._shows: _Shows | None = None
        self._held: Message | None = None
        self._taken_bytes = 0
        self._facts = NO_FACTS

    async def receive(self) -> Message:
        message = await self._receive()
        if not self.is_finished:
            self._note_received(message)
            if self.is_finished and (keeping := self._keep_finished()):
                await keeping
        return message

    def send(self, message: Message) -> Awaitable[None]:
        if not self.is_finished:
            kind = message["type"]
            if kind == "http.response.body":
                self._note_body(message)
                if message.get("more_body") or self._has_trailers:
                    self._is_streamed = True
                else:
                    self.is_finished = True
            elif kind == "http.response.start":
                self._note_start(message)
            else:
                self._is_streamed = True
                self._note_rare(kind, message)
            if self.is_finished and (keeping := self._keep_finished()):
                return self._send_when_stored(keeping, message)
            if self._keeper.holds_heads and kind == "http.response.start" and self._held is None:
                self._held = message
                return _nothing()
        elif not self._is_overrun and self._is_answered():
            self._note_overrun(message)
        if self._held is not None:
            return self._send_held(message)
        return self._send_on(message)

    async def _send_on(self, message: Message) -> None:
        """Servers may tell an app by an OSError that its client has left (ASGI spec, "Disconnected Client")."""
        try:
            await self._send(message)
        except OSError:
            self.has_lost_client = True
            raise

    async def _send_held(self, message: Message | None) -> None:
        """The head that was held, and what comes behind it."""
        held, self._held = self._held, None
        if held is not None:
            await self._send_on(held)
        if message is not None:
            await self._send_on(message)

    async def _send_when_stored(self, keeping: Awaitable[bool], message: Message) -> None:
        """The last message, once the exchange is stored or its time is over: then the head says so, if it still can."""
        if not await keeping and self._held is not None:
            self._held = {**self._held, "headers": [*self._held.get("headers", ()), STORED_LATER]}
        await self._send_held(message)

    async def release(self) -> None:
        """Send the head that is held: nothing more will come behind it."""
        await self._send_held(None)

    async def fail(self, error: Exception) -> None:
        """Keep the exchange as failed; once more when it was kept before, since it failed after its answer."""
        self.note_error(error)
        await self.finish("error")

    async def finish(self, state: State) -> None:
        """Keep the exchange as it is now, in its last state."""
        self._state = state
        self.is_finished = True
        self._held = None if state == "disconnected" else self._held
        if keeping := self._keep_finished():
            await keeping

    def note_error(self, error: Exception) -> None:
        """Remember why the app failed: whatever it still answers, the exchange ends as an error."""
        self._error = traceback_text(error)

    def is_due(self, now_ns: int) -> bool:
        """Whether it is open for so long, or has so much news, that it should be shown."""
        if self.is_finished:
            return False
        shows = self._shows
        if shows is None:
            return now_ns - self._start_ns >= OPEN_AFTER_NS
        return self._passed() != shows.events and now_ns - shows.at_ns >= OPEN_AGAIN_NS

    def show(self) -> None:
        """Keep the exchange as it is now, as `open`. A store keeps in the order in which it is put, so a later `done`
        stays behind it."""
        if self._shows is None:
            self._shows = _Shows()
        self._shows.at_ns, self._shows.events = _now_ns(), self._passed()
        self._keeper.keep(self._exchange("open"))

    def _keep_finished(self) -> Awaitable[bool] | None:
        if self._taken_bytes:
            self._keeper.budget.give_back(self._taken_bytes)
            self._taken_bytes = 0
        return self._keeper.keep(self._exchange("error" if self._error else self._state))

    def _exchange(self, state: State, inside: Inside | None = None) -> Exchange:
        events, late = self._events, self._late
        return Exchange(
            self.id,
            state,
            self._started_ns,
            _now_ns() - self._start_ns,
            self.status,
            self._received,
            self._sent,
            (self._is_streamed or state == "open") and is_event_stream(events),
            self._facts,
            self._scope,
            self._body.digest() if self._body else None,
            self._error,
            late.omitted if late else 0,
            [*events, *late.events] if late else events,
            self._wire,
            False,
            inside,
            carriage_of(self._notes),
        )

    def _passed(self) -> int:
        """How many messages have passed."""
        late = self._late
        return len(self._events) + (len(late.events) + late.omitted if late else 0)

    # What is noted of a message

    def _note_received(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.request":
            if self._body or message.get("body"):
                self._note_request_body(message)
            else:
                self._note("receive", 0, {**message})
        elif kind == "websocket.receive":
            self._note_frame("receive", message)
        else:
            self._note("receive", 0, {**message})
            if "refusal" in message:  # our own server tells what it has answered in place of the app
                self._state, self.is_finished = "refused", True
                self.status, reason = message["refusal"]
                self._facts = replace(self._facts, reason=reason)
            elif kind == "http.disconnect" or (kind == "websocket.disconnect" and _is_lost(message)):
                self._state, self.is_finished = "disconnected", True
            elif kind == "websocket.disconnect":
                self.is_finished = True

    def _is_answered(self) -> bool:
        """Whether the app itself ended the exchange, with what it sent last."""
        events = self._late.events if self._late else self._events
        return bool(events) and events[-1].channel == "send"

    def _note_overrun(self, message: Message) -> None:
        """The first message that an app sends after the end of its answer, without its payload: it reaches nobody."""
        self._is_overrun = True
        payload = {
            key: message[key][:0] for key in ("body", "bytes", "text") if isinstance(message.get(key), bytes | str)
        }
        self._note("send", 0, {**plain({**message, **payload}), "type": str(message["type"])})
        self._keeper.keep(self._exchange("error" if self._error else self._state))

    def _note_request_body(self, message: Message) -> None:
        if self._body is None:
            self._body = _Body()
        body = message.get("body", b"")
        self._body.take(body, is_last=not message.get("more_body"))
        part = self._take("receive", body)
        if self._keeper.budget.take(len(part)):
            self._taken_bytes += len(part)
        else:
            part = b""
        self._note("receive", len(body), {**message, "body": part})

    def _note_start(self, message: Message) -> None:
        if not self.has_begun:  # of two, servers take the first
            self.has_begun = True
            self.status = _status(message["status"])
            self._has_trailers = "trailers" in message and message["trailers"]
        headers = message.get("headers", ())
        if type(headers) is not list:  # an iterator is read once, and the server reads it too
            message["headers"] = headers = list(headers)
        self._note("send", 0, {**message, "headers": tuple(headers)})

    def _note_body(self, message: Message) -> None:
        noted = {**message}
        body = message.get("body", b"")
        part = self._take("send", body)
        if part is not body or type(body) is not bytes:
            noted["body"] = _as_now(part)
        self._note("send", len(body), noted)

    def _note_rare(self, kind: str, message: Message) -> None:
        """What a WebSocket sends; trailers, files, hints."""
        headers = message.get("headers")
        if headers is not None and not isinstance(headers, list | tuple):
            message["headers"] = list(headers)
        if kind == "websocket.send":
            self._note_frame("send", message)
            return
        if kind == "websocket.http.response.body":
            self._note_body(message)
            self.is_finished = not message.get("more_body")
            return
        self._note("send", 0, {**plain(message), "type": str(kind)})
        if kind == "websocket.accept":
            self.status = 101
        elif kind == "websocket.http.response.start":
            self.status = _status(message["status"])
        elif kind == "websocket.close":
            self.status = self.status or 403  # what a server answers to a handshake that is closed unaccepted
            self.is_finished = True
        elif kind in ("http.response.trailers", "http.response.pathsend"):
            self.is_finished = not message.get("more_trailers")
        elif kind == ABORT:  # our own server's: the app ends its answer like a broken network
            self.is_finished = True
        elif kind == "http.response.zerocopysend":
            self.is_finished = not (message.get("more_body") or self._has_trailers)

    def _note_frame(self, channel: Channel, message: Message) -> None:
        data = message.get("bytes")
        if data is not None:
            self._note(channel, len(data), {**message, "bytes": _as_now(self._take(channel, data))})
            return
        text = message.get("text") or ""
        data = text.encode("utf-8", "replace")
        part = self._take(channel, data)
        text = text if len(part) == len(data) else part.decode("utf-8", "ignore")
        self._note(channel, len(data), {**message, "text": text})

    def _note(self, channel: Channel, size: int, message: dict[str, Any]) -> None:
        if len(message) > _MOST_KEYS:
            message = plain(message)
        event = Event(channel, _now_ns() - self._start_ns, size, message)
        if len(self._events) < self._keeper.max_first:
            self._events.append(event)
            return
        if self._late is None:
            self._late = _Late(self._keeper.max_last)
        self._late.take(event)

    def _take(self, channel: Channel, payload: bytes) -> bytes:
        """Count a payload and give what of it is kept."""
        size = len(payload)
        if channel == "send":
            room = self._keeper.kept_body_bytes - self._sent
            self._sent += size
        else:
            room = self._keeper.kept_body_bytes - self._received
            self._received += size
        return payload if size <= room else payload[: max(0, room)]


class _Body:
    """The digest of a request body that comes in parts."""

    def __init__(self) -> None:
        self._sha256 = sha256()
        self._is_whole = False

    def take(self, part: bytes, *, is_last: bool) -> None:
        self._sha256.update(part)
        self._is_whole = is_last

    def digest(self) -> str | None:
        """In hexadecimal digits; None while more is to come."""
        return self._sha256.hexdigest() if self._is_whole else None


class _Late:
    """The messages behind the kept first ones: the last of them, and how many came between."""

    def __init__(self, most: int) -> None:
        self.events: deque[Event] = deque(maxlen=most)
        self.omitted = 0

    def take(self, event: Event) -> None:
        self.omitted += len(self.events) == self.events.maxlen
        self.events.append(event)


class _Shows:
    """When an open exchange was last kept, and how many messages had passed by then."""

    def __init__(self) -> None:
        self.at_ns = 0
        self.events = 0


async def _nothing() -> None: ...


def _as_now(payload: Any) -> Any:
    """The bytes of a buffer that its owner may use again, or let go of."""
    return bytes(payload) if isinstance(payload, bytearray | memoryview) else payload


def _status(status: Any) -> int | None:
    """A status code; None for what is none, which few servers take."""
    return int(status) if isinstance(status, int) and 100 <= status <= 999 else None


def _is_lost(disconnect: Message) -> bool:
    """Whether a WebSocket ended without a close frame: 1006 (RFC 6455, section 7.1.5). uvicorn says 1005 of such
    an end too, but then it has no reason to hand on, not even an empty one."""
    code = disconnect.get("code")
    return code == 1006 or (code == 1005 and "reason" not in disconnect)


def traceback_text(error: BaseException) -> str:
    text = "".join(traceback.format_exception(error))[-TRACEBACK_CHARACTERS:]
    return text.encode("utf-8", "backslashreplace").decode()


def snapshot(scope: Scope, proxies: Proxies | None) -> dict[str, Any]:
    """The scope as it is now: whoever adds to it later, or to its headers, changes another. With it goes what a proxy
    that is believed says of the request.

    The server's `state` is left out, and so is everything that is not plain data.
    """
    taken = {**scope}
    taken.pop("state", None)
    if type(taken.get("headers")) is list:
        taken["headers"] = tuple(taken["headers"])
    if not _SPECIFIED.issuperset(taken):  # the encoder would take apart a dataclass, say, that a framework put there
        taken = {key: value if key in _SPECIFIED else plain(value) for key, value in taken.items() if type(key) is str}
    if proxies is not None and (said := proxies.told(taken)) is not None:
        taken[FORWARDED_KEY] = to_builtins(said)
    return taken

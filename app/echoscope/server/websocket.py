"""WebSockets for a server that strangers may reach: uvicorn's sans-I/O protocol with bounds.

A handshake that cannot succeed is answered, in JSON; frames wait for the handshake; pings that nobody reads the
answers of, and bytes that nobody reads, end the connection; so does a time without messages, where one is set; a
client's broken frame is no error of ours. Messages are compressed where the client offers it (RFC 7692) and the server
shall; what a message may be at most is held while it is inflated.

Frames are read in turns, which all connections share, and an app that takes one message after the other waits for its
turn as well. Frames that carry nothing (pings, pongs, empty fragments) have a budget.
"""

import asyncio
import zlib
from asyncio.transports import BaseTransport, Transport
from collections.abc import Callable, Generator
from typing import Any, cast

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent, WebSocketSendEvent
from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import Event, State
from websockets.server import ServerProtocol

from .alarms import Alarms
from .answers import REFUSED_HEAD_BYTES, Refusal, Refused, app_failed, shutting_down
from .direct import HEAD_KEY
from .head import AS_GIVEN, render_head
from .limits import DEFAULT_LIMITS, Limits
from .linger import Lingering
from .notes import NOTES_KEY, RequestNotes
from .turns import Turns
from .writes import WriteGuard

_MOST_REMEMBERED = 1 << 20
"""Bytes of a frame that is kept, for whoever gets the same text next."""

_SLICE_BYTES = 1024
"""How much is parsed between two looks at the clock: some 170 of the smallest frames."""

_EMPTY_PER_S = 2_000
_EMPTY_AT_ONCE = 20_000
"""Frames that carry nothing, in the long run and in one go. Who checks a connection sends one in seconds."""

_MOST_COMPRESSED = 64 << 10
"""Bytes of a message that is compressed: more goes out as it is, for compressing a megabyte takes 30 ms."""

_DEFLATE = ServerPerMessageDeflateFactory(
    server_max_window_bits=12, client_max_window_bits=12, compress_settings={"memLevel": 5}
)
"""With small windows: some 20 kB a connection in each direction."""

_SHARED_DEFLATE = ServerPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)
"""Where many get the same text: each message is compressed by itself, and so once for all of them."""

_LEAST_SHARED, _MOST_SHARED = 1 << 10, 256 << 10
"""Bytes of such a message that is compressed. At the lowest level a quarter of a megabyte takes 0.4 ms where it repeats
itself, as the feed does, and is a twentieth then; 4 ms where it does not. A kilobyte fits into a packet as it is."""

_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)

_IDLE_ALARM, _CLOSE_ALARM = range(2)

_CLOSE_WAITS_S = 1.0
"""How long a Close waits for an app that still answers what came before, or does not listen."""

_newest_frames: tuple[object, dict[int, bytes]] = (None, {})
"""A text, and its frames by the window in which it is compressed (a logarithm; 0 for not at all)."""


def _text_frame(text: str, window_bits: int = 0) -> bytes:
    """The frame of a text, made once for all who get it next."""
    global _newest_frames
    known_text, frames = _newest_frames
    if known_text is not text:
        frames = {}
        _newest_frames = (text, frames) if len(text) <= _MOST_REMEMBERED else (None, {})
    frame = frames.get(window_bits)
    if frame is None:
        data = text.encode()
        is_compressed = window_bits and _LEAST_SHARED <= len(data) <= _MOST_SHARED
        extensions = [_deflate(window_bits)] if is_compressed else []
        frame = frames[window_bits] = Frame(Opcode.TEXT, data).serialize(mask=False, extensions=extensions)
    return frame


def _deflate(window_bits: int) -> PerMessageDeflate:
    """What compresses a message by itself. A table that is no larger than the window needs it is quicker."""
    settings = {"level": zlib.Z_BEST_SPEED, "memLevel": window_bits - 7}
    return PerMessageDeflate(
        remote_no_context_takeover=True,
        local_no_context_takeover=True,
        remote_max_window_bits=zlib.MAX_WBITS,
        local_max_window_bits=window_bits,
        compress_settings=settings,
    )


class _Conversation(ServerProtocol):
    """The library's, which takes a Close for the end of all.

    A Close may stand between the fragments of a message (RFC 6455, section 5.4), which then never ends. And it waits
    as long as `is_owed` says that the app has messages before it to answer (section 5.5.1); `close` is what waits.
    """

    is_owed: Callable[[], bool] = staticmethod(lambda: False)
    close: Frame | None = None

    def recv_frame(self, frame: Frame) -> None:
        if frame.opcode is not Opcode.CLOSE:
            super().recv_frame(frame)
        elif self.is_owed() or any(_ends_message(event) for event in self.events):
            Close.parse(frame.data)  # raises for one that is broken, which nobody waits for
            self.close = frame
            self.parser = self._pass_over()
            next(self.parser)
        else:
            self._end_by(frame)

    def _pass_over(self) -> Generator[None]:
        """What comes behind a Close does not count."""
        while True:
            self.reader.discard()
            yield

    def take_close(self) -> None:
        """Nothing is owed any more, or has been for long enough."""
        frame, self.close = self.close, None
        if frame is not None:
            self._end_by(frame)

    def _end_by(self, close: Frame) -> None:
        self.current_size = None
        super().recv_frame(close)


def _ends_message(event: Event) -> bool:
    return isinstance(event, Frame) and event.fin and event.opcode in _DATA


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One connection, from its handshake on, which the HTTP protocol has read and hands over.

    `head`: the handshake as its bytes came, where they are known, and `begun_ns`: when, nanoseconds since 1970.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.limits: Limits = getattr(config, "limits", DEFAULT_LIMITS)
        self.conn: _Conversation = _Conversation(
            extensions=[_DEFLATE] if config.ws_per_message_deflate else [],
            max_size=config.ws_max_size,
            logger=self.logger,
        )
        self.head: bytes | None = None
        self.begun_ns = 0
        self._on_refused = getattr(config, "on_refused", None)
        self.conn.is_owed = self._is_owed
        self._alarms = Alarms(self.loop, 2, self._on_alarm)
        self._is_waited_for = False
        self._idle_s = self.limits.websocket_idle_timeout
        self._window_bits = 0
        self.held = b""
        self.notes: RequestNotes | None = None
        self.pong_bytes = 0
        self._is_resting = False
        self.turns: Turns = getattr(config, "turns", None) or Turns(self.loop)
        self._empty_left = float(_EMPTY_AT_ONCE)
        self._counted_at = self.loop.time()

    # Transport callbacks

    def connection_made(self, transport: BaseTransport) -> None:
        self.transport = cast(Transport, transport)  # by which it is counted
        super().connection_made(transport)
        self.guard = WriteGuard(self.loop, self.transport, self.limits.write_timeout)
        self._look_for_closing()

    def _look_for_closing(self) -> None:
        """A transport closes in many places of the base class, and with unread bytes it would stay for ever."""
        if self.transport.is_closing():
            self.guard.start()
        self.closing_timer = self.loop.call_later(self.limits.write_timeout, self._look_for_closing)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closing_timer.cancel()
        self.guard.stop()
        self._alarms.stop()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.guard.start()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():
            self.guard.stop()

    def data_received(self, data: bytes) -> None:
        if not self.handshake_initiated:
            self._read_handshake(data)
            return
        self.held += data
        if self.handshake_complete:
            self._bound_pongs()
            self._read_frames()
        elif len(self.held) > self.limits.max_websocket_bytes:
            refusal = Refusal(400, "Frames must wait until the WebSocket handshake is answered.")
            told = {"type": "websocket.disconnect", "code": 1006, "refusal": (refusal.status, refusal.detail)}
            self.queue.put_nowait(cast(ASGIReceiveEvent, told))
            self._refuse(refusal)

    # The handshake

    def _read_handshake(self, head: bytes) -> None:
        self.head = self.head or head
        self.conn.receive_data(head)
        if self.conn.handshake_exc is None:
            self.handle_events()
        else:
            # What the library has written, if anything, gives the status; its text is not our shape.
            written = b"".join(self.conn.data_to_send())
            self._refuse_handshake(int(written[9:12] or 400))

    def handle_connect(self, event: Request) -> None:
        is_shared = self.limits.is_reserved(event.path.encode())
        if is_shared:
            self._idle_s = 0.0
            if self.conn.available_extensions:
                self.conn.available_extensions = [_SHARED_DEFLATE]
        status = self.conn.accept(event).status_code
        if status == 101:
            super().handle_connect(event)
            if is_shared and self.conn.extensions:
                self._window_bits = cast(PerMessageDeflate, self.conn.extensions[0]).local_max_window_bits
        else:
            self._refuse_handshake(status)

    def _refuse_handshake(self, status: int) -> None:
        refusal = self._failed(status)
        if self._on_refused is not None and self.head is not None:
            self._on_refused(
                Refused(
                    self.client,
                    self.server,
                    "https" if self.scheme == "wss" else "http",
                    "1.1",
                    self.head[:REFUSED_HEAD_BYTES],
                    len(self.head),
                    refusal.status,
                    refusal.detail,
                    self.begun_ns,
                    notes=self.notes,
                )
            )
        self._refuse(refusal)

    def _failed(self, status: int) -> Refusal:
        error: BaseException | None = self.conn.handshake_exc
        reasons = []
        while error is not None:
            reasons.append(str(error))
            error = error.__cause__
        detail = f"The WebSocket handshake failed: {'; '.join(reasons)}."
        return Refusal(status, detail, ((b"sec-websocket-version", b"13"),))

    def _refuse(self, refusal: Refusal) -> None:
        self.handshake_initiated = True
        self.close_sent = True
        self.transport.write(refusal.answer())
        self._linger()

    # Frames

    def _bound_pongs(self) -> None:
        if not self.transport.get_write_buffer_size():
            self.pong_bytes = 0
        elif self.pong_bytes > self.limits.pong_backlog_bytes:
            self.held = b""
            self.transport.abort()

    def _read_frames(self) -> None:
        """What is held, once the handshake is answered, while the app keeps up and the turn lasts."""
        if self._is_resting:
            return
        data, self.held = self.held, b""
        if self.conn.close is not None:
            return
        for start in range(0, len(data), _SLICE_BYTES):
            if self.read_paused or not self.handshake_complete or self.disconnected:
                self.held = data[start:]
                return
            if self.turns.is_over:
                self.held = data[start:]
                self._rest()
                return
            self.conn.receive_data(data[start : start + _SLICE_BYTES])
            self.handle_events()
            if self.conn.close is not None:
                self._alarms.set(_CLOSE_ALARM, _CLOSE_WAITS_S)
                return
            if self.conn.parser_exc is not None and not self.disconnected:
                self.handle_parser_exception()

    def _rest(self) -> None:
        self._is_resting = True
        self.transport.pause_reading()
        self.turns.wait(self._go_on)

    def _go_on(self) -> None:
        self._is_resting = False
        if self.disconnected or self.transport.is_closing():
            return
        self._read_frames()
        self._resume_reading()

    def _resume_reading(self) -> None:
        if not (self.read_paused or self._is_resting or self.held or self.transport.is_closing()):
            self.transport.resume_reading()

    def _count_empty(self) -> bool:
        """Whether the client may send one more frame that carries nothing; if not, the connection ends."""
        now = self.loop.time()
        self._empty_left = min(_EMPTY_AT_ONCE, self._empty_left + (now - self._counted_at) * _EMPTY_PER_S)
        self._counted_at = now
        self._empty_left -= 1
        if self._empty_left >= 0:
            return True
        if not self.disconnected:
            self.held = b""
            self.conn.fail(CloseCode.POLICY_VIOLATION, "too many frames that carry nothing")
            self.handle_parser_exception()
        return False

    def handle_ping(self) -> None:
        if self.disconnected or not self._count_empty():  # by what came before in the same slice
            return
        pongs = b"".join(self.conn.data_to_send())
        self.pong_bytes += len(pongs)
        self.transport.write(pongs)

    def handle_cont(self, event: Frame) -> None:
        # The size limit does not see empty fragments, of which there could be any number.
        if event.data or event.fin:
            super().handle_cont(event)
        else:
            self._count_empty()

    def handle_pong(self, event: Frame) -> None:
        if self._count_empty():
            super().handle_pong(event)

    def send_receive_event_to_app(self) -> None:
        data = b"".join(self.frames)
        self.frames = []
        if self.close_sent:
            return
        message: ASGIReceiveEvent = {"type": "websocket.receive", "bytes": data}
        if self.curr_msg_data_type == "text":
            try:
                message = {"type": "websocket.receive", "text": data.decode()}
            except UnicodeDecodeError:
                self.conn.fail(CloseCode.INVALID_DATA, "text that is not UTF-8")
                self.handle_parser_exception()
                return
        self.queue.put_nowait(message)
        self._watch_idleness()
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def handle_parser_exception(self) -> None:
        assert self.conn.close_sent is not None
        close = self.conn.close_sent
        self._say_goodbye(close.code, close.reason)

    # The app's side

    async def run_asgi(self) -> None:
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        if self.notes is not None:
            scope[NOTES_KEY] = self.notes
        if self.head is not None:
            scope[HEAD_KEY] = self.head
        try:
            result: object = await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except asyncio.CancelledError:
            self._end(CloseCode.SERVICE_RESTART, shutting_down())
            raise
        except Exception as exc:
            self.logger.error("Exception in ASGI application\n", exc_info=exc)
            self._end(CloseCode.INTERNAL_ERROR, app_failed())
        else:
            if result is not None:
                self.logger.error("ASGI callable should return None, but returned '%s'.", result)
            if not self.handshake_complete and not self.close_sent:  # a refusal is an answer too
                self.logger.error("ASGI callable returned without completing handshake.")
            self._end(CloseCode.NORMAL_CLOSURE, app_failed())

    async def send(self, message: ASGISendEvent) -> None:
        # The base class writes these headers as they are.
        if message["type"] == "websocket.accept":
            render_head(200, message.get("headers", ()), AS_GIVEN)
            if self.transport.is_closing():  # the base class lets the app go on and then calls its messages wrong
                raise ClientDisconnected
        elif message["type"] == "websocket.http.response.start":
            render_head(message["status"], message.get("headers", ()), AS_GIVEN)
        if message["type"] == "websocket.send":
            self._watch_idleness()
            await self._send(message)
        elif message["type"] == "websocket.close" and self.handshake_complete and not self.close_sent:
            await self.writable.wait()
            self._end(message.get("code", CloseCode.NORMAL_CLOSURE), app_failed(), message.get("reason") or "")
        else:
            await super().send(message)
            self._watch_idleness()
        if self.held:
            self._read_frames()

    async def _send(self, message: WebSocketSendEvent) -> None:
        """As the base class does it, but that the same text to many connections is made a frame once, and compressed
        once, and that what is large is not compressed, which is for its sender to choose (RFC 7692, section 6)."""
        await self.writable.wait()
        data, text = message.get("bytes"), message.get("text")
        is_open = self.conn.state is State.OPEN and not (self.close_sent or self.disconnected)
        is_plain = not self.conn.extensions or self._window_bits or len(data or text or "") > _MOST_COMPRESSED
        if not is_open or not is_plain or (data is None and text is None):
            await super().send(message)
        elif data is not None:
            self.transport.write(Frame(Opcode.BINARY, data).serialize(mask=False))
        elif text is not None:
            self.transport.write(_text_frame(text, self._window_bits))

    async def receive(self) -> ASGIReceiveEvent:
        if self.conn.close is not None and self.queue.empty():
            self._take_close()
        self._is_waited_for = True
        message = await self.queue.get()
        self._is_waited_for = False
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self._read_frames()
            self._resume_reading()
        if self.turns.is_over:  # an app that never has to wait would have no other pause
            await self.turns.next()
        return message

    # Ending

    def _watch_idleness(self) -> None:
        """From each message on, in either direction; pings and pongs only tell that somebody is there."""
        if self._idle_s and not self.disconnected:
            self._alarms.set(_IDLE_ALARM, self._idle_s)

    def _on_alarm(self, index: int) -> None:
        if index == _CLOSE_ALARM:
            self._take_close()
        else:
            self._end(CloseCode.GOING_AWAY, shutting_down(), f"no message for {self._idle_s:g} seconds")

    def _is_owed(self) -> bool:
        """Whether there are messages that the app has not taken, or has not come back from."""
        return not self.queue.empty() or not self._is_waited_for

    def _take_close(self) -> None:
        if not self.disconnected:
            self.conn.take_close()
            self.handle_events()

    def _end(self, code: int, refusal: Refusal, reason: str = "") -> None:
        """In place of what the app owes: an answer to the handshake, or a close frame."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        if self.handshake_complete:
            self.conn.send_close(code, reason)
            self._say_goodbye(code, reason)
        else:
            self._refuse(refusal)

    def _say_goodbye(self, code: int, reason: str) -> None:
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._linger()

    def _linger(self) -> None:
        # With an error, for without one the base class closes the transport.
        self.connection_lost(ConnectionAbortedError())
        Lingering(self.loop, self.transport, self.connections, self.limits)

    def shutdown(self) -> None:
        """Called by the server when it stops."""
        if self.close_sent:
            self.transport.close()
        else:
            self._end(CloseCode.SERVICE_RESTART, shutting_down())

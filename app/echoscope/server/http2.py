"""HTTP/2 for a server that strangers may reach: one connection with its streams.

The package zttp parses, and refuses malformed requests, more than 128 streams at once, more than 256 reset ones, and
heads over 64 KiB. The bounds kept here are those of `Limits`, the same as over HTTP/1.1.
"""

import asyncio
import logging
import time
from typing import Any, Final
from urllib.parse import unquote

import zttp
from uvicorn._types import HTTPScope
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from . import answers
from .alarms import Alarms
from .answers import Refusal
from .budget import Budget
from .config import Config
from .direct import SPEC_VERSION
from .limits import DEFAULT_LIMITS, TURN_S, Limits
from .linger import Lingering
from .request import split_target
from .stream import StreamCycle
from .writes import WriteGuard

logger = logging.getLogger("uvicorn.error")

MAX_STREAMS: Final = 2_000
"""Requests on one connection, after which it is ended when it is idle: zttp would break it off at 4,096."""

_SLICE_BYTES: Final = 2_048
"""How much is parsed between two looks at the clock."""

_QUIET_PER_S: Final = 64 << 10
_QUIET_AT_ONCE: Final = 2 << 20
"""Bytes of frames that belong to no request, in the long run and in one go: settings, pings, windows, resets."""

_EXTENDED_CONNECT: Final = b"\x00\x08\x00\x00\x00\x01"
_NO_EXTENDED_CONNECT: Final = b"\x00\x08\x00\x00\x00\x00"
"""zttp's settings announce WebSockets over HTTP/2 (RFC 8441), which nobody here serves: a browser that believed it
would not open the HTTP/1.1 connection on which a WebSocket works."""

_NOT_IN_A_TARGET: Final = bytes(range(0x21)) + bytes(range(0x7F, 0x100))


class Http2Protocol(asyncio.Protocol):
    """One connection and the streams on it that are not answered yet."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.config = config
        self.app = config.loaded_app
        self.limits: Limits = getattr(config, "limits", DEFAULT_LIMITS)
        self.loop = _loop or asyncio.get_running_loop()
        self.app_state = app_state
        self.server_state = server_state
        self.connections: set[Any] = server_state.connections
        self.budget: Budget = getattr(config, "budget", None) or Budget()
        self._written_bytes = 0
        self._held = b""
        self._is_resting = False
        self._quiet_left = float(_QUIET_AT_ONCE)
        self._counted_at = self.loop.time()
        self.conn = zttp.Connection(zttp.SERVER, protocol=zttp.HTTP2)
        self.alarms = Alarms(self.loop, 1, self._on_idle_alarm)
        self.cycles: dict[int, StreamCycle] = {}
        self.is_ending = False
        self.is_closed = False
        self._streams = 0

    # Transport callbacks

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.connections.add(self)
        self.transport = transport
        self.flow = FlowControl(transport)
        self.guard = WriteGuard(self.loop, transport, self.limits.write_timeout_s)
        self.client = get_remote_addr(transport)
        self.server = get_local_addr(transport)
        self.scheme = "https" if is_ssl(transport) else "http"
        self.conn.initiate_connection()
        transport.write(self.conn.data_to_send().replace(_EXTENDED_CONNECT, _NO_EXTENDED_CONNECT))
        self.alarms.set(0, self.limits.head_timeout_s)

    def data_received(self, data: bytes) -> None:
        self._held += data
        if not self._is_resting:
            self._read()

    def _read(self) -> None:
        """What is held, for one turn; then everybody else has one."""
        data, self._held = self._held, b""
        ends_at = time.perf_counter() + TURN_S
        for start in range(0, len(data), _SLICE_BYTES):
            if self.is_closed:
                return
            if start and time.perf_counter() > ends_at:
                self._held = data[start:]
                break
            piece = data[start : start + _SLICE_BYTES]
            try:
                if not self._take(piece) and not self._count_quiet(len(piece)):
                    return
            except zttp.RemoteProtocolError as error:
                logger.debug("HTTP/2 connection broken off: %s", error)
                self.flush()
                self._linger()
                return
        self.flush()
        for cycle in self.cycles.values():
            cycle.look_at_window()
        if self._held:
            self._is_resting = True
            self.flow.pause_reading()
            self.loop.call_soon(self._go_on)
        elif not self._may_read():
            self.flow.pause_reading()

    def _take(self, piece: bytes) -> bool:
        """Whether there was anything of a request in these bytes."""
        self.conn.receive_data(piece)
        is_of_request = False
        while not self.is_closed and (event := self.conn.next_event()) is not zttp.NEED_DATA:
            is_of_request = is_of_request or isinstance(event, zttp.Request | zttp.Data)
            self._on_event(event)
        return is_of_request or bool(self.cycles)

    def _count_quiet(self, size: int) -> bool:
        """Whether the client may send so many more bytes that belong to no request: settings, pings, windows."""
        now = self.loop.time()
        self._quiet_left = min(_QUIET_AT_ONCE, self._quiet_left + (now - self._counted_at) * _QUIET_PER_S) - size
        self._counted_at = now
        if self._quiet_left >= 0:
            return True
        logger.debug("HTTP/2 connection ended: it sends frames that belong to no request")
        self._close()
        return False

    def _go_on(self) -> None:
        self._is_resting = False
        if self.is_closed:
            return
        self._read()
        self.resume_reading()

    def pause_writing(self) -> None:
        """Who does not read is not read from either: every ping and every setting wants an answer."""
        self.flow.pause_writing()
        self.flow.pause_reading()
        self.guard.start()

    def resume_writing(self) -> None:
        self.flow.resume_writing()
        self.guard.stop()
        self.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Also called by ourselves, when the transport is only closed after a while: lets go of everything."""
        self.is_closed = True
        self.connections.discard(self)
        self.alarms.stop()
        self.guard.stop()
        for cycle in self.cycles.values():
            cycle.disconnect()
        self.cycles.clear()
        self.flow.resume_writing()

    # Reading

    def _may_read(self) -> bool:
        """Not while bodies lie unread, unless an answer waits for its window: only reading brings news of that."""
        if self.flow.write_paused or self._is_resting or self._held:
            return False
        cycles = self.cycles.values()
        unread_bytes = sum(cycle.unread_bytes for cycle in cycles)
        return unread_bytes <= HIGH_WATER_LIMIT or any(cycle.is_parked for cycle in cycles)

    def resume_reading(self) -> None:
        if self.flow.read_paused and self._may_read():
            self.flow.resume_reading()

    def _on_event(self, event: zttp.Event) -> None:
        match event:
            case zttp.Request():
                self._on_request(event)
            case zttp.Data() if event.stream_id in self.cycles:
                self._on_body(self.cycles[event.stream_id], event.data)
            case zttp.EndOfMessage() if event.stream_id in self.cycles:
                self.cycles[event.stream_id].end_body()
            case zttp.RstStream() if event.stream_id in self.cycles:
                self.cycles.pop(event.stream_id).disconnect()
                self._on_stream_end()
            case zttp.GoAway():
                self.shutdown()

    def _on_request(self, event: zttp.Request) -> None:
        self.alarms.clear(0)
        self._streams += 1
        stream = self.conn.stream(event.stream_id)
        try:
            scope = self._checked_scope(event)
        except Refusal as refusal:
            self.answer(stream, refusal, body=event.method != b"HEAD", ended=event.end_stream)
            self._on_stream_end()
            return
        expects = any(name == b"expect" and value.lower() == b"100-continue" for name, value in scope["headers"])
        cycle = StreamCycle(self, scope, stream, ended=event.end_stream, awaits_continue=expects)
        self.cycles[event.stream_id] = cycle
        cycle.task = self.loop.create_task(cycle.run(self.app))
        self.server_state.tasks.add(cycle.task)

    def _checked_scope(self, event: zttp.Request) -> HTTPScope:
        """Raises `Refusal` for a head that the app does not get to see."""
        limits = self.limits
        headers = _one_cookie(_host_first(list(event.headers)))
        size = len(event.method) + len(event.target) + sum(len(name) + len(value) + 4 for name, value in headers)
        if size > limits.head_bytes or len(headers) > limits.head_lines:
            raise answers.head_too_large(limits.head_bytes, limits.head_lines)
        if self.is_ending:
            raise answers.shutting_down()
        if len(self.connections) > limits.max_connections:
            raise answers.too_many_connections(limits.max_connections)
        if event.protocol is not None:
            raise Refusal(501, "WebSockets are served over HTTP/1.1 alone, not as streams of HTTP/2.")
        if len(event.target.translate(None, _NOT_IN_A_TARGET)) != len(event.target):
            raise answers.malformed("Invalid characters in url")
        most = limits.body_bytes(event.target.partition(b"?")[0])
        if _length(headers) > most:
            raise answers.body_too_large(most)
        method = event.method.decode("ascii")
        return self._scope(method, *split_target(method, event.target)[:2], headers)

    def _scope(self, method: str, path: bytes, query: bytes, headers: list[tuple[bytes, bytes]]) -> HTTPScope:
        root_path = self.config.root_path
        return {
            "type": "http",
            "asgi": {"version": self.config.asgi_version, "spec_version": SPEC_VERSION},
            "http_version": "2",
            "method": method,
            "scheme": self.scheme,
            "path": root_path + unquote(path.decode("ascii")),
            "raw_path": root_path.encode("ascii") + path,
            "query_string": query,
            "root_path": root_path,
            "headers": headers,
            "client": self.client,
            "server": self.server,
            "state": self.app_state.copy(),
            "extensions": {"http.response.early_hint": {}, "http.response.trailers": {}},
        }

    def _on_body(self, cycle: StreamCycle, body: bytes) -> None:
        """An empty frame is no news: it must not keep a body going."""
        if cycle.response_complete or not body:
            return
        cycle.add_body(body)
        most = self.limits.body_bytes(cycle.scope["raw_path"])
        if cycle.received_bytes <= most:
            return
        if cycle.response_started:
            self.reset(cycle.stream, zttp.H2ErrorCode.CANCEL)
            cycle.disconnect()
        else:
            cycle.refuse(answers.body_too_large(most))

    # Writing

    def flush(self) -> None:
        data = self.conn.data_to_send()
        if data and not self.is_closed:
            self.transport.write(data)
            if not self._written_bytes:
                self.loop.call_soon(self._end_turn)
            self._written_bytes += len(data)

    def _end_turn(self) -> None:
        self._written_bytes = 0

    async def until_writable(self) -> None:
        """Return when the client takes what is written. A transport may say only at the end of a turn that it does not,
        so more than it may keep is not written in one."""
        while not self.is_closed and (self.flow.write_paused or self._written_bytes > HIGH_WATER_LIMIT):
            if self.flow.write_paused:
                await self.flow.drain()
            else:
                await asyncio.sleep(0)

    def answer(self, stream: zttp.Stream, refusal: Refusal, *, body: bool, ended: bool) -> None:
        """The whole answer in place of the app's, in the shape that it has over HTTP/1.1."""
        content = refusal.answer().partition(b"\r\n\r\n")[2]
        fields = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", b"%d" % len(content)),
            (b"x-content-type-options", b"nosniff"),
            *refusal.headers,
        ]
        stream.send_response(refusal.status, [*self.server_state.default_headers, *fields])
        if body:
            stream.send_data(content)
        stream.end_message()
        if not ended:
            stream.reset(zttp.H2ErrorCode.NO_ERROR)
        self.flush()

    def reset(self, stream: zttp.Stream, code: zttp.H2ErrorCode) -> None:
        stream.reset(code)
        self.flush()

    # Ending

    def on_cycle_end(self, cycle: StreamCycle) -> None:
        """Called by a cycle when its app has returned."""
        self.server_state.tasks.discard(cycle.task)
        self.server_state.total_requests += 1
        if self.cycles.pop(cycle.stream.stream_id, None) is not None:
            self._on_stream_end()

    def _on_stream_end(self) -> None:
        self.resume_reading()
        if self.cycles or self.is_closed:
            return
        if self.is_ending or self._streams >= MAX_STREAMS:
            self._close()
        else:
            self.alarms.set(0, self.limits.keep_alive_timeout_s)

    def _on_idle_alarm(self, index: int) -> None:
        self._close()

    def shutdown(self) -> None:
        """Called by the server when it stops: idle connections end now, others after what they owe."""
        self.is_ending = True
        if not self.cycles:
            self._close()

    def _close(self) -> None:
        if not self.is_closed:
            self.conn.close()
            self.flush()
            self._linger()

    def _linger(self) -> None:
        self.connection_lost(None)
        Lingering(self.loop, self.transport, self.connections, self.limits)


def _host_first(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """zttp appends what `:authority` said; its place is at the front (ASGI spec, "HTTP Connection Scope")."""
    if headers and headers[-1][0] == b"host":
        headers.insert(0, headers.pop())
    return headers


def _one_cookie(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Crumbs of a cookie are put together before an application sees them (RFC 9113 section 8.2.3), where the first one
    stood."""
    crumbs = [value for name, value in headers if name == b"cookie"]
    if len(crumbs) < 2:
        return headers
    first = next(index for index, (name, _) in enumerate(headers) if name == b"cookie")
    whole = (b"cookie", b"; ".join(crumbs))
    return [*headers[:first], whole, *(field for field in headers[first + 1 :] if field[0] != b"cookie")]


def _length(headers: list[tuple[bytes, bytes]]) -> int:
    """The announced length of the body, which zttp has checked to be a number and only one; 0 without."""
    return next((int(value) for name, value in headers if name == b"content-length"), 0)

"""HTTP/2 for a server that strangers may reach: one connection with its streams.

The package zttp parses, and refuses malformed requests, more than 128 streams at once, more than 256 reset ones, and
heads over 64 KiB. The bounds kept here are those of `Limits`, the same as over HTTP/1.1.

A connection ends in two steps (RFC 9113, section 6.8), so that no request is lost that its client sent before it could
know. `stage` says how far it is:

    SERVING    requests are answered
    ENDING     it shall end: the first step comes when nothing is owed, when the client asks for more, or in time
    TOLD       the client knows that it should not ask any more; what was on its way is still answered
    LAST       the client knows which request was the last one: what is behind it is not read, what is owed is answered

Many a client gives up what it waits for when it hears of the end (whatever is made with python-h2, so httpx). That is
why the first step waits for a moment at which nothing is owed, as long as such a moment can be waited for.

zttp takes so many requests on a connection and no more, but the connection need not end for it: its parser is renewed
(`renewal`). `renewal` says how far that is:

    FRESH      it is not needed yet
    ASKED      the client shall forget the compression of its requests
    AGREED     it will, with its next request
    WAITING    that request is here, and is read by the new parser as soon as all before it are answered

Where that takes too long, the old parser reads on, and the client is asked again later.
"""

import asyncio
import logging
import secrets
import time
from typing import Any, Final
from urllib.parse import unquote

import hpack
import zttp
from uvicorn._types import HTTPScope
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from . import answers
from .alarms import Alarms
from .answers import Refusal, Refused
from .budget import Budget
from .config import Config
from .connections import connections_of
from .direct import SPEC_VERSION
from .faults import fault, is_tunnel
from .frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PING,
    PREFACE,
    PRIORITY,
    RST_STREAM,
    Fields,
    Frames,
    HeaderBlocks,
    block_start,
    frame,
)
from .limits import DEFAULT_LIMITS, Limits
from .linger import Lingering
from .notes import NOTES_KEY, ConnectionNotes, RequestNotes
from .renewal import BEGINS_ANEW, FULL_MEMORY, NO_MEMORY, renewed
from .request import split_target
from .stream import StreamCycle
from .turns import Turns
from .writes import WriteGuard

logger = logging.getLogger("uvicorn.error")

SERVING, ENDING, TOLD, LAST = range(4)

FRESH, ASKED, AGREED, WAITING = range(4)

IDLE_ALARM, END_ALARM, RENEWAL_ALARM = range(3)

RENEWAL_STREAMS: Final = 2_000
"""Requests that one parser reads before it is to be renewed."""

STREAMS_BETWEEN: Final = 500
"""Requests from one attempt at that to the next."""

MAX_STREAMS: Final = 3_500
"""Requests that one parser reads before the connection ends, because none of the attempts came to anything: zttp would
break it off at 4,096."""

_RENEWAL_WAIT_S: Final = 0.5
"""For so long the answers that the old parser owes are waited for."""

_PATIENCE: Final = 0.4
"""For how much of its grace a server that stops waits for such a moment."""

_ROUND_TRIP_S: Final = 0.5
"""After so long what a client has sent before it heard of the end is here, if its answer to a ping does not say so
before."""

_LAST_POSSIBLE_STREAM: Final = (1 << 31) - 1

_REMEMBERED_RESETS: Final = 100
"""Of how many streams it is remembered that they were reset while their clients were still sending."""

_QUIET_PER_S: Final = 64 << 10
_QUIET_AT_ONCE: Final = 2 << 20
"""Bytes of frames that belong to no request, in the long run and in one go: settings, pings, windows, resets."""

_EXTENDED_CONNECT: Final = b"\x00\x08\x00\x00\x00\x01"
_NO_EXTENDED_CONNECT: Final = b"\x00\x08\x00\x00\x00\x00"
"""zttp's settings announce WebSockets over HTTP/2 (RFC 8441), which nobody here serves: a browser that believed it
would not open the HTTP/1.1 connection on which a WebSocket works."""

_HEEDED: Final = frozenset(int(setting) for setting in zttp.H2Settings)
"""Settings that a parser knows."""

_REMEMBERED_SETTINGS: Final = 100
"""Of how many settings it is remembered what a client sent; it may send 65,536."""

_NOT_IN_A_TARGET: Final = bytes(range(0x21)) + bytes(range(0x7F, 0x100))

_NO_ERROR, _PROTOCOL_ERROR, _REFUSED_STREAM, _CALM = 0x0, 0x1, 0x7, 0xB


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
        self.connections = connections_of(server_state, self.limits)
        self.budget: Budget = getattr(config, "budget", None) or Budget()
        self.turns: Turns = getattr(config, "turns", None) or Turns(self.loop)
        self._writing = asyncio.Lock()
        self._written_bytes = 0
        self._held = b""
        self._is_resting = False
        self._quiet_left = float(_QUIET_AT_ONCE)
        self._counted_at = self.loop.time()
        self._on_refused = getattr(config, "on_refused", None)
        self.conn = zttp.Connection(zttp.SERVER, protocol=zttp.HTTP2)
        self._blocks = HeaderBlocks(self.loop)
        self._frames = Frames(self._blocks, len(PREFACE))
        self.alarms = Alarms(self.loop, 3, self._on_alarm)
        self.cycles: dict[int, StreamCycle] = {}
        self.stage = SERVING
        self.is_closed = False
        self.renewal = FRESH
        self._begun = b""
        self._renews_at = RENEWAL_STREAMS
        self._unacknowledged = 1
        self._streams = self._newest_stream = 0
        self._resets: dict[int, None] = {}
        self._ping = b""

    # Transport callbacks

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self.connections.add(self)
        self.flow = FlowControl(transport)
        self.guard = WriteGuard(self.loop, transport, self.limits.write_timeout)
        self.client = get_remote_addr(transport)
        self.server = get_local_addr(transport)
        self.scheme = "https" if is_ssl(transport) else "http"
        self.notes = ConnectionNotes(transport)
        self._settings: dict[str, int] = {}
        self._numbered_settings: dict[int, int] = {}
        self.notes.http2 = {"settings": self._settings, "frames": self._frames.counts}
        self.conn.initiate_connection()
        transport.write(self.conn.data_to_send().replace(_EXTENDED_CONNECT, _NO_EXTENDED_CONNECT))
        self.alarms.set(IDLE_ALARM, self.connections.head_timeout(self))
        if self.connections.is_overrun(self):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        self._held += data
        if not self._is_resting and self.renewal != WAITING:
            self._read()

    def _read(self) -> None:
        """What is held, frame by frame, for one turn; then everybody else has one."""
        data, self._held, self._begun = self._begun + self._held, b"", b""
        at = 0
        while at < len(data) and not self.is_closed:
            if self.turns.is_over:
                self._held = data[at:]
                break
            if self.renewal == AGREED and self._frames.is_between and self._is_held_back(data, at):
                break
            end = self._frames.end(data, at)
            self._take(data[at:end] if end - at < len(data) else data)
            at = end
        if self.is_closed:
            return
        self.flush()
        for cycle in self.cycles.values():
            cycle.look_at_window()
        if self._held and self.renewal != WAITING:
            self._rest()
        elif not self._may_read():
            self.flow.pause_reading()

    def _rest(self) -> None:
        self._is_resting = True
        self.flow.pause_reading()
        self.turns.wait(self._go_on)

    def _take(self, piece: bytes) -> None:
        """A frame, or a part of one."""
        is_of_request = False
        try:
            self.conn.receive_data(piece)
            while not self.is_closed and (event := self.conn.next_event()) is not zttp.NEED_DATA:
                is_of_request = is_of_request or isinstance(event, zttp.Request | zttp.EndOfMessage)
                is_of_request = is_of_request or (isinstance(event, zttp.Data) and bool(event.data))
                self._on_event(event)
        except zttp.RemoteProtocolError as error:
            self._break_off(str(error))
            return
        frames = self._frames
        if self._unacknowledged and frames.is_acknowledgement and frames.is_between:
            self._unacknowledged -= 1
            if self.renewal == ASKED and not self._unacknowledged:
                self.renewal = AGREED
        if frames.kind == PRIORITY and frames.stream == 0 and frames.newest:  # RFC 9113, section 6.3; zttp lets it pass
            self.conn.close(_PROTOCOL_ERROR)
            self._break_off("HTTP/2 protocol error")
        elif not is_of_request and self._is_quiet() and not self._may_be_quiet(len(piece)):
            self.conn.close(_CALM)
            self._break_off("too many frames that belong to no request or carry nothing of it")

    def _break_off(self, reason: str) -> None:
        """The connection, for what the newest frame was; the last word, with the code of the error, is written."""
        if self.is_closed:
            return
        last_word = self.conn.data_to_send()
        code = zttp.H2ErrorCode(int.from_bytes(last_word[-4:]))
        frames = self._frames
        reason = f"The connection was broken off with {code.name}: {reason}, at {frames.name}."
        self._tell(frames.newest, frames.size, None, reason, time.time_ns())
        self.transport.write(last_word)
        self._linger()

    def _is_quiet(self) -> bool:
        """Whether the newest frame is of no use: an empty one of a body is of none, and others are where no request
        is."""
        frames = self._frames
        return not self.cycles or (frames.kind == DATA and not frames.length)

    def _may_be_quiet(self, size: int) -> bool:
        """Whether the client may send so many more bytes that belong to no request: settings, pings, windows."""
        now = self.loop.time()
        self._quiet_left = min(_QUIET_AT_ONCE, self._quiet_left + (now - self._counted_at) * _QUIET_PER_S) - size
        self._counted_at = now
        return self._quiet_left >= 0

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
        if self.transport.is_closing():  # and we did not close it, or have said so
            self.notes.close("client")
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
        if self.flow.write_paused or self._is_resting or self._held or self.renewal == WAITING:
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
            case zttp.RstStream():
                self._on_reset(event.stream_id, event.error_code)
            case zttp.Ping() if event.ack and self.stage == TOLD and event.data == self._ping:
                self._end_for_good()
            case zttp.Settings():
                self._note_settings(event.params)
            case zttp.GoAway():
                self.notes.close("client")
                self.shutdown()

    def _note_settings(self, params: list[tuple[int, int]]) -> None:
        for number, value in params:
            name = _setting_name(number)
            if name in self._settings or len(self._settings) < _REMEMBERED_SETTINGS:
                self._settings[name] = value
            if number in _HEEDED:
                self._numbered_settings[number] = value

    def _on_request(self, event: zttp.Request) -> None:
        if self.stage == LAST:
            return
        self.alarms.clear(IDLE_ALARM)
        self._streams += 1
        self._newest_stream = event.stream_id
        stream = self.conn.stream(event.stream_id)
        headers = _one_cookie(_host_first(list(event.headers)))
        try:
            scope = self._checked_scope(event, headers)
        except Refusal as refusal:
            self._tell_answered(_fields(event.method, self.scheme.encode(), event.target, headers), refusal)
            self.answer(stream, refusal, body=event.method != b"HEAD", ended=event.end_stream)
            self._on_stream_end()
            return
        notes = RequestNotes(self.notes, stream=event.stream_id)
        scope[NOTES_KEY] = notes  # type: ignore[typeddict-unknown-key]
        expects = any(name == b"expect" and value.lower() == b"100-continue" for name, value in scope["headers"])
        cycle = StreamCycle(self, scope, stream, ended=event.end_stream, awaits_continue=expects)
        cycle.notes = notes
        self.cycles[event.stream_id] = cycle
        cycle.task = self.loop.create_task(cycle.run(self.app))
        self.server_state.tasks.add(cycle.task)
        self.turns.begin_request()
        if self.stage == ENDING or self._streams >= MAX_STREAMS:
            self._begin_end()
        elif self._streams >= self._renews_at:
            self._ask_for_renewal()

    def _on_reset(self, stream: int, code: int) -> None:
        """By the client, or by zttp, which then has written so."""
        data = self.conn.data_to_send()
        reset = frame(RST_STREAM, 0, stream, code.to_bytes(4))
        if not data.endswith(reset):
            self._write(data)
            if stream in self.cycles:
                self.cycles.pop(stream).disconnect()
                self._on_stream_end()
        elif stream in self.cycles:
            self._write(data)
            cycle = self.cycles.pop(stream)
            cycle.refusal = None, _reset_reason(code, "")
            cycle.disconnect()
            self._on_stream_end()
        elif stream in self._resets:  # what was on its way behind our own reset is to be ignored (section 5.1)
            self._write(data.removesuffix(reset))
        else:
            self._write(data.removesuffix(reset))
            self._reject(stream, code, reset)

    def _reject(self, stream: int, code: int, reset: bytes) -> None:
        """A request that zttp refuses: as soon as its fields are known, it is told of, and reset. A CONNECT in the form
        that it has to have gets the answer that it gets over HTTP/1.1."""
        frames = self._frames
        head, size, begun_ns = frames.newest, frames.size, frames.begun_ns
        self._remember_reset(stream)
        if self.stage == LAST:
            return
        if frames.kind not in (HEADERS, CONTINUATION):
            self._write(reset)
            self._tell(head, size, None, _reset_reason(code, f"at {frames.name}"), time.time_ns())
            return

        def tell(fields: Fields | None) -> None:
            if fields is not None and is_tunnel(fields):
                self._write(_no_tunnel(stream))
                self._tell_answered(fields, answers.no_tunnel())
                return
            reason = _reset_reason(code, "" if code == _REFUSED_STREAM or fields is None else fault(fields))
            self._write(reset)
            self._tell(head, size, None, reason, begun_ns, fields)

        self._blocks.tell_newest(tell)
        self._watch_idleness()

    def _remember_reset(self, stream: int) -> None:
        self._resets[stream] = None
        if len(self._resets) > _REMEMBERED_RESETS:
            del self._resets[next(iter(self._resets))]

    def _checked_scope(self, event: zttp.Request, headers: Fields) -> HTTPScope:
        """Raises `Refusal` for a head that the app does not get to see."""
        limits = self.limits
        size = len(event.method) + len(event.target) + sum(len(name) + len(value) + 4 for name, value in headers)
        if size > limits.max_head_bytes or len(headers) > limits.max_head_lines:
            raise answers.head_too_large(limits.max_head_bytes, limits.max_head_lines)
        crowded = self.connections.refusal(self) if self.connections.is_crowded else None
        if crowded is not None:
            if not limits.is_reserved(event.target):
                raise crowded
            self._begin_end()
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
        cycle.refuse(answers.body_too_large(most))

    # Writing

    def flush(self) -> None:
        self._write(self.conn.data_to_send())

    def _write(self, data: bytes) -> None:
        if data and not self.is_closed:
            self.transport.write(data)
            if not self._written_bytes:
                self.loop.call_soon(self._end_turn)
            self._written_bytes += len(data)

    def _end_turn(self) -> None:
        self._written_bytes = 0

    async def until_writable(self) -> None:
        """Return when the client takes what is written. A transport may say only at the end of a turn that it does not,
        so more than it may keep is not written in one. Who has to wait does so in line: of a hundred streams that all
        look again, one would go on."""
        if not self._is_full():
            return
        async with self._writing:
            while self._is_full():
                if self.flow.write_paused:
                    await self.flow.drain()
                else:
                    await asyncio.sleep(0)

    def _is_full(self) -> bool:
        return not self.is_closed and (self.flow.write_paused or self._written_bytes > HIGH_WATER_LIMIT)

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
            self.reset(stream, zttp.H2ErrorCode.NO_ERROR)
        self.flush()

    def reset(self, stream: zttp.Stream, code: zttp.H2ErrorCode) -> None:
        stream.reset(code)
        self._remember_reset(stream.stream_id)
        self.flush()

    # Ending

    def on_cycle_end(self, cycle: StreamCycle) -> None:
        """Called by a cycle when its app has returned."""
        self.server_state.tasks.discard(cycle.task)
        self.server_state.total_requests += 1
        if self.cycles.pop(cycle.stream.stream_id, None) is not None:
            self._on_stream_end()

    def on_answer_end(self) -> None:
        """Called by a cycle before the end of its answer is written: where nothing else is owed, the client hears with
        it that it should not ask any more, and not after it has asked again."""
        if len(self.cycles) == 1 and self.stage == ENDING:
            self._begin_end()

    def _on_stream_end(self) -> None:
        if self.renewal == WAITING and not self.cycles:
            self._renew(self._held)
        self.resume_reading()
        self._watch_idleness()

    def _watch_idleness(self) -> None:
        """Where nothing is owed: a moment to end at, or the beginning of a time after which to end."""
        if self.cycles or self.is_closed:
            return
        if self.stage == LAST:
            self._linger()
        elif self.stage == ENDING:
            self._begin_end()
        elif self.stage == SERVING:
            self.alarms.set(IDLE_ALARM, self.limits.keep_alive_timeout)

    def _on_alarm(self, index: int) -> None:
        if index == RENEWAL_ALARM:
            self._end_renewal()
        elif index == IDLE_ALARM and self._frames.in_block:
            frames, slow = self._frames, answers.head_too_slow(self.limits.head_timeout)
            self._tell(frames.newest, len(frames.newest), None, slow.detail, frames.begun_ns)
            self._end_for_good()
        elif self.stage == TOLD:
            self._end_for_good()
        else:
            self._begin_end()

    def _begin_end(self) -> None:
        """The first step: the client shall not ask any more. Its answer to a ping says that it has heard."""
        if self.stage < TOLD and not self.is_closed:
            self.stage = TOLD
            if self.renewal == WAITING:
                self._end_renewal()
            self._ping = secrets.token_bytes(8)
            self.alarms.clear(IDLE_ALARM)
            owed = self.conn.data_to_send()
            self.conn.close(_NO_ERROR, _LAST_POSSIBLE_STREAM)
            # Before the GOAWAY, for python-h2 takes a ping behind it for an error, and loses what it has just read.
            self._write(owed + frame(PING, 0, 0, self._ping) + self.conn.data_to_send())
            self.alarms.set(END_ALARM, _ROUND_TRIP_S)

    def _end_for_good(self) -> None:
        """The second step: which request was the last one."""
        if self.stage < LAST and not self.is_closed:
            self.stage = LAST
            self.alarms.stop()
            self.conn.close()
            self.flush()
            self._watch_idleness()

    def shutdown(self) -> None:
        """Called by the server when it stops. A client that says goodbye will hardly ask any more, though it may."""
        if self.stage == SERVING:
            self.stage = ENDING
            self.alarms.set(END_ALARM, self.config.grace_s * _PATIENCE)
            self._watch_idleness()

    # Renewing the parser

    def _ask_for_renewal(self) -> None:
        self._renews_at = self._streams + STREAMS_BETWEEN
        if self.renewal == FRESH:
            self.renewal = ASKED
            self._set(NO_MEMORY)

    def _set(self, settings: bytes) -> None:
        self._unacknowledged += 1
        self.flush()
        self._write(settings)

    def _is_held_back(self, data: bytes, at: int) -> bool:
        """Whether the frame at `at` is not for the old parser, or nobody knows yet. A client that has not forgotten
        what it was asked to forget can only be read by the old one, and so can what is malformed."""
        if len(data) > at + 3 and data[at + 3] != HEADERS:
            return False
        rest = data[at:]
        if len(rest) < 9 + int.from_bytes(rest[:3]):
            self._begun = rest
            return True
        stream = int.from_bytes(rest[5:9]) & _LAST_POSSIBLE_STREAM
        if stream <= self._newest_stream or stream % 2 == 0:  # trailers, or what no client may open
            return False
        if block_start(rest) != BEGINS_ANEW:
            self._end_renewal()
        elif self.cycles:
            self.renewal = WAITING
            self._held = rest
            self.alarms.set(RENEWAL_ALARM, _RENEWAL_WAIT_S)
            return True
        else:
            self._renew(rest)
        return False

    def _renew(self, data: bytes) -> None:
        """`data` begins with the request that the new parser is to read first."""
        self.flush()
        self.conn, credit = renewed(
            self.conn, self._numbered_settings, (int.from_bytes(data[5:9]) & _LAST_POSSIBLE_STREAM) - 2
        )
        self._write(credit)
        self._streams, self._renews_at = 0, RENEWAL_STREAMS
        self._end_renewal()

    def _end_renewal(self) -> None:
        """Whatever has become of it. What was held back is read in a turn of its own."""
        has_waited = self.renewal == WAITING
        self.renewal = FRESH
        self.alarms.clear(RENEWAL_ALARM)
        self._set(FULL_MEMORY)
        if has_waited:
            self._rest()

    # What is turned away, for whoever keeps a record of it

    def tell_refused(self, scope: HTTPScope, refusal: Refusal) -> None:
        """A request that was answered in place of the app, before it had begun."""
        path = scope["raw_path"].removeprefix(scope["root_path"].encode("ascii"))
        target = path + b"?" + scope["query_string"] if scope["query_string"] else path
        fields = _fields(scope["method"].encode(), scope["scheme"].encode(), target, list(scope["headers"]))
        self._tell_answered(fields, refusal)

    def _tell_answered(self, fields: Fields, refusal: Refusal) -> None:
        frames = self._frames
        self._tell(frames.newest, frames.size, refusal.status, refusal.detail, frames.begun_ns, fields)

    def _tell(
        self, head: bytes, size: int, status: int | None, reason: str, begun_ns: int, fields: Fields | None = None
    ) -> None:
        if self._on_refused is not None:
            notes = RequestNotes(self.notes)
            self._on_refused(
                Refused(self.client, self.server, self.scheme, "2", head, size, status, reason, begun_ns, fields, notes)
            )

    def _linger(self) -> None:
        """Nothing more is said."""
        self.notes.close("server")
        self.connection_lost(None)
        Lingering(self.loop, self.transport, self.connections, self.limits)


def _setting_name(number: int) -> str:
    """The name of a setting (RFC 9113, section 6.5.2), and the number of one that is not known."""
    try:
        return zttp.H2Settings(number).name
    except ValueError:
        return f"unknown ({number})"


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


def _fields(method: bytes, scheme: bytes, target: bytes, headers: Fields) -> Fields:
    """With the pseudo-headers, as a client sends them; zttp has made a `Host` of the authority."""
    pseudo = [(b":method", method), (b":scheme", scheme), (b":path", target)]
    if headers and headers[0][0] == b"host":
        pseudo.insert(2, (b":authority", headers[0][1]))
        headers = headers[1:]
    return pseudo + headers


def _reset_reason(code: int, reason: str) -> str:
    """`reason`: what is wrong with the request, where that is known."""
    if code == _REFUSED_STREAM:
        reason = "more streams at once than the server takes"
    return f"The stream was reset with {zttp.H2ErrorCode(code).name}: {reason or 'the request is malformed'}."


def _no_tunnel(stream: int) -> bytes:
    """The answer to a CONNECT, and the end of its stream, as frames: for zttp the stream is gone. Without a body, which
    would need room in windows that only zttp knows."""
    refusal = answers.no_tunnel()
    fields = [(b":status", b"%d" % refusal.status), *refusal.headers, (b"content-length", b"0")]
    # Never indexed, so that it changes nothing of what zttp and the client remember of earlier fields.
    block = hpack.Encoder().encode([hpack.NeverIndexedHeaderTuple(*field) for field in fields], huffman=False)
    end = frame(RST_STREAM, 0, stream, _NO_ERROR.to_bytes(4))
    return frame(HEADERS, END_STREAM | END_HEADERS, stream, block) + end

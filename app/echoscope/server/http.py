"""HTTP/1.1 and 1.0 for a server that strangers may reach.

A connection is a reader and a writer that share a transport. What the reader is at (`stage`) says whose the next byte
is:

    IDLE    nobody's yet         its first byte that ends no line begins a HEAD
    HEAD    a request's head     ends in BODY, in IDLE where no body is announced, or as a WebSocket
    BODY    the newest request's body     ends in IDLE
    DEAF    nobody's any more    a request was refused, or the connection is ending

The writer answers requests in their order. It is free, or it runs one cycle, with others queued behind; a refusal
stands behind them all. The reader is paused while a request is queued and while a body lies unread.

Five rules hold everywhere:

1. A head is given to the parser alone, up to its empty line, and so is a body of known length. So the bytes of a
   request are known, and a request never waits for what follows it. (Behind chunks the parser alone knows where the
   next request begins: its head is answered, and its bytes are not told.)
2. A request that is plain (`direct`) is answered by a call. Every other one gets a cycle and its app a task. Where the
   call says that its answer comes later, that stands in the place of a cycle.
3. Every wait has a deadline, every buffer a bound, and an answer to a broken request never lands inside another's.
4. A client that has closed its sending side may still read (RFC 9112, section 9.6): it gets its answer, and is gone
   when that cannot be delivered.
5. What one connection sends is read in turns (`turns`), so that everybody else has theirs.

Trailers stay out of the scope. A body after an `Upgrade` that is not acted on arrives. A method that the parser does
not know is read under the name of another. Of a request target the fragment is dropped; its authority replaces `Host`.
"""

import asyncio
import socket
import struct
import sys
import time
from collections import deque
from typing import Any, Final

import httptools
from uvicorn.config import Config
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from . import answers
from .alarms import Alarms, Countdown
from .answers import REFUSED_HEAD_BYTES, Refusal, Refused
from .budget import Budget
from .connections import connections_of
from .cycle import Cycle
from .direct import CLOSE_DELIMITED, HEAD_KEY, MAX_BYTES, Block, Connection, DirectApp, DirectRequest, Pattern
from .flow import HIGH_WATER_BYTES, Flow
from .head import AS_GIVEN
from .limits import DEFAULT_LIMITS, Limits
from .linger import Lingering
from .notes import NOTES_KEY, ConnectionNotes, RequestNotes
from .outbox import MOST_UNSENT_BYTES, Outbox
from .request import (
    UNKNOWN_METHOD,
    Announced,
    announced,
    begins_method,
    is_plain_target,
    request_line,
    split_target,
    unknown_method,
    wants_websocket,
    with_known_version,
)
from .turns import Turns
from .writes import WriteGuard

if sys.platform != "win32":
    import fcntl
    import termios

IDLE, HEAD, BODY, DEAF = range(4)

HEAD_ALARM, BODY_ALARM, HALF_CLOSED_ALARM = range(3)

_UNDER_WAY_S: Final = 0.05
"""How long a server that stops still listens to an idle connection. What a client sent before it could know of the
stop is in the socket by then; closed over, it would be lost without an answer."""

_DELIVERY_S: Final = 1.0
"""How long a client that has closed its sending side may take to acknowledge its answer."""

_FIRST_LOOK_S: Final = 0.002
"""When it is first looked whether it has: on the same machine it does so in less. The pauses double, so that ten looks
are all there are."""

_PLAIN_METHODS: Final = {
    method.encode(): method for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
}


class Pending:
    """A head that the parser has taken, until it is known who answers."""

    __slots__ = ("headers", "is_kept", "line", "method", "path", "query", "raw", "version", "wants")

    def __init__(
        self,
        method: str,
        version: str,
        path: bytes,
        query: bytes,
        headers: list[tuple[bytes, bytes]],
        wants: Announced,
        raw: bytes | None,
        line: bytes | None,
        *,
        is_kept: bool,
    ) -> None:
        self.method = method
        self.version = version
        self.path = path
        self.query = query
        self.headers = headers
        self.wants = wants
        self.raw = raw
        self.line = line
        self.is_kept = is_kept


class _Held:
    """What runs while the answer to a plain request is to come later: requests behind it wait for it."""

    keep_alive: Final = True

    def send_head(self) -> None: ...

    def disconnect(self) -> None: ...


_HELD: Final = _Held()


_NO_REQUEST: Final = (b"", None)
"""Stands for the bytes of a request and the request itself, where there was none."""

_MAX_KNOWN_BYTES: Final = 4 << 10
"""How long a request may be that is remembered as its bytes, while its connection waits for the next one."""


class HttpProtocol(asyncio.Protocol):
    """One connection. Its bounds are `config.limits`, where the config is one of ours."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.config = config
        self.app = config.loaded_app
        self.app_state = app_state
        self.loop = _loop or asyncio.get_running_loop()
        self.server_state = server_state
        self.tasks: set[asyncio.Task[None]] = server_state.tasks
        self.limits: Limits = getattr(config, "limits", DEFAULT_LIMITS)
        self.connections = connections_of(server_state, self.limits)
        self.names = getattr(config, "names", AS_GIVEN)
        self.budget: Budget = getattr(config, "budget", None) or Budget()
        self.outbox: Outbox = getattr(config, "outbox", None) or Outbox(self.loop)
        self.turns: Turns = getattr(config, "turns", None) or Turns(self.loop)
        self._direct: DirectApp | None = getattr(config, "direct", None)
        self._on_refused = getattr(config, "on_refused", None)
        self.alarms = Alarms(self.loop, 3, self._on_alarm)
        self.stage = IDLE
        self.is_stopping = False
        self.is_half_closed = False
        # The reader
        self.newest: Cycle | None = None
        self.held: bytes | None = None
        self._pending: Pending | None = None
        self._block: Block | None = None
        self._latest: tuple[bytes, DirectRequest | None] = _NO_REQUEST
        self._early: list[bytes] = []
        self._is_whole = False
        self._is_upgrade = False
        self._head = b""
        self._is_head_known = True
        self._begun_ns = 0
        self._is_undecided = False
        self._is_behind = self._reads_held = False
        self._method: str | None = None
        self._target = b""
        self._fields: list[tuple[bytes, bytes]] = []
        self._restored: Pending | None = None
        self._body_left = 0
        self._body_countdown = Countdown(0)
        self._heard_bytes = 0
        self._quiet_bytes = 0
        # The writer
        self.running: Cycle | _Held | None = None
        self.queued: deque[Cycle] = deque()
        self.refusal: Refusal | None = None
        self._unsent = b""
        self._unsent_bytes = 0
        self.parser: Any = None
        self._begin_parsing()

    # Transport callbacks

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self.connections.add(self)
        self.flow = Flow(transport)
        self.guard = WriteGuard(self.loop, transport, self.limits.write_timeout)
        self.connection = Connection(
            get_remote_addr(transport),
            get_local_addr(transport),
            "https" if is_ssl(transport) else "http",
            self.config.root_path,
            self.config.asgi_version,
            self.app_state,
            self.server_state,
            self.names,
            ConnectionNotes(transport),
        )
        self.connection.send_later = self._send_held
        self.alarms.set(HEAD_ALARM, self.connections.head_timeout(self))
        if self.connections.is_overrun(self):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.stage == DEAF:
            return
        if self.held is None:
            self._read(data)
        else:
            self.held += data

    def eof_received(self) -> bool:
        """Whether the transport stays open: as long as there is something to say, where the client can hear it."""
        self.is_half_closed = True
        self.connection.notes.close("client")
        broken = self.newest if self.stage == BODY else None  # its request will never be whole
        if broken is not None and broken in self.queued:
            broken.disconnect()
            self.queued.remove(broken)
        if self.running is None or self.running is broken or self.connection.scheme == "https":
            self.flush()  # an answer of this turn is still here, and the transport closes behind what it was given
            return False
        self.alarms.set(HALF_CLOSED_ALARM, self.limits.half_closed_s)
        return True

    def pause_writing(self) -> None:
        """The client does not take what is written: it counts, even where there is no room for it."""
        self.flow.pause_writing()
        self.guard.start()
        if not self._unsent_bytes:
            self._unsent_bytes = self.transport.get_write_buffer_size()
            self.budget.used += self._unsent_bytes

    def resume_writing(self) -> None:
        self._give_back()
        self.flow.resume_writing()
        if not self.transport.is_closing():
            self.guard.stop()

    def _give_back(self) -> None:
        self.budget.give_back(self._unsent_bytes)
        self._unsent_bytes = 0

    def connection_lost(self, exc: Exception | None) -> None:
        """Also called by ourselves, when the transport goes to another protocol: lets go of everything."""
        self.connections.discard(self)
        if self.transport.is_closing():  # and we did not close it, or have said so
            self.connection.notes.close("client")
        self.alarms.stop()
        self.guard.stop()
        self.stage = DEAF
        self.held = None
        self._unsent = b""
        self._give_back()
        self.queued.clear()
        if self.running is not None:
            self.running.disconnect()
            self.running = None
        self.flow.resume_writing()
        # They hold on to this object; without them it goes at once, and not when garbage is collected.
        self.newest = None
        self.parser = None
        self.connection.let_go()

    # Reading: what a read brought, request by request

    def _read(self, data: bytes) -> None:
        block = self._block
        is_next = self.stage == IDLE and self.running is None and not self._reads_held
        if block is not None and is_next and self._read_known(data, block):
            return
        at = 0
        while at < len(data) and self.stage != DEAF:
            if self.flow.read_paused:
                self.held = data[at:]
            elif at and self.turns.is_over:
                self.held = data[at:]
                self.flow.pause_reading()
                self.turns.wait(self.resume_reading)
            else:
                at = self._read_body(data, at) if self.stage == BODY else self._read_head(data, at)
                continue
            return

    def _read_held(self) -> None:
        if self.held is not None and not self.flow.read_paused:
            held, self.held = self.held, None
            self._reads_held = True  # it came before the answer to what was before it
            self._read(held)
            self._reads_held = False

    def resume_reading(self) -> None:
        if self.flow.read_paused and not self.queued:
            self.flow.resume_reading()
            if self.stage == HEAD:
                self.alarms.set(HEAD_ALARM, self.limits.head_timeout)
            self._read_held()

    def _read_known(self, data: bytes, block: Block) -> bool:
        """Answer a request that repeats the one before, byte by byte, or its header lines. False for any other."""
        latest, request = self._latest
        is_new = latest != data
        if is_new:
            request = self._similar_request(data, block)
        if request is None or self.flow.write_paused or self.is_stopping or not self._has_room():
            return False
        if not self._answer_directly(request):
            return False
        if is_new:
            self._block = request.block
            self._latest = (data, request) if len(data) <= _MAX_KNOWN_BYTES else _NO_REQUEST
        return True

    def _similar_request(self, data: bytes, block: Block) -> DirectRequest | None:
        """The request in `data`, where nothing but its request line, its body and some header values is new. None for
        any other.

        `block`: the header lines of the request before, which the parser has accepted. The values that may differ are
        those that differed between it and the one before it.
        """
        raw = block.raw
        end = data.find(b"\r\n")
        start = end + 2
        if len(data) != start + len(raw) + block.length or not data.startswith(raw, start):
            variant = block.pattern.match(data, start) if block.pattern else None
            if variant is None:
                return None
            block = variant
        head_bytes = start + len(block.raw)
        if head_bytes > MAX_BYTES or head_bytes > self.limits.max_head_bytes:
            return None
        words = data[:end].split(b" ")
        if len(words) != 3 or words[2] != b"HTTP/1.1" or not is_plain_target(words[1]):
            return None
        method = _PLAIN_METHODS.get(words[0])
        if method is None:
            return None
        path, _, query = words[1].partition(b"?")
        body = data[len(data) - block.length :] if block.length else b""
        return DirectRequest(self.connection, data[:end], method, path, query, block, body)

    def _read_head(self, data: bytes, at: int) -> int:
        """Feed what of `data` belongs to the head; where it is whole, hand the request on. Gives where it ends."""
        limits = self.limits
        if self.stage == IDLE:
            if data[at] in b"\r\n":  # RFC 9112 section 2.2
                at = len(data) - len(data[at:].lstrip(b"\r\n"))
            if at == len(data):
                return at
            self._begin_head()
            self._is_behind = at > 0 or self._reads_held
        head, length = self._head, len(self._head)
        end = data.find(b"\r\n\r\n", at)
        stop = len(data) if end < 0 else end + 4
        if length:  # the empty line may have begun in an earlier read
            seam = head[-3:] + data[at : at + 3]
            end = seam.find(b"\r\n\r\n")
            if end >= 0:
                stop = at + end + 4 - len(head[-3:])
        if length + stop - at > limits.max_head_bytes:
            self._head += data[at : at + REFUSED_HEAD_BYTES]
            self.refuse(answers.head_too_large(limits.max_head_bytes, limits.max_head_lines))
            return len(data)
        piece = data[at:stop] if at or stop < len(data) else data
        self._head = head + piece if length else piece
        if self._is_undecided:
            self._is_undecided, piece = False, self._head
        if not self._parse(piece):
            if self._is_undecided:
                self._watch_head(is_new=not length)
            return len(data)
        if self._is_upgrade:
            self._after_upgrade(data[stop:])
            return len(data)
        if self._pending is not None:
            return self._on_head(data, stop)
        if self.stage == HEAD:
            self._watch_head(is_new=not length)
        return stop

    def _begin_head(self) -> None:
        self.stage = HEAD
        self._head = b""
        self._is_head_known = True
        self._begun_ns = time.time_ns()
        self._is_undecided = False
        self._method = None
        self._restored = None

    def _watch_head(self, *, is_new: bool) -> None:
        limits = self.limits
        if len(self._fields) > limits.max_head_lines:
            self.refuse(answers.head_too_large(limits.max_head_bytes, limits.max_head_lines))
        elif self.flow.read_paused:
            self.alarms.clear(HEAD_ALARM)
        elif self.connection.notes.requests and is_new:
            self.alarms.set(HEAD_ALARM, limits.head_timeout)

    def _on_head(self, data: bytes, at: int) -> int:
        """Of the request whose head is parsed, take the body that is here, and answer it or begin its cycle."""
        pending = self._pending
        assert pending is not None
        wants = pending.wants
        if wants.length and self.stage == BODY:
            self._body_left = wants.length
            if len(data) - at >= wants.length and wants.length <= MAX_BYTES:
                piece = data[at : at + wants.length]
                at += wants.length
                if not self._parse(piece):
                    return len(data)
                if self._pending is None:  # begun with its body, since it began behind chunks
                    return at
        raw, line = pending.raw, pending.line
        if self._is_whole and raw is not None and line is not None and self._may_answer_directly(pending, line):
            block = Block(raw[len(line) + 2 :], pending.headers, wants.values, wants.length)
            body = b"".join(self._early) if self._early else b""
            request = DirectRequest(self.connection, line, pending.method, pending.path, pending.query, block, body)
            if self._is_behind:
                self.connection.notes.pipeline(self.connection.notes.requests + 1)
            if self._answer_directly(request):
                if self._block is not None:
                    block.pattern = Pattern.between(self._block, block)
                self._block = block
                self._forget_pending()
                return at
        self._begin_pending()
        if self.stage == BODY:
            self._watch_body(0, is_the_same=False)
        return at

    def _may_answer_directly(self, pending: Pending, line: bytes) -> bool:
        """Whether a request that is whole is plain. `line`: as it came, with nothing in it but what the parser took."""
        return (
            self._direct is not None
            and pending.is_kept
            and pending.wants.is_plain
            and self.running is None
            and self._method is None
            and self._restored is None
            and not self.flow.write_paused
            and len(line) == len(pending.method) + len(self._target) + len("  HTTP/1.1")
            and len(self._head) <= MAX_BYTES
            and is_plain_target(self._target)
        )

    def _answer_directly(self, request: DirectRequest) -> bool:
        assert self._direct is not None
        answer = self._direct(request)
        if answer is None:
            return False
        self.connection.notes.requests += 1
        if self._unsent:
            self.flush()
        if isinstance(answer, bytes):
            self.server_state.total_requests += 1
            self.alarms.set(HEAD_ALARM, self.limits.keep_alive_timeout)
            self.transport.write(answer)
        else:
            self.running = _HELD
        return True

    def _send_held(self, answer: bytes) -> None:
        """The answer that was to come later; of a connection that is lost, nobody waits for it."""
        if self.running is not _HELD or self.transport.is_closing():
            return
        self.transport.write(answer)
        self.server_state.total_requests += 1
        self.running = None
        if self.stage == IDLE and self.held is None and not self.queued and not self.is_half_closed:
            self._watch_idle()
        else:  # something came meanwhile
            self._go_on(_HELD)

    def _forget_pending(self) -> None:
        self._pending = None
        self._early = []
        self._is_whole = False

    def _begin_pending(self) -> None:
        """The cycle of a request that is not answered by a call."""
        pending, early, is_whole = self._pending, self._early, self._is_whole
        assert pending is not None
        self._forget_pending()
        scope = self.connection.scope(pending.method, pending.version, pending.path, pending.query, pending.headers)
        if pending.raw is not None:
            scope[HEAD_KEY] = pending.raw  # type: ignore[typeddict-unknown-key]
        notes = RequestNotes(self.connection.notes, is_framed=pending.wants.is_chunked)
        scope[NOTES_KEY] = notes  # type: ignore[typeddict-unknown-key]
        if self.running is not None or self._is_behind:
            self.connection.notes.pipeline(notes.number)
        if pending.version == "1.0":
            scope["extensions"] = {CLOSE_DELIMITED: {}}
        cycle = Cycle(self, scope, pending.is_kept)
        cycle.notes = notes
        cycle.awaits_continue = pending.wants.awaits_continue and pending.version == "1.1"
        self.newest = cycle
        self.alarms.clear(HEAD_ALARM)
        for piece in early:
            cycle.received_bytes += len(piece)
            cycle.add_body(piece)
        cycle.ended = is_whole
        self._begin(cycle)

    def _read_body(self, data: bytes, at: int) -> int:
        """Feed what of `data` belongs to the body, as far as that is known before it is parsed."""
        cycle = self.newest
        stop = len(data)
        if self._body_left:
            stop = min(stop, at + self._body_left)
            self._body_left -= stop - at
        piece = data[at:stop] if at or stop < len(data) else data
        if cycle is not None and cycle.notes is not None:
            cycle.notes.add_framed(piece)
        self._parse(piece)
        if self._is_upgrade:  # behind chunks, where the parser has stopped
            self.refuse(Refusal(400, "An upgrade must wait for the answers to earlier requests."))
        if self._pending is not None:  # chunks ended, and another head behind them
            self._begin_pending()
        if self.stage == BODY:
            self._watch_body(len(piece), is_the_same=cycle is self.newest)
        elif self.stage == HEAD:  # they ended, and another head has begun
            self._watch_head(is_new=True)
        return stop

    # Parsing

    def _begin_parsing(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def _parse(self, data: bytes) -> bool:
        """Whether there is more to read: False where the request was refused, or waits for more of its method."""
        reason: str
        try:
            self.parser.feed_data(data)
            return True
        except httptools.HttpParserUpgrade:
            return True
        except httptools.HttpParserCallbackError as error:
            if not isinstance(error.__context__, Refusal):
                raise
            self.refuse(error.__context__)
            return False
        except httptools.HttpParserError as error:
            reason = str(error)
        # Not inside the `except`: what the parser raises next needs its `__context__` for itself.
        return self._parse_otherwise(reason)

    def _parse_otherwise(self, reason: str) -> bool:
        """A head that the parser does not know is read once more: under a method, and in a version, that it does."""
        head = self._head
        if self.stage == HEAD and self._is_head_known and self._method is None:
            method = unknown_method(head) if reason in UNKNOWN_METHOD else None
            if method is not None:
                self._method = method
                self._begin_parsing()
                return self._parse(b"POST" + head[len(method) :])
            if reason in UNKNOWN_METHOD and begins_method(head):
                self._begin_parsing()
                self._is_undecided = True
                return False
            known = with_known_version(head)
            if known is not None:
                self._method = known[: known.index(b" ")].decode("ascii")
                self._begin_parsing()
                return self._parse(known)
        self.refuse(answers.malformed(reason))
        return False

    # Parser callbacks. A `Refusal` raised in one stops the parser.

    def on_message_begin(self) -> None:
        if self._pending is not None:
            self._begin_pending()
        if self.stage != HEAD:  # behind chunks: where its bytes begin, only the parser knows
            self._begin_head()
            self._is_head_known = False
        self._target = b""
        self._fields = []

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        limits, fields, restored = self.limits, self._fields, self._restored
        method = self._method or self.parser.get_method().decode("ascii")
        if restored is not None:  # the second time, without the upgrade
            self._fields = []
            self._pending = restored
            self.stage = BODY
            return
        self._is_head_known = self._is_head_known and self._head.endswith(b"\r\n\r\n")
        raw = self._head if self._is_head_known else None
        # Of a head that began behind chunks, not all bytes were counted as they came.
        is_long = (
            raw is None
            and len(self._target) + sum(len(b": \r\n".join(pair)) for pair in fields) > limits.max_head_bytes
        )
        if is_long or len(fields) > limits.max_head_lines:
            raise answers.head_too_large(limits.max_head_bytes, limits.max_head_lines)
        crowded = None if self._has_room() else self.connections.refusal(self)
        if crowded is not None and not limits.is_reserved(self._target):
            raise crowded
        if raw is None or raw.find(b" \r\n") >= 0 or (9 in raw and b"\t\r\n" in raw):
            fields = [(name, value.rstrip(b" \t")) for name, value in fields]
        line = None if raw is None else raw[: raw.index(b"\r\n")]
        version = _VERSIONS.get(line[-4:], "") if line is not None else ""
        version = version or self.parser.get_http_version()
        most = (
            limits.body_bytes(self._target.partition(b"?")[0]) if limits.body_bytes_of_paths else limits.max_body_bytes
        )
        wants = announced(fields, version, line, most)
        path, query, authority = split_target(method, self._target)
        if authority is not None:
            wants.values[b"host"] = authority
            fields = [(name, authority if name == b"host" else value) for name, value in fields]
        keep_alive = version == "1.1" and not self.is_stopping and self.parser.should_keep_alive() and crowded is None
        self._fields = []  # what comes now are trailers, and not the scope's
        self._pending = Pending(method, version, path, query, fields, wants, raw, line, is_kept=keep_alive)
        self._is_upgrade = self.parser.should_upgrade()
        self.stage = BODY

    def _has_room(self) -> bool:
        return not self.connections.is_crowded or self.connections.has_room(self)

    def on_body(self, body: bytes) -> None:
        if self._pending is not None:
            if self._is_head_known:
                self._early.append(body)
                return
            self._begin_pending()
        cycle = self.newest
        assert cycle is not None
        cycle.received_bytes += len(body)
        most = self.limits.body_bytes(cycle.scope["raw_path"])
        if cycle.received_bytes > most:
            raise answers.body_too_large(most)
        if not cycle.response_complete:
            cycle.add_body(body)
            if cycle.unread_bytes > HIGH_WATER_BYTES:
                self.flow.pause_reading()

    def on_message_complete(self) -> None:
        if self._is_upgrade:
            return
        if len(self._fields) > self.limits.max_head_lines:
            raise answers.head_too_large(self.limits.max_head_bytes, self.limits.max_head_lines)
        self.stage = IDLE
        if self._pending is not None:
            self._is_whole = True
            return
        self.alarms.clear(BODY_ALARM)
        cycle = self.newest
        if cycle is not None:
            cycle.end_body()
            if cycle.response_complete:
                self.alarms.set(HEAD_ALARM, self.limits.keep_alive_timeout)

    # The body's time

    def _watch_body(self, length: int, *, is_the_same: bool) -> None:
        """Chunk extensions and trailers are no body; they may have what a head may have."""
        cycle, limits = self.newest, self.limits
        assert cycle is not None
        if not is_the_same:
            self._body_countdown = Countdown(limits.body_total_timeout)
            self._quiet_bytes = 0
        elif cycle.received_bytes != self._heard_bytes:
            self._quiet_bytes = 0
        else:
            self._quiet_bytes += length
        self._heard_bytes = cycle.received_bytes
        if self._quiet_bytes > limits.max_head_bytes or len(self._fields) > limits.max_head_lines:
            self.refuse(answers.head_too_large(limits.max_head_bytes, limits.max_head_lines))
        else:
            self._time_body(cycle)

    def _time_body(self, cycle: Cycle) -> None:
        """Only while somebody waits for the body: the app, or the next request on this connection."""
        is_wanted = (cycle.is_waiting or cycle.response_complete) and not self.flow.read_paused
        left_s = self._body_countdown.run(is_wanted, self.loop.time())
        if is_wanted:
            self.alarms.set(BODY_ALARM, min(self.limits.body_idle_timeout, left_s))
        else:
            self.alarms.clear(BODY_ALARM)

    def read_body(self) -> None:
        """Called by the newest cycle when its app waits for more; more may be there when this returns."""
        self.resume_reading()
        if self.newest is not None and self.stage == BODY:
            self._time_body(self.newest)

    # Upgrades: the parser stops after a head that asks for one, wanted or not

    def _after_upgrade(self, rest: bytes) -> None:
        self._is_upgrade = False
        pending = self._pending
        assert pending is not None
        try:
            is_wanted = wants_websocket(pending.headers, pending.method, pending.version)
        except Refusal as refusal:
            self._forget_pending()
            self.stage = HEAD
            self.refuse(refusal)
            return
        if is_wanted and self.config.ws_protocol_class is not None:
            self._become_websocket(pending, rest)
            return
        # The same request without the `Upgrade`, so that its body is read, and what follows it.
        self._pending = None
        self._restored = pending
        lines = [b"%b: %b\r\n" % field for field in pending.headers if field[0] in _FRAMING]
        if not self.parser.should_keep_alive():
            lines.append(b"connection: close\r\n")
        self._begin_parsing()
        self.stage = HEAD
        # As a POST, for the parser may not know the method.
        if self._parse(request_line("POST", self._target, pending.version) + b"".join(lines) + b"\r\n"):
            at = self._on_head(rest, 0)
            if at < len(rest) and self.stage != DEAF:
                self._read(rest[at:])

    def _become_websocket(self, pending: Pending, early: bytes) -> None:
        """`early`: bytes that came behind the handshake, too soon, but came."""
        if self.running is not None:
            self._forget_pending()
            self.stage = HEAD
            self.refuse(Refusal(400, "A WebSocket handshake must wait for the answers to earlier requests."))
            return
        path, query = pending.path, pending.query
        origin_form = path + b"?" + query if query else path
        lines = b"".join(b"%b: %b\r\n" % header for header in pending.headers)
        protocol: Any = self.config.ws_protocol_class(  # type: ignore[misc, call-arg]
            config=self.config, server_state=self.server_state, app_state=self.app_state
        )
        protocol.head, protocol.begun_ns = pending.raw, self._begun_ns
        protocol.notes = RequestNotes(self.connection.notes)
        self.flush()
        self.connection_lost(None)
        protocol.connection_made(self.transport)
        self.transport.set_protocol(protocol)
        protocol.data_received(request_line(pending.method, origin_form, "1.1") + lines + b"\r\n")
        if early:
            self.transport.get_protocol().data_received(early)  # type: ignore[attr-defined]

    # Answering

    def _begin(self, cycle: Cycle) -> None:
        if self.running is None:
            self._run(cycle)
        else:
            self.flow.pause_reading()
            self.queued.append(cycle)

    def _run(self, cycle: Cycle) -> None:
        self.running = cycle
        # With a name: without one each task is given its own, which takes a sixth of the time to make it.
        cycle.task = asyncio.Task(cycle.run(self.app), loop=self.loop, name="request")
        self.tasks.add(cycle.task)

    def on_response_complete(self) -> None:
        """Called by the running cycle with its last byte."""
        self.server_state.total_requests += 1
        cycle = self.running
        if cycle is None or self.transport.is_closing():
            return
        if not cycle.keep_alive:
            self.hang_up()
            return
        self.running = None
        self._go_on(cycle)

    def _watch_idle(self) -> None:
        """Wait for the next request, which has all its time from now on."""
        self.alarms.set(HEAD_ALARM, _UNDER_WAY_S if self.is_stopping else self.limits.keep_alive_timeout)

    def _go_on(self, cycle: Cycle | _Held) -> None:
        """Do what was to wait until this one was answered."""
        if self.queued:
            self._run(self.queued.popleft())
        elif self.refusal is not None:
            self._answer(self.refusal)
            return
        elif self.is_half_closed and self.held is None:
            self.hang_up()
            return
        elif self.stage == BODY and isinstance(cycle, Cycle):
            self._time_body(cycle)
        elif self.stage == IDLE:
            self._watch_idle()
        elif self.stage == HEAD and cycle is _HELD:
            self.alarms.set(HEAD_ALARM, _UNDER_WAY_S if self.is_stopping else self.limits.head_timeout)
        if self.flow.read_paused and not self.queued and self.refusal is None:
            self.resume_reading()

    def refuse(self, refusal: Refusal) -> None:
        """Read no more, answer this when its turn comes, and close."""
        self.alarms.clear(HEAD_ALARM)
        self.alarms.clear(BODY_ALARM)
        self._tell_refused(refusal)
        self.held = None
        if self._pending is not None:  # refused with its body, before it had a cycle
            self._forget_pending()
            broken = None
        else:
            broken = self.newest if self.stage == BODY else None
        self.stage = DEAF
        if broken is not None:
            broken.refusal = refusal.status, refusal.detail
            broken.disconnect()
            if broken in self.queued:
                self.queued.remove(broken)
        if self.running is not None and self.running is not broken:
            self.refusal = refusal
        elif broken is not None and broken.is_on_the_wire():
            self.hang_up()
        else:
            self._answer(refusal)

    def _tell_refused(self, refusal: Refusal) -> None:
        """Whoever keeps a record of it. A request that an app has begun on is that app's to tell of."""
        has_cycle = self.stage == BODY and self._pending is None
        if self._on_refused is None or has_cycle or (self.stage == IDLE and not self._head):
            return
        connection, head = self.connection, self._head
        version = self._pending.version if self._pending else ""
        self._on_refused(
            Refused(
                connection.client,
                connection.server,
                connection.scheme,
                version,
                head[:REFUSED_HEAD_BYTES],
                len(head),
                refusal.status,
                refusal.detail,
                self._begun_ns,
                notes=RequestNotes(connection.notes),
            )
        )

    def write(self, data: bytes) -> None:
        """Send it with what else there is to send in this turn of the loop."""
        if len(data) > MOST_UNSENT_BYTES:  # not copied once more
            self.flush()
            if not self.transport.is_closing():
                self.transport.write(data)
            return
        self._unsent += data
        if len(self._unsent) > MOST_UNSENT_BYTES:
            self.flush()
        else:
            self.outbox.add(self)

    def flush(self) -> None:
        """Send it now."""
        if self.running is not None:
            self.running.send_head()
        if self._unsent and not self.transport.is_closing():
            self.transport.write(self._unsent)
        self._unsent = b""

    def _answer(self, refusal: Refusal) -> None:
        is_head = self._head.startswith(b"HEAD ") if self._is_head_known else self.parser.get_method() == b"HEAD"
        self.write(refusal.answer(body=not is_head))
        self._linger()

    async def delivered(self) -> bool:
        """Whether a client that has closed its sending side has taken what was written.

        One that has closed altogether answers the first bytes with a reset. What the kernel still keeps for it tells
        (`SIOCOUTQ`, Linux); elsewhere the moment's grace does. Nothing calls when that changes: it is looked at, soon
        and then ever more rarely.
        """
        self.flush()
        pause_s = _FIRST_LOOK_S
        ends_at = self.loop.time() + _DELIVERY_S
        while self.loop.time() < ends_at and not self.transport.is_closing():
            await asyncio.sleep(pause_s)
            pause_s *= 2
            if not self.transport.get_write_buffer_size() and not _unacknowledged_bytes(self.transport):
                break
        return not self.transport.is_closing()

    # Ending

    def _on_alarm(self, index: int) -> None:
        limits = self.limits
        if index == BODY_ALARM:
            self.refuse(answers.body_too_slow(limits.body_idle_timeout, limits.body_total_timeout))
        elif index == HALF_CLOSED_ALARM:
            self._close()
        elif self.running is _HELD:  # the time is not the client's
            self.alarms.set(HEAD_ALARM, limits.head_timeout)
        elif self.stage == HEAD and self.is_stopping:
            self.refuse(answers.shutting_down())
        elif self.stage == HEAD:
            self.refuse(answers.head_too_slow(limits.head_timeout))
        else:
            # Nothing was asked, so nothing is answered: a 408 could be taken for the answer to a request
            # that is just under way (RFC 9110 section 15.5.9 leaves it open).
            self._close()

    def hang_up(self) -> None:
        """Close after what is written; gently, when the client may be in the middle of sending."""
        if self.stage == IDLE and self.held is None:
            self._close()
        else:
            self._linger()

    def reset(self) -> None:
        """Cut the connection off, so that the client sees a reset (RFC 9293, section 3.10.5) and no end."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None and sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _linger(self) -> None:
        self.connection.notes.close("server")
        self.flush()
        self.connection_lost(None)
        Lingering(self.loop, self.transport, self.connections, self.limits)

    def _close(self) -> None:
        self.connection.notes.close("server")
        self.flush()
        self.transport.close()
        if self.transport.get_write_buffer_size():
            self.guard.start()

    def shutdown(self) -> None:
        """Called by the server when it stops: close after what is owed, and after what is just under way."""
        self.is_stopping = True
        if self.running is None:
            self.alarms.set(HEAD_ALARM, _UNDER_WAY_S)
        elif self.newest is not None:
            self.newest.keep_alive = False


_VERSIONS: Final = {b"/1.1": "1.1", b"/1.0": "1.0"}
"""As they end a request line, before the parser is asked."""

_FRAMING: Final = frozenset({b"host", b"content-length", b"transfer-encoding"})
"""The header lines that decide how a request is read on."""


def _unacknowledged_bytes(transport: asyncio.Transport) -> int:
    descriptor = transport.get_extra_info("socket").fileno()
    if sys.platform != "linux" or descriptor < 0:
        return 0
    count = bytearray(4)
    fcntl.ioctl(descriptor, termios.TIOCOUTQ, count)
    return int(struct.unpack("i", count)[0])

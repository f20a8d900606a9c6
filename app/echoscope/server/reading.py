"""Reading requests from a connection, slice by slice and within bounds: out come cycles, and in the end a refusal.

Answers nothing; that is `HttpProtocol`'s half. Three things that no ASGI app could mend are put right here: trailers
stay out of the scope, a body after an `Upgrade` that is not acted on arrives, and nothing is read while requests wait
for their turn. A method that httptools does not know is read under the name of another, where it begins a slice; behind
another request in the same slice it is malformed. Of a request target the fragment and the authority are dropped.
"""

import asyncio
from abc import abstractmethod
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn._types import HTTPScope
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from . import answers
from .alarms import Alarms, Countdown
from .answers import Refusal
from .cycle import Cycle
from .limits import DEFAULT_LIMITS, SLICE_BYTES, Limits
from .outbox import Outbox
from .request import (
    READING_HEADERS,
    check_body,
    head_size,
    request_line,
    split_target,
    unknown_method,
    wants_websocket,
)

IDLE, HEAD, BODY = range(3)
"""What the next byte belongs to: nothing yet, a head that has begun, the body of `newest`."""

HEAD_ALARM, BODY_ALARM = range(2)

UNKNOWN_METHOD = ("Invalid method encountered", "Expected space after method", "Invalid method for HTTP/x.x request")
"""The parser's words for a method that is none of HTTP's: any other, the beginning of which is one, one of RTSP's."""


class RequestReader(HttpToolsProtocol):
    """The reading half of a connection. Its bounds are `config.limits`, where the config is one of ours."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.limits: Limits = getattr(config, "limits", DEFAULT_LIMITS)
        self.outbox: Outbox = getattr(config, "outbox", None) or Outbox(self.loop)
        self.alarms = Alarms(self.loop, 2, self.on_alarm)
        self.stage = IDLE
        self.is_stopping = False
        self.newest: Cycle | None = None
        self.refusal: Refusal | None = None
        self.held: memoryview | None = None
        self._raw_root_path = self.root_path.encode("ascii")
        self._head_bytes = 0
        self._reading_headers: dict[bytes, bytes] = {}
        self._full_headers: list[tuple[bytes, bytes]] | None = None
        self._is_interrupted = False
        self._unknown_method: str | None = None
        self._body_countdown = Countdown(0)
        self._heard_bytes = 0
        self._quiet_bytes = 0

    # What the answering half does

    @abstractmethod
    def begin(self, cycle: Cycle) -> None:
        """Run the cycle, or queue it and pause reading."""

    @abstractmethod
    def refuse(self, refusal: Refusal) -> None:
        """Read no more, answer this when its turn comes, and close."""

    @abstractmethod
    def become_websocket(self, method: str, target: bytes, early: bytes) -> None:
        """Hand the transport over. `early`: bytes that came behind the handshake, too soon, but came."""

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send it with what else there is to send in this turn of the loop."""

    @abstractmethod
    def flush(self) -> None:
        """Send it now."""

    @abstractmethod
    def hang_up(self) -> None:
        """Close after what is written."""

    @abstractmethod
    def on_alarm(self, index: int) -> None: ...

    # Slices

    def data_received(self, data: bytes) -> None:
        if self.refusal is not None:
            return
        if self.held is None and len(data) <= SLICE_BYTES:
            self._feed(data)
        else:
            self.held = memoryview(data if self.held is None else bytes(self.held) + data)
            self._feed_held()

    def _feed_held(self) -> None:
        while self.held is not None and not self.flow.read_paused:
            piece, rest = self.held[:SLICE_BYTES], self.held[SLICE_BYTES:]
            self.held = rest if len(rest) else None
            self._feed(piece)

    def _feed(self, data: bytes | memoryview) -> None:
        stage, newest = self.stage, self.newest
        upgrade_ends: int | None = None
        unknown: str | None = None
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            upgrade_ends = upgrade.args[0]
        except httptools.HttpParserCallbackError as error:
            if not isinstance(error.__context__, Refusal):
                raise
            self.refuse(error.__context__)
            return
        except httptools.HttpParserError as error:
            reason = str(error)
            if stage == IDLE and newest is self.newest and reason in UNKNOWN_METHOD:
                unknown = unknown_method(data)
            if unknown is None:
                self.refuse(answers.malformed(reason))
                return
        # Not inside the `except`: what the parser raises next needs its `__context__` for itself.
        if unknown is not None:
            self._feed_as_post(unknown, bytes(data[len(unknown) :]))
        elif upgrade_ends is not None:
            self._after_upgrade(bytes(data[upgrade_ends:]))
        elif self.stage == HEAD:
            self._watch_head(len(data), stage, newest)
        elif self.stage == BODY:
            self._watch_body(len(data), stage == BODY and newest is self.newest)

    def _feed_as_post(self, method: str, rest: bytes) -> None:
        """The request under a method that the parser knows, and that means nothing to it."""
        self._unknown_method = method
        self._begin_parsing()
        self.stage = IDLE
        self._feed(b"POST" + rest)

    def _begin_parsing(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def _watch_head(self, length: int, stage: int, newest: Cycle | None) -> None:
        is_another = newest is not self.newest
        # In a slice where another message ended nobody knows where the head began: that slice is not counted.
        if stage != BODY and not is_another:
            self._head_bytes += length
        limits = self.limits
        if self._head_bytes > limits.head_bytes or len(self.headers) > limits.head_lines:
            self.refuse(answers.head_too_large(limits.head_bytes, limits.head_lines))
        elif self.flow.read_paused:
            self.alarms.clear(HEAD_ALARM)
        elif self.newest is not None and (is_another or stage != HEAD):
            self.alarms.set(HEAD_ALARM, limits.head_timeout_s)

    def _watch_body(self, length: int, is_the_same: bool) -> None:
        """Chunk extensions and trailers are no body; they may have what a head may have."""
        cycle, limits = self.newest, self.limits
        assert cycle is not None
        if not is_the_same:
            self._body_countdown = Countdown(limits.body_total_timeout_s)
            self._quiet_bytes = 0
        elif cycle.received_bytes != self._heard_bytes:
            self._quiet_bytes = 0
        else:
            self._quiet_bytes += length
        self._heard_bytes = cycle.received_bytes
        if self._quiet_bytes > limits.head_bytes or len(self.headers) > limits.head_lines:
            self.refuse(answers.head_too_large(limits.head_bytes, limits.head_lines))
        else:
            self.time_body(cycle)

    def time_body(self, cycle: Cycle) -> None:
        """Only while somebody waits for the body: the app, or the next request on this connection."""
        is_wanted = (cycle.is_waiting or cycle.response_complete) and not self.flow.read_paused
        left_s = self._body_countdown.run(is_wanted, self.loop.time())
        if is_wanted:
            self.alarms.set(BODY_ALARM, min(self.limits.body_idle_timeout_s, left_s))
        else:
            self.alarms.clear(BODY_ALARM)

    def read_body(self) -> None:
        """Called by the newest cycle when its app waits for more; more may be there when this returns."""
        self.resume_reading()
        if self.newest is not None and self.stage == BODY:
            self.time_body(self.newest)

    def resume_reading(self) -> None:
        if self.flow.read_paused:
            self.flow.resume_reading()
            if self.stage == HEAD:
                self.alarms.set(HEAD_ALARM, self.limits.head_timeout_s)
            self._feed_held()

    # Parser callbacks. A `Refusal` raised in one stops the parser.

    def on_message_begin(self) -> None:
        self.stage = HEAD
        self.url = b""
        self.headers = []
        self._head_bytes = 0
        self._reading_headers = {}

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        self.headers.append((name, value))
        if name in READING_HEADERS:
            earlier = self._reading_headers.get(name)
            self._reading_headers[name] = value if earlier is None else earlier + b", " + value

    def on_headers_complete(self) -> None:
        method = self._unknown_method or self.parser.get_method().decode("ascii")
        version = self.parser.get_http_version()
        self._check_head(version)
        path, query = split_target(method, self.url)
        if self.parser.should_upgrade():
            self._is_interrupted = True
            return
        if self._full_headers is not None:
            self.headers, self._full_headers = self._full_headers, None
        keep_alive = version == "1.1" and not self.is_stopping and self.parser.should_keep_alive()
        cycle = Cycle(self, self._scope(method, version, path, query), keep_alive)
        if b"expect" in self._reading_headers and version == "1.1":
            cycle.awaits_continue = self._reading_headers[b"expect"].lower() == b"100-continue"
        self.headers = []  # what comes now are trailers, and not the scope's
        self._unknown_method = None
        self.stage = BODY
        self.newest = cycle
        self.alarms.clear(HEAD_ALARM)
        self.begin(cycle)

    def _check_head(self, version: str) -> None:
        limits = self.limits
        # A head that came in one slice needs no counting.
        size = head_size(self.url, self.headers) if self._head_bytes else 0
        if len(self.headers) > limits.head_lines or size > limits.head_bytes:
            raise answers.head_too_large(limits.head_bytes, limits.head_lines)
        if len(self.connections) > limits.max_connections:
            raise answers.too_many_connections(limits.max_connections)
        if version not in ("1.1", "1.0"):
            raise answers.wrong_version()
        if self._reading_headers:
            check_body(self._reading_headers, version, limits.body_bytes(self.url.partition(b"?")[0]))

    def _scope(self, method: str, version: str, path: bytes, query: bytes) -> HTTPScope:
        text = path.decode("ascii")
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": version,
            "method": method,
            "scheme": self.scheme or "http",
            "path": self.root_path + (unquote(text) if "%" in text else text),
            "raw_path": self._raw_root_path + path,
            "query_string": query,
            "root_path": self.root_path,
            "headers": self.headers,
            "client": self.client,
            "server": self.server,
            "state": self.app_state.copy(),
        }

    def on_body(self, body: bytes) -> None:
        cycle = self.newest
        assert cycle is not None
        cycle.received_bytes += len(body)
        most = self.limits.body_bytes(cycle.scope["raw_path"])
        if cycle.received_bytes > most:
            raise answers.body_too_large(most)
        if not cycle.response_complete:
            cycle.add_body(body)
            if cycle.unread_bytes > HIGH_WATER_LIMIT:
                self.flow.pause_reading()

    def on_message_complete(self) -> None:
        cycle = self.newest
        if self._is_interrupted or cycle is None:
            return
        if self.headers and len(self.headers) > self.limits.head_lines:
            raise answers.head_too_large(self.limits.head_bytes, self.limits.head_lines)
        self.stage = IDLE
        self.alarms.clear(BODY_ALARM)
        cycle.end_body()
        if cycle.response_complete:
            self.alarms.set(HEAD_ALARM, self.limits.keep_alive_timeout_s)

    # Upgrades: httptools stops after a head that asks for one, wanted or not

    def _after_upgrade(self, rest: bytes) -> None:
        self._is_interrupted = False
        method = self.parser.get_method().decode("ascii")
        version = self.parser.get_http_version()
        try:
            is_wanted = wants_websocket(self._reading_headers, method, version)
        except Refusal as refusal:
            self.refuse(refusal)
            return
        if is_wanted and self.ws_protocol_class is not None:
            self.become_websocket(method, self.url, rest + bytes(self.held or b""))
        else:
            self._parse_again(method, version, rest)

    def _parse_again(self, method: str, version: str, rest: bytes) -> None:
        """The same request without the `Upgrade`, so that its body is read, and what follows it."""
        lines = [b"%b: %b\r\n" % header for header in self._reading_headers.items() if header[0] != b"upgrade"]
        if not self.parser.should_keep_alive():
            lines.append(b"connection: close\r\n")
        self._full_headers = self.headers
        self._begin_parsing()
        self._feed(request_line(method, self.url, version) + b"".join(lines) + b"\r\n" + rest)

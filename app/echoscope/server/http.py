"""HTTP/1.1 and 1.0 for a server that strangers may reach: uvicorn's httptools protocol with bounds.

Answering in the order of the requests, and ending: every wait has a deadline, and an answer to a broken request never
lands inside an earlier one's. A client that closes its sending side counts as gone, as in uvicorn.
"""

import asyncio
from collections import deque
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from . import answers
from .answers import Refusal
from .cycle import Cycle
from .linger import Lingering
from .outbox import MOST_UNSENT_BYTES
from .reading import BODY, BODY_ALARM, HEAD, HEAD_ALARM, IDLE, RequestReader
from .request import request_line, split_target
from .writes import WriteGuard

_UNDER_WAY_S = 0.05
"""How long a server that stops still listens to an idle connection. What a client sent before it could know of the
stop is in the socket by then; closed over, it would be lost without an answer."""


class HttpProtocol(RequestReader):
    """One connection: the cycle that is running, those that wait for it, and perhaps a refusal behind them."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.running: Cycle | None = None
        self.queued: deque[Cycle] = deque()
        self._unsent = b""

    # Transport callbacks

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.guard = WriteGuard(self.loop, transport, self.limits.write_timeout_s)
        self.alarms.set(HEAD_ALARM, self.limits.head_timeout_s)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.guard.start()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():
            self.guard.stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Also called by ourselves, when the transport goes to another protocol: lets go of everything."""
        self.connections.discard(self)
        self.alarms.stop()
        self.guard.stop()
        self.held = None
        self._unsent = b""
        self.queued.clear()
        if self.running is not None:
            self.running.disconnect()
            self.running = None
        self.flow.resume_writing()
        # Both hold on to this object; without them it goes at once, and not when garbage is collected.
        self.newest = None
        self.parser = None  # type: ignore[assignment]

    # Answering

    def begin(self, cycle: Cycle) -> None:
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
        if self.queued:
            self._run(self.queued.popleft())
        elif self.refusal is not None:
            self._answer(self.refusal)
            return
        elif self.stage == BODY:
            self.time_body(cycle)
        elif self.stage == IDLE:
            self.alarms.set(HEAD_ALARM, self.limits.keep_alive_timeout_s)
        if not self.queued and self.refusal is None:
            self.resume_reading()

    def refuse(self, refusal: Refusal) -> None:
        self.alarms.clear(HEAD_ALARM)
        self.alarms.clear(BODY_ALARM)
        self.held = None
        broken = self.newest if self.stage == BODY else None
        if broken is not None:
            broken.disconnect()
            if broken in self.queued:
                self.queued.remove(broken)
        if self.running is not None and self.running is not broken:
            self.refusal = refusal
        elif broken is not None and broken.is_on_the_wire():
            self.hang_up()
        else:
            self._answer(refusal)

    def write(self, data: bytes) -> None:
        self._unsent += data
        if len(self._unsent) > MOST_UNSENT_BYTES:
            self.flush()
        else:
            self.outbox.add(self)

    def flush(self) -> None:
        if self.running is not None:
            self.running.send_head()
        if self._unsent and not self.transport.is_closing():
            self.transport.write(self._unsent)
        self._unsent = b""

    def _answer(self, refusal: Refusal) -> None:
        self.write(refusal.answer(body=self.parser.get_method() != b"HEAD"))
        self._linger()

    # Ending

    def on_alarm(self, index: int) -> None:
        limits = self.limits
        if index == BODY_ALARM:
            self.refuse(answers.body_too_slow(limits.body_idle_timeout_s, limits.body_total_timeout_s))
        elif self.stage == HEAD and self.is_stopping:
            self.refuse(answers.shutting_down())
        elif self.stage == HEAD:
            self.refuse(answers.head_too_slow(limits.head_timeout_s))
        else:
            # Nothing was asked, so nothing is answered: a 408 could be taken for the answer to a request
            # that is just under way (RFC 9110 section 15.5.9 leaves it open).
            self._close()

    def hang_up(self) -> None:
        """Gently, when the client may be in the middle of sending."""
        if self.stage == IDLE and self.held is None:
            self._close()
        else:
            self._linger()

    def _linger(self) -> None:
        self.flush()
        self.connection_lost(None)
        Lingering(self.loop, self.transport, self.connections, self.limits)

    def _close(self) -> None:
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

    def become_websocket(self, method: str, target: bytes, early: bytes) -> None:
        if self.running is not None:
            self.refuse(Refusal(400, "A WebSocket handshake must wait for the answers to earlier requests."))
            return
        path, query = split_target(method, target)
        origin_form = path + b"?" + query if query else path
        lines = b"".join(b"%b: %b\r\n" % header for header in self.headers)
        protocol = self.ws_protocol_class(  # type: ignore[misc, call-arg]
            config=self.config, server_state=self.server_state, app_state=self.app_state
        )
        self.flush()
        self.connection_lost(None)
        protocol.connection_made(self.transport)
        self.transport.set_protocol(protocol)
        protocol.data_received(request_line(method, origin_form, "1.1") + lines + b"\r\n")
        if early:
            self.transport.get_protocol().data_received(early)  # type: ignore[attr-defined]

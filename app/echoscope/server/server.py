"""Running the server and ending it: within the grace time, with the app's own shutdown, and without an error."""

import asyncio
import logging
import signal
import ssl
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from socket import socket
from types import FrameType
from typing import Any

import uvicorn
from uvicorn._types import ASGIApplication
from uvicorn.config import STARTUP_FAILURE

from .base_cycle import ABORT
from .config import Config
from .connections import connections_of
from .limits import DEFAULT_LIMITS, Limits
from .listen import allow_descriptors, listen, urls
from .outbox import Outbox
from .tls_port import TlsPort
from .turns import Turns

logger = logging.getLogger("uvicorn.error")

_RESERVE_S = 1.0
"""What the drain leaves of the grace time, at most, for cancelling what is not drained and for the app's shutdown."""


def serve(
    app: ASGIApplication | Callable[..., Any],
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    limits: Limits = DEFAULT_LIMITS,
    grace_s: float = 10.0,
    on_started: Callable[[list[str]], None] | None = None,
    on_stopping: Callable[[], Awaitable[None]] | None = None,
    config_class: type[Config] = Config,
    sockets: list[socket] | None = None,
    **options: Any,
) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP, then drain for at most `grace_s` seconds, and return.

    `on_started` gets the addresses once requests are answered. `on_stopping` is awaited after the listening
    sockets are closed and before open connections are told: the place for last words on them.
    Raises `OSError`, before anything is logged, when the address cannot be listened on, and `SystemExit` (3)
    when the app's startup fails. `config_class`: `versions.Http2Config` for HTTP/2 beside HTTP/1.1.
    `sockets`: those of `listen`, where another process has opened them. `options`: of `uvicorn.Config`.
    """
    sockets = sockets or listen(host, port)
    allow_descriptors(2 * limits.max_connections)
    try:
        config = config_class(app, limits, host=host, port=port, **options)
        Server(config, grace_s=grace_s, on_started=on_started, on_stopping=on_stopping).run(sockets)
    finally:
        for listener in sockets:
            listener.close()


class Server(uvicorn.Server):
    """uvicorn's server with another end.

    uvicorn waits for ever for a client that reads nothing, does not await what it cancels, and raises the
    signal again when all is done. Here the drain is bounded, cancelled requests are awaited, connections
    that are left are cut, the app's shutdown always runs, and a signal that was obeyed is no failure.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        grace_s: float = 10.0,
        on_started: Callable[[list[str]], None] | None = None,
        on_stopping: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(config)
        self._grace_s = grace_s
        if isinstance(config, Config):
            config.grace_s = grace_s
        self._on_started = on_started
        self._on_stopping = on_stopping

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGHUP too, which a terminal sends that is closed, and which would end the process as it stands. Where it is
        ignored (`nohup`) it stays so."""
        is_heard = hasattr(signal, "SIGHUP") and threading.current_thread() is threading.main_thread()
        if not is_heard or signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            with super().capture_signals():
                yield
            return
        before = signal.signal(signal.SIGHUP, self.handle_exit)
        try:
            with super().capture_signals():
                yield
        finally:
            signal.signal(signal.SIGHUP, before)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The second Ctrl-C is meant: no waiting."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True

    async def startup(self, sockets: list[socket] | None = None) -> None:
        if isinstance(self.config, Config):
            self.config.outbox = Outbox(asyncio.get_running_loop())
            self.config.turns = Turns(asyncio.get_running_loop())
            self.lifespan.state[ABORT] = True
            connections_of(self.server_state, self.config.limits)
        if sockets and self.config.ssl is not None and isinstance(self.config, Config):
            await self._startup_over_tls(sockets, self.config.ssl, self.config)
        else:
            await super().startup(sockets)
        if self._on_started is not None:
            listeners = [listener for server in self.servers for listener in server.sockets]
            self._on_started(urls(listeners, "https" if self.config.is_ssl else "http"))

    async def _startup_over_tls(self, sockets: list[socket], context: ssl.SSLContext, config: Config) -> None:
        """As the base class does it, which gives a client a minute for its handshake, and no answer without one."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(STARTUP_FAILURE)
        parts = context, config, self.server_state, self.lifespan.state
        self.servers = [TlsPort(listener, *parts) for listener in sockets]  # type: ignore[misc]
        self.started = True

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        reserve_s = min(_RESERVE_S, self._grace_s / 2)
        drain_ends_at = loop.time() + self._grace_s - reserve_s
        self._stop_listening(sockets or [])
        try:
            if self._on_stopping is not None:
                await _at_most(reserve_s, self._on_stopping())
        finally:
            await self._drain(drain_ends_at)
            await self._cut(reserve_s / 4)
            left_s = max(drain_ends_at - loop.time(), 0) + reserve_s / 2
            await _at_most(left_s, self.lifespan.shutdown())

    def _stop_listening(self, sockets: list[socket]) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets:
            listener.close()

    async def _drain(self, ends_at: float) -> None:
        state, loop = self.server_state, asyncio.get_running_loop()
        for connection in list(state.connections):
            connection.shutdown()
        # The base class keeps plain sets, which tell nobody when they are empty.
        while (state.connections or state.tasks) and loop.time() < ends_at and not self.force_exit:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    async def _cut(self, seconds: float) -> None:
        """What has not ended by now: cancelled apps get `seconds` for their last words, then all is aborted."""
        tasks = set(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for connection in list(self.server_state.connections):
            connection.transport.abort()


async def _at_most(seconds: float, work: Awaitable[None]) -> None:
    try:
        await asyncio.wait_for(work, seconds)
    except TimeoutError:
        logger.error("A step of the shutdown took longer than %.1f s and was cut.", seconds)

"""A real server for tests: an ASGI app in a thread of its own, on a free port of this machine.

The socket listens before the thread starts, so a client may connect at once: nothing here waits for a server.
"""

import asyncio
import socket
import ssl
from collections.abc import Coroutine
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeVar

import httpx
import uvicorn
from starlette.types import ASGIApp

from echoscope.base.settings import load
from echoscope.main import Echoscope, create_app
from echoscope.server import Config, Limits, Server
from echoscope.server.versions import Http2Config
from tests.ports import free_port

HOST = "127.0.0.1"
WAIT_S = 20.0
"""How long a test waits for what takes milliseconds, before it is called broken: a busy machine has time."""

NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of servers that encrypt nothing: loading the certificates of the world takes longer than a test."""

Kind = Literal["echoscope", "http2", "httptools", "h11"]
"""Our own protocols, without and with HTTP/2, or one of those that uvicorn has."""

T = TypeVar("T")


class Running:
    """A server that runs until `stop`. Another one can then be started on its port: no connection gets that meanwhile.

    `send_buffer_bytes`: what the system keeps for a client that does not read; its own choice may be many MiB.
    `options` are those of `uvicorn.Config`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        port: int = 0,
        kind: Kind = "echoscope",
        limits: Limits | None = None,
        send_buffer_bytes: int | None = None,
        **options: Any,
    ) -> None:
        self._listener = socket.create_server((HOST, port or free_port()), backlog=512)
        if send_buffer_bytes:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)
        self.port: int = self._listener.getsockname()[1]
        self.origin = f"http://{HOST}:{self.port}"
        self.client = httpx.Client(base_url=self.origin, timeout=WAIT_S, trust_env=False, verify=NO_TLS)
        self._server = _server(app, kind, limits or Limits(), options)
        self._is_running = Event()
        self._thread = Thread(target=self._run, name=f"server on {self.port}")
        self._thread.start()
        assert self._is_running.wait(WAIT_S)

    def websocket_url(self, path: str = "/") -> str:
        return f"ws://{HOST}:{self.port}{path}"

    def connect(self) -> socket.socket:
        return socket.create_connection((HOST, self.port), timeout=WAIT_S)

    def raw(self, request: bytes) -> bytes:
        """Send bytes and read until the server closes."""
        with self.connect() as connection:
            connection.sendall(request)
            return read_all(connection)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine that runs where the app runs."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(WAIT_S)

    def stop(self) -> None:
        self.client.close()
        self._server.should_exit = True
        with suppress(RuntimeError):  # the loop has ended already
            self.loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(WAIT_S)
        self._listener.close()
        assert not self._thread.is_alive(), "the server does not stop"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=self._server.config.get_loop_factory()) as runner:
            self.loop = runner.get_loop()
            self._ending = asyncio.Event()
            self._server.main_loop = self._until_ending  # type: ignore[method-assign]
            self._is_running.set()
            runner.run(self._server.serve(sockets=[self._listener]))

    async def _until_ending(self) -> None:
        """As the server's own loop, which looks ten times a second whether it shall end; here it is told."""
        ticks = 0
        while not await self._server.on_tick(ticks):
            ticks += 1
            with suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await self._ending.wait()


def echoscope(**settings: Any) -> Running:
    """An Echoscope with these settings, on a free port unless they name one."""
    made = load({}, **{"port": 0, **settings})
    return Running(create_app(made), port=made.port, root_path=made.root_path)


def read_all(connection: socket.socket) -> bytes:
    received = bytearray()
    while data := connection.recv(1 << 16):
        received += data
    return bytes(received)


def _server(app: ASGIApp, kind: Kind, limits: Limits, options: dict[str, Any]) -> uvicorn.Server:
    if kind in ("echoscope", "http2"):
        config_class = Http2Config if kind == "http2" else Config
        on_stopping = None
        if isinstance(app, Echoscope):
            on_stopping = app.logs.end_feeds
            options = {**app.server_options, **options}
        return Server(config_class(app, limits, **options), grace_s=2, on_stopping=on_stopping)
    quiet: dict[str, Any] = {"log_config": None, "access_log": False, "timeout_graceful_shutdown": 1}
    return uvicorn.Server(uvicorn.Config(app, http=kind, ws="websockets-sansio", **quiet, **options))

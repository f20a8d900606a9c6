"""A server in a thread of its own, with an event loop of its own, on a free port of this machine."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any, Final
from urllib.parse import urljoin

from starlette.types import ASGIApp

from ..server.config import Config
from ..server.head import Names
from ..server.server import Server
from .alone import HttpbinAlone

HOST: Final = "127.0.0.1"
WAIT_S: Final = 30.0
"""How long starting and stopping may take, which take milliseconds, before they are called broken."""

GRACE_S: Final = 1.0
"""How long requests in flight have when the tests are over."""

TICK_S: Final = 0.1

_TITLED: Final = frozenset({
    b"accept-ranges", b"access-control-allow-credentials", b"access-control-allow-headers",
    b"access-control-allow-methods", b"access-control-allow-origin", b"access-control-max-age", b"allow",
    b"cache-control", b"connection", b"content-encoding", b"content-length", b"content-range", b"content-type", b"date",
    b"etag", b"last-modified", b"location", b"proxy-authenticate", b"server", b"set-cookie", b"transfer-encoding",
    b"vary", b"www-authenticate",
})  # fmt: skip
"""What httpbin writes in the usual capitals. What a client asks for by name, `/response-headers?foo=bar`, is not."""

NAMES: Final = Names(is_titled=True, only=_TITLED, is_shouted=True)
"""Suites look for `404 NOT FOUND`, as httpbin says it behind Werkzeug."""


class Served:
    """What listens: `url`, `host`, `port`, and addresses made of them, as pytest-httpbin has them.

    `loop`: that of the server, in its thread.
    """

    def __init__(self, protocol: str, host: str, port: int, loop: asyncio.AbstractEventLoop) -> None:
        self.protocol = protocol
        self.host = host
        self.port = port
        self.loop = loop

    @property
    def url(self) -> str:
        return f"{self.protocol}://{self.host}:{self.port}"

    def join(self, url: str, allow_fragments: bool = True) -> str:
        return urljoin(self.url, url, allow_fragments=allow_fragments)

    def __add__(self, path: str) -> str:
        return self.url + path

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"


class _Server(Server):
    """Stops at once when told, instead of at the next tick."""

    def __init__(self, config: Config, **options: Any) -> None:
        super().__init__(config, **options)
        self.is_listening = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        self.stopping = asyncio.Event()
        await super().startup(sockets)
        self.is_listening.set()

    async def main_loop(self) -> None:
        counter = 0
        while not self.stopping.is_set() and not await self.on_tick(counter):
            counter = (counter + 1) % 864_000
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), TICK_S)


@contextmanager
def serving(
    app: ASGIApp,
    *,
    port: int = 0,
    is_secure: bool = False,
    on_stopping: Callable[[], Awaitable[None]] | None = None,
    **options: Any,
) -> Iterator[Served]:
    """Serve until the end of the block. Nothing of it is left then: no thread, no socket. `options`: of `Config`."""
    if is_secure:
        from ..server.certificates import server_context
        from .certs import certificate

        context = server_context(certificate(), http2=False)
        options["ssl_context_factory"] = lambda _config, _default: context
    listener = socket.create_server((HOST, port))
    server = _Server(Config(app, **options), grace_s=GRACE_S, on_stopping=on_stopping)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
                runner.run(server.serve(sockets=[listener]))
        except BaseException as error:
            failures.append(error)
        finally:
            server.is_listening.set()

    with contextlib.closing(listener):
        thread = Thread(target=run, name=f"echoscope on {listener.getsockname()[1]}", daemon=True)
        thread.start()
        if not server.is_listening.wait(WAIT_S) or failures:
            raise RuntimeError("the server of the fixture did not start") from next(iter(failures), None)
        try:
            yield Served("https" if is_secure else "http", HOST, listener.getsockname()[1], server.loop)
        finally:
            server.loop.call_soon_threadsafe(server.stopping.set)
            thread.join(WAIT_S)


@contextmanager
def httpbin_server(*, is_secure: bool = False) -> Iterator[Served]:
    """The httpbin endpoints; on a port of choice by the variables that pytest-httpbin has for it."""
    variable = "HTTPBIN_HTTPS_PORT" if is_secure else "HTTPBIN_HTTP_PORT"
    port = int(os.environ.get(variable, "0"))
    with serving(HttpbinAlone(), port=port, is_secure=is_secure, lifespan="off", names=NAMES) as server:
        yield server

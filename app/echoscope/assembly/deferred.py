"""Apps that are made when they are first called.

`Deferred`: so that importing its module reads no environment. A module's `__getattr__` would do for most servers;
hypercorn looks for the name in the module itself. `Loaded`: so that what few ask for is not imported before.
"""

import asyncio
from collections.abc import Callable
from threading import Lock

from starlette.types import ASGIApp, Receive, Scope, Send

from ..base.settings import SettingsError


class Deferred:
    """Calls what `make` gives. A setting that cannot be used ends the start of a server with one line."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._made is None:
            try:
                self._made = self._make()
            except SettingsError as error:
                if scope["type"] != "lifespan":
                    raise
                await receive()
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
        await self._made(scope, receive, send)


class Loaded:
    """Calls what `make` gives, which imports what it needs. That takes a thread, and not the loop, a quarter of a
    second; requests that come meanwhile wait for it."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._app: ASGIApp | None = None
        self._lock = Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._app or await self.load())(scope, receive, send)

    async def load(self) -> ASGIApp:
        """The app, made now rather than at the first request."""
        return await asyncio.to_thread(self._loaded)

    def _loaded(self) -> ASGIApp:
        with self._lock:
            self._app = self._app or self._make()
            return self._app

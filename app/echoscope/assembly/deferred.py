"""Apps that are made when they are first called.

`Deferred` is for an app whose module reads no environment when it is imported. A module's `__getattr__` would do for
most servers, but hypercorn looks for the name in the module itself. `Loaded` is for an app that few ask for, so that
nothing is imported for it before.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from threading import Lock

import anyio
from anyio.lowlevel import checkpoint
from starlette.types import ASGIApp, Receive, Scope, Send

from ..base.settings import SettingsError
from ..web.pages import prepare

Entrance = Callable[[Scope, Receive, Send], Awaitable[None]]
"""An app of ASGI that need not be a coroutine function."""


class Deferred:
    """Calls what `make` gives. A setting that cannot be used ends the start of a server with one line."""

    def __init__(self, make: Callable[[], Entrance]) -> None:
        self._make = make
        self._app: Entrance | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            try:
                self._app = self._make()
            except SettingsError as error:
                if scope["type"] != "lifespan":
                    raise
                await receive()
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
        await self._app(scope, receive, send)


class Loaded:
    """Calls what `make` gives, which imports what it needs, and what its first answers would import. That takes a
    thread, and not the loop, half a second; requests that come meanwhile wait for it."""

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
            if self._app is None:
                app = self._make()
                prepare()
                Context().run(anyio.run, checkpoint)  # which imports what Starlette's answers stand on
                self._app = app
            return self._app

"""An app that is made when it is first called, so that importing its module reads no environment.

A module's `__getattr__` would do for most servers; hypercorn looks for the name in the module itself.
"""

from collections.abc import Callable

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

"""ASGI 2, the form of the article's own example: a callable that is called twice, first with the scope alone.

`app` is Echoscope in that form, for servers that are told to use it: `uvicorn --interface asgi2 echoscope.asgi2:app`.
`single_callable` turns such an app into one of today's, so that the recorder can wrap it:
`Recorder(single_callable(old), store)`. What server and app say to each other has stayed the same.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send

from . import main

Instance = Callable[[Receive, Send], Awaitable[None]]
"""What the first call gives: the app for one connection."""

Asgi2App = Callable[[Scope], Instance]


def double_callable(app: ASGIApp) -> Asgi2App:
    """An app of today in the form of ASGI 2."""

    def instance(scope: Scope) -> Instance:
        return partial(app, scope)

    return instance


def single_callable(app: Asgi2App) -> ASGIApp:
    """An app of ASGI 2, a class or a function, in today's form."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope)(receive, send)

    return call


app = double_callable(main.app)

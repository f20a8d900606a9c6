"""Apps to be checked: ordinary ones, one for each way to be wrong, and middleware that is wrong around a right app."""

from collections.abc import Callable, Coroutine
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

App = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]


async def plain(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that knows HTTP alone, and says so."""
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    await answer(send)


async def answer(send: Send, **start: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")], **start})
    await send({"type": "http.response.body", "body": b"ok"})


def wrong(messages: list[Message]) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        for message in messages:
            await send(message)

    return app


texts = wrong([{"type": "http.response.start", "status": "200", "headers": [("Content-Type", "text/plain")]},
               {"type": "http.response.body", "body": "ok"}])  # fmt: skip
capitals = wrong([{"type": "http.response.start", "status": 200, "headers": [(b"Content-Type", b"text/plain")]},
                  {"type": "http.response.body", "body": b"ok"}])  # fmt: skip
overrun = wrong([{"type": "http.response.start", "status": 200}, {"type": "http.response.body", "body": b"ok"},
                 {"type": "http.response.body", "body": b"more"}])  # fmt: skip
nothing = wrong([])
half = wrong([{"type": "http.response.start", "status": 200}])
number = 7


class Legacy:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, receive: Receive, send: Send) -> None:
        await answer(send)


def make() -> App:
    return plain


async def fails(scope: Scope, receive: Receive, send: Send) -> None:
    raise LookupError("nobody is at home")


async def hangs(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    while (await receive())["type"] != "http.disconnect":
        pass


async def fails_to_start(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})


class Breaking:
    """Middleware that makes texts of header values, in what it sends and in the scopes that it hands on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def broken_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), ("x-by", "middleware")]
            await send(message)

        if scope["type"] == "http":
            scope = {**scope, "query_string": scope["query_string"].decode("latin-1")}
        await self.app(scope, receive, broken_send)


wrapped = Breaking(plain)


async def home(request: Request) -> PlainTextResponse:
    await request.body()
    return PlainTextResponse("home " * 200)


async def echo(websocket: WebSocket) -> None:
    await websocket.accept(subprotocol="chat")
    async for text in websocket.iter_text():
        await websocket.send_text(text)


framework = Starlette(
    routes=[Route("/", home, methods=["GET", "POST"]), WebSocketRoute("/", echo)],
    middleware=[Middleware(GZipMiddleware, minimum_size=10)],
)
framework_broken = Starlette(
    routes=[Route("/", home)], middleware=[Middleware(GZipMiddleware), Middleware(Breaking)]
)  # fmt: skip

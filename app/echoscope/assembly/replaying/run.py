"""A captured request into an ASGI app, without any server: its scope, its messages, and what the app sends.

The app's lifespan is begun before and ended after, as a server does it; an app that has none is run without.
"""

import asyncio
import copy
import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
from starlette.types import ASGIApp, Message

from ...exchange.messages import response_start
from ...exchange.model import Event, Exchange
from .compare import Reply

MAX_ANSWER_BYTES: Final = 64 << 20
"""How much an app may send."""


class RunFault(Exception):
    """An app that gave no answer; the text, what follows its name, says why."""


class Outcome(msgspec.Struct, frozen=True):
    """`messages`: what the app sent. `error`: what it raised behind its answer."""

    messages: list[Message]
    reply: Reply
    error: str | None


async def run_app(app: ASGIApp, exchange: Exchange, *, timeout_s: float = 30.0) -> Outcome:
    """What the app makes of the request of an exchange. Raises `RunFault`."""
    conversation = _Conversation(exchange)
    error: str | None = None
    try:
        async with asyncio.timeout(timeout_s), _lifespan(app) as state:
            scope = _scope(exchange, state)
            try:
                await app(scope, conversation.receive, conversation.send)
            except Exception as raised:
                if not conversation.has_answer:
                    raise RunFault(f"raised before it answered:\n{traceback.format_exc().rstrip()}") from raised
                error = f"{type(raised).__name__}: {raised}"
    except TimeoutError as raised:
        raise RunFault(f"did not end within {timeout_s:g} s") from raised
    if not conversation.has_answer:
        raise RunFault("ended without an answer")
    return Outcome(conversation.sent, _reply(conversation.sent), error)


def _scope(exchange: Exchange, state: dict[str, Any]) -> dict[str, Any]:
    """The recorded scope in the types of the spec, with the app's own state."""
    scope = copy.deepcopy(exchange.scope)
    scope["headers"] = [tuple(pair) for pair in scope.get("headers", ())]
    for key in ("client", "server"):
        if scope.get(key) is not None:
            scope[key] = tuple(scope[key])
    defaults = {"asgi": {"version": "3.0"}, "http_version": "1.1", "root_path": "", "query_string": b"", "path": "/"}
    return {**defaults, **scope, "state": state}


class _Conversation:
    """The server's side: what was received comes again; when that is over the client leaves, once it has its answer."""

    def __init__(self, exchange: Exchange) -> None:
        self.sent: list[Message] = []
        self._is_websocket = exchange.scope["type"] == "websocket"
        self._left = [copy.deepcopy(event.message) for event in exchange.events if event.channel == "receive"]
        if not self._is_websocket:
            self._left = [message for message in self._left if message["type"] == "http.request"]
            self._left = self._left or [{"type": "http.request", "body": b"", "more_body": False}]
        self._bytes = 0
        self._is_over = asyncio.Event()

    @property
    def has_answer(self) -> bool:
        if self._is_websocket:
            return bool(self.sent)
        return self._is_over.is_set()

    async def receive(self) -> Message:
        if self._left:
            return self._left.pop(0)
        if self._is_websocket:
            return {"type": "websocket.disconnect", "code": 1000, "reason": ""}
        await self._is_over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self._bytes += len(message.get("body") or message.get("bytes") or message.get("text") or b"")
        if self._bytes > MAX_ANSWER_BYTES:
            raise RunFault(f"sent more than {MAX_ANSWER_BYTES:,} bytes")
        self.sent.append(dict(message))
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self._is_over.set()


def _reply(sent: list[Message]) -> Reply:
    events = [Event("send", 0, 0, dict(message)) for message in sent]
    start: Mapping[str, Any] = response_start(events) or {}
    status = 101 if start.get("type") == "websocket.accept" else start.get("status")
    headers = [(bytes(name), bytes(value)) for name, value in start.get("headers") or ()]
    body = b"".join(message.get("body", b"") for message in sent if message["type"].endswith("http.response.body"))
    return Reply(status, headers, body)


@asynccontextmanager
async def _lifespan(app: ASGIApp) -> AsyncIterator[dict[str, Any]]:
    """The app's state, between its startup and its shutdown. Raises `RunFault` when the startup fails."""
    state: dict[str, Any] = {}
    to_app: asyncio.Queue[Message] = asyncio.Queue()
    from_app: asyncio.Queue[Message | None] = asyncio.Queue()

    async def run() -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}
        try:
            await app(scope, to_app.get, from_app.put)
        except Exception:  # the spec's way of saying that it knows no lifespan
            pass
        finally:
            await from_app.put(None)

    task = asyncio.create_task(run())
    try:
        await to_app.put({"type": "lifespan.startup"})
        started = await from_app.get()
        if started is not None and started["type"] == "lifespan.startup.failed":
            raise RunFault(f"failed to start: {started.get('message') or 'it does not say why'}")
        yield state
        if started is not None:
            await to_app.put({"type": "lifespan.shutdown"})
            await from_app.get()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

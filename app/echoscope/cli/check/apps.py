"""An app, called as a server would call it: a table of connections, and what the app makes of each.

What a server must do is done here by the letter, so that whatever is against the specification is the app's doing, or
its middleware's.
"""

# ruff: noqa: E501  a row is a row

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from msgspec.structs import replace
from starlette.types import Message, Scope

from ...insight.conformance import Breach, Conversation
from .layers import Layers
from .outcome import CannotStart, Outcome, Report

App = Callable[[Scope, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

LARGE: Final = 1 << 20

_EXTENSIONS: Final[dict[str, dict[str, Any]]] = {
    "http.response.early_hint": {}, "http.response.trailers": {}, "http.response.push": {},
    "websocket.http.response": {},
}  # fmt: skip


class Case(NamedTuple):
    """A connection. `changes`: keys of the scope that are other than usual, None to leave one out. `messages`: what is
    received. `leaves`: whether the client is gone once they are taken; else it waits for the end of the answer."""

    name: str
    changes: dict[str, Any]
    messages: Sequence[Message] = ({"type": "http.request", "body": b"", "more_body": False},)
    leaves: bool = False


def _request(body: bytes = b"", *, more_body: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more_body}


_HOST: Final = (b"host", b"localhost")
_FORM: Final = [_HOST, (b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", b"3")]
_SESSION: Final[dict[str, Any]] = {
    "type": "websocket", "scheme": "ws", "method": None, "subprotocols": ["chat", "superchat"],
}  # fmt: skip
_CONNECT: Final[Message] = {"type": "websocket.connect"}
_LEAVE: Final[Message] = {"type": "websocket.disconnect", "code": 1000, "reason": ""}
_TEXT: Final[Message] = {"type": "websocket.receive", "text": "hello"}
_BYTES: Final[Message] = {"type": "websocket.receive", "text": None, "bytes": b"\x00\xff"}

CASES: Final = (
    Case("GET", {"query_string": b"a=1&a=2&b=%20"}),
    Case("HEAD", {"method": "HEAD"}),
    Case("OPTIONS", {"method": "OPTIONS", "headers": [_HOST, (b"origin", b"https://example.org"), (b"access-control-request-method", b"PUT")]}),
    Case("POST, a form", {"method": "POST", "headers": _FORM}, [_request(b"a=1")]),
    Case("POST, in pieces", {"method": "POST", "headers": _FORM}, [_request(b"a", more_body=True), _request(more_body=True), _request(b"=1")]),
    Case("POST, without optional keys", {"method": "POST"}, [{"type": "http.request"}]),
    Case("POST, 1 MiB", {"method": "POST", "headers": [_HOST, (b"content-length", b"1048576")]}, [_request(bytes(LARGE))]),
    Case("a method of its own", {"method": "PURGE"}),
    Case("an unknown path", {"path": "/nothing/here", "raw_path": b"/nothing/here"}),
    Case("escapes in the path", {"path": "/café/ü %", "raw_path": b"/caf%C3%A9/%C3%BC%20%25"}),
    Case("bytes that are not UTF-8", {"path": "/\ufffd", "raw_path": b"/%ff", "query_string": b"a=%ff", "headers": [_HOST, (b"x-latin", b"caf\xe9"), (b"cookie", b"a=\xff")]}),
    Case("repeated headers", {"headers": [_HOST, (b"x-a", b"1"), (b"accept", b"*/*"), (b"x-a", b"2")]}),
    Case("a conditional range", {"headers": [_HOST, (b"range", b"bytes=0-0"), (b"if-none-match", b'"a"')]}),
    Case("compression accepted", {"headers": [_HOST, (b"accept-encoding", b"gzip, br, zstd")]}),
    Case("only what a scope must have", dict.fromkeys(("scheme", "raw_path", "root_path", "client", "server", "state", "extensions"))),
    Case("below a root path", {"root_path": "/base", "path": "/base/", "raw_path": b"/base/"}),
    Case("HTTP/1.0", {"http_version": "1.0"}),
    Case("HTTP/2", {"http_version": "2", "scheme": "https", "extensions": _EXTENSIONS}),
    Case("over a Unix socket", {"client": None, "server": ("/run/app.sock", None)}),
    Case("a client that leaves before its body", {"method": "POST", "headers": [_HOST, (b"content-length", b"9")]}, [_request(b"abc", more_body=True)], leaves=True),
    Case("a client that leaves", {}, leaves=True),
    Case("a session", _SESSION, [_CONNECT, _TEXT, _BYTES, _LEAVE]),
    Case("a session that ends at once", _SESSION, [_CONNECT, _LEAVE]),
    Case("a session, with denial", {**_SESSION, "path": "/nothing/here", "raw_path": b"/nothing/here", "extensions": _EXTENSIONS}, [_CONNECT, _LEAVE]),
    Case("a session of version 2.0", {**_SESSION, "asgi": {"version": "3.0"}}, [_CONNECT, _TEXT, _LEAVE]),
)  # fmt: skip


def scope_of(case: Case, path: str, state: dict[str, Any]) -> Scope:
    """The scope of a case: for `path`, where the case has none of its own."""
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [_HOST],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": state.copy(),
        "extensions": {},
    }
    changes = dict(case.changes)
    if changes.get("root_path") and path != "/":
        changes |= {"path": changes["root_path"] + path, "raw_path": (changes["root_path"] + path).encode()}
    scope = {**scope, **changes}
    optional = [key for key, value in changes.items() if value is None and key not in ("client", "server")]
    return {key: value for key, value in scope.items() if key not in optional}


class ClientLeft(OSError):
    """Raised by `send` when the client is gone (ASGI spec, "Disconnected Client - send exception")."""


class Played:
    """The server's side of one connection."""

    def __init__(self, scope: Scope, messages: Sequence[Message], *, leaves: bool) -> None:
        self.conversation = Conversation(scope)
        self.breaches: list[Breach] = self.conversation.opened()
        self.status: Any = None
        self._messages = list(messages)
        self._leaves = leaves
        self._is_websocket = scope["type"] == "websocket"
        self._is_answered = asyncio.Event()
        self._is_over = asyncio.Event()
        self.is_gone = False

    async def receive(self) -> Message:
        if self._is_websocket and self._messages and self._messages[0]["type"] == "websocket.receive":
            await self._is_answered.wait()
            if self._is_over.is_set():  # refused: nothing more comes but the end
                self._messages = []
        if self._messages:
            message = self._messages.pop(0)
        else:
            if not self._leaves and not self._is_websocket:
                await self._is_over.wait()
            message = (
                {"type": "websocket.disconnect", "code": 1006} if self._is_websocket else {"type": "http.disconnect"}
            )
        self.is_gone = self.is_gone or message["type"].endswith(".disconnect")
        self.breaches += self.conversation.received(message)
        return dict(message)

    async def send(self, message: Message) -> None:
        if self.is_gone:
            raise ClientLeft("the client has left")
        self.breaches += self.conversation.sent(message)
        kind = message.get("type") if isinstance(message, dict) else None
        if kind in ("http.response.start", "websocket.http.response.start"):
            self.status = message.get("status")
        elif kind == "websocket.accept":
            self.status = 101
        elif kind == "websocket.close":
            self.status = self.status or 403
        self._is_answered.set()
        if self.conversation.is_over:
            self._is_over.set()


async def check_app(app: Any, subject: str, paths: Sequence[str], timeout_s: float) -> Report:
    """Call the app for its lifespan, and within it once for each case and path. Raises `CannotStart`."""
    layers = Layers(app)
    lifespan = Lifespan(layers, timeout_s)
    outcomes = [await lifespan.start()]
    for path in paths:
        for case in CASES:
            outcome = await _played(layers, case, path, lifespan.state, timeout_s)
            outcomes.append(outcome if len(paths) == 1 else replace(outcome, name=f"{path}: {outcome.name}"))
    stopped = await lifespan.stop()
    return Report(subject, [*outcomes, stopped] if stopped else outcomes)


async def _played(layers: Layers, case: Case, path: str, state: dict[str, Any], timeout_s: float) -> Outcome:
    layers.clear()
    scope = scope_of(case, path, state)
    played = Played(scope, case.messages, leaves=case.leaves)
    try:
        async with asyncio.timeout(timeout_s):
            await layers.app(scope, played.receive, played.send)
        played.breaches += played.conversation.ended()
        said = "the client left" if played.is_gone and played.status is None else _status(played.status)
    except TimeoutError:
        said = f"{_status(played.status)}, not ended within {timeout_s:g} s"
    except ClientLeft:
        said = "the client left"
    except Exception as error:
        said = f"{_status(played.status)}, raised {type(error).__name__}"
    return _outcome(case.name, said, played.breaches, layers)


def _status(status: Any) -> str:
    return "no answer" if status is None else str(status)


def _outcome(name: str, said: str, breaches: Sequence[Breach], layers: Layers) -> Outcome:
    """The outcome with everything that is wrong laid at the door of a layer."""
    all_breaches: list[Breach] = []
    names: list[str] = []
    for breach in breaches:
        by, whose = layers.whose(breach)
        all_breaches.append(replace(breach, by=by))
        names.append(whose)
    for breach, whose in layers.of_scopes():
        all_breaches.append(replace(breach, by="middleware"))
        names.append(whose)
    return Outcome(name, said, all_breaches, names)


class Lifespan:
    """The app's lifespan, which lasts as long as the check. An app that knows none raises, which is no breach."""

    def __init__(self, layers: Layers, timeout_s: float) -> None:
        self.state: dict[str, Any] = {}
        self._layers = layers
        self._timeout_s = timeout_s
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        self._scope = scope
        self._conversation = Conversation(scope)
        self._breaches: list[Breach] = []
        self._received: asyncio.Queue[Message] = asyncio.Queue()
        self._sent: asyncio.Queue[Message] = asyncio.Queue()

    async def _receive(self) -> Message:
        message = await self._received.get()
        self._breaches += self._conversation.received(message)
        return message

    async def _send(self, message: Message) -> None:
        self._breaches += self._conversation.sent(message)
        self._sent.put_nowait(message)

    async def start(self) -> Outcome:
        self._layers.clear()
        self._task = asyncio.create_task(self._layers.app(self._scope, self._receive, self._send))
        answer = await self._say("startup")
        return self._take("startup", answer)

    async def stop(self) -> Outcome | None:
        """None where the app has no lifespan."""
        if self._task.done():
            return None
        self._layers.clear()
        answer = await self._say("shutdown")
        self._task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await self._task
        return self._take("shutdown", answer)

    async def _say(self, phase: str) -> str:
        """Hand over a message, and tell in words what the app answers to it."""
        self._received.put_nowait({"type": f"lifespan.{phase}"})
        answer = asyncio.create_task(self._sent.get())
        await asyncio.wait({answer, self._task}, timeout=self._timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            message = answer.result()
            if message.get("type") == "lifespan.startup.failed":
                raise CannotStart(f"the app cannot start: {message.get('message') or 'it does not say why'}")
            return str(message.get("type"))
        answer.cancel()
        if not self._task.done():
            return f"no answer within {self._timeout_s:g} s"
        error = self._task.exception() if not self._task.cancelled() else None
        return f"not supported, raised {type(error).__name__}" if error else "returned without an answer"

    def _take(self, name: str, said: str) -> Outcome:
        breaches, self._breaches = self._breaches, []
        return _outcome(name, said, breaches, self._layers)

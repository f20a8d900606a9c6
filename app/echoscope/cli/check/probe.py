"""The app that a server is checked with: it answers plainly, and writes down what the server gave it.

One file for each connection, in the directory that `ECHOSCOPE_CHECK` names. It is imported by the server that is
checked, in its process.
"""

import asyncio
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
from starlette.types import Message, Receive, Scope, Send

from ...base.plain import plain
from ...insight.conformance import Breach, Conversation

DIRECTORY: Final = "ECHOSCOPE_CHECK"
"""The environment variable that names the directory."""

CASE: Final = b"x-check"
"""The header by which a request tells which case it is."""

PATIENCE_S: Final = 5.0
"""How long the probe waits for a message that the server owes it."""

BODY: Final = b"checked\n"


class Seen(msgspec.Struct):
    """What the server gave for one connection. `case`: of the request, "lifespan" for the lifespan. `scope`: as far as
    it is plain data. `codes`: of websocket.disconnect."""

    case: str
    scope: dict[str, Any]
    breaches: list[Breach]
    body: bytes = b""
    frames: list[Any] = []
    codes: list[Any] = []


class Probe:
    """Holds one connection against the specification while it answers it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._conversation = Conversation(scope)
        self.seen = Seen(_case(scope), plain({**scope, "state": None}), self._conversation.opened())

    async def receive(self) -> Message:
        message = await self._receive()
        self.seen.breaches += self._conversation.received(message)
        return message

    async def send(self, message: Message) -> None:
        self.seen.breaches += self._conversation.sent(message)
        await self._send(message)

    async def lifespan(self) -> None:
        while True:
            message = await self.receive()
            await self.send({"type": f"{message['type']}.complete"})
            self.write()
            if message["type"] == "lifespan.shutdown":
                return

    async def http(self) -> None:
        more_body = True
        while more_body:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return
            self.seen.body += message.get("body", b"")
            more_body = message.get("more_body", False)
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(BODY))]
        if self.seen.case == "a client that leaves":
            await self.send({"type": "http.response.start", "status": 200, "headers": []})
            stream = asyncio.create_task(self._stream())
        else:
            await self.send({"type": "http.response.start", "status": 200, "headers": headers})
            await self.send({"type": "http.response.body", "body": BODY})
            stream = None
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.receive()
        except TimeoutError:
            why = f"Nothing came within {PATIENCE_S:g} s after the end of the answer, or of the connection."
            self.seen.breaches.append(Breach("disconnect-not-told", "server", "http.disconnect", why))
        if stream is not None:
            stream.cancel()

    async def _stream(self) -> None:
        """An answer that has no end: its client leaves."""
        with suppress(OSError):
            while True:
                await self.send({"type": "http.response.body", "body": bytes(1024), "more_body": True})
                await asyncio.sleep(0.01)

    async def websocket(self) -> None:
        await self.receive()
        if self.seen.case == "a session that is refused":
            await self.send({"type": "websocket.close"})
            return
        await self.send(
            {"type": "websocket.accept", "subprotocol": next(iter(self.seen.scope.get("subprotocols") or ()), None)}
        )
        while True:
            message = await self.receive()
            if message["type"] != "websocket.receive":
                self.seen.codes.append(message.get("code"))
                return
            frame = message.get("text") if message.get("text") is not None else message.get("bytes")
            self.seen.frames.append(frame or b"")
            if frame == "close":
                await self.send({"type": "websocket.close", "code": 4001, "reason": "as asked"})
                return
            await self.send({**message, "type": "websocket.send"})

    def write(self) -> None:
        """Under a name of its own, whole or not at all."""
        directory = Path(os.environ[DIRECTORY])
        name = secrets.token_hex(8)
        file = directory / f"{name}.part"
        file.write_bytes(msgspec.msgpack.encode(self.seen))
        file.rename(directory / f"{name}.seen")


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The probe as an ASGI app."""
    probe = Probe(scope, receive, send)
    try:
        if scope["type"] == "lifespan":
            await probe.lifespan()
        elif scope["type"] == "http":
            await probe.http()
        elif scope["type"] == "websocket":
            await probe.websocket()
    except OSError:  # the client has left, as it may
        pass
    finally:
        if scope["type"] != "lifespan":
            probe.write()


def _case(scope: Scope) -> str:
    try:
        return next(
            (str(value.decode()) for name, value in scope["headers"] if name.lower() == CASE), str(scope["type"])
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return str(scope.get("type"))

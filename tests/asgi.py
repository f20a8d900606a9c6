"""The server's side of one ASGI call, played by a test: for facts about messages that no socket shows."""

import asyncio
from collections.abc import Iterable
from typing import Any

from starlette.types import ASGIApp, Message, Scope

from echoscope.exchange.document import Plain
from echoscope.exchange.model import Exchange
from echoscope.log.store import Kept, Store
from tests.told import document

ALL = 1_000_000

START: Message = {"type": "http.response.start", "status": 200, "headers": []}
END: Message = {"type": "http.response.body", "body": b""}
DISCONNECT: Message = {"type": "http.disconnect"}


def http_scope(**changes: Any) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/orders",
        "raw_path": b"/orders",
        "query_string": b"a=1",
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"x-a", b"1"), (b"x-a", b"2")],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {"secret": object()},
    } | changes


def websocket_scope(**changes: Any) -> Scope:
    scope = http_scope(type="websocket", scheme="ws", subprotocols=["chat"], **changes)
    del scope["method"]
    return scope


def request(body: bytes = b"", more_body: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more_body}


def response(body: bytes = b"", more_body: bool = False) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more_body}


def answer_by(recorded_id: str) -> Iterable[Message]:
    """An answer in place of an app that failed."""
    yield {"type": "http.response.start", "status": 500, "headers": [(b"x-id", recorded_id.encode())]}
    yield {"type": "http.response.body", "body": b"sorry"}


class Wire:
    """Hands `messages` to the app, then nothing for ever; keeps in `sent` what the app sends."""

    def __init__(self, *messages: Message) -> None:
        self._messages = list(messages)
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if not self._messages:
            await asyncio.Event().wait()
        return self._messages.pop(0)

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def call(self, app: ASGIApp, scope: Scope) -> list[Message]:
        await app(scope, self.receive, self.send)
        return self.sent


async def newest(store: Store) -> Exchange:
    """The exchange that was stored last."""
    (record,) = await store.read_back(None, 1)
    assert isinstance(record.entry, Kept)
    return record.entry.exchange


async def newest_document(store: Store) -> Plain:
    (record,) = await store.read_back(None, 1)
    assert isinstance(record.entry, Kept)
    return document(record.seq, record.entry.exchange)

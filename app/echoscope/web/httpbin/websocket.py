"""/websocket/echo: every message comes back, up to a size."""

from typing import Final

from starlette.types import Message, Receive, Scope, Send

from ...base.settings import Settings
from ..endpoint.answers import Answer, Refused
from ..endpoint.parameters import whole_number
from ..endpoint.request import Request, query_pairs
from ..endpoint.sending import exchange_headers

TOO_BIG: Final = 1009
"""The close code of a message that is too big (RFC 6455, section 7.4.1)."""


def needs_upgrade(request: Request) -> Answer:
    raise Refused(400, "This is a WebSocket: connect with ws:// or wss://.", [(b"upgrade", b"websocket")])


async def echo(scope: Scope, receive: Receive, send: Send, settings: Settings) -> None:
    """Accepts with the first subprotocol offered; refuses limits that are out of range before that.

    `max_message_size` closes with 1009 what is larger. `max_fragment_size` is checked against it and no more: a
    server joins fragments before an app sees them.
    """
    await receive()
    try:
        most = _message_limit(scope, settings.max_websocket_bytes)
    except Refused as refused:
        await _refuse(scope, send, refused)
        return
    subprotocol = next(iter(scope.get("subprotocols", ())), None)
    await send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": exchange_headers(scope)})
    while (message := await receive())["type"] == "websocket.receive":
        if _size(message) > most:
            await send({"type": "websocket.close", "code": TOO_BIG, "reason": f"more than {most} bytes"})
            return
        await send({**message, "type": "websocket.send"})


def _message_limit(scope: Scope, most: int) -> int:
    given = {name.lower(): value for name, value in query_pairs(scope["query_string"]) if value}
    limit = whole_number(given.get("max_message_size", str(most)), "max_message_size", 1, most)
    whole_number(given.get("max_fragment_size", str(limit)), "max_fragment_size", 1, limit)
    return limit


def _size(message: Message) -> int:
    data = message.get("bytes")
    return len(message.get("text", "").encode() if data is None else data)


async def _refuse(scope: Scope, send: Send, refused: Refused) -> None:
    """A 400 where the server lets an app answer a handshake; else it closes, which servers answer with 403."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008, "reason": refused.detail[:120]})
        return
    answer = refused.answer()
    headers = [*answer.headers, (b"content-length", b"%d" % len(answer.body)), *exchange_headers(scope)]
    await send({"type": "websocket.http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": answer.body})

"""What a client said in a WebSocket session, before any language is chosen."""

from typing import Final

import msgspec

from ...exchange.model import Exchange
from ...exchange.sides import Pairs
from .sending import sending

MAX_MESSAGES: Final = 100


class Conversation(msgspec.Struct, frozen=True):
    """A session to be held. `url`: with the scheme `ws` or `wss`. `headers`: without those of the handshake."""

    url: str
    subprotocols: list[str]
    headers: Pairs
    messages: list[str | bytes]
    remarks: list[str]


def conversation(exchange: Exchange, origin: str, *, is_masked: bool = False) -> Conversation:
    """At most the first 100 messages of the client, as far as they were kept."""
    handshake = sending(exchange, origin, is_masked=is_masked)
    events = [event for event in exchange.events if event.message["type"] == "websocket.receive"]
    remarks = list(handshake.remarks)
    if len(events) > MAX_MESSAGES or exchange.events_omitted:
        remarks.append("Not all messages are here.")
    messages = [_payload(event.message) for event in events[:MAX_MESSAGES]]
    if any(_length(message) < event.size for message, event in zip(messages, events, strict=False)):
        remarks.append("Some messages were cut when they were recorded.")
    subprotocols = list(exchange.scope.get("subprotocols", ()))
    return Conversation(_websocket_url(handshake.url), subprotocols, handshake.headers, messages, remarks)


def _payload(message: dict[str, object]) -> str | bytes:
    data = message.get("bytes")
    return data if isinstance(data, bytes) else str(message.get("text") or "")


def _length(message: str | bytes) -> int:
    return len(message) if isinstance(message, bytes) else len(message.encode("utf-8", "replace"))


def _websocket_url(url: str) -> str:
    return "ws" + url.removeprefix("http")

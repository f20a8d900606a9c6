"""The two sides of an exchange, the request and the response, each as headers and body.

A side is what HTTP calls a message (RFC 9110, section 6). WebSocket frames are events and belong to no side.
"""

from collections import deque
from typing import Any, Final, Literal

import msgspec

from .messages import body_bytes, response_start
from .model import Exchange

Of = Literal["request", "response"]
Pairs = list[tuple[bytes, bytes]]

DECODED_KEY: Final = "echoscope.is_decoded"
"""The key of a message whose body is stored without the coding that its headers name."""


class Side(msgspec.Struct, frozen=True):
    """`content`: what is kept of the body, as it was sent. `size`: how long it was, in bytes. `is_decoded`: whether the
    content comes from a file that tells bodies without their Content-Encoding."""

    headers: Pairs
    content: bytes
    size: int
    is_decoded: bool = False

    @property
    def is_cut(self) -> bool:
        return len(self.content) < self.size

    def values(self, name: bytes) -> list[str]:
        """All values of a header by its lower-case name, in order, bytes that are not UTF-8 as escapes."""
        return [value.decode("utf-8", "backslashreplace") for key, value in self.headers if key.lower() == name]

    def value(self, name: bytes) -> str | None:
        """The first value of a header."""
        return next(iter(self.values(name)), None)


def request_of(exchange: Exchange) -> Side:
    content = body_bytes(exchange, "receive")
    size = exchange.received_bytes if exchange.scope["type"] == "http" else 0
    return Side(_pairs(exchange.scope.get("headers", ())), content, size, _is_decoded(exchange, "receive"))


def response_of(exchange: Exchange) -> Side | None:
    """The response; None when none was begun."""
    start = response_start(exchange.events)
    if start is None:
        return None
    size = 0 if start["type"] == "websocket.accept" else exchange.sent_bytes
    return Side(_pairs(start.get("headers") or ()), body_bytes(exchange, "send"), size, _is_decoded(exchange, "send"))


def side_of(exchange: Exchange, of: Of) -> Side | None:
    return request_of(exchange) if of == "request" else response_of(exchange)


def as_told(headers: Pairs, wire: bytes | None) -> Pairs:
    """The headers of a request with their names as they came, where the bytes of the head are known."""
    if wire is None:
        return headers
    names = deque(line.partition(b":")[0] for line in wire.rstrip(b"\r\n").split(b"\r\n")[1:])
    return [(names.popleft() if names and names[0].lower() == name else name, value) for name, value in headers]


def _is_decoded(exchange: Exchange, channel: str) -> bool:
    """Whether a message is marked so, by whoever read it from a file (`imports`)."""
    return any(event.channel == channel and event.message.get(DECODED_KEY) for event in exchange.events)


def _pairs(headers: Any) -> Pairs:
    return [(name, value) for name, value in headers]

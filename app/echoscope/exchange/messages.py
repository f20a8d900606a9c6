"""What the messages of an exchange are: which one begins the answer, and which carry a body."""

from collections.abc import Iterable
from typing import Final

from ..http.fields import media_type
from .model import Event, Exchange, Message

BODIES: Final = frozenset({"http.request", "http.response.body", "websocket.http.response.body"})
"""The types of messages that carry a body."""

_STARTS: Final = frozenset({"http.response.start", "websocket.http.response.start", "websocket.accept"})


def body_bytes(exchange: Exchange, channel: str) -> bytes:
    """What is kept of the body of the request (`receive`) or of the answer (`send`)."""
    return b"".join(
        event.message.get("body", b"")
        for event in exchange.events
        if event.channel == channel and event.message["type"] in BODIES
    )


def response_start(events: Iterable[Event]) -> Message | None:
    """The message that began the answer, None when none was begun."""
    return next((event.message for event in events if event.message["type"] in _STARTS), None)


def is_event_stream(events: Iterable[Event]) -> bool:
    """Whether the answer in these events is a stream of server-sent events, by its Content-Type."""
    headers = (response_start(events) or {}).get("headers") or ()
    try:
        content_type = next((value for name, value in headers if name.lower() == b"content-type"), b"")
        return media_type(content_type.decode("latin-1")) == "text/event-stream"
    except (AttributeError, TypeError, ValueError):  # headers of a wrong form are noted before the server refuses them
        return False

"""A few words for a line of a list that say what a request is about: the event as its sender calls it, or what its body
holds.

The words are a guess from names that senders use, and may be missing. Large bodies are not read, since a list waits.
"""

import json
import re
from typing import Any, Final

from ..exchange.model import Exchange
from ..exchange.sides import Side, request_of
from ..http.fields import media_type
from .bodies import view as bodies

MAX_CHARACTERS: Final = 120
MAX_BODY_BYTES: Final = 64 << 10
"""Larger bodies are not read: in the time that a list has, only their type could be told, which the line has
already."""

_NAMES: Final = 8
"""How many members or fields are named."""

_EVENT: Final = re.compile(
    rb"x-[a-z-]+-(?:event|topic|event-type)|x-event-(?:key|type|name)|x-amz-sns-message-type|x-goog-channel-token|"
    rb"ce-type|aeg-event-type|linear-event|soapaction|twitch-eventsub-subscription-type|sentry-hook-resource"
)
"""Headers in which senders say what happened."""

_TYPES: Final = (
    "type",
    "event",
    "event_type",
    "eventtype",
    "event_name",
    "detail-type",
    "topic",
    "operationname",
)
_DETAILS: Final = ("action", "subtype", "status", "method")
"""Members of a JSON body that say it, in lower case, and those that say more of it."""


def preview(exchange: Exchange) -> str | None:
    """The words, on one line without control characters; None without any. Takes up to some milliseconds."""
    request = request_of(exchange)
    if exchange.scope["type"] == "websocket":
        return _line(_messages(exchange))
    said = [value.decode("utf-8", "replace").strip('"') for name, value in request.headers if _EVENT.fullmatch(name)]
    body = None if request.size > MAX_BODY_BYTES or not request.content else _body(request, said[:1])
    return _line(" · ".join([*said[:1], *([body] if body else [])]))


def _body(request: Side, said: list[str]) -> str | None:
    """What the body adds to the event that the headers name."""
    kind = media_type(request.value(b"content-type")) or ""
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        view = bodies.view(request)
        fields = [name for name, _ in view.form.fields] if view.form else []
        parts = [part.filename or part.name for part in view.multipart.parts] if view.multipart else []
        return None if said else _names([str(name) for name in fields + parts if name])
    try:
        value = json.loads(request.content)
    except (ValueError, RecursionError):
        return None if said else _first_line(request.content)
    return _json(value, said)


def _json(value: Any, said: list[str]) -> str | None:
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, list):
        return None if said else f"{len(value)} items"
    if not isinstance(value, dict):
        return None if said else str(value)
    members = {str(key).lower(): item for key, item in reversed(value.items()) if isinstance(item, str) and item}
    types = [] if said else [members[name] for name in _TYPES if name in members][:1]
    details = [members[name] for name in _DETAILS if name in members][:1]
    texts = types + [text for text in details if text not in (*said, *types)]
    return " · ".join(texts) or (None if said else _names(list(map(str, value))))


def _names(names: list[str]) -> str | None:
    return ", ".join(names[:_NAMES]) + (", …" if len(names) > _NAMES else "") or None


def _first_line(content: bytes) -> str | None:
    """The first line of a body that is text; None for other bodies."""
    try:
        return content.decode().strip().partition("\n")[0]
    except UnicodeDecodeError:
        return None


def _messages(exchange: Exchange) -> str:
    """The last message of the client."""
    for event in reversed(exchange.events):
        if event.message["type"] == "websocket.receive":
            return str(event.message.get("text") or "")
    return ""


def _line(text: str) -> str | None:
    line = " ".join(text.split())
    return (line[: MAX_CHARACTERS - 1] + "…" if len(line) > MAX_CHARACTERS else line) or None

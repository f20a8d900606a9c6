"""ASGI fixtures: the scope and the messages of one exchange as JSON, for an app to be run on, and to be kept beside its
tests.

    {"scope": {…}, "receive": [message, …], "send": [message, …]}

`send` is what was answered, and may be left out. Bytes follow the one rule: text that is UTF-8 as that string, other
bytes as `{"base64": "…"}`. What is bytes and what is text, the ASGI spec says.
"""

from typing import Any

import msgspec

from ...exchange.facts import NO_FACTS
from ...exchange.model import Event, Exchange
from ...files.json_lines.reading import read_message, read_scope
from ...files.reading import ImportFault
from .captured import exchanges


class FixtureFault(ValueError):
    """A file that holds no request; its text says why."""


class _Fixture(msgspec.Struct):
    scope: dict[str, Any]
    receive: list[dict[str, Any]]
    send: list[dict[str, Any]] = msgspec.field(default_factory=list)


def read_fixture(content: bytes) -> Exchange:
    """The exchange of a fixture, or the only one of a JSON Lines or HAR file. Raises `FixtureFault`."""
    try:
        fixture = msgspec.json.decode(content, type=_Fixture)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if b'"receive":' in content and b'"events":' not in content:
            raise FixtureFault(f"it is no ASGI fixture: {error}.") from error
        return _only(content)
    try:
        scope = read_scope(fixture.scope)
        sides = (("receive", fixture.receive), ("send", fixture.send))
        events = [
            Event(channel, 0, _size(message), message)  # type: ignore[arg-type]
            for channel, messages in sides
            for message in map(read_message, messages)
        ]
    except (msgspec.ValidationError, ValueError) as error:
        raise FixtureFault(f"it is no ASGI fixture: {error}.") from error
    return _exchange(scope, events)


def _only(content: bytes) -> Exchange:
    try:
        recorded = list(exchanges(content))
    except ImportFault as error:
        raise FixtureFault(str(error)) from error
    if len(recorded) != 1:
        raise FixtureFault(f"it holds {len(recorded):,} exchanges, and one is replayed at a time.")
    return recorded[0]


def _exchange(scope: dict[str, Any], events: list[Event]) -> Exchange:
    start = next((event.message for event in events if "status" in event.message), {})
    sizes = {side: sum(event.size for event in events if event.channel == side) for side in ("receive", "send")}
    return Exchange(
        id="",
        state="done",
        started_ns=0,
        duration_ns=0,
        status=start.get("status"),
        received_bytes=sizes["receive"],
        sent_bytes=sizes["send"],
        is_event_stream=False,
        facts=NO_FACTS,
        scope=scope,
        received_sha256=None,
        error=None,
        events_omitted=0,
        events=events,
    )


def _size(message: dict[str, Any]) -> int:
    payload = message.get("body") or message.get("bytes") or message.get("text") or b""
    return len(payload.encode() if isinstance(payload, str) else payload)

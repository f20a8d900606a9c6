"""Streams of server-sent events as events (WHATWG HTML, section 9.2.6)."""

import re
from typing import Final

import msgspec

from .json_tree import JsonRead, looks_like_json, read_json

MAX_EVENTS: Final = 1_000

_LINE_END: Final = re.compile("\r\n|\n|\r")


class StreamEvent(msgspec.Struct, frozen=True):
    """An event. `json`: data that is an object or a list, read; None for other data. The last event is not `complete`
    where the empty line behind it did not come: a browser would not tell of it."""

    event: str | None
    id: str | None
    retry: str | None
    data: str | None
    comments: list[str]
    json: JsonRead | None
    complete: bool


class EventStreamRead(msgspec.Struct, frozen=True):
    """The events of a stream, of which `omitted` are left out."""

    events: list[StreamEvent]
    omitted: int


def read_events(text: str) -> EventStreamRead:
    blocks: list[list[str]] = [[]]
    for line in _LINE_END.split(text.removeprefix("\ufeff")):
        if line:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    last = blocks.pop()
    events = [_event(block, is_complete=True) for block in blocks[:MAX_EVENTS]]
    if last and len(blocks) < MAX_EVENTS:
        events.append(_event(last, is_complete=False))
    return EventStreamRead(events, len(blocks) + bool(last) - len(events))


def _event(lines: list[str], *, is_complete: bool) -> StreamEvent:
    fields: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields.setdefault(name, []).append(value.removeprefix(" "))
    data = "\n".join(fields["data"]) if "data" in fields else None
    return StreamEvent(
        event=fields["event"][-1] if "event" in fields else None,
        id=fields["id"][-1] if "id" in fields else None,
        retry=fields["retry"][-1] if "retry" in fields else None,
        data=data,
        comments=fields.get("", []),
        json=read_json(data) if data is not None and looks_like_json(data.encode("utf-8", "replace")) else None,
        complete=is_complete,
    )

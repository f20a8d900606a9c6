"""Streams of server-sent events as events (WHATWG HTML, section 9.2.6)."""

import re
from typing import Any, Final

from .json_tree import read_json
from .kinds import looks_like_json

MAX_EVENTS: Final = 1_000

_LINE_END: Final = re.compile("\r\n|\n|\r")


def read_events(text: str) -> dict[str, Any]:
    """`{"events": [{"event", "id", "retry", "data", "comments", "json", "complete"}, …], "omitted"}`.

    `json`: what `read_json` gives for data that is an object or a list, None for other data. The last event is not
    `complete` where the empty line behind it did not come: a browser would not tell of it.
    """
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
    return {"events": events, "omitted": len(blocks) + bool(last) - len(events)}


def _event(lines: list[str], *, is_complete: bool) -> dict[str, Any]:
    fields: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields.setdefault(name, []).append(value.removeprefix(" "))
    data = "\n".join(fields["data"]) if "data" in fields else None
    return {
        "event": fields.get("event", [None])[-1],
        "id": fields.get("id", [None])[-1],
        "retry": fields.get("retry", [None])[-1],
        "data": data,
        "comments": fields.get("", []),
        "json": read_json(data) if data is not None and looks_like_json(data.encode("utf-8", "replace")) else None,
        "complete": is_complete,
    }

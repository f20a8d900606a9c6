"""The exchange as an ASGI fixture: scope and messages as JSON, for `echoscope replay FILE module:app` and for tests.

In ASCII, so that nothing in it acts on a terminal.
"""

import json

from ...exchange.document import legible, scope_document
from ...exchange.model import Exchange, Message
from ...exchange.sides import request_of


def write(exchange: Exchange, remarks: list[str]) -> bytes:
    """`{"scope", "receive", "send"}`, and `"remarks"` where not all is as it was."""
    remarks = list(remarks)
    if request_of(exchange).is_cut or any(_length(event.message) < event.size for event in exchange.events):
        remarks.append("Some messages were cut when they were recorded.")
    if exchange.events_omitted:
        remarks.append("Not all messages are here.")
    sides = {
        channel: [_message(event.message) for event in exchange.events if event.channel == channel]
        for channel in ("receive", "send")
    }
    fixture = {**({"remarks": remarks} if remarks else {}), "scope": scope_document(exchange.scope), **sides}
    return json.dumps(fixture, indent=2).replace("\x7f", "\\u007f").encode() + b"\n"


def _message(message: Message) -> Message:
    legible_message: Message = legible(message)
    if "headers" in message:
        legible_message["headers"] = [legible(list(pair)) for pair in message["headers"]]
    return legible_message


def _length(message: Message) -> int:
    payload = message.get("body") or message.get("bytes") or message.get("text") or b""
    return len(payload.encode("utf-8", "replace") if isinstance(payload, str) else payload)

"""When two exchanges are the same, one of which may have been written to a file and read back."""

from hashlib import sha256
from typing import Any

import msgspec

from ..exchange.addresses import target_of
from ..exchange.model import Exchange
from ..exchange.sides import Side, request_of, response_of
from ..insight.bodies.codings import undo
from .har.bodies import codings_of


def fingerprint(exchange: Exchange) -> str:
    """Hexadecimal digits that are equal for exchanges of the same time with the same messages, as far as every format
    tells them: without their codings, the moments of single messages and the names that a file adds."""
    request, response = request_of(exchange), response_of(exchange)
    frames = [
        (event.channel, event.message.get("bytes") or event.message.get("text"))
        for event in exchange.events
        if event.message["type"] in ("websocket.receive", "websocket.send")
    ]
    gist = (
        exchange.started_ns // 1000,
        exchange.scope.get("method") or "GET",
        target_of(exchange),
        exchange.status,
        _gist(request),
        response and _gist(response),
        frames,
    )
    return sha256(msgspec.msgpack.encode(gist)).hexdigest()


def _gist(side: Side) -> tuple[Any, ...]:
    headers = [(name.lower(), value) for name, value in side.headers if name.lower() != b"host"]
    names = [] if side.is_decoded else codings_of(side.values(b"content-encoding"))
    content, undone = undo(side.content, names)
    return headers, content if undone is None or undone.state == "whole" else side.content

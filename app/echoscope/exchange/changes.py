"""What middleware has changed: the same exchange seen before it, by the server, and behind it, by the app.

A row reads in the direction in which the message went: for the request the server's view comes first, for the answer
the app's. Headers are compared by name, with their order and repeats."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import msgspec

from ..base.plain import plain
from ..http.spec import FORWARDED_KEY
from .messages import body_bytes, response_start
from .model import ID_KEY, Exchange

Where = Literal["scope", "request header", "request body", "status", "response header", "response body", "messages"]

_OF_HEADERS: Final = "headers"
_OWN: Final = frozenset({_OF_HEADERS, ID_KEY, FORWARDED_KEY})
"""Keys of a scope that are compared in another way, or that Echoscope itself adds."""


class Change(msgspec.Struct, frozen=True):
    """`before` and `after` are plain data, bytes among them; None for what was not there."""

    where: Where
    name: str
    before: Any
    after: Any


def changes(outer: Exchange, inner: Exchange) -> list[Change]:
    """In the order of an exchange: scope, request, answer."""
    rows = [*_scope(outer.scope, inner.scope), *_headers("request header", outer.scope, inner.scope)]
    rows += _body("request body", outer, inner, "receive")
    sent, seen = response_start(inner.events) or {}, response_start(outer.events) or {}
    if inner.status != outer.status:
        rows.append(Change("status", "status", inner.status, outer.status))
    rows += _headers("response header", sent, seen)
    rows += _body("response body", inner, outer, "send")
    return [*rows, *_messages(outer, inner)]


def _scope(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Change]:
    for key in dict.fromkeys((*before, *after)):
        if key not in _OWN and not _is_same(before.get(key), after.get(key)):
            yield Change("scope", key, before.get(key), after.get(key))


def _headers(where: Where, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Change]:
    """One row for each name whose values differ."""
    values, later = _by_name(before), _by_name(after)
    for name in dict.fromkeys((*values, *later)):
        if values.get(name) != later.get(name):
            yield Change(where, name.decode("utf-8", "backslashreplace"), values.get(name), later.get(name))


def _by_name(message: Mapping[str, Any]) -> dict[bytes, bytes]:
    """The values of each header in their order, repeats on lines of their own."""
    values: dict[bytes, list[bytes]] = {}
    for name, value in message.get(_OF_HEADERS) or ():
        values.setdefault(name.lower(), []).append(value)
    return {name: b"\n".join(all_of_it) for name, all_of_it in values.items()}


def _body(where: Where, before: Exchange, after: Exchange, channel: str) -> Iterable[Change]:
    """Where a body is kept in part, the kept parts and the whole sizes are compared."""
    if before.scope["type"] == "websocket":
        return
    sizes = [exchange.received_bytes if channel == "receive" else exchange.sent_bytes for exchange in (before, after)]
    if sizes[0] != sizes[1] or body_bytes(before, channel) != body_bytes(after, channel):
        yield Change(where, "bytes", *sizes)


def _messages(outer: Exchange, inner: Exchange) -> Iterable[Change]:
    """How many messages passed in each direction, where that differs: middleware joins, splits and swallows them."""
    for channel, title, before, after in (
        ("receive", "received", outer, inner),
        ("send", "sent", inner, outer),
    ):
        counts = [sum(event.channel == channel for event in exchange.events) for exchange in (before, after)]
        if counts[0] != counts[1]:
            yield Change("messages", title, counts[0], counts[1])


def _is_same(one: Any, other: Any) -> bool:
    return bool(plain(one) == plain(other))

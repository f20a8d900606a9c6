"""Exchanges as they were captured, whole and with their bytes: from an Echoscope, or from a file of it."""

from collections.abc import Iterable

from ...exchange.messages import body_bytes
from ...exchange.model import Exchange
from ...exchange.sides import response_of
from ...files.reading import Bounds, ImportFault, read
from .compare import Reply

BOUNDS = Bounds(kept_body_bytes=1 << 30, max_events=100_000, head_bytes=1 << 20, head_lines=10_000)
"""Bounds that cut nothing: a capture was bounded when it was made."""


def exchanges(content: bytes) -> Iterable[Exchange]:
    """The exchanges of a JSON Lines or HAR file, in order. Raises `ImportFault`, also for a single entry."""
    for entry in read(content, BOUNDS):
        if entry.exchange is None:
            raise ImportFault(f"Entry {entry.number}: {entry.fault}")
        yield entry.exchange


def recorded_reply(exchange: Exchange) -> Reply | None:
    """The answer that was captured; None when none was, or not all of it."""
    response = response_of(exchange)
    if response is None or response.is_cut:
        return None
    return Reply(exchange.status, response.headers, body_bytes(exchange, "send"))

"""JSON Lines: whole documents, one in each line, from which `reading` makes the same exchanges again."""

import orjson

from ...exchange.document import Document, document, text
from ...exchange.model import Carriage, Exchange, ExchangeHead
from ...exchange.summary import rfc3339


class JsonLines:
    """One document in each line, with its marks and, where they are known, the bytes of the request's head and how it
    came."""

    media_type = "application/x-ndjson"

    def begin(self, heads: list[tuple[int, ExchangeHead]]) -> bytes:
        return b""

    def item(self, seq: int, exchange: Exchange, note: str | None, *, pinned: bool = False) -> bytes:
        marks = {"pinned": pinned, "note": note}
        wire: Document = {} if exchange.wire is None else {"wire": text(exchange.wire)}
        if exchange.carriage is not None:
            wire["carriage"] = _carriage(exchange.carriage)
        refusal = {"reason": exchange.reason, "is_derived": exchange.is_derived}
        return orjson.dumps(document(seq, exchange) | refusal | wire | marks, option=orjson.OPT_APPEND_NEWLINE)

    def end(self) -> bytes:
        return b""


def _carriage(carriage: Carriage) -> Document:
    """Its fields, with moments as text."""
    values = {name: getattr(carriage, name) for name in carriage.__struct_fields__ if not name.endswith("_ns")}
    return values | {
        "framed": None if carriage.framed is None else text(carriage.framed),
        "opened_at": rfc3339(carriage.opened_ns),
        "closed_at": None if carriage.closed_ns is None else rfc3339(carriage.closed_ns),
    }

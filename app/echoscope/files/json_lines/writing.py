"""JSON Lines: whole documents, one in each line, from which `reading` makes the same exchanges again."""

from typing import Final

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict

from ...exchange.document import Bytes, Document, document, text
from ...exchange.model import Carriage, Exchange, ExchangeHead
from ...exchange.summary import rfc3339

_encode: Final = msgspec.json.Encoder().encode


class CarriageDocument(Struct):
    """How a request came (`exchange.model.Carriage`), with moments as text by RFC 3339."""

    connection: str
    number: int
    is_pipelined: bool
    tls: dict[str, str | None] | None
    http2: dict[str, dict[str, int]] | None
    stream: int | None
    framed: Bytes | None
    interim: list[int]
    closed_by: str | None
    opened_at: str
    closed_at: str | None


class ExchangeLine(Document, kw_only=True):
    """A line of a JSON Lines file. `wire`: the head of the request as its bytes came."""

    wire: Bytes | UnsetType
    carriage: CarriageDocument | UnsetType
    pinned: bool
    note: str | None


class JsonLines:
    """One document in each line, with its marks and, where they are known, the bytes of the request's head and how it
    came."""

    media_type = "application/x-ndjson"
    separator = b""

    def begin(self, heads: list[tuple[int, ExchangeHead]]) -> bytes:
        return b""

    def item(self, seq: int, exchange: Exchange, note: str | None, *, pinned: bool = False) -> bytes:
        line = ExchangeLine(
            **asdict(document(seq, exchange)),
            wire=UNSET if exchange.wire is None else text(exchange.wire),
            carriage=UNSET if exchange.carriage is None else _carriage(exchange.carriage),
            pinned=pinned,
            note=note,
        )
        return _encode(line) + b"\n"

    def end(self) -> bytes:
        return b""


def _carriage(carriage: Carriage) -> CarriageDocument:
    return CarriageDocument(
        connection=carriage.connection,
        number=carriage.number,
        is_pipelined=carriage.is_pipelined,
        tls=carriage.tls,
        http2=carriage.http2,
        stream=carriage.stream,
        framed=None if carriage.framed is None else text(carriage.framed),
        interim=carriage.interim,
        closed_by=carriage.closed_by,
        opened_at=rfc3339(carriage.opened_ns),
        closed_at=None if carriage.closed_ns is None else rfc3339(carriage.closed_ns),
    )

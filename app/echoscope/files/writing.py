"""Exchanges as files: HAR, JSON Lines and CSV, one after the other so that a download can be streamed.

JSON Lines holds whole documents and can be read back without loss (`imports`). CSV is for spreadsheets: one row
for each exchange (RFC 4180), and no cell that a spreadsheet would take for a formula.
"""

import csv
import io
from collections.abc import Iterable
from typing import Final, Protocol

import orjson

from ..exchange.document import Document, document, text
from ..exchange.model import Carriage, Exchange, ExchangeHead
from ..exchange.sides import request_of, response_of
from ..exchange.summary import rfc3339, summary
from .har import writing as har

CELL_CHARACTERS: Final = 32_000
"""Spreadsheets cut a cell at 32,767."""

MAX_HEADER_COLUMNS: Final = 100


class Format(Protocol):
    """A kind of file. `begin` may look at all heads; then `item` is called for each exchange in its turn, with what
    people put on it."""

    media_type: str

    def begin(self, heads: list[tuple[int, ExchangeHead]]) -> bytes: ...

    def item(self, seq: int, exchange: Exchange, note: str | None, *, pinned: bool = False) -> bytes: ...

    def end(self) -> bytes: ...


class Har:
    """HAR 1.2. The note becomes the entry's comment."""

    media_type = "application/json"

    def __init__(self) -> None:
        self._is_first = True

    def begin(self, heads: list[tuple[int, ExchangeHead]]) -> bytes:
        return har.BEGIN

    def item(self, seq: int, exchange: Exchange, note: str | None, *, pinned: bool = False) -> bytes:
        separator, self._is_first = b"\n" if self._is_first else b",\n", False
        return separator + har.entry(seq, exchange, note, pinned=pinned)

    def end(self) -> bytes:
        return har.END


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


class Csv:
    """One row for each exchange, and one column for each request header that any of them has, up to 100."""

    media_type = "text/csv; charset=utf-8; header=present"

    def __init__(self) -> None:
        self._names: list[bytes] = []

    def begin(self, heads: list[tuple[int, ExchangeHead]]) -> bytes:
        names = dict.fromkeys(name for _, head in heads for name, _ in head.scope.headers)
        self._names = list(names)[:MAX_HEADER_COLUMNS]
        return _row([*_COLUMNS, *(f"header {name.decode('utf-8', 'backslashreplace')}" for name in self._names)])

    def item(self, seq: int, exchange: Exchange, note: str | None, *, pinned: bool = False) -> bytes:
        request, response = request_of(exchange), response_of(exchange)
        line = summary(seq, exchange.head)
        cells = [line[name] for name in _SUMMARY]
        cells += [note, _content(request.content), response and response.value(b"content-type")]
        cells += [_content(response.content) if response else None]
        return _row([*cells, *(_values(request.headers, name) for name in self._names)])

    def end(self) -> bytes:
        return b""


_SUMMARY: Final = (
    "id", "started_at", "state", "type", "http_version", "method", "path", "query_string", "status", "duration_ms",
    "received_bytes", "sent_bytes", "client",
)  # fmt: skip
_COLUMNS: Final = (*_SUMMARY, "note", "request_body", "response_content_type", "response_body")

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell begins with that spreadsheets calculate (OWASP, CSV injection), wide forms among it."""


def _row(cells: Iterable[object]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_cell(cell) for cell in cells])
    return line.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: object) -> object:
    """A number as it is, a text such that it stays one: an apostrophe goes before what could be a formula."""
    if value is None or not isinstance(value, str):
        return value
    value = value[:CELL_CHARACTERS].replace("\0", "\ufffd")
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value


def _content(content: bytes) -> str:
    """A body as text, or as base64 under that name."""
    shown = text(content)
    return shown if isinstance(shown, str) else f"base64:{shown['base64']}"


def _values(headers: list[tuple[bytes, bytes]], name: bytes) -> str | None:
    """The values of a header, repeats joined (RFC 9110, section 5.3)."""
    values = [value.decode("utf-8", "backslashreplace") for key, value in headers if key == name]
    return ", ".join(values) if values else None


FORMATS: Final[dict[str, type[Format]]] = {"har": Har, "jsonl": JsonLines, "csv": Csv}
"""Formats by the extension of their files."""

"""CSV for spreadsheets: a row for each exchange (RFC 4180), and no cell that a spreadsheet would take for a formula."""

import csv
import io
from collections.abc import Iterable
from typing import Final

from ..exchange.document import inside_document, text
from ..exchange.model import Exchange, ExchangeHead
from ..exchange.sides import request_of, response_of
from ..exchange.summary import summarize

CELL_CHARACTERS: Final = 32_000
"""Spreadsheets cut a cell at 32,767."""

MAX_HEADER_COLUMNS: Final = 100


class Csv:
    """One row for each exchange, and one column for each request header that any of them has, up to 100."""

    media_type = "text/csv; charset=utf-8; header=present"
    separator = b""

    def __init__(self) -> None:
        self._names: list[bytes] = []

    def begin(self, heads: list[tuple[int, ExchangeHead]]) -> bytes:
        names = dict.fromkeys(name for _, head in heads for name, _ in head.scope.headers)
        self._names = list(names)[:MAX_HEADER_COLUMNS]
        return _row([*_COLUMNS, *(f"header {name.decode('utf-8', 'backslashreplace')}" for name in self._names)])

    def item(self, seq: int, exchange: Exchange, note: str | None, *, pinned: bool = False) -> bytes:
        request, response = request_of(exchange), response_of(exchange)
        line = summarize(seq, exchange.head)
        cells = [getattr(line, name) for name in _SUMMARY]
        cells += [note, _content(request.content), response and response.value(b"content-type")]
        cells += [_content(response.content) if response else None, *_told_inside(exchange)]
        return _row([*cells, *(_values(request.headers, name) for name in self._names)])

    def end(self) -> bytes:
        return b""


_SUMMARY: Final = (
    "id", "started_at", "state", "type", "http_version", "method", "path", "query_string", "status", "duration_ms",
    "received_bytes", "sent_bytes", "client",
)  # fmt: skip
_COLUMNS: Final = (
    *_SUMMARY,
    "note",
    "request_body",
    "response_content_type",
    "response_body",
    "route",
    "error",
    "worked_ms",
)

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
    value = text(content)
    return value if isinstance(value, str) else f"base64:{value['base64']}"


def _told_inside(exchange: Exchange) -> list[object]:
    """The route, the exception and the time in the app, as far as Echoscope stood around it."""
    inside = inside_document(exchange)
    if inside is None:
        return [None, exchange.error, None]
    route = inside.route
    return [route and (route.template or route.endpoint), exchange.error, inside.worked_ms]


def _values(headers: list[tuple[bytes, bytes]], name: bytes) -> str | None:
    """The values of a header, repeats joined (RFC 9110, section 5.3)."""
    values = [value.decode("utf-8", "backslashreplace") for key, value in headers if key == name]
    return ", ".join(values) if values else None

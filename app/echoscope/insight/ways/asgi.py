"""The request as an ASGI scope: the keys of the specification, one row for each header."""

import json
from typing import Any, Final

from ...exchange.document import scope_document
from ...exchange.model import Exchange
from .rows import MAX_LINES, WayRow

_PIECES: Final = {
    "http_version": ("version",),
    "method": ("method",),
    "scheme": ("scheme",),
    "path": ("root-path", "path"),
    "raw_path": ("path",),
    "query_string": ("query",),
    "root_path": ("root-path",),
    "client": ("client",),
    "server": ("server",),
}
_NOTES: Final = {
    "path": "escapes decoded, as UTF-8",
    "query_string": "bytes, not decoded",
    "raw_path": "bytes, as they came",
}


def rows(exchange: Exchange) -> list[WayRow]:
    """The keys in the order of the specification; values as the echo has them."""
    table: list[WayRow] = []
    for key, value in scope_document(exchange.scope).items():
        if key == "headers":
            table += [
                WayRow(f"headers[{index}]", _shown(list(pair)), (f"header-{index}",))
                for index, pair in enumerate(value[:MAX_LINES])
            ]
        else:
            pieces = _PIECES.get(key, ())
            if key == "path" and not exchange.scope.get("root_path"):
                pieces = ("path",)
            table.append(WayRow(key, _shown(value), pieces, _NOTES.get(key, "")))
    return table


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)

"""The request as the meta-variables of CGI (RFC 3875)."""

import re
from typing import Any, Final

from ...exchange.model import Exchange
from .rows import Pieces, WayRow, latin
from .wsgi import header_rows, path_info

_WITHHELD: Final = frozenset({"HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION", "HTTP_CONNECTION", "HTTP_PROXY"})
"""Headers that a server should not hand to a script: credentials and what concerns the connection (section 4.1.18), and
`Proxy`, which scripts would take for the environment variable HTTP_PROXY."""

_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::\d*)?")
_SOFTWARE: Final = "Echoscope"


def rows(exchange: Exchange) -> list[WayRow]:
    """The variables in the order of section 4.1, then those of the headers."""
    pieces = Pieces(exchange)
    table: list[WayRow] = []
    if pieces.size:
        note = "the length without the chunks" if pieces.values(b"transfer-encoding") else ""
        table.append(WayRow("CONTENT_LENGTH", str(pieces.size), ("body",), note))
    headers = header_rows(pieces, ", ")
    table += [row for row in headers if row.key == "CONTENT_TYPE"]
    table += [
        WayRow("GATEWAY_INTERFACE", "CGI/1.1"),
        WayRow("PATH_INFO", path_info(pieces), ("path",), "decoded, so that %2F cannot be told from a slash"),
        WayRow("QUERY_STRING", latin(pieces.query), ("query",)),
    ]
    if pieces.client is not None:
        table += [
            WayRow("REMOTE_ADDR", pieces.client[0], ("client",)),
            WayRow("REMOTE_HOST", pieces.client[0], ("client",)),
        ]
    host, of = _name(pieces)
    table += [
        WayRow("REQUEST_METHOD", pieces.method, ("method",)),
        WayRow("SCRIPT_NAME", pieces.root_path, ("root-path",)),
        WayRow("SERVER_NAME", host, of),
        WayRow("SERVER_PORT", _port(pieces), ("server",)),
        WayRow("SERVER_PROTOCOL", pieces.protocol, ("version",)),
        WayRow("SERVER_SOFTWARE", _SOFTWARE),
    ]
    table += [row for row in headers if row.key.startswith("HTTP_") and row.key not in _WITHHELD]
    return table


def variables(exchange: Exchange) -> dict[str, Any]:
    """The rows as a dictionary."""
    return {row.key: row.value for row in rows(exchange)}


def _name(pieces: Pieces) -> tuple[str, tuple[str, ...]]:
    """The host that the client asked for (section 4.1.14), else the server's address."""
    match = _HOST.fullmatch(latin(pieces.value(b"host") or b""))
    if match is not None:
        return match[1], tuple(piece for piece, _ in pieces.values(b"host"))
    return (str(pieces.server[0]), ("server",)) if pieces.server is not None else ("", ())


def _port(pieces: Pieces) -> str:
    if pieces.server is not None and pieces.server[1] is not None:
        return str(pieces.server[1])
    return "443" if pieces.scheme in ("https", "wss") else "80"

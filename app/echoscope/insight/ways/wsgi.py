"""The request as the `environ` of WSGI (PEP 3333), where that leaves a choice, as gunicorn makes it.

A test asks a real gunicorn the same and compares. What WSGI loses is lost: the order of headers, the lines of a
repeated one, names with an underscore in them.
"""

from typing import Any, Final
from urllib.parse import unquote_to_bytes

from ...exchange.model import Exchange
from .rows import Pieces, WayRow, latin

_OWN: Final = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}
"""The two headers that CGI took out of the others."""

_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def rows(exchange: Exchange) -> list[WayRow]:
    """The keys of the request, of its headers, of PEP 3333."""
    pieces = Pieces(exchange)
    name, port = _server(pieces)
    table = [
        WayRow("REQUEST_METHOD", pieces.method, ("method",)),
        WayRow("SCRIPT_NAME", _wsgi(pieces.root_path), ("root-path",)),
        WayRow("PATH_INFO", path_info(pieces), ("path",), "decoded; one character of latin-1 for each byte"),
        WayRow("QUERY_STRING", latin(pieces.query), ("query",)),
        WayRow("RAW_URI", raw_uri(pieces), ("path", "query"), "gunicorn's own key, not in PEP 3333"),
        WayRow("SERVER_PROTOCOL", pieces.protocol, ("version",)),
        WayRow("SERVER_NAME", name, ("server",)),
        WayRow("SERVER_PORT", port, ("server",), "text, always"),
    ]
    if pieces.client is not None:
        table.append(WayRow("REMOTE_ADDR", pieces.client[0], ("client",)))
        if pieces.client[1] is not None:
            table.append(WayRow("REMOTE_PORT", str(pieces.client[1]), ("client",)))
    table += header_rows(pieces, ",")
    table += [
        WayRow("wsgi.url_scheme", {"ws": "http", "wss": "https"}.get(pieces.scheme, pieces.scheme), ("scheme",)),
        WayRow("wsgi.version", [1, 0]),
        WayRow("wsgi.input", f"<a file of {pieces.size} bytes>", ("body",), "read, it blocks until the body is there"),
        WayRow("wsgi.errors", "<the server's log>"),
        WayRow("wsgi.multithread", False, note="the server's choice"),
        WayRow("wsgi.multiprocess", False, note="the server's choice"),
        WayRow("wsgi.run_once", False),
        WayRow("wsgi.input_terminated", True, note="the input ends where the body ends; not in PEP 3333"),
    ]
    return table


def environ(exchange: Exchange) -> dict[str, Any]:
    """The rows as a dictionary."""
    return {row.key: row.value for row in rows(exchange)}


def header_rows(pieces: Pieces, separator: str) -> list[WayRow]:
    """`HTTP_` and the name in capitals with a low line for each dash; repeats joined."""
    table: list[WayRow] = []
    for name in pieces.names():
        values = pieces.values(name)
        of = tuple(piece for piece, _ in values)
        if name in _OWN:
            table.append(WayRow(_OWN[name], latin(values[-1][1]), of))
        elif b"_" in name:
            continue  # it cannot be told from the same name with a dash, so that servers drop it
        else:
            key = "HTTP_" + latin(name).upper().replace("-", "_")
            note = "the lines of a repeated header, joined" if len(values) > 1 else ""
            table.append(WayRow(key, separator.join(latin(value) for _, value in values), of, note))
    return table


def path_info(pieces: Pieces) -> str:
    """The path below the root path, decoded; from its bytes where they are known, since a scope has replaced what is
    no UTF-8."""
    raw = pieces.scope.get("raw_path")
    if raw is None:
        return _wsgi(pieces.inner_path)
    path, root = latin(unquote_to_bytes(raw)), _wsgi(pieces.root_path)
    is_below = root and (path == root or path.startswith(root.rstrip("/") + "/"))
    return path[len(root) :] if is_below else path


def raw_uri(pieces: Pieces) -> str:
    return latin(b"".join(pieces.target()))


def _server(pieces: Pieces) -> tuple[str, str]:
    """Name and port; behind a Unix socket those that Host names, with the port of the scheme."""
    if pieces.server is not None and pieces.server[1] is not None:
        return str(pieces.server[0]), str(pieces.server[1])
    host, _, port = latin(pieces.value(b"host") or b"").partition(":")
    return host, port or str(_PORTS.get(pieces.scheme, ""))


def _wsgi(text: str) -> str:
    return latin(text.encode("utf-8", "surrogateescape"))

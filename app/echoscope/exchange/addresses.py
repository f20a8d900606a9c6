"""The address that a client asked for, written as a URL."""

import re
from typing import Final
from urllib.parse import quote_from_bytes

from ..http.forwarding import scheme_of
from .model import Exchange
from .sides import Side, request_of

_HOST: Final = re.compile(r"[\w.:\[\]-]+", re.ASCII)
_QUERY: Final = bytes(set(range(0x21, 0x7F)) - set(b"#"))
_PATH: Final = bytes(set(_QUERY) - set(b"?"))


def url_of(exchange: Exchange, request: Side | None = None) -> str:
    """Scheme and host as a proxy that is believed tells them, or else the scope and `Host`. `request`: the same side,
    where it has been read already."""
    scope, said = exchange.scope, exchange.forwarded
    server = scope.get("server") or ("localhost", None)
    address = f"{server[0]}:{server[1]}" if server[1] else str(server[0])
    host = said.authority or (request or request_of(exchange)).value(b"host") or address
    scheme = scheme_of(said, scope["type"]) or scope.get("scheme") or ("ws" if scope["type"] == "websocket" else "http")
    return f"{scheme}://{host if _HOST.fullmatch(host) else 'invalid'}{target_of(exchange)}"


def target_of(exchange: Exchange) -> str:
    """Path and query of a request; characters that cannot stand in a URL are percent-encoded."""
    raw = exchange.scope.get("raw_path") or exchange.scope.get("path", "/").encode()
    query = exchange.scope.get("query_string", b"")
    target = quote_from_bytes(raw, safe=_PATH) + (f"?{quote_from_bytes(query, safe=_QUERY)}" if query else "")
    return target if target.startswith("/") else "/" + target

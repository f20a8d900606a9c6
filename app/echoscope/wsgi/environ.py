"""A WSGI `environ` as people see it, and as the ASGI scope that the same request would have been.

Pure. PEP 3333 hands over bytes as text, one character of latin-1 for each byte; in the environ as shown that stays
so, and in the scope they are bytes again.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any, Final

from starlette.types import Scope

from ..base.plain import plain
from ..exchange.document import Plain

Environ = Mapping[str, Any]

KEY: Final = "wsgi.request"
"""The scope key under which the app finds a `WsgiRequest`."""

_OF_REQUEST: Final = frozenset(
    {
        "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH",
        "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SERVER_SOFTWARE", "GATEWAY_INTERFACE",
        "REMOTE_ADDR", "REMOTE_HOST", "REMOTE_PORT",
    }
)  # fmt: skip
"""What a server sets for every request, whatever its process's environment has under the same name."""


class WsgiRequest:
    """Carries an `environ` through ASGI. No mapping: what looks into a scope for plain data leaves it alone."""

    def __init__(self, environ: Environ) -> None:
        self.environ = environ


def environ_document(environ: Environ) -> Plain:
    """All of an environ in its order, what is not plain data as its `repr`.

    Left out are the variables of the process's own environment, which wsgiref puts in: they are no part of the
    request, and often secret.
    """
    return {key: _shown(value) for key, value in environ.items() if not _is_of_process(key, value)}


def _is_of_process(key: str, value: Any) -> bool:
    return key not in _OF_REQUEST and os.environ.get(key) == value


def _shown(value: Any) -> Any:
    match value:
        case None | bool() | int() | float() | str() | bytes():
            return plain(value)
        case tuple() | list():
            return [_shown(item) for item in value]
        case _:
            return repr(value)


def http_scope(environ: Environ) -> Scope:
    """The scope that an ASGI server would have made of the request, as far as the environ tells.

    Names of headers come back in lower case, and with a dash for every underscore. What WSGI lost stays lost:
    the order of the headers, the lines of a repeated one, the path before it was decoded where no server tells it.
    """
    root_path = environ.get("SCRIPT_NAME", "")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": _version(environ.get("SERVER_PROTOCOL", "HTTP/1.0")),
        "method": environ["REQUEST_METHOD"],
        "scheme": environ["wsgi.url_scheme"],
        "path": _bytes(root_path + environ.get("PATH_INFO", "")).decode("utf-8", "replace"),
        "raw_path": raw_path(environ),
        "query_string": _bytes(environ.get("QUERY_STRING", "")),
        "root_path": _bytes(root_path).decode("utf-8", "replace"),
        "headers": list(_headers(environ)),
        "client": _address(environ.get("REMOTE_ADDR"), environ.get("REMOTE_PORT")),
        "server": _address(environ.get("SERVER_NAME"), environ.get("SERVER_PORT")),
        KEY: WsgiRequest(environ),
    }


def _version(protocol: str) -> str:
    """`HTTP/1.1` is 1.1; later versions have no minor one, though some servers give them one."""
    number = protocol.removeprefix("HTTP/")
    return number if number.startswith("1.") else number.partition(".")[0]


def raw_path(environ: Environ) -> bytes | None:
    """The path before it was decoded: gunicorn and waitress keep the request target, each under its own name."""
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    return _bytes(target.partition("?")[0]) if target.startswith("/") else None


def _headers(environ: Environ) -> Iterator[tuple[bytes, bytes]]:
    for key, value in environ.items():
        if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            if value:
                yield header_name(key), _bytes(value)
        elif key.startswith("HTTP_") and isinstance(value, str) and not _is_of_process(key, value):
            yield header_name(key), _bytes(value)


def header_name(key: str) -> bytes:
    """The name of the header that became this key, as far as that can be told."""
    return _bytes(key.removeprefix("HTTP_").replace("_", "-").lower())


def _address(host: str | None, port: str | None) -> tuple[str, int | None] | None:
    """None for a Unix socket; the port is None when the server does not tell it."""
    if not host:
        return None
    return host, int(port) if port and port.isascii() and port.isdigit() else None


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", "replace")

"""The rows of a way, and the pieces of a request that they are made of."""

from typing import Any, Final

import msgspec

from ...exchange.document import header_pairs
from ...exchange.model import Exchange
from ...exchange.sides import as_told, request_of

MAX_LINES: Final = 1_000
"""How many header lines are shown."""


class WayRow(msgspec.Struct, frozen=True):
    """`key`, `value`: as they stand there; `value` is text, or what JSON has. `of`: the names of the pieces of the
    request that it is made of (`Pieces`), none for what the server adds. `note`: what became of them on the way."""

    key: str
    value: Any
    of: tuple[str, ...] = ()
    note: str = ""


class Way(msgspec.Struct, frozen=True):
    """`id`: as addresses have it."""

    id: str
    title: str
    rows: list[WayRow]


class Pieces:
    """A request taken apart. `lines`: the header lines with names as they came, as far as that is known, and in lower
    case. `body`: what is kept of it, `size` how long it was.

    The names of the pieces are `method`, `path`, `query`, `version`, `scheme`, `root-path`, `client`, `server`, `body`
    and `header-0`, `header-1` and so on.
    """

    def __init__(self, exchange: Exchange) -> None:
        scope, side = exchange.scope, request_of(exchange)
        self.scope = scope
        self.is_websocket = scope["type"] == "websocket"
        headers = side.headers[:MAX_LINES]
        self.lines = [(name.lower(), value) for name, value in headers]
        self.told = as_told(headers, exchange.wire)
        self.method: str = scope.get("method") or "GET"
        self.path: str = scope.get("path") or ""
        self.root_path: str = scope.get("root_path") or ""
        self.query: bytes = scope.get("query_string") or b""
        self.version: str = scope.get("http_version") or "1.1"
        self.scheme: str = scope.get("scheme") or ("ws" if self.is_websocket else "http")
        self.client = scope.get("client")
        self.server = scope.get("server")
        self._line = _request_line(exchange.wire)
        self.body = side.content
        self.size = side.size

    @property
    def has_frames(self) -> bool:
        """Whether the version has frames in place of lines."""
        return self.version[:1] in ("2", "3")

    @property
    def protocol(self) -> str:
        """As SERVER_PROTOCOL has it, which wants a minor version."""
        return f"HTTP/{self.version if '.' in self.version else f'{self.version}.0'}"

    @property
    def inner_path(self) -> str:
        """The path below the root path, in front of which servers may have put it or not."""
        root = self.root_path
        is_below = root and (self.path == root or self.path.startswith(root.rstrip("/") + "/"))
        return self.path[len(root) :] if is_below else self.path

    def target(self) -> tuple[bytes, bytes]:
        """The target of the request as it came, as far as it is known: the path, and the query with its question
        mark."""
        if self._line is not None:
            path, mark, query = self._line[1].partition(b"?")
            return path, mark + query
        raw = self.scope.get("raw_path")
        path = self.inner_path.encode("utf-8", "surrogateescape") if raw is None else bytes(raw)
        return path, b"?" + self.query if self.query else b""

    def values(self, name: bytes) -> list[tuple[str, bytes]]:
        """The pieces of a header with their values."""
        return [(f"header-{index}", value) for index, (key, value) in enumerate(self.lines) if key == name]

    def value(self, name: bytes) -> bytes | None:
        return next((value for _, value in self.values(name)), None)

    def names(self) -> list[bytes]:
        """The names of the headers, each once, in lower case."""
        return list(dict.fromkeys(name for name, _ in self.lines))

    def pairs(self) -> list[tuple[Any, Any]]:
        """The told headers as text, by the one rule for bytes."""
        return header_pairs(self.told)


def _request_line(wire: bytes | None) -> list[bytes] | None:
    """The three words of the request line; None where it is not known, or has others."""
    words = (wire or b"").partition(b"\r\n")[0].split(b" ")
    return words if len(words) == 3 else None


def latin(data: bytes) -> str:
    """One character for each byte, as PEP 3333 and CGI have it."""
    return data.decode("latin-1")

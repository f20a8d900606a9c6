"""The second door of an app: a plain call for a request that is whole, and an answer that needs no task.

An ASGI conversation costs a task, two coroutines and a handful of messages, which a request needs that has a body to
come, an app to wait for or a client to be held back. Most requests need none of it. For those an app may offer a
function, `DirectApp`; what it declines, by None, goes through ASGI as ever. Both doors lead to the same logic, and
whoever offers the second sees to it that they give the same answer.

Plain is a request over HTTP/1.1 on a kept connection, whole in one read, with a target in origin form and without
`Expect`, `Upgrade` and chunks.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import unquote

from uvicorn._types import HTTPScope
from uvicorn.server import ServerState

from .head import Names, render_head, render_lines
from .notes import ConnectionNotes
from .request import VISIBLE, keeping

SPEC_VERSION: Final = "2.4"
"""Of the ASGI specification: `send` raises an OSError when the client is gone."""

MAX_BYTES: Final = 16 << 10
"""A request that takes more is not plain: what is kept of it by reference must not hold on to much."""

HEAD_KEY: Final = "http.request.head"
"""The scope key under which an app finds the head of its request as the bytes came, from the request line to the empty
line; absent where they were not seen as one."""

CLOSE_DELIMITED: Final = "http.response.close_delimited"
"""The ASGI extension that says: a body of no announced length is ended by the end of the connection (RFC 9112, section
6.3), as in HTTP/1.0, which has no chunks."""


class Connection:
    """What is the same for all requests of a connection. `memo` is for whoever answers them. `send_later` takes an
    answer that was to come later (`LATER`); None when the connection is gone."""

    __slots__ = (
        "app_state", "asgi_version", "client", "memo", "names", "notes", "root_path", "scheme", "send_later", "server",
        "state",
    )  # fmt: skip

    def __init__(
        self,
        client: tuple[str, int] | None,
        server: tuple[str, int | None] | None,
        scheme: str,
        root_path: str,
        asgi_version: Any,
        app_state: dict[str, Any],
        state: ServerState,
        names: Names,
        notes: ConnectionNotes,
    ) -> None:
        self.client = client
        self.server = server
        self.scheme = scheme
        self.root_path = root_path
        self.asgi_version = asgi_version
        self.app_state = app_state
        self.state = state
        self.names = names
        self.notes = notes
        self.memo: Any = None
        self.send_later: Callable[[bytes], None] | None = None

    def let_go(self) -> None:
        """Forget who answers and who sends, which may hold on to this."""
        self.memo = self.send_later = None

    def server_lines(self) -> bytes:
        """The server's own header lines, which stand last in the head of an answer, each behind its CRLF."""
        return render_lines(self.state.default_headers, self.names)

    def scope(
        self, method: str, version: str, target_path: bytes, query: bytes, headers: list[tuple[bytes, bytes]]
    ) -> HTTPScope:
        root_path = self.root_path
        path = target_path.decode("ascii")
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": SPEC_VERSION},
            "http_version": version,
            "method": method,
            "scheme": self.scheme,
            "path": root_path + (unquote(path) if "%" in path else path),
            "raw_path": root_path.encode("ascii") + target_path if root_path else target_path,
            "query_string": query,
            "root_path": root_path,
            "headers": headers,
            "client": self.client,
            "server": self.server,
            "state": self.app_state.copy(),
        }


Fields = list[tuple[bytes, bytes]]


class Block:
    """The header lines of a request as they came, the empty line included, and what the parser made of them.

    `values`: by name, the last one of those that are repeated. `length`: of the body that they announce. `pattern`: by
    which the next block can be told from this one. `memo` is for whoever answers: on a connection that sends the same
    lines again, the same block comes again.
    """

    __slots__ = ("headers", "length", "memo", "pattern", "raw", "values")

    def __init__(
        self, raw: bytes, headers: Fields, values: dict[bytes, bytes], length: int, pattern: "Pattern | None" = None
    ) -> None:
        self.raw = raw
        self.headers = headers
        self.values = values
        self.length = length
        self.pattern = pattern
        self.memo: Any = None


class Pattern:
    """Two blocks of a connection that differ in the values of a few lines only, such as a `traceparent`: the next one
    is likely to differ in the same places, and then only these values are new.

    `indexes`, `names`: of the headers with these values. `memo` is for whoever answers.
    """

    __slots__ = ("_beginning", "_headers", "_holes", "_length", "_values", "indexes", "memo", "names")

    def __init__(self, block: Block, indexes: list[int], beginning: bytes, ends: list[bytes]) -> None:
        """`beginning`: the bytes up to the first value. `ends`: of each, the bytes up to the next one, or to the end
        of the block."""
        self.indexes = indexes
        self.names = [block.headers[index][0] for index in indexes]
        self._headers = block.headers
        self._values = block.values
        self._length = block.length
        self._beginning = beginning
        self._holes = tuple(zip(indexes, self.names, ends, strict=True))
        self.memo: Any = None

    @classmethod
    def between(cls, before: Block, block: Block) -> "Pattern | None":
        """The pattern of two blocks that the parser has taken; None where they differ in more, or in a line that the
        parser or the server acts on."""
        headers = block.headers
        if len(before.headers) != len(headers) or len(block.values) != len(headers):
            return None
        indexes = [index for index, pair in enumerate(headers) if pair != before.headers[index]]
        lines = block.raw.split(b"\r\n")
        if not 0 < len(indexes) <= MAX_HOLES or len(lines) != len(headers) + 2:
            return None
        pieces, start = [], 0
        for index in indexes:
            name, value = headers[index]
            written, colon, spaced = lines[index].partition(b":")
            if name in _ACTED_ON or before.headers[index][0] != name or not _is_plain_value(value):
                return None
            white = spaced[: spaced.find(value)]
            if written.lower() != name or spaced != white + value:
                return None
            pieces.append(b"\r\n".join([*lines[start:index], written + colon + white]))
            start = index + 1
        pieces.append(b"\r\n".join(lines[start:]))
        return cls(block, indexes, pieces[0], [b"\r\n" + piece for piece in pieces[1:]])

    def match(self, data: bytes, start: int) -> Block | None:
        """The block that begins at `start` and is followed by its body, which ends `data`; None for any other."""
        if not data.startswith(self._beginning, start):
            return None
        at = start + len(self._beginning)
        headers, values = self._headers.copy(), self._values.copy()
        for index, name, end in self._holes:
            stop = data.find(b"\r\n", at)
            value = data[at:stop]
            if not data.startswith(end, stop) or not _is_plain_value(value):
                return None
            headers[index] = name, value
            values[name] = value
            at = stop + len(end)
        if at + self._length != len(data):
            return None
        return Block(data[start:at], headers, values, self._length, self)


MAX_HOLES: Final = 4

_ACTED_ON: Final = frozenset(
    b"connection content-length expect host http2-settings keep-alive proxy-connection te trailer transfer-encoding "
    b"upgrade".split()
)
"""The headers by which the parser and the server know where a request ends and what becomes of its connection."""

_MAX_PLAIN_VALUE: Final = 512
_KEEPING_VISIBLE: Final = keeping(VISIBLE)


def _is_plain_value(value: bytes) -> bool:
    """Visible ASCII without white space, of which the parser takes any."""
    return 0 < len(value) <= _MAX_PLAIN_VALUE and value.translate(_KEEPING_VISIBLE) == value


class DirectRequest:
    """A plain request. `line`: without its CRLF. `target_path`, `query`: as they came, between them the first `?`."""

    __slots__ = ("block", "body", "connection", "line", "method", "query", "target_path")

    def __init__(
        self,
        connection: Connection,
        line: bytes,
        method: str,
        target_path: bytes,
        query: bytes,
        block: Block,
        body: bytes,
    ) -> None:
        self.connection = connection
        self.line = line
        self.method = method
        self.target_path = target_path
        self.query = query
        self.block = block
        self.body = body

    @property
    def path(self) -> str:
        """Decoded, behind the root path."""
        text = self.target_path.decode("ascii")
        return self.connection.root_path + (unquote(text) if "%" in text else text)

    @property
    def raw_path(self) -> bytes:
        """As it came, behind the root path."""
        root_path = self.connection.root_path
        return root_path.encode("ascii") + self.target_path if root_path else self.target_path

    def scope(self) -> Any:
        """The ASGI scope that the other door would have."""
        return self.connection.scope(self.method, "1.1", self.target_path, self.query, self.block.headers)

    def lines(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """The status line and these header lines as they go out, each behind its CRLF but the first.

        Raises `RuntimeError` as an ASGI `send` does, and for headers that frame an answer. A tuple of headers is taken
        for one that comes again: its lines are remembered.
        """
        names = self.connection.names
        if type(headers) is tuple:
            known = names.known_lines.get(id(headers))
            if known is not None and known[0] == status:
                return known[2]
        lines, length, closes = render_head(status, headers, names)
        if closes or length is not None:
            raise RuntimeError("A direct answer is framed by the door.")
        if type(headers) is tuple:
            names.remember(status, headers, lines)
        return lines


class Later:
    """An answer that waits for something, such as a store: `Connection.send_later` is called with it once, when it may
    go out, and not before its `DirectApp` has returned. The connection gives no other answer meanwhile."""


LATER: Final = Later()

DirectApp = Callable[[DirectRequest], bytes | Later | None]
"""Gives the answer as it goes out, or what gives it later, or None for what has to go through ASGI."""

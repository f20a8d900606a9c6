"""The second door of an app: a plain call for a request that is whole, and an answer that waits for nothing.

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

from .head import CONTENT_LENGTH, Names, render_head, render_lines

MAX_BYTES: Final = 16 << 10
"""A request that takes more is not plain: what is kept of it by reference must not hold on to much."""

HEAD_KEY: Final = "http.request.head"
"""The scope key under which an app finds the head of its request as the bytes came, from the request line to the empty
line; absent where they were not seen as one."""


class Connection:
    """What is the same for all requests of a connection. `memo` is for whoever answers them."""

    __slots__ = (
        "app_state", "asgi_version", "client", "memo", "names", "root_path", "scheme", "server", "state",
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
    ) -> None:
        self.client = client
        self.server = server
        self.scheme = scheme
        self.root_path = root_path
        self.asgi_version = asgi_version
        self.app_state = app_state
        self.state = state
        self.names = names
        self.memo: Any = None

    def server_lines(self) -> bytes:
        """The server's own header lines, which stand last in the head of an answer, each behind its CRLF."""
        return render_lines(self.state.default_headers, self.names)

    def scope(
        self, method: str, version: str, path: str, raw_path: bytes, query: bytes, headers: list[tuple[bytes, bytes]]
    ) -> HTTPScope:
        """`path`: decoded, `raw_path`: as it came; both without the root path."""
        root_path = self.root_path
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.4"},
            "http_version": version,
            "method": method,
            "scheme": self.scheme,
            "path": root_path + path,
            "raw_path": root_path.encode("ascii") + raw_path if root_path else raw_path,
            "query_string": query,
            "root_path": root_path,
            "headers": headers,
            "client": self.client,
            "server": self.server,
            "state": self.app_state.copy(),
        }


class Block:
    """The header lines of a request as they came, the empty line included, and what the parser made of them.

    `length`: of the body that they announce. `memo` is for whoever answers: on a connection that sends the same lines
    again, the same block comes again.
    """

    __slots__ = ("headers", "length", "memo", "raw")

    def __init__(self, raw: bytes, headers: list[tuple[bytes, bytes]], length: int) -> None:
        self.raw = raw
        self.headers = headers
        self.length = length
        self.memo: Any = None


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

    def scope(self) -> HTTPScope:
        """The ASGI scope that the other door would have."""
        text = self.target_path.decode("ascii")
        return self.connection.scope(
            self.method, "1.1", unquote(text) if "%" in text else text, self.target_path, self.query, self.block.headers
        )

    def answer(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
        """The whole answer as it goes out, in the bytes in which the ASGI door sends it.

        `headers` as an ASGI app gives them, `content-length` among them. Raises `RuntimeError` as `send` does.
        """
        lines, length, closes = render_head(status, headers, self.connection.names)
        if closes or length is None:
            raise RuntimeError("A direct answer announces its length and leaves the connection open.")
        return b"%b%b%d%b\r\n\r\n%b" % (lines, CONTENT_LENGTH, length, self.connection.server_lines(), body)


DirectApp = Callable[[DirectRequest], bytes | None]
"""Gives the answer as it goes out, or None for what has to go through ASGI."""

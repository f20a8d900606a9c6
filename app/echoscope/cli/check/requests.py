"""What a server is asked in a check: requests as bytes, and what its scopes and messages must say of them."""

# ruff: noqa: E501  a row is a row

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.sync.client import ClientConnection, connect

from ...insight.conformance import Breach
from .probe import CASE, Seen

TIMEOUT_S: Final = 10.0
"""How long an answer may take."""

Lines = Sequence[tuple[bytes, bytes]]


class Asked(NamedTuple):
    """What came of a request: the server's status, and the two ports of the connection."""

    said: str
    client_port: int | None = None
    breaches: Sequence[Breach] = ()


class Request(NamedTuple):
    """A request over HTTP/1.1. `chunks`: a body that goes out in chunks; `body` has its length announced.

    `leaves`: whether the client goes away in the middle of the answer.
    """

    name: str
    method: str = "GET"
    target: bytes = b"/"
    lines: Lines = ()
    body: bytes = b""
    chunks: Sequence[bytes] = ()
    version: str = "1.1"
    leaves: bool = False

    def content(self) -> bytes:
        return self.body or b"".join(self.chunks)

    def encoded(self) -> bytes:
        fields = [(b"Host", b"localhost"), (CASE, self.name.encode()), *self.lines]
        if self.chunks:
            fields.append((b"Transfer-Encoding", b"chunked"))
        elif self.body:
            fields.append((b"Content-Length", b"%d" % len(self.body)))
        head = b"%b %b HTTP/%b\r\n" % (self.method.encode(), self.target, self.version.encode())
        head += b"".join(b"%b: %b\r\n" % field for field in fields) + b"\r\n"
        if not self.chunks:
            return head + self.body
        return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in self.chunks) + b"0\r\n\r\n"


REQUESTS: Final = (
    Request("GET", target=b"/a/b?q=%20&q=2", lines=[(b"X-B", b"1"), (b"a", b"2"), (b"x-b", b"3"), (b"Accept", b"*/*"), (b"x-b", b"2")]),
    Request("HEAD", "HEAD"),
    Request("OPTIONS", "OPTIONS"),
    Request("a method of its own", "PURGE"),
    Request("escapes in the path", target=b"/caf%C3%A9/%C3%BC%20%25?a=%C3%A9"),
    Request("an escaped slash", target=b"/a%2Fb"),
    Request("bytes in the path that are not UTF-8", target=b"/%ff"),
    Request("an empty query", target=b"/?"),
    Request("a query with question marks", target=b"/??a=?"),
    Request("the address with its origin", target=b"http://localhost/a?b=1"),
    Request("a header that is not UTF-8", lines=[(b"X-Latin", b"caf\xe9")]),
    Request("a long header", lines=[(b"X-Long", b"a" * 4000)]),
    Request("POST", "POST", lines=[(b"Content-Type", b"text/plain")], body=b"hello"),
    Request("POST, empty", "POST", lines=[(b"Content-Length", b"0")]),
    Request("POST, 1 MiB", "POST", body=bytes(range(256)) * 4096),
    Request("POST, in chunks", "POST", chunks=[b"hel", b"lo"]),
    Request("a body on GET", body=b"hello"),
    Request("HTTP/1.0", version="1.0"),
    Request("a client that leaves", leaves=True),
)  # fmt: skip


class Server(NamedTuple):
    """Where the server under check listens."""

    host: str
    port: int


def ask(server: Server, request: Request) -> Asked:
    """Send a request on a connection of its own, and read the status of the answer."""
    with socket.create_connection(server, TIMEOUT_S) as connection:
        port: int = connection.getsockname()[1]
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before it has read
                connection.sendall(request.encoded())
            received = connection.recv(65536)
            if request.leaves:
                time.sleep(0.1)  # so that the answer has begun
                return Asked("left", port)
            while b"\r\n\r\n" not in received and (piece := connection.recv(65536)):
                received += piece
        except TimeoutError:
            return Asked(f"no answer within {TIMEOUT_S:g} s", port)
        except OSError:
            return Asked("the connection broken off", port)
    return Asked(received.split(b" ", 2)[1].decode("latin-1") if received.startswith(b"HTTP/") else "no answer", port)


def ask_twice(server: Server, first: Request, second: Request) -> Asked:
    """Two requests on one connection, the second when the first is answered."""
    with socket.create_connection(server, TIMEOUT_S) as connection:
        port: int = connection.getsockname()[1]
        try:
            for request in (first, second):
                connection.sendall(request.encoded())
                received = b""
                while b"\r\n\r\nchecked\n" not in received and (piece := connection.recv(65536)):
                    received += piece
        except OSError as error:
            return Asked(f"the connection broken off: {type(error).__name__}", port)
    return Asked("200" if received else "the connection closed after the first", port)


def differences(request: Request, seen: Seen, asked: Asked, server: Server) -> Iterator[Breach]:
    """In what the scope and the body differ from what was sent."""
    scope = seen.scope
    target = request.target.partition(b"localhost")[2] if request.target.startswith(b"http") else request.target
    raw_path, _, query = target.partition(b"?")
    path = unquote(raw_path.decode("ascii"))
    expected = {
        "method": ("method", request.method),
        "http_version": ("http-version", request.version),
        "scheme": ("scheme", "http"),
        "query_string": ("query-string", query),
        "raw_path": ("raw-path", raw_path),
        "path": ("path", path),
    }
    for key, (rule, value) in expected.items():
        given = scope.get(key)
        # How bytes that are no UTF-8 are decoded is nobody's rule, nor whether a target with its origin is a path.
        is_lost = key == "path" and ("\ufffd" in path or target != request.target)
        if given != value and not (key == "raw_path" and given is None) and not is_lost and _is_typed(given, value):
            yield Breach(rule, "server", f"scope.{key}", f"{key} is {given!r}, where {value!r} was sent.")
    yield from _other_values(request, scope)
    yield from _other_ports(scope, asked, server)
    if seen.body != request.content() and not request.leaves:
        why = f"The body has {len(seen.body)} bytes, or others, where {len(request.content())} were sent."
        yield Breach("request-body", "server", "http.request.body", why)


def _is_typed(given: Any, value: Any) -> bool:
    """Whether it has the right type: another one is a breach that the scope itself shows."""
    return isinstance(given, type(value))


def _other_values(request: Request, scope: dict[str, Any]) -> Iterator[Breach]:
    try:
        given = [(bytes(name).lower(), bytes(value)) for name, value in scope["headers"]]
    except (KeyError, TypeError, ValueError):
        return
    for name in dict.fromkeys(name.lower() for name, _ in request.lines):
        sent = [value for key, value in request.lines if key.lower() == name]
        values = [value for key, value in given if key == name]
        if values != sent:
            why = f"{name.decode()} has the values {values!r}, where {sent!r} were sent in this order."
            yield Breach("header-values", "server", "scope.headers", why)


def _other_ports(scope: dict[str, Any], asked: Asked, server: Server) -> Iterator[Breach]:
    for key, value in (("client", asked.client_port), ("server", server.port)):
        address = scope.get(key)
        if isinstance(address, list) and len(address) == 2 and isinstance(address[1], int) and address[1] != value:
            yield Breach(key, "server", f"scope.{key}[1]", f"The port of the {key} is not that of the connection.")


# Sessions

SESSIONS: Final = (
    "a session",
    "a session with a code",
    "a session that the app closes",
    "a session that is refused",
    "a client that vanishes",
)


def hold_session(server: Server, name: str) -> Asked:
    """Open a WebSocket, say what belongs to this case, and close. Tells what the server said of it."""
    headers = {CASE.decode(): name}
    address = f"ws://{server.host}:{server.port}/chat?a=1"
    try:
        with connect(
            address,
            additional_headers=headers,
            subprotocols=["chat", "superchat"],  # type: ignore[list-item]
            compression=None,
            open_timeout=TIMEOUT_S,
            close_timeout=TIMEOUT_S,
            proxy=None,
        ) as session:
            return _in_session(session, name)
    except InvalidHandshake as error:
        response = getattr(error, "response", None)
        status = getattr(response, "status_code", None)
        if name == "a session that is refused" and status != 403:
            why = f"The handshake was answered {status}."
            return Asked(str(status), None, [Breach("close-before-accept", "server", "websocket.close", why)])
        return Asked(f"refused, {status}")
    except (OSError, WebSocketException, TimeoutError) as error:
        return Asked(f"broken off: {type(error).__name__}")


def _in_session(session: ClientConnection, name: str) -> Asked:
    if name == "a client that vanishes":
        session.socket.close()
        return Asked("101, left")
    for frame in ("hello", b"\x00\xff"):
        session.send(frame)
        session.recv(TIMEOUT_S)
    if name == "a session that the app closes":
        session.send("close")
        with suppress(WebSocketException):
            session.recv(TIMEOUT_S)
        if session.close_code != 4001:
            why = f"The app closed with 4001, the client saw {session.close_code}."
            return Asked("101", None, [Breach("close-passed-on", "server", "websocket.close.code", why)])
    elif name == "a session with a code":
        session.close(4000, "done")
    return Asked("101")


def session_differences(name: str, seen: Seen) -> Iterator[Breach]:
    """In what the scope and the messages of a session differ from what was sent."""
    scope = seen.scope
    expected = {
        "path": ("path", "/chat"),
        "query_string": ("query-string", b"a=1"),
        "subprotocols": ("subprotocols", ["chat", "superchat"]),
    }
    for key, (rule, value) in expected.items():
        if scope.get(key) != value and _is_typed(scope.get(key), value):
            yield Breach(rule, "server", f"scope.{key}", f"{key} is {scope.get(key)!r}, where {value!r} was sent.")
    if name in ("a session", "a session with a code") and seen.frames != ["hello", b"\x00\xff"]:
        why = f"Received were {seen.frames!r}, where 'hello' and two bytes were sent."
        yield Breach("frame-received", "server", "websocket.receive", why)
    if name == "a session with a code" and seen.codes != [4000] and seen.codes:
        why = f"The code is {seen.codes[0]!r}, where the client closed with 4000."
        yield Breach("disconnect-code", "server", "websocket.disconnect.code", why)

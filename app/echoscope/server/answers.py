"""The answers that the server gives itself, in place of the app: one shape, made of bytes.

A `Refusal` is raised where a request breaks a rule and turned into an answer by the protocol. Every answer is
`application/problem+json` (RFC 9457) with `nosniff`, and ends the connection.
"""

import json
from functools import lru_cache
from typing import Final

import msgspec

from .head import TITLED
from .notes import RequestNotes
from .phrases import PHRASES

KNOWN_METHODS = b"DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


REFUSED_HEAD_BYTES: Final = 8 << 10
"""How much of a refused request is handed to whoever keeps a record of it."""


class Refused(msgspec.Struct, frozen=True):
    """A request that the server turned away, for whoever keeps a record of it.

    `head`: the bytes that came, at most `REFUSED_HEAD_BYTES`. `size`: how many had come. `status`: of the answer, None
    where the connection or the stream was broken off. `started_ns`: when its first byte came, nanoseconds since 1970.
    `fields`: of an HTTP/2 request, with the pseudo-headers, where they could be read. `notes`: of its connection.
    """

    client: tuple[str, int] | None
    server: tuple[str, int | None] | None
    scheme: str
    http_version: str
    head: bytes
    size: int
    status: int | None
    reason: str
    started_ns: int
    fields: list[tuple[bytes, bytes]] | None = None
    notes: RequestNotes | None = None


class Refusal(Exception):
    """A request that the app does not get to answer: status, a sentence for people, further header lines."""

    def __init__(self, status: int, detail: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers

    def answer(self, *, body: bool = True) -> bytes:
        """The whole HTTP/1.1 answer; without `body` the head alone, as HEAD wants it."""
        head, content = _render(self.status, self.detail, self.headers)
        return head + content if body else head


@lru_cache(maxsize=64)
def _render(status: int, detail: str, headers: tuple[tuple[bytes, bytes], ...]) -> tuple[bytes, bytes]:
    title = PHRASES[status]
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    content = json.dumps(problem).encode() + b"\n"
    lines = [
        b"HTTP/1.1 %d %s" % (status, title.encode()),
        b"Content-Type: application/problem+json",
        b"Content-Length: %d" % len(content),
        b"X-Content-Type-Options: nosniff",
        b"Connection: close",
    ]
    more = b"".join(TITLED.start(name) + value for name, value in headers)
    return b"\r\n".join(lines) + more + b"\r\n\r\n", content


def malformed(reason: str) -> Refusal:
    """`reason`: the parser's own fixed words, such as "Invalid header token"."""
    # The parser knows the versions 0.9, 1.0, 1.1 and 2.0, and takes the preface of HTTP/2 for a request to
    # pause; anything else that looks like a version gets the answer that the first and the last of them get.
    if reason in ("Invalid HTTP version", "Pause on PRI/Upgrade"):
        return wrong_version()
    return Refusal(400, f"The request is malformed: {reason}.")


def wrong_version() -> Refusal:
    return Refusal(505, "This server speaks HTTP/1.0 and HTTP/1.1.")


def unknown_coding() -> Refusal:
    return Refusal(501, "The only transfer coding understood here is chunked.")


def no_tunnel() -> Refusal:
    return Refusal(405, "This server is no proxy: it opens no tunnels.", ((b"allow", KNOWN_METHODS),))


def head_too_large(max_bytes: int, max_lines: int) -> Refusal:
    return Refusal(431, f"A request head may have at most {max_bytes} bytes and {max_lines} header lines.")


def head_too_slow(seconds: float) -> Refusal:
    return Refusal(408, f"The request head did not arrive within {seconds:g} seconds.")


def body_too_large(max_bytes: int) -> Refusal:
    return Refusal(413, f"A request body may have at most {max_bytes} bytes.")


def body_too_slow(idle_s: float, total_s: float) -> Refusal:
    return Refusal(408, f"The request body paused for {idle_s:g} seconds, or took more than {total_s:g}.")


def too_many_connections(limit: int) -> Refusal:
    detail = f"More than {limit} connections are open."
    return Refusal(503, detail, ((b"retry-after", b"1"),))


def too_many_of_client(limit: int) -> Refusal:
    detail = f"More than {limit} connections from one client are open."
    return Refusal(503, detail, ((b"retry-after", b"1"),))


def no_room() -> Refusal:
    return Refusal(503, "More is on its way than this service keeps at once.", ((b"retry-after", b"1"),))


def shutting_down() -> Refusal:
    return Refusal(503, "The server is shutting down.", ((b"retry-after", b"1"),))


def app_failed() -> Refusal:
    return Refusal(500, "The application failed to answer this request.")

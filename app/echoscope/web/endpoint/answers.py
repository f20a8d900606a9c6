"""What an endpoint returns: values that say what is to be sent. `sending` sends them."""

from collections.abc import AsyncGenerator
from typing import Any, Final

import msgspec
import orjson

from ...http.spec import Header
from ..problem import problem_body

Headers = list[Header]

JSON: Final = (b"content-type", b"application/json")
HTML: Final = (b"content-type", b"text/html; charset=utf-8")
TEXT: Final = (b"content-type", b"text/plain; charset=utf-8")
AS_IT_COMES: Final = (b"x-accel-buffering", b"no")
"""Keeps nginx from gathering an answer that comes piece by piece."""
BYTES: Final = (b"content-type", b"application/octet-stream")


def bounded(wanted: float, most: float, unit: str) -> Headers:
    """The header of an answer that is smaller or sooner than was asked for. httpbin bounds in silence."""
    return [] if wanted <= most else [(b"x-echoscope-bounded", f"{most:g} {unit}, not {wanted:g}".encode())]


class Answer(msgspec.Struct, kw_only=True):
    """An answer whose body is whole.

    `pieces`: a body that is too long to be one, in place of `body`. `is_shaped`: a client chose its type, its bytes or
    its headers, so it is sent in a sandbox. `trailers`: sent after the body, None without any. `hints`: the `Link`
    values of a 103 before it.
    """

    status: int = 200
    headers: Headers
    body: bytes = b""
    pieces: list[bytes] = []
    is_shaped: bool = False
    trailers: Headers | None = None
    hints: list[bytes] = []


class Stream(msgspec.Struct, kw_only=True):
    """An answer whose body is made while it is sent. `size`: of the whole body, None where nobody knows it."""

    status: int = 200
    headers: Headers
    pieces: AsyncGenerator[bytes]
    size: int | None = None


Reply = Answer | Stream


class Refused(Exception):
    """A client's mistake: a 4xx, or a 501 for what this server cannot do. `detail` names value, field and range."""

    def __init__(self, status: int, detail: str, headers: Headers | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or []
        self.more = more

    def answer(self) -> Answer:
        return Answer(
            status=self.status,
            headers=[(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store"), *self.headers],
            body=problem_body(self.status, self.detail, **self.more),
        )


def json_answer(value: Any, headers: Headers | None = None, status: int = 200) -> Answer:
    """httpbin's form of JSON: two spaces, keys sorted, a newline at the end."""
    return Answer(status=status, headers=[JSON, *headers] if headers else [JSON], body=json_bytes(value))


def json_bytes(value: Any) -> bytes:
    """Raises TypeError for what JSON has no room for: integers over 64 bits, nesting over 254 levels.

    What orjson gives stays in the buffer that it was written into, of 4 KiB or more. A log keeps answers as they are,
    so the newline is put behind it here: what is put together takes its own length.
    """
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"

"""The one shape of an error: `application/problem+json` (RFC 9457)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import UNSET, UnsetType
from starlette.types import Message

from ..http.glossary import reason_phrase

if TYPE_CHECKING:
    from starlette.responses import Response

DATA_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""For answers of our own that are data: a browser keeps them not, takes them for nothing else and frames them not."""


class Problem(msgspec.Struct):
    """What went wrong (RFC 9457). `detail`: one sentence that names the value, its field and what is allowed. `where`:
    the place in what was sent. `exchange`: the id of the exchange, for the operator. `accept`: the media types that can
    be had where none of those asked for can."""

    type: str
    title: str
    status: int
    detail: str
    where: str | UnsetType = UNSET
    exchange: str | UnsetType = UNSET
    accept: list[str] | UnsetType = UNSET


def problem(status: int, detail: str, *, headers: dict[str, str] | None = None, **more: str) -> "Response":
    """An answer that says what went wrong.

    `detail` is one sentence that names the value, its field and what is allowed. `more` are further members.
    """
    from starlette.responses import Response  # with the reading of forms, which takes 50 ms to import

    return Response(
        problem_body(status, detail, **more),
        status,
        {**DATA_HEADERS, **(headers or {})},
        "application/problem+json",
    )


def problem_body(status: int, detail: str, **more: Any) -> bytes:
    return msgspec.json.encode(Problem("about:blank", reason_phrase(status), status, detail, **more)) + b"\n"


def internal_error(exchange_id: str) -> Iterable[Message]:
    """The messages of a 500 that names the exchange, where the operator finds the traceback, and nothing else."""
    body = problem_body(500, "The service failed to answer this request.", exchange=exchange_id)
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    yield {"type": "http.response.start", "status": 500, "headers": headers}
    yield {"type": "http.response.body", "body": body}

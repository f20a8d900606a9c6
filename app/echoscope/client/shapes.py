"""What an Echoscope tells, as structs: those of which the server makes its JSON (`document`, `replies`), and an
exchange in the form that is handy in Python: bytes are bytes, headers are looked up by name.

What a newer server tells beyond this is passed over.
"""

from base64 import b64decode
from typing import Any, Literal, TypeVar

import httpx
import msgspec
from msgspec import Struct, field

from ..exchange.document import AsgiEvent as Event
from ..exchange.document import BodyFacts, WholeExchange
from ..exchange.messages import BODIES
from ..exchange.replies import (
    Bye,
    Cleared,
    Deleted,
    Exchanges,
    Finding,
    Gap,
    Hello,
    Imported,
    Info,
    Marks,
    Message,
    Page,
    Pinned,
    Pins,
    Place,
    Skipped,
    Verdict,
)
from ..exchange.summary import Summary

__all__ = [
    "Awaited", "Body", "Bye", "Cleared", "Deleted", "Event", "Exchange", "Exchanges", "Finding", "Format", "Gap",
    "Hello", "Imported", "Info", "Marks", "Message", "News", "Page", "Pinned", "Pins", "Place", "Request", "Response",
    "Skipped", "Verdict", "decode",
]  # fmt: skip

T = TypeVar("T")


class Bytes(bytes):
    """Bytes that JSON tells as a text or as `{"base64": "…"}`."""


class Body(BodyFacts):
    """`sha256`: of all of a request's body, where it came to its end. `content`: what is kept, put together from the
    events."""

    sha256: str | None = None
    content: Bytes = Bytes()


class Request(Struct):
    body: Body


class Response(Struct):
    status: int | None
    headers: httpx.Headers
    body: Body


class Exchange(WholeExchange[Request, Response], kw_only=True):
    """All that is known of an exchange. `scope`: the ASGI scope as JSON tells it; `headers`, `content` and `json` are
    of the request."""

    pinned: bool = False
    note: str | None = None
    findings: list[Finding] = field(default_factory=list)
    signature: Verdict | None = None

    def __post_init__(self) -> None:
        self.request.body.content = self._body("receive")
        if self.response is not None:
            self.response.body.content = self._body("send")

    def _body(self, channel: str) -> Bytes:
        events = (event for event in self.events if event.channel == channel and event.type in BODIES)
        return Bytes(b"".join(_bytes(event.message.get("body", "")) for event in events))

    @property
    def headers(self) -> httpx.Headers:
        """The request's headers, repeats kept, in the order in which they came."""
        return _headers(self.scope["headers"])

    @property
    def content(self) -> bytes:
        """What is kept of the request's body."""
        return self.request.body.content

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The request's body, read as JSON. Raises ValueError for one that is none."""
        return msgspec.json.decode(self.content)


class Awaited(Struct):
    """What a wait gave. `place`: from where the next wait goes on. `missed`: how many exchanges after the given place
    had left the log unseen; None when the log began anew in the meantime."""

    exchange: Exchange
    place: Place
    missed: int | None


News = Summary | Gap | Deleted | Cleared
"""What a reader of the feed is given."""

Format = Literal["har", "jsonl", "csv", "html"]


def decode(data: bytes | str, shape: type[T]) -> T:
    """JSON as one of the structs. Raises `msgspec.DecodeError`, UnicodeDecodeError among its kin, for anything else."""
    return msgspec.json.decode(data, type=shape, dec_hook=_hook)


def _hook(shape: type, value: Any) -> Any:
    if shape is Bytes:
        return Bytes(_bytes(value))
    if shape is httpx.Headers:
        return _headers(value)
    raise NotImplementedError(shape)


def _headers(pairs: Any) -> httpx.Headers:
    return httpx.Headers([(_bytes(name), _bytes(value)) for name, value in pairs])


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else b64decode(value["base64"])

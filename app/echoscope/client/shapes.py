"""What an Echoscope tells, as structs: exchanges, lists of them, the messages of the feed.

Bytes are bytes here, whatever form they have in JSON. What a newer server tells beyond this is passed over.
"""

from base64 import b64decode
from typing import Any, Final, Literal, TypeVar

import httpx
import msgspec
from msgspec import Struct, field

from ..exchange.summary import Summary

T = TypeVar("T")


class Bytes(bytes):
    """Bytes that JSON tells as a text or as `{"base64": "…"}`."""


class Place(Struct, frozen=True):
    """A place in a log: the seq up to which was read, under the epoch of the log."""

    epoch: str
    seq: int


class Page(Struct):
    """A page of the list, the newest exchange first. `next`: what to pass as `before` for more, None at the end."""

    epoch: str
    oldest: int
    head: int
    items: list[Summary]
    next: int | None

    @property
    def place(self) -> Place:
        """Where the log stood: what came later than this page, comes after it."""
        return Place(self.epoch, self.head)


class Body(Struct):
    """`content`: what is kept of a body of `size` bytes. `sha256`: of all of a request's, where it came to its end."""

    size: int
    kept: int
    truncated: bool
    content: Bytes
    sha256: str | None = None


class Request(Struct):
    body: Body


class Response(Struct):
    status: int | None
    headers: httpx.Headers
    body: Body


class Event(Struct):
    """An ASGI message as it passed, `at_ms` after the exchange began."""

    channel: Literal["receive", "send"]
    type: str
    at_ms: float
    size: int
    truncated: bool
    message: dict[str, Any]


class Finding(Struct):
    """What is odd about an exchange, why, and what mends it."""

    rule: str
    level: Literal["error", "warning", "note"]
    title: str
    why: str
    advice: str
    reference: str
    link: str | None
    where: dict[str, Any] | None


class Exchange(Summary, kw_only=True):
    """All that is known of an exchange. `scope`: the ASGI scope as JSON tells it; `headers`, `content` and `json` are
    of the request."""

    scope: dict[str, Any]
    events: list[Event]
    events_omitted: int
    request: Request
    response: Response | None
    error: str | None
    reason: str | None
    is_derived: bool
    pinned: bool = False
    note: str | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def headers(self) -> httpx.Headers:
        """The request's headers, repeats kept, in the order in which they came."""
        return _headers(self.scope.get("headers") or [])

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


class Info(Struct):
    """What the server tells of itself, as far as this client needs it."""

    version: str
    profile: Literal["local", "public"]
    epoch: str
    oldest: int
    head: int
    exchanges: int
    bytes: int

    @property
    def place(self) -> Place:
        return Place(self.epoch, self.head)


class Marks(Struct):
    """What people put on an exchange."""

    id: str
    pinned: bool
    note: str | None


class Pinned(Summary, kw_only=True):
    pinned: bool
    note: str | None


class Pins(Struct):
    """The pinned exchanges, the newest first, and all notes by the id of their exchange."""

    items: list[Pinned]
    notes: dict[str, str]
    exchanges: int
    bytes: int
    max_exchanges: int
    max_bytes: int


class Skipped(Struct):
    """An entry of a file that was not taken, counted from 1."""

    entry: int
    reason: str


class Imported(Struct):
    """What became of a file. `already_here`: how many exchanges of it were kept before."""

    imported: int
    ids: list[str]
    already_here: int
    not_pinned: int
    skipped: list[Skipped]
    skipped_count: int


# The feed


class Gap(Struct, tag="gap", rename={"first": "from", "last": "to"}):
    """Seqs that will not come: `trimmed` or `slow` (they left the log before), `superseded` (a later record of the same
    exchange stands for them), `restart` (the log began anew, and nobody can tell how many)."""

    first: int | None
    last: int | None
    missed: int | None
    reason: Literal["slow", "trimmed", "superseded", "restart"]


class Deleted(Struct, tag="deleted"):
    """Somebody deleted an exchange."""

    seq: int
    id: str


class Cleared(Struct, tag="cleared"):
    """Somebody deleted all exchanges before this seq."""

    seq: int


class Hello(Struct, tag="hello"):
    epoch: str
    oldest: int
    head: int


class Exchanges(Struct, tag="exchanges"):
    items: list[Summary]
    through: int | None = None


class Bye(Struct, tag="bye"):
    after: int


News = Summary | Gap | Deleted | Cleared
"""What a reader of the feed is given."""

Message = Hello | Exchanges | Gap | Deleted | Cleared | Bye

Format = Literal["har", "jsonl", "csv", "html"]

NO_BYTES: Final = Bytes()


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

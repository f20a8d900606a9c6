"""The contract of a store: where the exchanges of one log stay, append-only and bounded.

Every record has a `seq`; seqs are gapless integers from 1 under an `epoch`, which is new whenever the log starts
empty. Clearing and deleting are records too, so that a reader who follows the seqs learns of them. An exchange that
stays open is put again; its newest record replaces the earlier ones. Records leave the log when it is full (oldest
first), when they are replaced and when they are deleted: their seqs are then missing, and a reader counts them
(`feed`).

Four rules hold for every store, and `tests/store` holds every store to them:

1. Readers get heads. The whole of an exchange is given by its id alone.
2. `put` never raises because the store is away, and what it gives back is done within `PUT_WAIT_S`.
3. What was not stored in time is stored when the store is back, within bounds; what is lost is counted (`Status`).
4. Refused requests have a share of their own: they never push out what somebody sent.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Protocol, final

import msgspec

from ..exchange.model import Exchange, ExchangeHead, decode_exchange, decode_head
from ..exchange.parts import Parts
from ..exchange.wire import Wire
from .commit import Backlog, Tell

REFUSED_SHARE: Final = 10
"""Refused requests may be one in this many of the exchanges that a log keeps, and of their bytes."""

RECORD_OVERHEAD: Final = 256
"""Bytes that a record takes beside its encoded form: what Python adds to the bytes, the struct that holds them, its id
and seq, and its places in the log and in the index (220 to 240 by tracemalloc over 10,000 to 150,000 records)."""


class Encoded(msgspec.Struct, frozen=True, gc=False):
    """An exchange in its stored form."""

    id: str
    data: bytes

    @property
    def size(self) -> int:
        """What a log counts, in bytes."""
        return RECORD_OVERHEAD + len(self.data)

    @property
    def head(self) -> ExchangeHead:
        return decode_head(self.data)

    @property
    def exchange(self) -> Exchange:
        return decode_exchange(self.data)


class Outlined(msgspec.Struct, frozen=True, gc=False):
    """The head of an exchange in its stored form. `size`: the bytes that the log counts for the whole exchange, which
    `Store.get` gives."""

    id: str
    data: bytes
    size: int

    @property
    def head(self) -> ExchangeHead:
        return decode_head(self.data)


@final
class Deleted(msgspec.Struct, frozen=True, gc=False):
    """A record: the exchange `id` was deleted."""

    id: str


@final
class Cleared(msgspec.Struct, frozen=True, gc=False):
    """A record: all exchanges before it were deleted."""


Kept = Wire | Parts | Encoded
"""An exchange as it is kept: `head` is what a list needs, `exchange` the whole of it."""

Listed = Kept | Outlined
"""An exchange as readers of the log get it: a store that keeps the whole elsewhere gives the head alone."""

KEPT: Final = (Wire, Parts, Encoded)
LISTED: Final = (Wire, Parts, Encoded, Outlined)
"""The same as tuples, for `isinstance`, which takes them in half the time."""

Captured = Exchange | Wire | Parts
"""An exchange as it is captured: message by message, as its bytes, or as its parts."""

Entry = Listed | Deleted | Cleared
"""What a record holds."""


def head_of(entry: Listed) -> ExchangeHead | Wire:
    """What a list needs of an exchange, which a `Wire` tells without one being made of it."""
    return entry if isinstance(entry, Wire) else entry.head


class Record(msgspec.Struct, frozen=True, gc=False):
    """One place in the log."""

    seq: int
    entry: Entry


class Found(msgspec.Struct, frozen=True, gc=False):
    """The newest record of an exchange, with its pin and its note. It is whole when it is found by its id. In a list of
    pins, of which only heads are read, it need not be."""

    seq: int
    kept: Listed
    pinned: bool = False
    note: str | None = None

    @property
    def id(self) -> str:
        return self.kept.id

    @property
    def head(self) -> ExchangeHead:
        return self.kept.head

    @property
    def exchange(self) -> Exchange:
        """Decoded anew at each look: bodies and messages make it long, so long ones are decoded beside the loop."""
        assert not isinstance(self.kept, Outlined)
        return self.kept.exchange


class Status(msgspec.Struct, frozen=True):
    """The state of a log.

    `head`: the newest seq, 0 when nothing was ever put. `oldest`: the lowest seq still kept, `head + 1` when none is.
    `exchanges`: how many are kept. `bytes`: what they take, counted exactly as kept plus a fixed overhead for each.
    `waiting`: how many exchanges are not stored yet. `lost`: how many never will be.
    """

    epoch: str
    oldest: int
    head: int
    exchanges: int
    bytes: int
    waiting: int = 0
    lost: int = 0


class StoreAway(Exception):
    """The store cannot be reached now. Raised by everything but `put`; its text says why."""


class PinsFull(Exception):
    """There is no room for one more pin; its text says which bound is reached."""


MAX_PINS: Final = 100
MAX_PIN_BYTES: Final = 16 << 20
MAX_NOTES: Final = 1_000
MAX_NOTE_CHARACTERS: Final = 2_000


class Pins(msgspec.Struct, frozen=True):
    """The pinned exchanges, the newest first, and the bytes that they take; all notes by the id of their exchange."""

    found: list[Found]
    bytes: int
    notes: dict[str, str]


class Store(Protocol):
    """What a log needs of the place where it stays. All methods may be called at any time between open and close."""

    takes_time: bool
    """Whether `put` ever gives something to wait for."""

    async def open(self) -> None:
        """Begin. A store that cannot be reached yet keeps trying, and says so in the log."""

    async def close(self) -> None:
        """Write what waits, within a second, and let go of everything."""

    async def erase(self) -> None:
        """Forget the whole log, with pins, notes and secret; what is put afterwards begins a new one."""

    secret: bytes
    """32 bytes on which all processes agree that share this store; other secrets are derived from them."""

    is_reached: bool
    """Whether the store was ever reached: until then `secret` is this process's own."""

    on_secret: Callable[[], None] | None
    """Called when the store is reached for the first time, and when `secret` has become another."""

    def put(self, exchange: Captured) -> "Awaitable[bool] | None":
        """Keep an exchange, replacing an earlier record of the same id.

        None when that is done; else what can be waited for, within `PUT_WAIT_S`, and tells whether it is done by then.
        Never raises, whatever becomes of the store.
        """

    def put_then(self, exchange: Captured, tell: Tell[Captured]) -> int:
        """The same for whoever need not wait; `tell` gets the exchange. Gives the bytes that a log counts for it."""

    async def read(self, after: int, limit: int) -> list[Record]:
        """At most `limit` kept records with a seq above `after`, rising."""

    async def read_back(self, before: int | None, limit: int) -> list[Record]:
        """At most `limit` kept records with a seq below `before` (None: the newest ones), falling."""

    async def get(self, exchange_id: str) -> Found | None:
        """The newest record of an exchange or, when it has left the log, its pinned copy."""

    async def get_many(self, ids: Iterable[str]) -> list[Found]:
        """The same for many, in the order of their ids; what is not kept is left out."""

    async def delete(self, exchange_id: str) -> int | None:
        """Delete an exchange, its pin and its note; gives the seq of the deletion, None when there was nothing."""

    async def clear(self) -> int:
        """Delete all exchanges but the pinned ones, and the notes of what is deleted; gives the seq of the clearing."""

    async def status(self) -> Status:
        """Where the log stands now."""

    @property
    def backlog(self) -> Backlog:
        """What this process has put and not stored, told whether the store is there or not."""

    async def wait(self, after: int, epoch: str | None = None, timeout_s: float | None = None) -> Status:
        """The status, once the head is above `after` or the epoch is another than `epoch`, or the time is over."""

    async def pin(self, exchange_id: str) -> bool:
        """Keep an exchange when the log drops it; False when there is none of this id. Raises `PinsFull`.

        The pin follows an exchange that is still open to its end.
        """

    async def unpin(self, exchange_id: str) -> None:
        """Let the exchange go when the log drops it."""

    async def note(self, exchange_id: str, text: str) -> bool:
        """Set the note of an exchange, or remove it with an empty text; False when there is no such exchange.

        Of more than `MAX_NOTES` notes the oldest goes.
        """

    async def pins(self) -> Pins:
        """What people put on exchanges."""


class Bounds(msgspec.Struct, frozen=True):
    """The bounds of one log."""

    max_exchanges: int = 1_000
    max_bytes: int = 64 << 20
    max_pins: int = MAX_PINS
    max_pin_bytes: int = MAX_PIN_BYTES


def refused_share(bounds: Bounds) -> tuple[int, int]:
    """How many refused requests a log keeps, and the bytes that they may take."""
    return max(1, bounds.max_exchanges // REFUSED_SHARE), bounds.max_bytes // REFUSED_SHARE


def pins_full(bounds: Bounds, bound: str) -> PinsFull:
    """What is raised when the `count` or the `bytes` of the pins are at their bound."""
    if bound == "count":
        return PinsFull(f"At most {bounds.max_pins} exchanges can be pinned.")
    return PinsFull(f"The pinned exchanges may take {bounds.max_pin_bytes:,} bytes; this one does not fit.")


def check_note(text: str) -> None:
    """Raises ValueError for a text of more than `MAX_NOTE_CHARACTERS`."""
    if len(text) > MAX_NOTE_CHARACTERS:
        raise ValueError(f"A note has at most {MAX_NOTE_CHARACTERS:,} characters, not {len(text):,}.")

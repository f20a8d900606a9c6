"""The log of exchanges: append-only, bounded, the only source of the feed.

Every record has a `seq`; seqs are gapless integers from 1 under an `epoch`, which is new whenever the log
starts empty. Clearing and deleting are records too, so that a reader who follows the seqs learns of them.
An exchange that stays open is appended again; its newest record replaces the earlier ones. Records leave
the log when it is full (oldest first), when they are replaced and when they are deleted: their seqs
are then missing, and a reader counts them (`feed`).

A backend is an implementation of `Store`; `tests/store/` holds the contract that each of them must keep.
"""

from typing import Protocol

import msgspec

from ..exchange import Exchange


class Deleted(msgspec.Struct, frozen=True, gc=False):
    """A record: the exchange `id` was deleted."""

    id: str


class Cleared(msgspec.Struct, frozen=True, gc=False):
    """A record: all exchanges before it were deleted."""


Entry = bytes | Deleted | Cleared
"""What a record holds: an encoded exchange (`exchange.decode_exchange`) or one of the two markers."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """One place in the log."""

    seq: int
    entry: Entry


class Status(msgspec.Struct, frozen=True):
    """The state of a log.

    `head`: the newest seq, 0 when nothing was ever appended. `oldest`: the lowest seq still kept, `head + 1`
    when none is. `exchanges`: how many are kept. `bytes`: what they take, counted exactly as encoded plus a fixed
    overhead for each.
    """

    epoch: str
    oldest: int
    head: int
    exchanges: int
    bytes: int


class Store(Protocol):
    """What the recorder, the feed and the API need of a log. All methods are safe to call at any time."""

    async def append(self, exchange: Exchange) -> int:
        """Keep an exchange, replacing an earlier record of the same id; gives its seq."""

    def append_now(self, exchange: Exchange) -> int | None:
        """The same for who cannot or will not wait; None, and nothing is kept, where a store has to."""

    async def read(self, after: int, limit: int) -> list[Record]:
        """At most `limit` kept records with a seq above `after`, rising."""

    async def read_back(self, before: int | None, limit: int) -> list[Record]:
        """At most `limit` kept records with a seq below `before` (None: the newest ones), falling."""

    async def get(self, exchange_id: str) -> tuple[int, bytes] | None:
        """The newest record of an exchange, as its seq and its encoded form."""

    async def delete(self, exchange_id: str) -> int | None:
        """Delete an exchange; gives the seq of the deletion, None when there was nothing to delete."""

    async def clear(self) -> int:
        """Delete all exchanges; gives the seq of the clearing."""

    async def status(self) -> Status:
        """Where the log stands now."""

    async def wait(self, after: int) -> None:
        """Return when the head is above `after`."""

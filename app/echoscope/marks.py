"""What people put on exchanges: pins, which keep an exchange when the log drops it, and notes.

Beside the store, which knows nothing of it: a pin holds its own copy of the encoded exchange, so it survives
eviction and clearing. A pinned exchange that is still open is followed to its end. Both are bounded; a pin that
does not fit is refused rather than another one dropped, since people put them there.
"""

import asyncio
from typing import Final

import msgspec

from .exchange import decode_head
from .store import Store

MAX_PINS: Final = 100
MAX_PIN_BYTES: Final = 16 << 20
MAX_NOTES: Final = 1_000
MAX_NOTE_CHARACTERS: Final = 2_000

FOLLOW_S: Final = 0.2
"""How often an open exchange that is pinned is looked up again, while the log grows."""

Found = tuple[int, bytes]
"""The seq of an exchange and its encoded form."""


class PinsFull(Exception):
    """There is no room for one more pin; its text says which bound is reached."""


class Mark(msgspec.Struct, frozen=True):
    """What people put on one exchange."""

    id: str
    pinned: bool
    note: str | None


class Marks:
    """The pins and notes of one instance, over its store."""

    def __init__(self, store: Store, max_pins: int = MAX_PINS, max_bytes: int = MAX_PIN_BYTES) -> None:
        self.store = store
        self.max_pins = max_pins
        self.max_bytes = max_bytes
        self._pins: dict[str, Found] = {}
        self._notes: dict[str, str] = {}
        self._follower: asyncio.Task[None] | None = None

    @property
    def bytes(self) -> int:
        """What the pinned exchanges take, encoded."""
        return sum(len(encoded) for _, encoded in self._pins.values())

    @property
    def notes(self) -> dict[str, str]:
        """All notes by the id of their exchange."""
        return dict(self._notes)

    def of(self, exchange_id: str) -> Mark:
        return Mark(exchange_id, exchange_id in self._pins, self._notes.get(exchange_id))

    def pins(self) -> list[Found]:
        """The pinned exchanges, the newest first."""
        return sorted(self._pins.values(), reverse=True)

    async def find(self, exchange_id: str) -> Found | None:
        """An exchange from the log or, when it is no longer there, from the pins."""
        return await self.store.get(exchange_id) or self._pins.get(exchange_id)

    async def pin(self, exchange_id: str) -> bool:
        """Keep an exchange; False when there is none of this id. Raises `PinsFull`."""
        found = await self.find(exchange_id)
        if found is None:
            return False
        if exchange_id not in self._pins:
            if len(self._pins) >= self.max_pins:
                raise PinsFull(f"At most {self.max_pins} exchanges can be pinned.")
            if self.bytes + len(found[1]) > self.max_bytes:
                raise PinsFull(f"The pinned exchanges may take {self.max_bytes:,} bytes; this one does not fit.")
        self._pins[exchange_id] = found
        if self._follower is None and _is_open(found):
            self._follower = asyncio.create_task(self._follow())
        return True

    def unpin(self, exchange_id: str) -> None:
        self._pins.pop(exchange_id, None)

    async def note(self, exchange_id: str, text: str) -> bool:
        """Set the note of an exchange, or remove it with an empty text; False when there is no such exchange.

        Raises ValueError for a text of more than 2,000 characters. Of more than 1,000 notes the oldest goes.
        """
        if len(text) > MAX_NOTE_CHARACTERS:
            raise ValueError(f"A note has at most {MAX_NOTE_CHARACTERS:,} characters, not {len(text):,}.")
        if await self.find(exchange_id) is None:
            return False
        self._notes.pop(exchange_id, None)
        if text:
            self._notes[exchange_id] = text
            if len(self._notes) > MAX_NOTES:
                del self._notes[next(iter(self._notes))]
        return True

    def forget(self, exchange_id: str) -> bool:
        """Drop the pin and the note of an exchange that was deleted; whether it was pinned."""
        self._notes.pop(exchange_id, None)
        return self._pins.pop(exchange_id, None) is not None

    def clear(self) -> None:
        """Drop the notes of exchanges that are not pinned: the log was cleared."""
        self._notes = {exchange_id: text for exchange_id, text in self._notes.items() if exchange_id in self._pins}

    async def _follow(self) -> None:
        """Take the later states of pinned exchanges that are open, until none is."""
        while open_ids := [exchange_id for exchange_id, found in self._pins.items() if _is_open(found)]:
            head = (await self.store.status()).head
            for exchange_id in open_ids:
                await self._take(exchange_id)
            await asyncio.sleep(FOLLOW_S)
            await self.store.wait(head)
        self._follower = None

    async def _take(self, exchange_id: str) -> None:
        found = await self.store.get(exchange_id)
        if found is not None and exchange_id in self._pins:
            self._pins[exchange_id] = found


def _is_open(found: Found) -> bool:
    return decode_head(found[1]).state == "open"

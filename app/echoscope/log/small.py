"""The store of one of many logs in this process's memory: bounds of its own inside those that all of them share."""

from .memory import MemoryStore
from .room import Room
from .store import Bounds, Captured, PinsFull


class PinRoom:
    """The bytes that the pinned exchanges of all small logs may take together: what is pinned makes room for nobody."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0


class SmallStore(MemoryStore):
    """A `MemoryStore` whose `bounds.max_bytes` hold for it alone, and whose pins share a `PinRoom`."""

    def __init__(self, bounds: Bounds, room: Room, pin_room: PinRoom) -> None:
        super().__init__(bounds, room)
        self._pin_room = pin_room
        self._pinned_bytes = 0

    async def close(self) -> None:
        self._pin_room.used -= self._pinned_bytes
        self._pinned_bytes = 0
        await super().close()

    def put(self, exchange: Captured) -> None:
        super().put(exchange)
        while self.room_bytes > self.bounds.max_bytes and self.drop_oldest():
            pass
        if self._pins:
            self._count_pins()

    async def pin(self, exchange_id: str) -> bool:
        found = self._find(exchange_id)
        if found and not found.pinned and self._pin_room.used + found.kept.size > self._pin_room.most:
            raise PinsFull(f"The pinned exchanges of all bins may take {self._pin_room.most:,} bytes together.")
        is_pinned = await super().pin(exchange_id)
        self._count_pins()
        return is_pinned

    async def unpin(self, exchange_id: str) -> None:
        await super().unpin(exchange_id)
        self._count_pins()

    async def delete(self, exchange_id: str) -> int | None:
        seq = await super().delete(exchange_id)
        self._count_pins()
        return seq

    def _count_pins(self) -> None:
        taken = self._pin_bytes()
        self._pin_room.used += taken - self._pinned_bytes
        self._pinned_bytes = taken

"""The store in this process's memory."""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from math import inf

from ..exchange.model import Exchange, encode
from ..exchange.parts import Parts
from ..exchange.wire import Wire
from .commit import Backlog, Tell
from .room import Room
from .store import (
    KEPT,
    MAX_NOTES,
    RECORD_OVERHEAD,
    Bounds,
    Captured,
    Cleared,
    Deleted,
    Encoded,
    Found,
    Kept,
    Pins,
    Record,
    Status,
    pins_full,
    refused_share,
)


class MemoryStore:
    """A `Store` bounded by a count of exchanges and by the bytes that they take.

    The log is a deque in which the record with the seq `n` stands at `n - oldest`; a record that was replaced or
    deleted leaves None in its place. The garbage collector visits no form of an exchange, so the cost of a request does
    not grow with what is kept. The newest exchange stays, even when it alone takes more than the bytes.

    `room`: the bytes of several logs together; without one the log has a room of its own.
    """

    takes_time = False
    is_reached = True

    def __init__(self, bounds: Bounds | None = None, room: Room | None = None) -> None:
        self.bounds = bounds or Bounds()
        self.bytes = 0
        self.secret = secrets.token_bytes(32)
        self.on_secret: Callable[[], None] | None = None
        self._room = room or Room(self.bounds.max_bytes)
        self._room.enter(self)
        self._epoch = secrets.token_hex(8)
        self._log: deque[Kept | Deleted | Cleared | None] = deque()
        self._seqs: dict[str, int] = {}
        self._head = 0
        self._max_refused, self._max_refused_bytes = refused_share(self.bounds)
        self._refused: dict[str, int] = {}
        self._refused_bytes = 0
        self._pins: dict[str, Found] = {}
        self._notes: dict[str, str] = {}
        self._buffer = bytearray()
        self._news = asyncio.Event()
        self._awaited: float = inf

    async def open(self) -> None: ...

    async def close(self) -> None:
        """The memory is another log's."""
        self._room.leave(self)

    async def erase(self) -> None:
        await self.clear()
        self._log.clear()
        self._room.used -= self.room_bytes
        self.bytes = self._head = 0
        self._pins, self._notes = {}, {}
        self._epoch, self.secret = secrets.token_hex(8), secrets.token_bytes(32)
        self._tell()

    # Keeping

    def put(self, exchange: Captured) -> None:
        entry = exchange if type(exchange) is Wire or type(exchange) is Parts else self._encoded(exchange)
        exchange_id, size, seqs = entry.id, entry.size, self._seqs
        if exchange_id in seqs:
            self._drop(exchange_id)
        self._head = seqs[exchange_id] = seq = self._head + 1
        self._log.append(entry)
        self.bytes += size
        if entry is not exchange and exchange.state == "refused":
            self._bound_refused(exchange_id, size)
        else:
            room = self._room
            room.used += size
            if room.used > room.most:
                room.make_room()
            while len(seqs) - len(self._refused) > self.bounds.max_exchanges:
                self.drop_oldest()
        if self._pins and exchange_id in self._pins:
            self._pins[exchange_id] = Found(seq, entry)
        if seq > self._awaited:
            self._tell()

    def put_then(self, exchange: Captured, tell: Tell[Captured]) -> int:
        self.put(exchange)
        asyncio.get_running_loop().call_soon(tell, exchange, True)
        found = self._find(exchange.id)
        return 0 if found is None else found.kept.size

    def _encoded(self, exchange: Captured) -> Encoded:
        assert isinstance(exchange, Exchange)
        return Encoded(exchange.id, encode(exchange, self._buffer))

    def _bound_refused(self, exchange_id: str, size: int) -> None:
        """Refused requests make room for each other and for nothing else."""
        refused = self._refused
        refused[exchange_id] = size
        self._refused_bytes += size
        while len(refused) > 1 and (len(refused) > self._max_refused or self._refused_bytes > self._max_refused_bytes):
            self._drop(next(iter(refused)))

    def drop_oldest(self) -> bool:
        """Let the oldest record go; False when the newest is the only one."""
        log = self._log
        while len(log) > 1:
            entry = log.popleft()
            if entry is None:
                continue
            if type(entry) is Deleted or type(entry) is Cleared:
                self._give_back(RECORD_OVERHEAD)
            else:
                self._forget(entry)
            return True
        return False

    # Reading

    async def read(self, after: int, limit: int) -> list[Record]:
        return self._records(range(max(after + 1, self._oldest), self._head + 1), limit)

    async def read_back(self, before: int | None, limit: int) -> list[Record]:
        newest = self._head if before is None else min(before - 1, self._head)
        return self._records(range(newest, self._oldest - 1, -1), limit)

    async def get(self, exchange_id: str) -> Found | None:
        return self._find(exchange_id)

    async def get_many(self, ids: Iterable[str]) -> list[Found]:
        return [found for exchange_id in ids if (found := self._find(exchange_id))]

    async def status(self) -> Status:
        while self._log and self._log[0] is None:
            self._log.popleft()
        return Status(self._epoch, self._oldest, self._head, len(self._seqs), self.bytes)

    @property
    def backlog(self) -> Backlog:
        return Backlog()

    async def wait(self, after: int, epoch: str | None = None, timeout_s: float | None = None) -> Status:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self._head <= after and epoch in (None, self._epoch):
                    self._awaited = min(self._awaited, after)
                    await self._news.wait()
        return await self.status()

    # Taking away

    async def delete(self, exchange_id: str) -> int | None:
        self._notes.pop(exchange_id, None)
        is_pinned = self._pins.pop(exchange_id, None) is not None
        if exchange_id in self._seqs:
            self._drop(exchange_id)
        elif not is_pinned:
            return None
        return self._mark(Deleted(exchange_id))

    async def clear(self) -> int:
        self._room.used -= self.room_bytes
        self.bytes = 0
        self._log.clear()
        self._seqs.clear()
        self._refused.clear()
        self._refused_bytes = 0
        self._notes = {exchange_id: text for exchange_id, text in self._notes.items() if exchange_id in self._pins}
        return self._mark(Cleared())

    # What people put on exchanges

    async def pin(self, exchange_id: str) -> bool:
        found = self._find(exchange_id)
        if found is None:
            return False
        if exchange_id not in self._pins:
            if len(self._pins) >= self.bounds.max_pins:
                raise pins_full(self.bounds, "count")
            if self._pin_bytes() + found.kept.size > self.bounds.max_pin_bytes:
                raise pins_full(self.bounds, "bytes")
        self._pins[exchange_id] = Found(found.seq, found.kept)
        return True

    async def unpin(self, exchange_id: str) -> None:
        self._pins.pop(exchange_id, None)

    async def note(self, exchange_id: str, text: str) -> bool:
        if self._find(exchange_id) is None:
            return False
        self._notes.pop(exchange_id, None)
        if text:
            self._notes[exchange_id] = text
            if len(self._notes) > MAX_NOTES:
                del self._notes[next(iter(self._notes))]
        return True

    async def pins(self) -> Pins:
        found = [self._with_marks(found) for found in self._pins.values()]
        found.sort(key=lambda one: one.seq, reverse=True)
        return Pins(found, self._pin_bytes(), dict(self._notes))

    def _pin_bytes(self) -> int:
        return sum(found.kept.size for found in self._pins.values())

    # The log

    @property
    def room_bytes(self) -> int:
        """Without refused requests, which have bounds of their own."""
        return self.bytes - self._refused_bytes

    @property
    def _oldest(self) -> int:
        return self._head - len(self._log) + 1

    def _find(self, exchange_id: str) -> Found | None:
        seq = self._seqs.get(exchange_id)
        if seq is None:
            found = self._pins.get(exchange_id)
            return found and self._with_marks(found)
        kept = self._log[seq - self._oldest]
        assert isinstance(kept, KEPT)
        return self._with_marks(Found(seq, kept))

    def _with_marks(self, found: Found) -> Found:
        return Found(found.seq, found.kept, found.id in self._pins, self._notes.get(found.id))

    def _records(self, seqs: range, limit: int) -> list[Record]:
        records: list[Record] = []
        log, oldest = self._log, self._oldest
        while seqs and len(records) < limit:
            missing = limit - len(records)
            records += [Record(seq, entry) for seq in seqs[:missing] if (entry := log[seq - oldest]) is not None]
            seqs = seqs[missing:]
        return records

    def _mark(self, marker: Deleted | Cleared) -> int:
        self._head += 1
        self._log.append(marker)
        self.bytes += RECORD_OVERHEAD
        self._room.used += RECORD_OVERHEAD
        if self._room.used > self._room.most:
            self._room.make_room()
        self._tell()
        return self._head

    def _drop(self, exchange_id: str) -> None:
        """Take out an exchange, wherever it stands."""
        index = self._seqs[exchange_id] - self._oldest
        kept = self._log[index]
        assert isinstance(kept, KEPT)
        self._log[index] = None
        self._forget(kept)

    def _forget(self, kept: Kept) -> None:
        """Of an exchange that has left the log."""
        exchange_id, size = kept.id, kept.size
        del self._seqs[exchange_id]
        self.bytes -= size
        if self._refused and exchange_id in self._refused:
            self._refused_bytes -= self._refused.pop(exchange_id)
        else:
            self._room.used -= size

    def _give_back(self, size: int) -> None:
        self.bytes -= size
        self._room.used -= size

    def _tell(self) -> None:
        """Wake who waits; who waits for more says so again."""
        self._awaited = inf
        self._news.set()
        self._news.clear()

"""The log in this process's memory."""

import asyncio
import secrets
from collections import deque
from math import inf

from ..exchange import Exchange, encode_into
from . import Cleared, Deleted, Entry, Record, Status

RECORD_OVERHEAD = 256
"""Bytes that a record takes beside its encoded form: the header of the bytes object, the pair that holds it, its
id and seq, its places in the log and in the index (220 to 240 by tracemalloc over 10,000 to 150,000 records)."""

Slot = tuple[str, Entry] | None
"""The id of an exchange (empty for a marker) and the entry."""


class MemoryStore:
    """A `Store` bounded by a count of exchanges and by the bytes that they take.

    The log is a deque in which the record with the seq `n` stands at `n - oldest`; a record that was replaced or
    deleted leaves None in its place. An encoded exchange is one bytes object and so nothing for the garbage
    collector to visit: the cost of a request does not grow with what is kept. The newest record stays even when it
    alone is over `max_bytes`.
    """

    def __init__(self, max_exchanges: int = 1_000, max_bytes: int = 64 << 20) -> None:
        self.max_exchanges = max_exchanges
        self.max_bytes = max_bytes
        self._epoch = secrets.token_hex(8)
        self._log: deque[Slot] = deque()
        self._seqs: dict[str, int] = {}
        self._head = 0
        self._bytes = 0
        # An encoder cuts what it gives from a larger piece: 63 MiB of such cuts took 96 MiB. So it writes into one
        # piece for all, and what is kept of that is copied.
        self._encoded = bytearray()
        self._appended = asyncio.Event()
        self._awaited: float = inf

    async def append(self, exchange: Exchange) -> int:
        return self.append_now(exchange)

    def append_now(self, exchange: Exchange) -> int:
        encode_into(exchange, self._encoded)
        encoded = bytes(self._encoded)
        exchange_id, seqs = exchange.id, self._seqs
        if exchange_id in seqs:
            self._drop(exchange_id)
        self._head = seqs[exchange_id] = seq = self._head + 1
        self._log.append((exchange_id, encoded))
        self._bytes += len(encoded) + RECORD_OVERHEAD
        if self._bytes > self.max_bytes or len(seqs) > self.max_exchanges:
            self._trim()
        if seq > self._awaited:
            self._tell()
        return seq

    async def read(self, after: int, limit: int) -> list[Record]:
        return self._records(range(max(after + 1, self._oldest), self._head + 1), limit)

    async def read_back(self, before: int | None, limit: int) -> list[Record]:
        newest = self._head if before is None else min(before - 1, self._head)
        return self._records(range(newest, self._oldest - 1, -1), limit)

    async def get(self, exchange_id: str) -> tuple[int, bytes] | None:
        seq = self._seqs.get(exchange_id)
        if seq is None:
            return None
        slot = self._log[seq - self._oldest]
        assert slot is not None
        assert isinstance(slot[1], bytes)
        return seq, slot[1]

    async def delete(self, exchange_id: str) -> int | None:
        if exchange_id not in self._seqs:
            return None
        self._drop(exchange_id)
        return self._mark(Deleted(exchange_id))

    async def clear(self) -> int:
        self._log.clear()
        self._seqs.clear()
        self._bytes = 0
        return self._mark(Cleared())

    async def status(self) -> Status:
        while self._log and self._log[0] is None:
            self._log.popleft()
        return Status(self._epoch, self._oldest, self._head, len(self._seqs), self._bytes)

    async def wait(self, after: int) -> None:
        while self._head <= after:
            self._awaited = min(self._awaited, after)
            await self._appended.wait()

    @property
    def _oldest(self) -> int:
        return self._head - len(self._log) + 1

    def _records(self, seqs: range, limit: int) -> list[Record]:
        found: list[Record] = []
        oldest = self._oldest
        for seq in seqs:
            if len(found) == limit:
                break
            slot = self._log[seq - oldest]
            if slot is not None:
                found.append(Record(seq, slot[1]))
        return found

    def _mark(self, marker: Deleted | Cleared) -> int:
        self._head += 1
        self._log.append(("", marker))
        self._bytes += RECORD_OVERHEAD
        self._trim()
        self._tell()
        return self._head

    def _tell(self) -> None:
        """Wake who waits; who waits for more says so again."""
        self._awaited = inf
        self._appended.set()
        self._appended.clear()

    def _drop(self, exchange_id: str) -> None:
        """Take out an exchange, wherever it stands."""
        index = self._seqs.pop(exchange_id) - self._oldest
        slot = self._log[index]
        assert slot is not None
        self._bytes -= _size(slot[1])
        self._log[index] = None

    def _trim(self) -> None:
        """Take out the oldest records until the log is within its bounds or one is left."""
        while (self._bytes > self.max_bytes or len(self._seqs) > self.max_exchanges) and len(self._log) > 1:
            slot = self._log.popleft()
            if slot is not None:
                self._bytes -= _size(slot[1])
                self._seqs.pop(slot[0], None)


def _size(entry: Entry) -> int:
    """What a record is counted with."""
    return RECORD_OVERHEAD + (len(entry) if isinstance(entry, bytes) else 0)

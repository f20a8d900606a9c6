"""The log in this process's memory."""

import asyncio
import secrets

from ..exchange import Exchange, encode
from . import Cleared, Deleted, Entry, Record, Status

RECORD_OVERHEAD = 384
"""Bytes that a record takes beside its encoded form: the header of the bytes object, the pair that holds it, its
seq and id, and its places in two dictionaries (counted with tracemalloc over 100,000 records)."""


class MemoryStore:
    """A `Store` bounded by a count of exchanges and by the bytes that they take.

    An encoded exchange is one bytes object and so nothing for the garbage collector to visit: the cost of a
    request does not grow with what is kept. The newest record stays even when it alone is over `max_bytes`.
    """

    def __init__(self, max_exchanges: int = 1_000, max_bytes: int = 64 << 20) -> None:
        self.max_exchanges = max_exchanges
        self.max_bytes = max_bytes
        self._epoch = secrets.token_hex(8)
        self._entries: dict[int, tuple[str, Entry]] = {}
        self._seqs: dict[str, int] = {}
        self._oldest = 1
        self._head = 0
        self._bytes = 0
        self._appended = asyncio.Event()

    async def append(self, exchange: Exchange) -> int:
        encoded = encode(exchange)
        exchange_id = exchange.id
        if exchange_id in self._seqs:
            self._drop(self._seqs[exchange_id])
        self._seqs[exchange_id] = seq = self._add(exchange_id, encoded, len(encoded))
        self._trim()
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
        entry = self._entries[seq][1]
        assert isinstance(entry, bytes)
        return seq, entry

    async def delete(self, exchange_id: str) -> int | None:
        seq = self._seqs.pop(exchange_id, None)
        if seq is None:
            return None
        self._drop(seq)
        marker = self._add("", Deleted(exchange_id))
        self._trim()
        return marker

    async def clear(self) -> int:
        self._entries.clear()
        self._seqs.clear()
        self._bytes = 0
        self._oldest = self._head + 1
        return self._add("", Cleared())

    async def status(self) -> Status:
        while self._oldest <= self._head and self._oldest not in self._entries:
            self._oldest += 1
        return Status(self._epoch, self._oldest, self._head, len(self._seqs), self._bytes)

    async def wait(self, after: int) -> None:
        while self._head <= after:
            self._appended.clear()
            await self._appended.wait()

    def _records(self, seqs: range, limit: int) -> list[Record]:
        found: list[Record] = []
        for seq in seqs:
            if len(found) == limit:
                break
            if seq in self._entries:
                found.append(Record(seq, self._entries[seq][1]))
        return found

    def _add(self, exchange_id: str, entry: Entry, size: int = 0) -> int:
        self._head = seq = self._head + 1
        self._entries[seq] = (exchange_id, entry)
        self._bytes += size + RECORD_OVERHEAD
        self._appended.set()
        return seq

    def _drop(self, seq: int) -> str:
        exchange_id, entry = self._entries.pop(seq)
        self._bytes -= RECORD_OVERHEAD + (len(entry) if isinstance(entry, bytes) else 0)
        return exchange_id

    def _trim(self) -> None:
        """Drop the oldest records, markers among them, until the log is within its bounds or one is left."""
        while (len(self._seqs) > self.max_exchanges or self._bytes > self.max_bytes) and self._oldest < self._head:
            if self._oldest in self._entries:
                self._seqs.pop(self._drop(self._oldest), None)
            self._oldest += 1

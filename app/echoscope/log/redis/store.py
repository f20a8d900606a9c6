"""The store in Redis or Valkey, which any number of processes share.

The log is a stream that only scripts change (`scripts/log.lua` says which key holds what). Each script appends and
trims in one step that no other process can come between, so seqs are gapless, whoever puts. A script that is sent again
because its answer did not come puts nothing twice: each item has a number, and the server remembers the last one of
each writer.

A server that was away may come back with another log. An empty log begins a new epoch. A log may also lack its last
records, because a replica that lagged took over or the last second of an append-only file was not on the disk. Then the
first process that knows of a higher seq begins a new epoch, in which the lost seqs are not given again.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

from ..commit import Backlog, GroupCommit, Storing
from ..store import (
    MAX_NOTES,
    Bounds,
    Captured,
    Cleared,
    Deleted,
    Entry,
    Found,
    Outlined,
    Pins,
    Record,
    Status,
    StoreAway,
    pins_full,
    refused_share,
)
from ..stored import FORM, LARGE, encoded, listed, outline, whole
from .connection import Server, packed
from .scripts import BEGIN, CLEAR, DELETE, GET, NOTE, PIN, PINS, PUT, STATUS, Script
from .shelf import RedisShelf

logger = logging.getLogger(__name__)

OPEN_S: Final = 2.0
"""How long a start waits for a server that does not answer, before it goes on without it."""

GATHER_S: Final = 0.005
"""How long news gather before whoever waits for them is told, so that a busy log costs at most 200 looks a second."""

REGATHER_S: Final = 0.002
"""How long a write waits, while many exchanges come at once, for the next ones of clients that were just answered. A
write of one exchange costs both sides nearly as much as one of ten."""

LINGER_S: Final = 5.0
"""How long the log is still watched when nobody waits any more, since a reader of the news waits again at once."""

RETRY_S: Final = 0.1
AT_ONCE: Final = 50
"""How many exchanges are fetched by one command."""

_KEYS: Final = ("log", "ids", "wholes", "refused", "pins", "pinned", "notes", "noted", "meta", "order")

_PUT_WORDS: Final = 3 + len(_KEYS) + 1 + 10
"""How many words of the command that calls `put.lua` stand before the data of the items: EVALSHA, the digest of the
script and the number of its keys; the keys, one of them the writer's; and ten arguments."""


class _Lengths(dict[int, bytes]):
    """The bytes between two words of a command (RESP), by the length of the second: the end of the first, and that
    length. They are looked up, since to make them costs more than to send them."""

    def __missing__(self, length: int) -> bytes:
        line = b"\r\n$%d\r\n" % length
        if length <= LARGE:
            self[length] = line
        return line


_LENGTHS: Final = _Lengths()


class RedisPlace:
    """The logs on one server. Raises ValueError for an address that cannot be read."""

    is_shared = True

    def __init__(self, address: str) -> None:
        self._server = Server(address)
        self.name = self._server.name
        self.shelf = RedisShelf(self._server)

    def store(self, name: str, bounds: Bounds) -> "RedisStore":
        return RedisStore(self._server, name, bounds)

    async def close(self) -> None:
        await self._server.close()


class RedisStore:
    """The log `name` on a server."""

    takes_time = True

    def __init__(self, server: Server, name: str, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self.secret = secrets.token_bytes(32)
        self.is_reached = False
        self.on_secret: Callable[[], None] | None = None
        self._server = server
        stem = f"{server.prefix}:{{{name}}}:{FORM}:"
        self._keys = [stem + key for key in _KEYS]
        self._log_key = f"{stem}log"
        self._pin_keys = (f"{stem}pins", f"{stem}pinned")
        self._bounds = (self.bounds.max_exchanges, self.bounds.max_bytes, *refused_share(self.bounds))
        keys = [*self._keys, f"{stem}writer:{secrets.token_hex(8)}"]
        self._first_words = packed("EVALSHA", PUT.digest, len(keys), *keys, *self._bounds)
        self._unused_epoch = ""
        self._commit: GroupCommit[Item] = GroupCommit(self._write, gather_s=REGATHER_S)
        self._buffer = bytearray()
        self._has_begun = False
        self._epoch = self._birth = ""
        self._head = 0
        self._tail = _Tail(self)

    async def open(self) -> None:
        try:
            async with asyncio.timeout(OPEN_S):
                await self._begin()
        except (StoreAway, TimeoutError) as error:
            reason = error if isinstance(error, StoreAway) else "it does not answer"
            logger.error("the store %s is away: %s; what comes waits for it", self._server.name, reason)

    async def close(self) -> None:
        await self._commit.close()
        await self._tail.stop()

    async def erase(self) -> None:
        await self._server.command("UNLINK", *self._keys)
        self._has_begun = False

    # Writing

    def put(self, exchange: Captured) -> "Storing[Item]":
        data = encoded(exchange, self._buffer)
        item = item_of(exchange.id, data, is_refused=exchange.state == "refused")
        return self._commit.put(item, len(item[2]) + len(item[3]))

    async def _write(self, number: int, batch: list["Item"]) -> None:
        if not self._has_begun:
            await self._begin()
        new_epoch, self._unused_epoch = self._unused_epoch or secrets.token_hex(8), ""
        ids, flags, heads, wholes = zip(*batch, strict=True)
        data = [*heads, *filter(None, wholes)]
        pieces = [b""] * (2 * len(data))
        pieces[::2] = [_LENGTHS[len(word)] for word in data]
        pieces[1::2] = data
        state = packed(new_epoch, self._epoch, self._head, number, "".join(flags), "\n".join(ids))
        first = b"*%d\r\n%b%b" % (_PUT_WORDS + len(data), self._first_words, state.removesuffix(b"\r\n"))
        self._learn(*await self._server.write(PUT, b"".join([first, *pieces, b"\r\n"])))
        if self._epoch != new_epoch:  # no log has begun with it, so that the next one may
            self._unused_epoch = new_epoch

    async def delete(self, exchange_id: str) -> int | None:
        place = await self._change(DELETE, exchange_id)
        return place and self._learn(*place)

    async def clear(self) -> int:
        return self._learn(*await self._change(CLEAR))

    async def pin(self, exchange_id: str) -> bool:
        is_pinned, bound = await self._change(PIN, exchange_id, self.bounds.max_pins, self.bounds.max_pin_bytes)
        if bound:
            raise pins_full(self.bounds, bound.decode())
        return bool(is_pinned)

    async def unpin(self, exchange_id: str) -> None:
        for key in self._pin_keys:
            await self._server.command("HDEL", key, exchange_id)

    async def note(self, exchange_id: str, text: str) -> bool:
        return bool(await self._change(NOTE, exchange_id, text, MAX_NOTES))

    async def _change(self, script: Script, *arguments: Any) -> Any:
        return await self._server.call(script, self._keys, *self._known(), *arguments)

    def _known(self) -> tuple[Any, ...]:
        """The arguments with which every script begins that changes something."""
        return *self._bounds, secrets.token_hex(8), self._epoch, self._head

    async def _begin(self) -> None:
        """Make sure that there is a log, and take over its secret."""
        epoch, birth, head, secret = await self._change(BEGIN, self.secret)
        self._learn(epoch, birth, head)
        self._has_begun = True
        is_news = secret != self.secret or not self.is_reached
        self.secret, self.is_reached = secret, True
        if is_news and self.on_secret is not None:
            self.on_secret()

    def _learn(self, epoch: bytes, birth: bytes, head: int) -> int:
        """Take over where the log stands, from an answer that may be older than the last one; gives its head."""
        if epoch.decode() != self._epoch:
            self._epoch, self._birth, self._head = epoch.decode(), birth.decode(), head
            self._has_begun = False
        self._head = max(self._head, head)
        return head

    # Reading

    async def read(self, after: int, limit: int) -> list[Record]:
        return await self._records("XRANGE", await self._at(after + 1), "+", limit)

    async def read_back(self, before: int | None, limit: int) -> list[Record]:
        newest = "+" if before is None else await self._at(before - 1)
        return [] if newest.startswith("-") else await self._records("XREVRANGE", newest, "-", limit)

    async def _at(self, seq: int) -> str:
        if not self._birth:
            await self.status()
        return "-" if seq < 0 else f"{self._birth}-{seq}"

    async def _records(self, command: str, start: str, end: str, limit: int) -> list[Record]:
        if limit <= 0:
            return []
        birth = self._birth
        records: list[Record] = []
        are_all_ours = True
        for place, fields in await self._server.command(command, self._log_key, start, end, "COUNT", limit):
            born, _, seq = place.decode().partition("-")
            if born != birth:
                are_all_ours = False
            elif (entry := _entry(fields)) is not None:
                records.append(Record(int(seq), entry))
        if not are_all_ours:  # some are of a log that has begun anew, or of somebody else
            await self.status()
            if birth != self._birth:
                raise StoreAway("the log began anew while it was read")
        return records

    async def get(self, exchange_id: str) -> Found | None:
        return _found(exchange_id, await self._server.call(GET, self._keys, exchange_id))

    async def get_many(self, ids: Iterable[str]) -> list[Found]:
        wanted = list(ids)
        results: list[Found] = []
        for start in range(0, len(wanted), AT_ONCE):
            names = wanted[start : start + AT_ONCE]
            places = await self._server.call_many(GET, self._keys, names)
            results += [result for name, place in zip(names, places, strict=True) if (result := _found(name, place))]
        return results

    async def status(self) -> Status:
        values = await self._server.call(STATUS, self._keys) if self._has_begun else None
        if values is None or (values[0].decode() == self._epoch and values[2] < self._head):
            await self._begin()
            values = await self._server.call(STATUS, self._keys)
        epoch, birth, head, oldest, exchanges, taken, lost = values
        self._learn(epoch, birth, head)
        commit = self._commit
        return Status(epoch.decode(), oldest, head, exchanges, taken, commit.waiting, commit.lost + lost)

    async def pins(self) -> Pins:
        pins, notes = map(_pairs, await self._server.call(PINS, self._keys))
        texts = {name.decode(): text.decode() for name, text in notes.items()}
        pinned: list[Found] = []
        total_bytes = 0
        for name, value in pins.items():
            seq, size, data = value.split(b" ", 2)
            exchange = listed(name.decode(), data, int(size))
            pinned.append(Found(int(seq), exchange, pinned=True, note=texts.get(exchange.id)))
            total_bytes += int(size)
        pinned.sort(key=lambda pin: pin.seq, reverse=True)
        return Pins(pinned, total_bytes, texts)

    @property
    def backlog(self) -> Backlog:
        return self._commit.backlog

    async def wait(self, after: int, epoch: str | None = None, timeout_s: float | None = None) -> Status:
        status = await self.status()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while status.head <= after and epoch in (None, status.epoch):
                    status = await self._tail.next()
        return status

    async def until_news(self, status: Status) -> bool:
        """Whether there is an entry behind this status, once there is one or nothing has come for `BLOCK_S`."""
        return await self._server.news(self._log_key, f"{self._birth}-{status.head}")

    async def drop_foreign(self) -> None:
        """Take out of the stream the entries that somebody else has added."""
        await self._begin()


class _Tail:
    """Watches a log, on a connection of its own, while anybody waits for news of it."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store
        self._waiters = 0
        self._news: asyncio.Future[Status] | None = None
        self._task: asyncio.Task[None] | None = None

    async def next(self) -> Status:
        """The status at the next look. Raises `StoreAway`."""
        loop = asyncio.get_running_loop()
        if self._news is None:
            self._news = loop.create_future()
        if self._task is None:
            self._task = loop.create_task(self._watch())
        self._waiters += 1
        try:
            return await asyncio.shield(self._news)
        finally:
            self._waiters -= 1

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._tell(StoreAway("it is closed"))

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        waited_at = loop.time()
        place, has_news = ("", 0), False
        try:
            while self._waiters or loop.time() - waited_at < LINGER_S:
                waited_at = loop.time() if self._waiters else waited_at
                try:
                    status = await self._store.status()
                    if has_news and (status.epoch, status.head) == place:
                        await self._store.drop_foreign()
                    self._tell(status)
                    place = status.epoch, status.head
                    has_news = await self._store.until_news(status)
                    await asyncio.sleep(GATHER_S)
                except Exception as error:
                    has_news = False
                    self._tell(error)
                    await asyncio.sleep(RETRY_S)
        finally:
            self._task = None

    def _tell(self, news: Status | Exception) -> None:
        future, self._news = self._news, None
        if future is None:
            return
        if isinstance(news, Status):
            future.set_result(news)
        else:
            future.set_exception(news)
            future.exception()  # whoever waited may have left


Item = tuple[str, str, bytes, bytes]
"""What `put.lua` is told of an exchange: its id, without line breaks; a flag; the data for the stream; and the whole,
where that is too large for the stream."""


def item_of(exchange_id: str, data: bytes, *, is_refused: bool = False) -> Item:
    """The item of an exchange, by its stored form."""
    if len(data) <= LARGE:
        return exchange_id, "r" if is_refused else "-", data, b""
    return exchange_id, "b" if is_refused else "w", outline(data), data


def _entry(fields: list[bytes]) -> Entry | None:
    """What an entry of the stream holds; None for an entry that is none of ours."""
    match fields:
        case [b"i", name, _, data]:
            return whole(name.decode(), data)
        case [b"i", name, _, data, _, size]:
            return Outlined(name.decode(), data, int(size))
        case [b"d", name]:
            return Deleted(name.decode())
        case [b"c", _]:
            return Cleared()
    return None


def _found(name: str, place: list[Any] | None) -> Found | None:
    if place is None:
        return None
    seq, data, pinned, note = place
    return Found(int(seq), whole(name, data), bool(pinned), note and note.decode())


def _pairs(values: list[bytes]) -> dict[bytes, bytes]:
    return dict(zip(values[::2], values[1::2], strict=True))

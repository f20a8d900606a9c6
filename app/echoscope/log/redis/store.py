"""The store in Redis or Valkey, which any number of processes share.

The log is a stream that names its records. Their data stand beside it; `scripts/log.lua` says which key holds what.
Only scripts change them, each in one step that no other process can come between, so seqs are gapless, whoever puts.
Items have numbers, and the server remembers the last one of each writer: of a batch that is sent again because its
answer did not come, nothing is put twice.

A server that was away may come back with another log. An empty log begins a new epoch. A log may also lack its last
records, because a replica that lagged took over or the last second of an append-only file was not on the disk. Then the
first process that knows of a higher seq begins a new epoch, in which the lost seqs are not given again.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import accumulate, chain
from math import ceil
from typing import Any, Final

import msgspec

from ...base.turns import Turn, in_turns
from ..committing import CommittingStore
from ..items import Put
from ..store import (
    MAX_NOTES,
    Bounds,
    Found,
    Outlined,
    Pins,
    Record,
    Status,
    StoreAway,
    pins_full,
    refused_share,
)
from ..stored import FORM, whole
from .connection import Server
from .rows import SHARED, Entry, Part, Place, entry_of, parts_of, repacked, rows_of
from .scripts import BEGIN, CLEAR, DELETE, NOTE, PIN, PINS, PLACES, PUT, REPACK, STATUS, UNPIN, Script
from .shelf import RedisShelf
from .tail import Tail
from .writing import Call

logger = logging.getLogger(__name__)

OPEN_S: Final = 2.0
"""How long a start waits for a server that does not answer, before it goes on without it."""

AT_ONCE: Final = 50
"""How many exchanges are fetched at once."""

LOOKS: Final = 3
"""How often exchanges are looked for that have got another place before they were fetched."""

MIN_ROWS: Final = 4
"""How many rows are asked for at least, so that one that is shorter than those before costs no further question."""

BEGAN_ANEW: Final = "the log began anew while it was read"

_KEYS: Final = (
    "log", "rows", "data", "wholes", "torn", "ids", "refused", "pins", "pinned", "notes", "noted", "meta",
)  # fmt: skip

_KEYS_FORM: Final = 2
"""The number of the form in which logs stand in the keys, which rises whenever it changes."""


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


class RedisStore(CommittingStore):
    """The log `name` on a server."""

    def __init__(self, server: Server, name: str, bounds: Bounds | None = None) -> None:
        super().__init__(self._write)
        self.bounds = bounds or Bounds()
        self.secret = secrets.token_bytes(32)
        self.is_reached = False
        self.on_secret: Callable[[], None] | None = None
        self._server = server
        stem = f"{server.prefix}:{{{name}}}:{_KEYS_FORM}.{FORM}:"
        self._keys = [stem + key for key in _KEYS]
        self._log_key, self._rows_key, self._data_key, self._wholes_key = self._keys[:4]
        self._meta_key = self._keys[-1]
        self._pin_keys = (f"{stem}pins", f"{stem}pinned")
        self._bounds = (self.bounds.max_exchanges, self.bounds.max_bytes, *refused_share(self.bounds))
        self._putting = Call(PUT, [*self._keys, f"{stem}writer:{secrets.token_hex(8)}"])
        self._unused_epoch = ""
        self._has_begun = False
        self._epoch = self._birth = ""
        self._head = 0
        self._row_length = 16.0
        self._tail = Tail(self)

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

    async def _write(self, number: int, batch: list[Put]) -> None:
        are_apart = False
        while batch:
            if not self._has_begun:
                await self._begin()
            new_epoch, self._unused_epoch = self._unused_epoch or secrets.token_hex(8), ""
            known = *self._bounds, new_epoch, self._epoch, self._head
            rows = await in_turns(rows_of(batch, are_apart=are_apart))
            flags = "".join([row.flag for row in rows])
            words = chain.from_iterable(row.words for row in rows)
            answer = await self._server.write(self._putting, *known, number, flags, *words)
            if isinstance(answer, list):
                epoch, birth, head, torn = answer
                self._learn(epoch, birth, head)
                if self._epoch != new_epoch:  # no log has begun with it, so that the next one may
                    self._unused_epoch = new_epoch
                if torn is not None:
                    await self._repack(torn)
                return
            if isinstance(answer, int):  # what was sent before is stored up to this number
                batch, number = batch[answer + 1 - number :], answer + 1
            else:
                are_apart = True

    async def _repack(self, last: bytes) -> None:
        """Take out of the data of a run what is no longer in the log. Where that fails, a later write does it."""
        with suppress(StoreAway):
            birth = self._birth
            data, row = await self._of_log(birth, ("HGET", self._data_key, last), ("HGET", self._rows_key, last))
            if data and row:
                await self._change(REPACK, birth, last, row, repacked(row, data))

    async def delete(self, exchange_id: str) -> int | None:
        answer = await self._change(DELETE, exchange_id)
        if answer is None:
            return None
        *place, torn = answer
        if torn is not None:
            await self._repack(torn)
        return self._learn(*place)

    async def clear(self) -> int:
        return self._learn(*await self._change(CLEAR))

    async def pin(self, exchange_id: str) -> bool:
        while places := await self._look_up([exchange_id]):
            place, data = places[exchange_id]
            if place.is_left:
                return True
            bounds = self.bounds.max_pins, self.bounds.max_pin_bytes
            form = data if place.flag == SHARED else b""
            if answer := await self._change(PIN, exchange_id, *bounds, place.last, form):
                is_pinned, bound = answer
                if bound:
                    raise pins_full(self.bounds, bound.decode())
                return bool(is_pinned)
        return False

    async def unpin(self, exchange_id: str) -> None:
        await self._change(UNPIN, exchange_id)

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
        birth = await self._born()
        parts: list[Part | Record] = []
        while (missing := limit - len(parts)) > 0:
            number = self._row_count(missing)
            oldest = f"{birth}-{after + 1}"
            entries, is_end = await self._entries(
                birth, missing, number, ("XRANGE", self._log_key, oldest, "+", "COUNT", number)
            )
            parts += [part for part in await self._parts(birth, entries) if part.seq > after]
            if is_end:
                break
            after = entries[-1].last
        return await _records(parts[:limit])

    async def read_back(self, before: int | None, limit: int) -> list[Record]:
        birth = await self._born()
        parts: list[Part | Record] = []
        while (missing := limit - len(parts)) > 0 and (before is None or before > 0):
            number = self._row_count(missing)
            if before is None:
                ranges = [("XREVRANGE", self._log_key, "+", "-", "COUNT", number)]
            else:
                newest = f"{birth}-{before - 1}"
                ranges = [  # the row that has the newest one, and those before it
                    ("XRANGE", self._log_key, newest, "+", "COUNT", 1),
                    ("XREVRANGE", self._log_key, f"({newest}", "-", "COUNT", number),
                ]
            entries, is_end = await self._entries(birth, missing, number, *ranges, before=before)
            rising = await self._parts(birth, entries[::-1])
            parts += [part for part in rising[::-1] if before is None or part.seq < before]
            if is_end:
                break
            before = entries[-1].first
        return await _records(parts[:limit])

    def _row_count(self, records: int) -> int:
        """How many rows should have so many records: those of a busy hour have up to 256 each, those of a quiet one
        have one, and the ids of all that are asked for are read."""
        return max(MIN_ROWS, ceil(records / self._row_length))

    async def _entries(
        self, birth: str, count: int, rows: int, *ranges: tuple[Any, ...], before: int | None = None
    ) -> tuple[list[Entry], bool]:
        """Entries of ranges of the stream that give up to `rows`, as many as have `count` records, and whether they are
        all that there are. `before`: the seq below which their first record is. Raises `StoreAway` for a log that is no
        longer that of `birth`."""
        entries: list[Entry] = []
        are_all_ours = True
        for place, fields in chain(*await self._server.commands(*ranges)):
            born, _, last = place.decode().partition("-")
            if born != birth:
                are_all_ours = False
            elif (entry := entry_of(int(last), fields)) is not None and (before is None or entry.first < before):
                entries.append(entry)
        if not are_all_ours:  # some are of a log that has begun anew, or of somebody else
            await self.status()
        if birth != self._birth:
            raise StoreAway(BEGAN_ANEW)
        totals = [*accumulate(entry.length for entry in entries)]
        if totals:
            self._row_length = totals[-1] / len(totals)
        enough = next((number for number, total in enumerate(totals, 1) if total >= count), len(entries))
        return entries[:enough], len(entries) < rows and enough == len(entries)

    async def _of_log(self, birth: str, *commands: tuple[Any, ...]) -> list[Any]:
        """The answers to commands. Raises `StoreAway` where they may be of a later log than that of `birth`, whose rows
        have the same names."""
        *answers, born = await self._server.commands(*commands, ("HGET", self._meta_key, "birth"))
        if born is None or born.decode() != birth:
            await self.status()
            raise StoreAway(BEGAN_ANEW)
        return answers

    async def _born(self) -> str:
        """The birth of the log that is read."""
        if not self._birth:
            await self.status()
        return self._birth

    async def _parts(self, birth: str, entries: list[Entry]) -> list[Part | Record]:
        """The exchanges and the markers of entries, those of each row rising."""
        lasts = [entry.last for entry in entries if entry.marker is None]
        rows: dict[int, tuple[bytes | None, bytes | None]] = {}
        if lasts:  # the data first: what is taken out of it meanwhile has left the row by then
            commands = ("HMGET", self._data_key, *lasts), ("HMGET", self._rows_key, *lasts)
            data, sizes = await self._of_log(birth, *commands)
            rows = dict(zip(lasts, zip(sizes, data, strict=True), strict=True))
        parts: list[Part | Record] = []
        turn = Turn()
        for entry in entries:
            if turn.is_over:
                await turn.end()
            if entry.marker is not None:
                parts.append(Record(entry.last, entry.marker))
            else:
                row, content = rows[entry.last]
                if row is not None and content is not None:  # it has not left the log meanwhile
                    parts += parts_of(entry, row, content)
        return parts

    async def get(self, exchange_id: str) -> Found | None:
        found = await self.get_many([exchange_id])
        return found[0] if found else None

    async def get_many(self, ids: Iterable[str]) -> list[Found]:
        wanted = list(ids)
        results: list[Found] = []
        for start in range(0, len(wanted), AT_ONCE):
            names = wanted[start : start + AT_ONCE]
            places = await self._look_up(names)
            for name in names:
                if name in places:
                    place, form = places[name]
                    results.append(Found(place.seq, whole(name, form), place.is_pinned, place.note))
        return results

    async def _look_up(self, names: list[str]) -> dict[str, tuple[Place, bytes]]:
        """The places of exchanges and their whole stored forms."""
        results: dict[str, tuple[Place, bytes]] = {}
        for _ in range(LOOKS):
            birth, answers = await self._server.call(PLACES, self._keys, *names)
            places = {name: Place.of(answer) for name, answer in zip(names, answers, strict=True) if answer}
            if not birth or not places:
                break
            sources = {name: self._source(name, place) for name, place in places.items()}
            commands = list(dict.fromkeys(sources.values()))
            contents = dict(zip(commands, await self._of_log(birth.decode(), *commands), strict=True))
            runs: dict[bytes, list[msgspec.Raw]] = {}
            turn = Turn()
            for name, place in places.items():
                if turn.is_over:
                    await turn.end()
                form = place.form(contents[sources[name]], runs)
                if form is not None:
                    results[name] = place, form
            names = [name for name in places if name not in results]
            if not names:
                break
        return results

    def _source(self, name: str, place: Place) -> tuple[str, str, str | bytes]:
        """The command that gives what a place is the place of."""
        if place.is_left:
            return "HGET", self._pin_keys[place.is_large], name
        return "HGET", self._wholes_key if place.is_large else self._data_key, place.last

    async def status(self) -> Status:
        values = await self._server.call(STATUS, self._keys) if self._has_begun else None
        if values is None or (values[0].decode() == self._epoch and values[2] < self._head):
            await self._begin()
            values = await self._server.call(STATUS, self._keys)
            if values is None:
                raise StoreAway("it has lost the log at once; it may evict keys")
        epoch, birth, head, oldest, exchanges, taken, lost = values
        self._learn(epoch, birth, head)
        commit = self._commit
        return Status(epoch.decode(), oldest, head, exchanges, taken, commit.waiting, commit.lost + lost)

    async def pins(self) -> Pins:
        pins, notes, large = await self._server.call(PINS, self._keys)
        texts = {name.decode(): text.decode() for name, text in _pairs(notes).items()}
        pinned: list[Found] = []
        total_bytes = 0
        for name, value in _pairs(pins).items():
            seq, size, data = value.split(b" ", 2)
            exchange = Outlined(name.decode(), data, int(size)) if name in large else whole(name.decode(), data)
            pinned.append(Found(int(seq), exchange, pinned=True, note=texts.get(exchange.id)))
            total_bytes += int(size)
        pinned.sort(key=lambda pin: pin.seq, reverse=True)
        return Pins(pinned, total_bytes, texts)

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


async def _records(parts: list[Part | Record]) -> list[Record]:
    return await in_turns(Record(part.seq, part.entry) for part in parts)


def _pairs(values: list[bytes]) -> dict[bytes, bytes]:
    return dict(zip(values[::2], values[1::2], strict=True))

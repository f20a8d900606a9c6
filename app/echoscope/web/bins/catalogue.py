"""All bins: made, found, changed, and gone when nobody has used them for long.

They stand on the shelf of the logs, so that all processes that share a store have the same ones. What is in this
process only is a look at each that is not older than `FRESH_S`, and what a bin needs while requests come in.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

import msgspec

from ...base.settings import Settings
from ...exchange.answers import Answers
from ...exchange.replies import Maker
from ...log.log import Log, Logs
from ...log.store import StoreAway
from .bin import NAME_RULE, Bin, digest_of, is_name, new_key, new_name
from .signed import Signed

FRESH_S: Final = 1.0
"""How old a look at a bin may be: so long may a change that was made in another process be unknown here."""

TOUCH_S: Final = 60.0
"""Seconds between two notes that a bin is used, at least."""

SWEEP_S: Final = 60.0
"""Seconds between two looks for bins that have expired, while bins are asked for."""

_PREFIX: Final = "bins/"
_COUNTERS: Final = "turns/"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Bin).decode


class NameTaken(Exception):
    """There is a bin of this name."""


class BinsFull(Exception):
    """There are as many bins as there may be."""


class BadName(ValueError):
    """This is no name for a bin; says what one is."""


class Bins:
    """`now`: seconds since 1970."""

    def __init__(self, logs: Logs, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self.logs = logs
        self.settings = settings
        self._shelf = logs.shelf
        self._now = now
        self._looks: dict[str, tuple[float, Bin]] = {}
        self._used: dict[str, float] = {}
        self._swept_at = now()
        self._endings: set[asyncio.Task[None]] = set()
        self._missing = dict(settings.fixed_bins)

    # Finding

    async def find(self, name: str) -> Bin | None:
        """The bin of this name; None where there is none, or where it has expired."""
        now = self._now()
        look = self._looks.get(name)
        if look is not None and 0 <= now - look[0] < FRESH_S:
            one: Bin | None = look[1]
        else:
            await self._settle()
            document = await self._shelf.get(_PREFIX + name) if is_name(name) else None
            one = None if document is None else _decode(document)
            if one is not None:
                self._looks[name] = now, one
        if one is None:
            if self._looks.pop(name, None) is not None:  # somebody else has taken it away
                self._used.pop(name, None)
                self._later(self.logs.let_go(_PREFIX + name))
            return None
        if self._has_expired(one):
            await self.delete(name)
            return None
        return one

    async def all(self) -> list[Bin]:
        """Those that have not expired, the newest first."""
        await self._settle()
        found = [_decode(document) for document in (await self._shelf.items(_PREFIX)).values()]
        for one in found:
            if self._has_expired(one):
                await self.delete(one.name)
        kept = [one for one in found if not self._has_expired(one)]
        return sorted(kept, key=lambda one: (one.created_at, one.name), reverse=True)

    def log(self, one: Bin) -> Log:
        return self.logs.named(_PREFIX + one.name)

    def used_at(self, one: Bin) -> float:
        return max(one.used_at, self._used.get(one.name, 0.0))

    def expires_at(self, one: Bin) -> float | None:
        """Seconds since 1970; None for never."""
        return None if one.is_fixed else self.used_at(one) + self.settings.bin_idle

    # Making and taking away

    async def create(self, maker: Maker, name: str | None = None, key: str | None = None) -> Bin:
        """A new bin. Without `name` under one that nobody guesses; without `key` nobody but the operator opens it.

        Raises `BadName`, `NameTaken` and `BinsFull`.
        """
        await self._settle()
        await self._sweep()
        if name is not None and not is_name(name):
            raise BadName(f"{NAME_RULE[:-1]}, not {name[:80]!r}.")
        now = self._now()
        one = Bin(name or new_name(), maker, now, now, digest_of(key) if key else "")
        if name is not None and await self.find(name) is not None:
            raise NameTaken(f"There is a bin {name!r} already.")
        if len(await self._shelf.items(_PREFIX)) >= self.settings.max_bins:
            raise BinsFull(f"There are {self.settings.max_bins:,} bins, as many as --max-bins allows.")
        if not await self._shelf.add(_PREFIX + one.name, _encode(one)):
            raise NameTaken(f"There is a bin {name!r} already.")
        self._looks[one.name] = now, one
        return one

    async def delete(self, name: str) -> bool:
        """Take a bin away with all that it keeps; its readers are told, and take their time to leave."""
        is_there = await self._shelf.delete(_PREFIX + name)
        await self._forget_turns(name)
        self._looks.pop(name, None)
        self._used.pop(name, None)
        if is_there and name in self.settings.fixed_bins:
            self._missing[name] = self.settings.fixed_bins[name]
        if is_there:
            self.logs.named(_PREFIX + name)
            self._later(self.logs.forget(_PREFIX + name))
            await asyncio.sleep(0)
        return is_there

    # Changing

    async def set_answers(self, one: Bin, answers: Answers) -> Bin:
        """The sequences begin anew."""
        await self._forget_turns(one.name)
        return await self._put(one, answers=answers, revision=new_name())

    async def set_signed(self, one: Bin, signed: Signed | None) -> Bin:
        return await self._put(one, signed=signed)

    async def renew_key(self, one: Bin) -> tuple[Bin, str]:
        """Another key in the place of the old one, which opens nothing any more."""
        key = new_key()
        return await self._put(one, key_digest=digest_of(key)), key

    async def touch(self, one: Bin) -> None:
        """A request has come."""
        now = self._now()
        self._used[one.name] = now
        if now - one.used_at >= min(TOUCH_S, self.settings.bin_idle / 4):
            await self._put(one)
        if now - self._swept_at >= SWEEP_S:
            await self._sweep()

    async def turn(self, one: Bin, rule: int | None) -> int:
        """The number of this request among those that one sequence of answers gets, from 1."""
        return await self._shelf.count(f"{_COUNTERS}{one.name}/{one.revision}/{'' if rule is None else rule}")

    # The parts behind it

    def _later(self, ending: Coroutine[Any, Any, None]) -> None:
        """End a log; its readers are told, and take their time to leave."""

        async def end() -> None:
            with suppress(StoreAway):  # what is left of it, the next of this name forgets
                await ending

        task = asyncio.create_task(end())
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    async def _put(self, one: Bin, **changes: object) -> Bin:
        """The bin, changed. What another process has changed since `one` was looked at stays, and so does its end."""
        document = await self._shelf.get(_PREFIX + one.name)
        if document is None:
            return one
        latest = _decode(document)
        changed = msgspec.structs.replace(latest, used_at=self.used_at(latest), **changes)
        await self._shelf.put(_PREFIX + one.name, _encode(changed))
        self._looks[one.name] = self._now(), changed
        return changed

    def _has_expired(self, one: Bin) -> bool:
        expires_at = self.expires_at(one)
        return expires_at is not None and expires_at <= self._now()

    async def _sweep(self) -> None:
        self._swept_at = self._now()
        await self.all()

    async def _settle(self) -> None:
        """Make those bins that the settings name; one that is there keeps what was set meanwhile, with today's key."""
        while self._missing:
            name, key = self._missing.popitem()
            now, digest = self._now(), digest_of(key) if key else ""
            document = await self._shelf.get(_PREFIX + name)
            one = Bin(name, "setting", now, now, digest) if document is None else _decode(document)
            one = msgspec.structs.replace(one, maker="setting", key_digest=digest)
            await self._shelf.put(_PREFIX + name, _encode(one))

    async def _forget_turns(self, name: str) -> None:
        one = self._looks.get(name)
        if one is None:
            return
        for rule in ["", *map(str, range(len(one[1].answers.rules)))]:
            await self._shelf.delete(f"{_COUNTERS}{name}/{one[1].revision}/{rule}")

"""Browsers that are signed in: each has a session of its own, which ends by itself, at a logout, or by hand.

The cookie holds a random text of which only the digest is kept: whoever reads the store cannot sign in by it.
"""

import secrets
import time
from collections import deque
from collections.abc import Callable
from hashlib import sha256
from typing import Final

import msgspec

from ...log.shelf import Shelf

SESSION_S: Final = 8 * 3600
"""How long a browser stays signed in."""

MOST_SESSIONS: Final = 200
"""How many there are at once; the oldest ends where one more begins."""

_PREFIX: Final = "sessions/"
_AGENT_CHARACTERS: Final = 200


class Session(msgspec.Struct, frozen=True):
    """`id`: by which it is listed and ended, and which opens nothing. Times are seconds since 1970."""

    id: str
    started_at: float
    ends_at: float
    address: str
    user_agent: str


class Sessions:
    """The sessions on a shelf. `signer`: gives a key that changes with the operator's token, so that none outlives it.
    `known`: what the cookies hold that this process has given or taken, the latest."""

    def __init__(self, shelf: Shelf, signer: Callable[[], bytes], now: Callable[[], float] = time.time) -> None:
        self._shelf = shelf
        self._signer = signer
        self._now = now
        self.known: deque[str] = deque(maxlen=MOST_SESSIONS)

    async def begin(self, address: str, user_agent: str) -> str:
        """A new session; gives what its cookie holds."""
        known = await self.all()
        for session in known[MOST_SESSIONS - 1 :]:
            await self.end(session.id)
        text, now = secrets.token_urlsafe(32), self._now()
        session = Session(self._id(text), now, now + SESSION_S, address, user_agent[:_AGENT_CHARACTERS])
        await self._shelf.put(_PREFIX + session.id, msgspec.json.encode(session))
        self.known.append(text)
        return text

    async def find(self, text: str) -> Session | None:
        """The session of a cookie, None where it has ended or never was."""
        document = await self._shelf.get(_PREFIX + self._id(text))
        session = None if document is None else msgspec.json.decode(document, type=Session)
        if session is None or session.ends_at <= self._now():
            return None
        if text not in self.known:  # given by another process
            self.known.append(text)
        return session

    async def end(self, session_id: str) -> bool:
        """False where there is none of this id."""
        return await self._shelf.delete(_PREFIX + session_id)

    async def end_all(self) -> int:
        """The number of sessions that were ended."""
        sessions = await self.all()
        for session in sessions:
            await self.end(session.id)
        return len(sessions)

    async def all(self) -> list[Session]:
        """Those that have not ended, the newest first; those that have are taken away."""
        sessions = [msgspec.json.decode(one, type=Session) for one in (await self._shelf.items(_PREFIX)).values()]
        for session in sessions:
            if session.ends_at <= self._now():
                await self.end(session.id)
        return sorted(
            (session for session in sessions if session.ends_at > self._now()),
            key=lambda session: session.started_at,
            reverse=True,
        )

    def _id(self, text: str) -> str:
        return sha256(self._signer() + text.encode("utf-8", "replace")).hexdigest()[:32]

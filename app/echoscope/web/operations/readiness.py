"""Whether requests should be sent here: a load balancer asks before it does.

Health says that the process lives; readiness, that what it answers is kept. Where the store is away the echo goes on
answering, but elsewhere it would answer better.
"""

import asyncio
from typing import Final

from ...log.commit import MAX_WAITING
from ...log.log import Log
from ...log.store import StoreAway

ASK_S: Final = 1.0
"""How long the store may take to tell its state. Probes wait as long by default."""


class Readiness:
    """Of the log of one process. `is_stopping`: a server that drains sends nobody away, but wants nobody new."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lost = 0
        self.is_stopping = False

    async def fault(self) -> str | None:
        """Why not; None when it is ready."""
        if self.is_stopping:
            return "The server is stopping."
        try:
            async with asyncio.timeout(ASK_S):
                status = await self._log.status()
        except StoreAway as error:
            return f"The store is away: {error}"
        except TimeoutError:
            return f"The store has not answered within {ASK_S:g} s."
        if reason := self._log.backlog.fault:  # it is read, but takes nothing: its disk or its memory is full, say
            return f"The store is away: {reason}"
        has_lost_more, self._lost = status.lost > self._lost, status.lost
        if status.waiting and (status.waiting >= MAX_WAITING or has_lost_more):
            return f"The queue before the store is full: {status.waiting} exchanges wait, {status.lost} were lost."
        return None

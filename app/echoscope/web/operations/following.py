"""What looks at exchanges when they have ended, beside the way of a request.

One reader follows what this process puts and hands whole batches to a thread. So a request waits for none of this, and
a log file that is held up, or a collector that is away, delays nothing but itself. What has left the log before the
reader came to it is not seen: under thousands of requests a second these are exchanges of a small log.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from typing import Final

from ...exchange.model import Exchange, ExchangeHead, decode_head, encode
from ...exchange.wire import Wire
from ...log.log import Log
from ...log.store import Listed, StoreAway

logger = logging.getLogger(__name__)

PAUSE_S: Final = 0.1
"""How often the log is looked at, however much is put."""

RETRY_S: Final = 1.0
"""Seconds before a store that is away is asked again."""

BATCH: Final = 500

Head = ExchangeHead | Wire
Take = Callable[[list[Head]], None]
"""Is given exchanges that have ended, in the order of the log, in a thread. It may block."""


class Follower:
    """Hands on to `takers` the exchanges that end, from `run` on. `prefixes`: of the ids of this process, since
    others may share the log, and files bring exchanges into it."""

    def __init__(self, log: Log, prefixes: tuple[str, ...], takers: Sequence[Take]) -> None:
        self._log = log
        self._prefixes = prefixes
        self._takers = takers
        self._seen = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                self._seen = await self._log.newest_own()
                async with aclosing(self._log.own(BATCH)) as batches:
                    async for exchanges in batches:
                        if own := [entry for _, entry in exchanges if entry.id.startswith(self._prefixes)]:
                            await asyncio.to_thread(_hand_on, own, self._takers)
                        self._seen = exchanges[-1][0] if exchanges else self._seen
                        if len(exchanges) < BATCH:
                            await asyncio.sleep(PAUSE_S)
            except StoreAway:  # which the store says itself
                await asyncio.sleep(RETRY_S)
            except Exception:
                logger.exception("the log could not be followed; it is tried again")
                await asyncio.sleep(RETRY_S)

    async def catch_up(self) -> None:
        """Wait until everything was handed on that has been put by now, a second at most."""
        with suppress(TimeoutError, StoreAway):
            async with asyncio.timeout(RETRY_S):
                newest = await self._log.newest_own()
                while self._seen < newest:  # noqa: ASYNC110  the log tells its readers, not us
                    await asyncio.sleep(PAUSE_S / 5)


def _hand_on(own: list[Listed | Exchange], takers: Sequence[Take]) -> None:
    ended = [head for head in map(_head, own) if head.state != "open"]
    for take in takers:
        try:
            take(ended)
        except Exception:
            logger.exception("%d exchanges could not be told of", len(ended))


def _head(entry: Listed | Exchange) -> Head:
    if isinstance(entry, Wire):
        return entry
    return decode_head(encode(entry)) if isinstance(entry, Exchange) else entry.head

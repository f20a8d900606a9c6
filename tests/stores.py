"""Stores for tests of the recorder that are not as quick, or not as good, as memory."""

import asyncio

from echoscope.exchange import Exchange
from echoscope.store.memory import MemoryStore


class Waiting(MemoryStore):
    """Keeps nothing at once, like a store behind a network."""

    async def append(self, exchange: Exchange) -> int:
        await self.wait_before(exchange)
        return MemoryStore.append_now(self, exchange)

    def append_now(self, exchange: Exchange) -> None:  # type: ignore[override]
        return None

    async def wait_before(self, exchange: Exchange) -> None:
        await asyncio.sleep(0)


class Failing(MemoryStore):
    """Fails at once."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def append_now(self, exchange: Exchange) -> int:
        raise self.error


class FailingLater(Waiting):
    """Fails after a while."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    async def wait_before(self, exchange: Exchange) -> None:
        raise self.error

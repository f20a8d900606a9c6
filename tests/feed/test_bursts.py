"""News that come faster than the log could hold them until the time for the next message has come."""

import asyncio

import pytest

from echoscope.log import feed as module
from echoscope.log.feed import BATCH_RECORDS, FULL_RECORDS, Feed
from echoscope.log.memory import MemoryStore
from echoscope.log.store import Bounds
from tests.exchanges import made_exchange
from tests.servers import WAIT_S
from tests.stores import put

from .readers import Ledger, read_through

BURSTS = 12
TURNS = 20
"""Of the event loop, between two bursts: enough for the feed to read one and for its reader to get it."""


async def test_a_full_message_waits_for_no_time_to_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_S", 10 * WAIT_S)
    store = MemoryStore(Bounds(max_exchanges=2 * BATCH_RECORDS))
    ledger = Ledger()
    reading = asyncio.create_task(read_through(Feed(store), ledger, BURSTS * BATCH_RECORDS))
    for burst in range(BURSTS):
        await turns()
        for number in range(BATCH_RECORDS):
            await put(store, made_exchange(f"id-{burst}-{number}"))
    await asyncio.wait_for(reading, WAIT_S)
    assert ledger.gaps == []
    assert len(ledger.items) == BURSTS * BATCH_RECORDS


async def test_what_comes_with_a_full_message_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_S", 10 * WAIT_S)
    store = MemoryStore(Bounds(max_exchanges=BATCH_RECORDS))
    ledger = Ledger()
    reading = asyncio.create_task(read_through(Feed(store), ledger, FULL_RECORDS + 7))
    await turns()
    await put(store, made_exchange("first"))
    await turns()
    for number in range(FULL_RECORDS + 6):
        await put(store, made_exchange(f"id-{number}"))
    await asyncio.wait_for(reading, WAIT_S)
    assert [len(message["items"]) for message in ledger.messages[1:]] == [1, FULL_RECORDS + 6]


async def turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)

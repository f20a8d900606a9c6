"""The feed outlives a store that fails, and one that comes back empty."""

import asyncio

import pytest

from echoscope.log import feed as module
from echoscope.log.feed import Feed
from echoscope.log.store import Bounds
from tests.exchanges import made_exchange
from tests.servers import WAIT_S
from tests.stores import Unsteady, put

from .readers import Ledger, read_through

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.02)


async def test_readers_go_on_when_the_store_is_back(caplog: pytest.LogCaptureFixture) -> None:
    store = Unsteady()
    feed = Feed(store)
    ledgers = [Ledger() for _ in range(3)]
    reading = [asyncio.create_task(read_through(feed, ledger, 30)) for ledger in ledgers]
    await asyncio.sleep(0.05)
    for number in range(30):
        if number == 10:
            await asyncio.sleep(0.1)
            store.is_away = True
        if number == 20:
            await asyncio.sleep(0.1)
            store.is_away = False
        await put_while_away(store, f"id-{number}")
    await asyncio.wait_for(asyncio.gather(*reading), WAIT_S)
    assert all(ledger.seqs == list(range(1, 31)) for ledger in ledgers)
    assert len([record for record in caplog.records if "cannot read the log" in record.getMessage()]) == 1


async def put_while_away(store: Unsteady, exchange_id: str) -> None:
    store.put(made_exchange(exchange_id))
    await asyncio.sleep(0.002)


async def test_what_was_dropped_while_the_store_was_away_is_a_gap() -> None:
    store = Unsteady(Bounds(max_exchanges=5))
    feed, ledger = Feed(store), Ledger()
    reading = asyncio.create_task(read_through(feed, ledger, 50))
    while not ledger.messages:  # noqa: ASYNC110
        await asyncio.sleep(0)
    store.is_away = True
    for number in range(50):
        await put_while_away(store, f"id-{number}")
    store.is_away = False
    await asyncio.wait_for(reading, WAIT_S)
    assert ledger.seqs == [46, 47, 48, 49, 50]
    assert ledger.missed("slow") == 45


async def test_a_log_that_begins_anew_is_announced_to_who_reads_it() -> None:
    store = Unsteady()
    messages: list[str] = []
    for number in range(7):
        await put(store, made_exchange(f"old-{number}"))
    feed = Feed(store)
    batches = feed.read(after=0)

    async def collect() -> None:
        async for batch in batches:
            messages.extend(batch.messages)
            if "new-2" in batch.messages[-1]:
                return

    reading = asyncio.create_task(collect())
    await asyncio.sleep(0.1)
    store.forget()
    for number in range(3):
        await put(store, made_exchange(f"new-{number}"))
    await asyncio.wait_for(reading, WAIT_S)
    await batches.aclose()
    text = "\n".join(messages)
    assert text.count('"type":"hello"') == 2
    assert text.index("old-6") < text.index('"reason":"restart"') < text.index("new-0")
    assert (await store.status()).epoch in text

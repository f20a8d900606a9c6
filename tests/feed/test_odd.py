"""Whatever is in an exchange, those after it are told."""

import asyncio

import pytest
from msgspec.structs import replace

from echoscope.exchange.model import Exchange
from echoscope.log.feed import Feed
from echoscope.log.memory import MemoryStore
from tests.exchanges import made_exchange
from tests.odd import odd_exchanges
from tests.servers import WAIT_S
from tests.stores import put

from .readers import Ledger, read_through

ODD = odd_exchanges()


@pytest.mark.parametrize("exchange", ODD.values(), ids=ODD)
async def test_an_odd_exchange_does_not_end_the_feed(exchange: Exchange) -> None:
    store = MemoryStore()
    feed = Feed(store)
    live, late = Ledger(), Ledger(after=0)
    reading = asyncio.create_task(read_through(feed, live, 2))
    while not live.messages:  # noqa: ASYNC110 (there is nothing to wait for)
        await asyncio.sleep(0)
    await put(store, replace(exchange, id="odd"))
    await put(store, made_exchange("plain"))
    await asyncio.wait_for(reading, WAIT_S)
    await read_through(feed, late, 2)
    for ledger in (live, late):
        assert [item["id"] for item in ledger.items] == ["odd", "plain"]

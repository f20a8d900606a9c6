"""Whatever is in an exchange, those after it are told."""

import pytest
from msgspec.structs import replace

from echoscope.exchange import Exchange
from echoscope.feed import Feed
from echoscope.store.memory import MemoryStore
from tests.exchanges import made_exchange
from tests.odd import odd_exchanges

from .readers import Ledger, read_through

ODD = odd_exchanges()


@pytest.mark.parametrize("exchange", ODD.values(), ids=ODD)
async def test_an_odd_exchange_does_not_end_the_feed(exchange: Exchange) -> None:
    store, ledger = MemoryStore(), Ledger(after=0)
    await store.append(replace(exchange, id="odd"))
    await store.append(made_exchange("plain"))
    await read_through(Feed(store), ledger, 2)
    assert [item["id"] for item in ledger.items] == ["odd", "plain"]

"""What is followed beside the way of a request: all that this process has put, and nothing that others have."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

import pytest

from echoscope.exchange.wire import Wire
from echoscope.log.log import Log
from echoscope.log.memory import MemoryStore
from echoscope.log.own import MAX_OWN, MAX_OWN_BYTES, Own
from echoscope.log.store import Store
from echoscope.web.operations.following import Follower, Head
from tests.exchanges import made_exchange, plain_exchange
from tests.servers import WAIT_S
from tests.stores import Distant


@asynccontextmanager
async def followed(log: Log) -> AsyncIterator[tuple[Follower, list[Head]]]:
    heads: list[Head] = []
    follower = Follower(log, ("mine-",), [heads.extend])
    task = asyncio.create_task(follower.run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    try:
        yield follower, heads
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await log.close()


@pytest.mark.parametrize("store", [MemoryStore, Distant])
async def test_what_has_ended_is_handed_on_in_its_order(store: type[Store]) -> None:
    log = Log(store())
    async with followed(log) as (follower, heads):
        await asyncio.sleep(0.01)
        log.put(plain_exchange("mine-1", "/a"))
        log.put(made_exchange("mine-2", state="open"))
        log.put(made_exchange("other-3"))
        log.put(made_exchange("mine-2", state="done", path="/b"))
        async with asyncio.timeout(WAIT_S):
            while len(heads) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await follower.catch_up()
    assert [(head.id, head.path) for head in heads] == [("mine-1", "/a"), ("mine-2", "/b")]


async def test_it_is_not_read_back_from_a_store_that_others_share() -> None:
    store = Distant()
    log = Log(store)
    MemoryStore.put(store, plain_exchange("from another process"))
    async with aclosing(log.own(10)) as batches:
        first = asyncio.ensure_future(anext(batches))
        await asyncio.sleep(0)
        log.put(plain_exchange("a"))
        assert [(number, one.id) for number, one in await first] == [(1, "a")]
        assert await log.newest_own() == 1
    await log.close()


async def test_what_nobody_looks_at_is_bounded_and_the_oldest_goes() -> None:
    own = Own(MemoryStore())
    for number in range(MAX_OWN + 5):
        await own.put(plain_exchange(f"{number}"))
    assert [number for number, _ in own.take(2)] == [6, 7]
    assert len(own.take(2 * MAX_OWN)) == MAX_OWN - 2
    assert not own.news.is_set()


async def test_so_are_its_bytes() -> None:
    own = Own(MemoryStore())
    for number in range(10):
        await own.put(plain_exchange(f"{number}", answer=b"x" * (MAX_OWN_BYTES // 3 - 2_000)))
    assert [one.id for _, one in own.take(10) if isinstance(one, Wire)] == ["7", "8", "9"]

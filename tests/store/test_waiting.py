"""The contract of a log of exchanges: who waits for news is woken by it, and only by it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from echoscope.log.store import Store
from tests.exchanges import made_exchange
from tests.servers import WAIT_S
from tests.stores import put


async def settled() -> None:
    """Let every task run until it waits for something."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_who_is_behind_does_not_wait(store: Store) -> None:
    await put(store, made_exchange("a"))
    await asyncio.wait_for(store.wait(0), WAIT_S)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda store: put(store, made_exchange("b")), id="an exchange"),
        pytest.param(lambda store: put(store, made_exchange("a")), id="a newer record of the same"),
        pytest.param(lambda store: store.delete("a"), id="a deletion"),
        pytest.param(lambda store: store.clear(), id="a clearing"),
    ],
)
async def test_a_change_wakes_everybody_who_waits(store: Store, change: Callable[[Store], Awaitable[object]]) -> None:
    await put(store, made_exchange("a"))
    async with asyncio.timeout(WAIT_S), asyncio.TaskGroup() as waiters:
        for _ in range(5):
            waiters.create_task(store.wait(1))
        await settled()
        await change(store)


async def test_nobody_is_woken_before_the_seq_that_is_waited_for(store: Store) -> None:
    waiter = asyncio.create_task(store.wait(3))
    for number in range(3):
        await put(store, made_exchange(f"id-{number}"))
        await settled()
        assert not waiter.done()
    await put(store, made_exchange("id-4"))
    await asyncio.wait_for(waiter, WAIT_S)


async def test_a_deletion_of_nothing_wakes_nobody(store: Store) -> None:
    waiter = asyncio.create_task(store.wait(0))
    await settled()
    await store.delete("a")
    await settled()
    assert not waiter.done()
    waiter.cancel()


async def test_who_stops_waiting_leaves_the_others_waiting(store: Store) -> None:
    impatient, patient = asyncio.create_task(store.wait(0)), asyncio.create_task(store.wait(0))
    await settled()
    impatient.cancel()
    await settled()
    assert impatient.cancelled()
    assert not patient.done()
    await put(store, made_exchange("a"))
    await asyncio.wait_for(patient, WAIT_S)


async def test_a_reader_that_waits_and_reads_in_turn_misses_nothing(store: Store) -> None:
    seen: list[int] = []

    async def follow() -> None:
        while len(seen) < 200:
            after = seen[-1] if seen else 0
            await store.wait(after)
            seen.extend(record.seq for record in await store.read(after, 7))

    async with asyncio.timeout(WAIT_S), asyncio.TaskGroup() as both:
        both.create_task(follow())
        for number in range(200):
            await put(store, made_exchange(f"id-{number}"))
            await asyncio.sleep(0)
    assert seen == list(range(1, 201))

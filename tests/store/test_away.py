"""The contract of a store that cannot be reached for a while: nobody waits long, and what was put is stored later."""

import asyncio

import pytest

from echoscope.log.commit import PUT_WAIT_S, RETRY_S, GroupCommit
from echoscope.log.store import StoreAway
from tests.exchanges import made_exchange
from tests.servers import WAIT_S
from tests.stores import Distant, put


async def stored(store: Distant, count: int) -> None:
    """Return when so many exchanges are in the log."""
    async with asyncio.timeout(WAIT_S):
        await store.wait(count - 1)


@pytest.mark.parametrize("fault", [OSError("refused"), TimeoutError(), RuntimeError("out of memory"), StoreAway("no")])
async def test_what_is_put_while_the_store_fails_is_stored_when_it_is_back_in_order(fault: Exception) -> None:
    store = Distant()
    store.fault = fault
    answers = [store.put(made_exchange(f"id-{number}")) for number in range(300)]
    assert await asyncio.gather(*answers) == [False] * 300
    store.fault = None
    await stored(store, 300)
    assert [record.entry.id for record in await store.read(0, 300)] == [f"id-{number}" for number in range(300)]  # type: ignore[union-attr]
    status = await store.status()
    assert (status.waiting, status.lost) == (0, 0)
    await store.close()


async def test_a_put_is_answered_in_time_while_the_store_hangs() -> None:
    store = Distant()
    store.is_hanging = True
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await store.put(made_exchange("a")) is False
    assert PUT_WAIT_S * 0.9 <= loop.time() - began < PUT_WAIT_S * 4
    assert (await store.status()).waiting == 1
    await store.close()
    assert (await super(Distant, store).status()).head == 0
    assert store._commit.lost == 1


async def test_a_write_that_takes_longer_than_an_answer_waits_is_not_cut() -> None:
    store = Distant()
    store.delay_s = 2 * PUT_WAIT_S
    assert await store.put(made_exchange("a")) is False
    await stored(store, 1)
    assert store.writes == 1
    await store.close()


async def test_what_is_put_meanwhile_shares_the_next_write() -> None:
    store = Distant()
    answers = [store.put(made_exchange("first"))]
    await asyncio.sleep(0)
    answers += [store.put(made_exchange(f"id-{number}")) for number in range(100)]
    assert all(await asyncio.gather(*answers))
    assert store.writes == 2
    await store.close()


async def test_more_than_may_wait_is_lost_from_the_oldest_on_and_counted() -> None:
    store = Distant(max_waiting=10)
    store.fault = OSError("down")
    answers = [store.put(made_exchange(f"id-{number}")) for number in range(25)]
    assert await asyncio.gather(*answers) == [False] * 25
    store.fault = None
    await stored(store, 10)
    ids = [record.entry.id for record in await store.read(0, 100)]  # type: ignore[union-attr]
    assert ids[-9:] == [f"id-{number}" for number in range(16, 25)]
    assert (await store.status()).lost == 25 - len(ids)
    await store.close()


async def test_bytes_that_wait_are_bounded_too() -> None:
    async def never(number: int, batch: list[bytes]) -> None:
        await asyncio.Event().wait()

    commit = GroupCommit(never, max_bytes=1_000)
    for _ in range(50):
        commit.put(b"", 100)
        await asyncio.sleep(0)
    assert commit.waiting_bytes == 1_000
    assert (commit.waiting, commit.lost) == (10, 40)
    await commit.close()
    assert commit.lost == 50


async def test_it_is_told_to_be_full_when_as_many_wait_as_may() -> None:
    async def never(number: int, batch: list[bytes]) -> None:
        await asyncio.Event().wait()

    commit = GroupCommit(never, max_waiting=10)
    for number in range(50):
        assert commit.backlog.is_full is (number >= 10)
        commit.put(b"", 100)
        await asyncio.sleep(0)
    assert (commit.waiting, commit.lost) == (10, 40)
    await commit.close()


async def test_closing_writes_what_waits() -> None:
    store = Distant()
    store.delay_s = 0.01
    answers = [store.put(made_exchange(f"id-{number}")) for number in range(5)]
    await store.close()
    assert all(await asyncio.gather(*answers))


async def test_a_store_that_answers_in_time_is_done_in_time() -> None:
    store = Distant()
    store.delay_s = 0.01
    assert await store.put(made_exchange("a")) is True
    assert await put(store, made_exchange("b")) == 2
    await store.close()


async def test_an_item_keeps_its_number_however_often_it_is_sent_and_whatever_is_lost() -> None:
    calls: list[dict[int, str]] = []
    is_away = True

    async def write(number: int, batch: list[str]) -> None:
        calls.append(dict(enumerate(batch, number)))
        await asyncio.sleep(0)
        if is_away:
            raise OSError("away")

    commit = GroupCommit(write, max_waiting=4)
    for number in range(12):
        commit.put(f"item {number}", 1)
        await asyncio.sleep(RETRY_S if number % 5 == 4 else 0)
    is_away = False
    await commit.close()
    numbers: dict[str, set[int]] = {}
    for call in calls:
        for number, item in call.items():
            numbers.setdefault(item, set()).add(number)
    assert commit.lost == 8
    assert all(len(of_one) == 1 for of_one in numbers.values()), calls
    assert len(set.union(*numbers.values())) == len(numbers), "no number twice"
    assert list(calls[-1].values()) == ["item 8", "item 9", "item 10", "item 11"]

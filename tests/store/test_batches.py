"""What is put together, and what becomes of it, is in every store as it is in memory."""

import random

import pytest

from echoscope.exchange.model import State
from echoscope.log.memory import MemoryStore
from echoscope.log.sqlite.table import TORN
from echoscope.log.store import Bounds, Captured, Store
from tests.exchanges import made_exchange, plain_exchange
from tests.store.conftest import NewStore
from tests.stores import put_at_once, said


async def parts(store: Store, size: int) -> list[int]:
    """The seqs of a log, read forward and then backward, so many at once."""
    seqs: list[int] = []
    while records := await store.read(seqs[-1] if seqs else 0, size):
        seqs += [record.seq for record in records]
    back: list[int] = []
    while records := await store.read_back(back[-1] if back else None, size):
        back += [record.seq for record in records]
    assert back == seqs[::-1]
    return seqs


@pytest.mark.parametrize("seed", range(3))
async def test_batches_of_all_kinds_leave_what_memory_has(new_store: NewStore, seed: int) -> None:
    chance = random.Random(seed)
    bounds = {"max_exchanges": chance.choice([1, 30, 90]), "max_bytes": chance.choice([20_000, 200_000])}
    store = await new_store(**bounds)
    memory = MemoryStore(Bounds(**bounds))
    number = 0
    for _ in range(30):
        batch: list[Captured] = []
        for _ in range(chance.choice([1, 5, 40])):
            number += 1
            name = f"id-{number if chance.random() < 0.9 else chance.randrange(number)}"
            state: State = chance.choice(["done", "done", "open", "refused"])
            batch.append(plain_exchange(name) if chance.random() < 0.7 else made_exchange(name, state=state))
        await put_at_once(store, *batch)
        for exchange in batch:
            memory.put(exchange)
        for _ in range(chance.randrange(3)):
            name = f"id-{max(0, number - chance.randrange(60))}"
            if chance.random() < 0.5:
                assert await store.delete(name) == await memory.delete(name)
            else:
                assert await store.pin(name) == await memory.pin(name)
        assert await said(store) == await said(memory)
        size = chance.choice([1, 7, 50])
        assert await parts(store, size) == await parts(memory, size)


async def test_a_batch_that_replaces_some_and_brings_others_is_counted_like_in_memory(new_store: NewStore) -> None:
    store = await new_store(max_exchanges=400)
    memory = MemoryStore(Bounds(max_exchanges=400))
    for start in (0, 100, 350):
        exchanges = [made_exchange(f"id-{start + number % 290}") for number in range(300)]
        await put_at_once(store, *exchanges)
        for exchange in exchanges:
            memory.put(exchange)
    assert await said(store) == await said(memory)


async def test_an_exchange_that_came_with_others_is_deleted_and_replaced_alone(new_store: NewStore) -> None:
    store = await new_store()
    await put_at_once(store, *(plain_exchange(f"id-{number}") for number in range(10, 20)))
    assert await store.delete("id-13") == 11
    await put_at_once(store, plain_exchange("id-15", "/again"), plain_exchange("id-20"))
    kept = [(record.seq, record.entry.id) for record in await store.read(0, 100)]  # type: ignore[union-attr]
    before = [(number - 9, f"id-{number}") for number in range(10, 20) if number not in (13, 15)]
    assert kept == [*before, (11, "id-13"), (12, "id-15"), (13, "id-20")]
    found = await store.get("id-15")
    assert found is not None
    assert found.exchange == plain_exchange("id-15", "/again").exchange
    assert await store.get("id-13") is None


@pytest.mark.parametrize("count", [TORN - 1, TORN, TORN + 1, 3 * TORN])
async def test_one_batch_may_replace_parts_of_many(new_store: NewStore, count: int) -> None:
    store = await new_store()
    memory = MemoryStore(Bounds())
    batches = [[plain_exchange(f"{run + 10}-{number}") for number in range(5)] for run in range(count)]
    replaced = [plain_exchange(f"{run + 10}-{number}", "/again") for number in (3, 1, 3, 0) for run in range(count)]
    for batch in (*batches, replaced):
        await put_at_once(store, *batch)
        for exchange in batch:
            memory.put(exchange)
    assert await said(store) == await said(memory)


@pytest.mark.parametrize("number", [0, 4, 9])
async def test_one_that_came_with_others_is_pinned_and_outlives_them(new_store: NewStore, number: int) -> None:
    store = await new_store(max_exchanges=10)
    await put_at_once(store, *(plain_exchange(f"id-{number}") for number in range(10)))
    assert await store.pin(f"id-{number}")
    await put_at_once(store, *(plain_exchange(f"id-{number}") for number in range(10, 20)))
    found = await store.get(f"id-{number}")
    assert found is not None
    assert (found.seq, found.pinned, found.exchange) == (number + 1, True, plain_exchange(f"id-{number}").exchange)
    assert [one.seq for one in (await store.pins()).found] == [number + 1]


async def test_a_pin_follows_what_comes_again_with_others(new_store: NewStore) -> None:
    store = await new_store()
    await put_at_once(store, made_exchange("id-3", state="open"))
    assert await store.pin("id-3")
    await put_at_once(store, *(plain_exchange(f"id-{number}") for number in range(6)))
    await store.clear()
    found = await store.get("id-3")
    assert found is not None
    assert (found.seq, found.exchange) == (5, plain_exchange("id-3").exchange)

"""The contract of a log of exchanges: bounds, and what is counted."""

import asyncio
import random

import msgspec
import pytest

from echoscope.exchange.model import encode
from echoscope.log.store import Cleared, Deleted, Record, Store
from tests.exchanges import made_exchange
from tests.servers import WAIT_S
from tests.stores import entries, keep, put

from .conftest import NewStore

ALL = 1_000_000


async def overhead_of(new_store: NewStore) -> int:
    """What a backend counts for a record beside its encoded form."""
    store = await new_store()
    await put(store, made_exchange("a"))
    return (await store.status()).bytes - len(encode(made_exchange("a")))


async def counted(store: Store, overhead: int) -> int:
    sizes = [0 if isinstance(entry, Deleted | Cleared) else len(encode(entry)) for _, entry in await entries(store)]
    return sum(size + overhead for size in sizes)


async def test_the_oldest_exchanges_make_room_when_there_are_too_many(new_store: NewStore) -> None:
    store = await new_store(max_exchanges=3)
    for number in range(1, 11):
        await put(store, made_exchange(f"id-{number}"))
    assert [record.seq for record in await store.read(0, ALL)] == [8, 9, 10]
    assert await store.get("id-7") is None
    status = await store.status()
    assert (status.oldest, status.head, status.exchanges) == (8, 10, 3)


async def test_an_exchange_that_is_appended_again_is_as_young_as_its_newest_record(new_store: NewStore) -> None:
    store = await new_store(max_exchanges=2)
    for exchange_id in ("a", "b", "a", "c"):
        await put(store, made_exchange(exchange_id))
    assert [record.seq for record in await store.read(0, ALL)] == [3, 4]
    assert await store.get("b") is None


async def test_a_log_of_one_keeps_the_newest(new_store: NewStore) -> None:
    store = await new_store(max_exchanges=1)
    for exchange_id in ("a", "b", "b", "c"):
        seq = await put(store, made_exchange(exchange_id))
        assert [record.seq for record in await store.read(0, ALL)] == [seq]


async def test_bytes_are_counted_exactly(new_store: NewStore) -> None:
    overhead = await overhead_of(new_store)
    store = await new_store()
    for body_size in (0, 1, 1_000, 70_000):
        await put(store, made_exchange(f"id-{body_size}", body=b"x" * body_size))
    assert overhead > 0
    assert (await store.status()).bytes == await counted(store, overhead)


async def test_no_more_is_dropped_than_the_bytes_ask_for(new_store: NewStore) -> None:
    overhead = await overhead_of(new_store)
    one = len(encode(made_exchange("id-100", body=b"x" * 1_000))) + overhead
    store = await new_store(max_bytes=5 * one)
    for number in range(100, 120):
        await put(store, made_exchange(f"id-{number}", body=b"x" * 1_000))
    assert (await store.status()).bytes == 5 * one
    assert [record.seq for record in await store.read(0, ALL)] == [16, 17, 18, 19, 20]


async def test_the_newest_exchange_stays_even_when_it_alone_is_too_large(new_store: NewStore) -> None:
    store = await new_store(max_bytes=10_000)
    await put(store, made_exchange("small"))
    seq = await put(store, made_exchange("large", body=b"x" * 50_000))
    assert [record.seq for record in await store.read(0, ALL)] == [seq]
    await put(store, made_exchange("small"))
    assert [record.seq for record in await store.read(0, ALL)] == [seq + 1]
    assert (await store.status()).bytes <= 10_000


async def test_an_exchange_that_grows_takes_the_place_of_others(new_store: NewStore) -> None:
    store = await new_store(max_bytes=20_000)
    for exchange_id in ("a", "b", "c"):
        await put(store, made_exchange(exchange_id, body=b"x" * 4_000))
    await put(store, made_exchange("c", body=b"x" * 18_000))
    assert [record.seq for record in await store.read(0, ALL)] == [4]


async def test_markers_are_dropped_in_their_turn(new_store: NewStore) -> None:
    store = await new_store(max_exchanges=2)
    for exchange_id in ("a", "b"):
        await put(store, made_exchange(exchange_id))
    await store.delete("a")
    assert await store.read(2, ALL) == [Record(3, Deleted("a"))]
    for exchange_id in ("c", "d", "e"):
        await put(store, made_exchange(exchange_id))
    assert [record.seq for record in await store.read(0, ALL)] == [5, 6]


async def test_markers_alone_stay_within_the_bytes(new_store: NewStore) -> None:
    store = await new_store(max_bytes=20_000)
    for number in range(500):
        await keep(store, made_exchange(f"id-{number}"))
        await store.delete(f"id-{number}")
    status = await store.status()
    assert status.head == 1_000
    assert status.bytes <= 20_000
    assert [record.seq for record in await store.read(0, ALL)][-1] == 1_000


async def test_emptying_a_log_gives_its_bytes_back(new_store: NewStore) -> None:
    overhead = await overhead_of(new_store)
    store = await new_store()
    for number in range(20):
        await put(store, made_exchange(f"id-{number}", body=b"x" * 1_000))
    await store.clear()
    assert (await store.status()).bytes == overhead


class Model:
    """The contract in a few lines: a list of records, searched from one end to the other."""

    def __init__(self, max_exchanges: int, max_bytes: int, overhead: int) -> None:
        self.bounds = (max_exchanges, max_bytes)
        self.overhead = overhead
        self.records: list[tuple[int, str, int]] = []
        self.head = 0

    def append(self, exchange_id: str, size: int) -> None:
        self.records = [record for record in self.records if record[1] != exchange_id]
        self._add(exchange_id, size)

    def delete(self, exchange_id: str) -> None:
        kept = [record for record in self.records if record[1] != exchange_id]
        if len(kept) < len(self.records):
            self.records = kept
            self._add("", 0)

    def clear(self) -> None:
        self.records = []
        self._add("", 0)

    def facts(self) -> tuple[list[int], int, int, int, int]:
        """Seqs, oldest, head, exchanges, bytes."""
        seqs = [seq for seq, _, _ in self.records]
        return seqs, (seqs or [self.head + 1])[0], self.head, self._exchanges(), self._bytes()

    def _exchanges(self) -> int:
        return sum(exchange_id != "" for _, exchange_id, _ in self.records)

    def _bytes(self) -> int:
        return sum(size + self.overhead for _, _, size in self.records)

    def _add(self, exchange_id: str, size: int) -> None:
        self.head += 1
        self.records.append((self.head, exchange_id, size))
        while (self._exchanges() > self.bounds[0] or self._bytes() > self.bounds[1]) and len(self.records) > 1:
            del self.records[0]


@pytest.mark.parametrize("seed", [0, 1, 5, 6])  # of other bounds each
async def test_a_thousand_random_changes_leave_what_the_contract_says(new_store: NewStore, seed: int) -> None:
    chance = random.Random(seed)
    bounds = (chance.choice([1, 5, 20]), chance.choice([3_000, 30_000]))
    store = await new_store(max_exchanges=bounds[0], max_bytes=bounds[1])
    model = Model(*bounds, await overhead_of(new_store))
    for number in range(1_000):
        exchange = made_exchange(f"id-{chance.randrange(30)}", body=b"x" * chance.choice([0, 10, 1_000, 5_000]))
        match chance.choices(["append", "delete", "clear"], [80, 19, 1])[0]:
            case "append":
                await keep(store, exchange)
                model.append(exchange.id, len(encode(exchange)))
            case "delete":
                await store.delete(exchange.id)
                model.delete(exchange.id)
            case _:
                await store.clear()
                model.clear()
        status = await store.status()
        records = [record.seq for record in await store.read(0, ALL)]
        assert (records, status.oldest, status.head, status.exchanges, status.bytes) == model.facts()
        if number % 10 == 0:  # for it reads what `read` does, only in another order
            assert [record.seq for record in await store.read_back(None, ALL)] == records[::-1]


async def test_thirty_thousand_exchanges_leave_the_count_exact(new_store: NewStore) -> None:
    overhead = await overhead_of(new_store)
    store = await new_store(max_exchanges=27_000, max_bytes=1 << 30)
    exchange = made_exchange("id-000000")
    size = len(encode(exchange)) + overhead
    for start in range(0, 30_000, 2_000):
        many = [store.put(msgspec.structs.replace(exchange, id=f"id-{start + add:06}")) for add in range(2_000)]
        await asyncio.gather(*filter(None, many))
        async with asyncio.timeout(WAIT_S):
            status = await store.wait(start + 1_999)
        kept = min(start + 2_000, 27_000)
        assert (status.exchanges, status.bytes) == (kept, kept * size)
    status = await store.status()
    assert (status.oldest, status.head, status.exchanges) == (3_001, 30_000, 27_000)
    assert status.bytes == 27_000 * size
    assert [record.seq for record in await store.read(15_000, 3)] == [15_001, 15_002, 15_003]
    assert await store.get("id-002999") is None
    assert await store.get("id-003000") is not None


async def test_refused_requests_push_out_nothing_but_each_other(new_store: NewStore) -> None:
    store = await new_store(max_exchanges=50)
    for number in range(50):
        await keep(store, made_exchange(f"sent-{number}"))
    for number in range(200):
        await keep(store, made_exchange(f"refused-{number}", state="refused"))
    assert [await store.get(f"sent-{number}") is not None for number in range(50)] == [True] * 50
    kept = [number for number in range(200) if await store.get(f"refused-{number}")]
    assert kept == list(range(195, 200))
    assert (await store.status()).exchanges == 55


async def test_refused_requests_have_bytes_of_their_own(new_store: NewStore) -> None:
    store = await new_store(max_bytes=100_000)
    for number in range(10):
        await put(store, made_exchange(f"sent-{number}", body=b"x" * 9_000))
    for number in range(20):
        await put(store, made_exchange(f"refused-{number}", state="refused", body=b"x" * 4_000))
    assert [await store.get(f"sent-{number}") is not None for number in range(10)] == [True] * 10
    assert [number for number in range(20) if await store.get(f"refused-{number}")] == [18, 19]


async def test_what_is_sent_may_push_out_what_was_refused_before(new_store: NewStore) -> None:
    store = await new_store(max_exchanges=10)
    await put(store, made_exchange("refused", state="refused"))
    for number in range(11):
        await put(store, made_exchange(f"sent-{number}"))
    assert await store.get("refused") is None
    assert (await store.status()).exchanges == 10

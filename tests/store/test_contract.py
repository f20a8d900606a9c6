"""The contract of a log of exchanges, kept by every backend: order, identity, and where a record is found."""

import asyncio

import pytest

from echoscope.exchange.model import State, decode_exchange, encode
from echoscope.log.store import Cleared, Deleted, Listed, Record, Status, Store
from tests.exchanges import made_exchange, plain_exchange
from tests.stores import entries, found, put, stored

from .conftest import NewStore

ALL = 1_000_000


async def append(store: Store, *ids: str) -> list[int]:
    return [await put(store, made_exchange(exchange_id)) for exchange_id in ids]


async def seqs(store: Store) -> list[int]:
    return [record.seq for record in await store.read(0, ALL)]


async def test_a_new_log_is_empty_and_says_so(store: Store) -> None:
    status = await store.status()
    assert status.epoch
    assert status == Status(status.epoch, oldest=1, head=0, exchanges=0, bytes=0)
    assert await store.read(0, ALL) == []
    assert await store.read_back(None, ALL) == []


async def test_two_logs_have_two_epochs(new_store: NewStore) -> None:
    assert (await (await new_store()).status()).epoch != (await (await new_store()).status()).epoch


async def test_what_is_put_is_there_when_the_store_says_so(store: Store) -> None:
    exchange = made_exchange("a")
    storing = store.put(exchange)
    assert (storing is None) or store.takes_time
    if storing is not None and not await storing:
        await stored(store)
    assert await found(store, "a") == (1, exchange)
    assert (await store.status()).head == 1


async def test_every_change_takes_the_next_seq(store: Store) -> None:
    changes = [
        await put(store, made_exchange("a")),
        await put(store, made_exchange("b")),
        await put(store, made_exchange("a", state="done")),
        await store.delete("b"),
        await put(store, made_exchange("c")),
        await store.clear(),
        await put(store, made_exchange("d")),
    ]
    assert changes == [1, 2, 3, 4, 5, 6, 7]


async def test_the_epoch_outlives_a_clearing(store: Store) -> None:
    before = (await store.status()).epoch
    await append(store, "a")
    await store.clear()
    assert (await store.status()).epoch == before


async def test_what_was_appended_is_found_byte_for_byte(store: Store) -> None:
    exchange = made_exchange("a", body=bytes(range(256)), path="/é\n", headers=[[b"x", b"\xff"], [b"x", b""]])
    seq = await put(store, exchange)
    assert await found(store, "a") == (seq, exchange)
    assert await entries(store) == [(seq, exchange)]


async def test_a_plain_exchange_is_found_as_it_was_put(store: Store) -> None:
    exchange = plain_exchange("a")
    seq = await put(store, exchange)
    assert await found(store, "a") == (seq, decode_exchange(encode(exchange.exchange)))
    (record,) = await store.read(0, ALL)
    assert isinstance(record.entry, Listed)
    assert record.entry.head == exchange.head


async def test_readers_get_the_head_of_an_exchange(store: Store) -> None:
    exchange = made_exchange("a", body=b"x" * 100_000, path="/x")
    await put(store, exchange)
    (record,) = await store.read_back(None, 1)
    assert isinstance(record.entry, Listed)
    assert record.entry.head == exchange.head


async def test_many_are_given_in_the_order_of_their_ids_without_those_that_are_not_kept(store: Store) -> None:
    await append(store, "a", "b", "c")
    await store.delete("b")
    assert [one.id for one in await store.get_many(["c", "b", "never", "a", "c"])] == ["c", "a", "c"]
    assert await store.get_many([]) == []


async def test_an_unknown_exchange_is_not_found(store: Store) -> None:
    await append(store, "a")
    assert await store.get("b") is None
    assert await store.get("") is None


async def test_the_newest_record_of_an_exchange_replaces_the_earlier_ones(store: Store) -> None:
    await append(store, "a", "b")
    states: list[State] = ["open", "open", "done"]
    for state in states:
        newest = await put(store, made_exchange("a", state=state))
    assert await found(store, "a") == (newest, made_exchange("a", state="done"))
    assert await seqs(store) == [2, 5]
    assert (await store.status()).exchanges == 2


@pytest.mark.parametrize(
    "odd",
    [object(), "\ud800", 1 << 70, [[[]] * 3, {1: 2}, float("nan")]],
    ids=["an object", "half a character", "two to the 70th", "lists and a number key"],
)
async def test_what_is_not_plain_data_is_left_out_and_the_rest_is_kept(store: Store, odd: object) -> None:
    exchange = made_exchange("bad")
    exchange.events[0].message["more"] = odd
    assert await put(store, exchange) == 1
    one = await store.get("bad")
    assert one is not None
    message = one.exchange.events[0].message
    assert {key: message[key] for key in message if key != "more"} == made_exchange().events[0].message


async def test_a_deletion_leaves_a_marker_in_the_place_of_its_seq(store: Store) -> None:
    await append(store, "a", "b", "c")
    assert await store.delete("b") == 4
    assert await store.get("b") is None
    assert await entries(store, 1) == [(3, made_exchange("c")), (4, Deleted("b"))]
    assert (await store.status()).exchanges == 2


async def test_deleting_what_is_not_there_changes_nothing(store: Store) -> None:
    await append(store, "a")
    await store.delete("a")
    before = await store.status()
    assert [await store.delete("a"), await store.delete("never")] == [None, None]
    assert await store.status() == before


async def test_a_deleted_exchange_may_be_appended_again(store: Store) -> None:
    await append(store, "a")
    await store.delete("a")
    assert await append(store, "a") == [3]
    assert await found(store, "a") == (3, made_exchange("a"))


async def test_a_clearing_leaves_nothing_but_its_marker(store: Store) -> None:
    await append(store, "a", "b", "c")
    await store.delete("b")
    assert await store.clear() == 5
    assert await store.read(0, ALL) == [Record(5, Cleared())]
    assert await store.get("a") is None
    status = await store.status()
    assert (status.oldest, status.head, status.exchanges) == (5, 5, 0)


async def test_an_empty_log_can_be_cleared(store: Store) -> None:
    assert [await store.clear(), await store.clear()] == [1, 2]
    assert await store.read(0, ALL) == [Record(2, Cleared())]


@pytest.mark.parametrize(
    ("after", "limit", "expected"),
    [
        pytest.param(0, ALL, [2, 4, 5, 6], id="everything"),
        pytest.param(0, 2, [2, 4], id="no more than asked for"),
        pytest.param(2, 2, [4, 5], id="only later ones"),
        pytest.param(3, 1, [4], id="from within a hole"),
        pytest.param(6, ALL, [], id="from the head"),
        pytest.param(99, ALL, [], id="from beyond the head"),
        pytest.param(0, 0, [], id="none"),
    ],
)
async def test_reading_forward(store: Store, after: int, limit: int, expected: list[int]) -> None:
    await append(store, "a", "b", "c", "d", "a", "c")
    assert [record.seq for record in await store.read(after, limit)] == expected


@pytest.mark.parametrize(
    ("before", "limit", "expected"),
    [
        pytest.param(None, ALL, [6, 5, 4, 2], id="everything"),
        pytest.param(None, 2, [6, 5], id="no more than asked for"),
        pytest.param(5, 2, [4, 2], id="only earlier ones"),
        pytest.param(4, 1, [2], id="over a hole"),
        pytest.param(2, ALL, [], id="from the oldest"),
        pytest.param(0, ALL, [], id="from before the first"),
        pytest.param(99, 1, [6], id="from beyond the head"),
        pytest.param(None, 0, [], id="none"),
    ],
)
async def test_reading_backward(store: Store, before: int | None, limit: int, expected: list[int]) -> None:
    await append(store, "a", "b", "c", "d", "a", "c")
    assert [record.seq for record in await store.read_back(before, limit)] == expected


async def test_oldest_is_the_lowest_seq_that_is_kept(store: Store) -> None:
    await append(store, "a", "b", "c", "a")
    assert (await store.status()).oldest == 2
    await store.delete("b")
    assert (await store.status()).oldest == 3


async def test_many_appends_at_once_each_get_a_seq_of_their_own(store: Store) -> None:
    given = await asyncio.gather(*(put(store, made_exchange(f"id-{number}")) for number in range(300)))
    assert sorted(given) == list(range(1, 301))
    for number, seq in enumerate(given):
        assert await found(store, f"id-{number}") == (seq, made_exchange(f"id-{number}"))


async def test_changes_of_all_kinds_at_once_leave_no_seq_out(store: Store) -> None:
    await append(store, *(f"old-{number}" for number in range(50)))
    deleting = [store.delete(f"old-{number}") for number in range(50)]
    storing = [store.put(made_exchange(f"new-{number}")) for number in range(60)]
    cleared, *deleted = await asyncio.gather(store.clear(), *deleting)
    await asyncio.gather(*filter(None, storing))
    await stored(store)
    taken = [seq for seq in (cleared, *deleted) if seq is not None]
    assert len(set(taken)) == len(taken)
    assert (await store.status()).head == 50 + 60 + len(taken)

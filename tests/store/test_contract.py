"""The contract of a log of exchanges, kept by every backend: order, identity, and where a record is found."""

import asyncio

import pytest

from echoscope.exchange import Exchange, State, decode_exchange, encode
from echoscope.store import Cleared, Deleted, Record, Status, Store
from tests.exchanges import made_exchange

from .conftest import NewStore

ALL = 1_000_000


async def append(store: Store, *ids: str) -> list[int]:
    return [await store.append(made_exchange(exchange_id)) for exchange_id in ids]


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


async def test_what_is_kept_at_once_is_kept_as_what_is_waited_for(store: Store) -> None:
    exchange = made_exchange("a")
    seq = store.append_now(exchange)
    if seq is None:  # the store has to wait, and has kept nothing
        assert await store.get("a") is None
    else:
        assert await store.get("a") == (seq, encode(exchange))
        assert (await store.status()).head == seq == 1


async def test_every_change_takes_the_next_seq(store: Store) -> None:
    changes = [
        await store.append(made_exchange("a")),
        await store.append(made_exchange("b")),
        await store.append(made_exchange("a", state="done")),
        await store.delete("b"),
        await store.append(made_exchange("c")),
        await store.clear(),
        await store.append(made_exchange("d")),
    ]
    assert changes == [1, 2, 3, 4, 5, 6, 7]


async def test_the_epoch_outlives_a_clearing(store: Store) -> None:
    before = (await store.status()).epoch
    await append(store, "a")
    await store.clear()
    assert (await store.status()).epoch == before


async def test_what_was_appended_is_found_byte_for_byte(store: Store) -> None:
    exchange = made_exchange("a", body=bytes(range(256)), path="/é\n", headers=[[b"x", b"\xff"], [b"x", b""]])
    seq = await store.append(exchange)
    assert await store.get("a") == (seq, encode(exchange))
    assert await store.read(0, ALL) == [Record(seq, encode(exchange))]
    found = await store.get("a")
    assert found is not None
    assert decode_exchange(found[1]) == exchange


async def test_an_unknown_exchange_is_not_found(store: Store) -> None:
    await append(store, "a")
    assert await store.get("b") is None
    assert await store.get("") is None


async def test_the_newest_record_of_an_exchange_replaces_the_earlier_ones(store: Store) -> None:
    await append(store, "a", "b")
    states: list[State] = ["open", "open", "done"]
    for state in states:
        newest = await store.append(made_exchange("a", state=state))
    assert await store.get("a") == (newest, encode(made_exchange("a", state="done")))
    assert await seqs(store) == [2, 5]
    assert (await store.status()).exchanges == 2


async def test_what_is_not_plain_data_is_refused_and_takes_no_seq(store: Store) -> None:
    await append(store, "a")
    before = await store.status()
    for bad in (object(), "\ud800", 1 << 70):
        with pytest.raises((TypeError, ValueError, OverflowError)):
            await store.append(refused_for(bad))
    assert await store.status() == before
    assert await append(store, "b") == [2]


def refused_for(bad: object) -> Exchange:
    exchange = made_exchange("bad")
    exchange.events[0].message["more"] = bad
    return exchange


async def test_a_deletion_leaves_a_marker_in_the_place_of_its_seq(store: Store) -> None:
    await append(store, "a", "b", "c")
    assert await store.delete("b") == 4
    assert await store.get("b") is None
    assert await store.read(1, ALL) == [Record(3, encode(made_exchange("c"))), Record(4, Deleted("b"))]
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
    assert await store.get("a") == (3, encode(made_exchange("a")))


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
    given = await asyncio.gather(*(store.append(made_exchange(f"id-{number}")) for number in range(300)))
    assert sorted(given) == list(range(1, 301))
    for number, seq in enumerate(given):
        assert await store.get(f"id-{number}") == (seq, encode(made_exchange(f"id-{number}")))


async def test_changes_of_all_kinds_at_once_leave_no_seq_out(store: Store) -> None:
    await append(store, *(f"old-{number}" for number in range(50)))
    appended = [store.append(made_exchange(f"new-{number % 20}")) for number in range(60)]
    deleted = [store.delete(f"old-{number}") for number in range(50)]
    given = await asyncio.gather(*appended, store.clear(), *deleted)
    taken = [seq for seq in given if seq is not None]
    assert sorted(taken) == list(range(51, 51 + len(taken)))
    assert (await store.status()).head == 50 + len(taken)

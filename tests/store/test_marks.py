"""The contract of a log of exchanges: pins keep them, notes say what they are, and both are bounded."""

import pytest

from echoscope.exchange.model import decode_exchange, encode
from echoscope.log.log import Log
from echoscope.log.store import MAX_NOTES, PinsFull, Store
from tests.exchanges import made_exchange, plain_exchange
from tests.stores import found, put, stored

from .conftest import NewStore


async def body_of(store: Store, exchange_id: str) -> bytes:
    one = await store.get(exchange_id)
    assert one is not None
    return bytes(one.exchange.events[0].message["body"])


async def test_a_pin_survives_eviction_and_clearing(new_store: NewStore) -> None:
    store = await new_store(max_exchanges=2)
    await put(store, made_exchange("a", body=b"pinned"))
    assert await store.pin("a")
    for name in ("b", "c", "d"):
        await put(store, made_exchange(name))
    assert [record.seq for record in await store.read(0, 100)] == [3, 4]
    assert await body_of(store, "a") == b"pinned"
    await store.clear()
    assert await body_of(store, "a") == b"pinned"
    assert [one.id for one in await store.get_many(["d", "a"])] == ["a"]
    await store.unpin("a")
    assert await store.get("a") is None


async def test_a_plain_exchange_can_be_pinned(store: Store) -> None:
    exchange = plain_exchange("a", "/x")
    await put(store, exchange)
    await store.pin("a")
    await store.clear()
    one = await store.get("a")
    assert one is not None
    assert one.pinned
    assert await found(store, "a") == (1, decode_exchange(encode(exchange.exchange)))


async def test_what_is_not_kept_cannot_be_pinned_or_noted(store: Store) -> None:
    assert not await store.pin("gone")
    assert not await store.note("gone", "text")
    await store.unpin("gone")


async def test_pins_are_bounded_by_count(new_store: NewStore) -> None:
    store = await new_store(max_pins=2)
    for name in ("a", "b", "c"):
        await put(store, made_exchange(name))
    await store.pin("a")
    await store.pin("b")
    with pytest.raises(PinsFull, match="At most 2 exchanges can be pinned"):
        await store.pin("c")
    assert await store.pin("a"), "who is pinned may be pinned again"
    await store.unpin("a")
    assert await store.pin("c")


async def test_pins_are_bounded_by_bytes(new_store: NewStore) -> None:
    store = await new_store(max_pin_bytes=2_000)
    await put(store, made_exchange("a", body=b"x" * 1_000))
    await put(store, made_exchange("b", body=b"x" * 1_000))
    await store.pin("a")
    with pytest.raises(PinsFull, match="2,000 bytes"):
        await store.pin("b")
    assert 1_000 < (await store.pins()).bytes < 2_000


async def test_pins_stand_with_the_newest_first(store: Store) -> None:
    for name in ("a", "b", "c"):
        await put(store, made_exchange(name))
    for name in ("b", "c", "a"):
        await store.pin(name)
    pins = (await store.pins()).found
    assert [(one.seq, one.pinned) for one in pins] == [(3, True), (2, True), (1, True)]


async def test_an_open_exchange_is_followed_to_its_end(new_store: NewStore) -> None:
    store = await new_store(max_exchanges=2)
    await put(store, made_exchange("a", state="open"))
    await store.pin("a")
    await put(store, made_exchange("b"))
    await put(store, made_exchange("a", body=b"whole"))
    await store.clear()
    assert await body_of(store, "a") == b"whole"
    assert [one.seq for one in (await store.pins()).found] == [3]


async def test_notes_are_set_replaced_and_removed(store: Store) -> None:
    await put(store, made_exchange("a"))
    await store.note("a", "first")
    await store.note("a", "second")
    one = await store.get("a")
    assert one is not None
    assert one.note == "second"
    assert (await store.pins()).notes == {"a": "second"}
    await store.note("a", "")
    assert (await store.pins()).notes == {}


async def test_a_note_has_a_most_length(store: Store) -> None:
    log = Log(store)
    await put(store, made_exchange("a"))
    assert await log.note("a", "x" * 2_000)
    with pytest.raises(ValueError, match="at most 2,000 characters, not 2,001"):
        await log.note("a", "x" * 2_001)


async def test_the_oldest_of_too_many_notes_goes(new_store: NewStore) -> None:
    store = await new_store(max_exchanges=MAX_NOTES + 1)
    for number in range(MAX_NOTES + 1):
        store.put(made_exchange(f"a-{number}"))
    await stored(store)
    for number in range(MAX_NOTES + 1):
        await store.note(f"a-{number}", "x")
    notes = (await store.pins()).notes
    assert len(notes) == MAX_NOTES
    assert "a-0" not in notes


async def test_clearing_leaves_the_notes_of_pins_alone(store: Store) -> None:
    for name in ("a", "b"):
        await put(store, made_exchange(name))
        await store.note(name, "x")
    await store.pin("a")
    await store.clear()
    assert (await store.pins()).notes == {"a": "x"}


async def test_deleting_takes_the_pin_and_the_note_too(store: Store) -> None:
    await put(store, made_exchange("a"))
    await store.pin("a")
    await store.note("a", "x")
    await store.clear()
    assert await store.delete("a") == 3
    assert await store.get("a") is None
    assert (await store.pins()).notes == {}


async def test_two_stores_have_two_secrets(new_store: NewStore) -> None:
    first, second = await new_store(), await new_store()
    assert len(first.secret) == 32
    assert first.secret != second.secret
    assert Log(first).secret("a") == Log(first).secret("a") != Log(first).secret("b")

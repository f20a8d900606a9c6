"""Pins keep exchanges, notes say what they are; both are bounded."""

import asyncio

import msgspec
import pytest

from echoscope.exchange import decode_exchange
from echoscope.marks import MAX_NOTES, Marks, PinsFull
from echoscope.store.memory import MemoryStore
from tests.conftest import Serve
from tests.eventually import eventually
from tests.exchanges import made_exchange
from tests.servers import WAIT_S


def body_of(found: tuple[int, bytes] | None) -> bytes:
    assert found is not None
    return bytes(decode_exchange(found[1]).events[0].message["body"])


async def test_a_pin_survives_eviction_and_clearing() -> None:
    store = MemoryStore(max_exchanges=2)
    marks = Marks(store)
    await store.append(made_exchange("a", body=b"pinned"))
    assert await marks.pin("a")
    for name in ("b", "c", "d"):
        await store.append(made_exchange(name))
    assert await store.get("a") is None
    assert body_of(await marks.find("a")) == b"pinned"
    await store.clear()
    assert body_of(await marks.find("a")) == b"pinned"
    marks.unpin("a")
    assert await marks.find("a") is None


async def test_what_is_not_kept_cannot_be_pinned_or_noted() -> None:
    marks = Marks(MemoryStore())
    assert not await marks.pin("gone")
    assert not await marks.note("gone", "text")


async def test_pins_are_bounded_by_count() -> None:
    store = MemoryStore()
    marks = Marks(store, max_pins=2)
    for name in ("a", "b", "c"):
        await store.append(made_exchange(name))
    await marks.pin("a")
    await marks.pin("b")
    with pytest.raises(PinsFull, match="At most 2 exchanges can be pinned"):
        await marks.pin("c")
    assert await marks.pin("a"), "who is pinned may be pinned again"
    marks.unpin("a")
    assert await marks.pin("c")


async def test_pins_are_bounded_by_bytes() -> None:
    store = MemoryStore()
    marks = Marks(store, max_bytes=1_000)
    await store.append(made_exchange("a", body=b"x" * 600))
    await store.append(made_exchange("b", body=b"x" * 600))
    await marks.pin("a")
    with pytest.raises(PinsFull, match="1,000 bytes"):
        await marks.pin("b")
    assert 600 < marks.bytes < 1_000


async def test_pins_stand_with_the_newest_first() -> None:
    store = MemoryStore()
    marks = Marks(store)
    for name in ("a", "b", "c"):
        await store.append(made_exchange(name))
    for name in ("b", "c", "a"):
        await marks.pin(name)
    assert [seq for seq, _ in marks.pins()] == [3, 2, 1]


async def test_an_open_exchange_is_followed_to_its_end() -> None:
    store = MemoryStore(max_exchanges=2)
    marks = Marks(store)
    await store.append(made_exchange("a", state="open"))
    await marks.pin("a")
    await store.append(made_exchange("b"))
    await store.append(msgspec.structs.replace(made_exchange("a", body=b"whole"), state="done"))
    await asyncio.to_thread(eventually, lambda: decode_exchange(marks.pins()[0][1]).state == "done")
    await store.clear()
    assert body_of(await marks.find("a")) == b"whole"
    assert marks.pins()[0][0] == 3


async def test_following_ends_with_the_last_open_pin() -> None:
    store = MemoryStore()
    marks = Marks(store)
    await store.append(made_exchange("a", state="open"))
    await marks.pin("a")
    marks.unpin("a")
    (follower,) = asyncio.all_tasks() - {asyncio.current_task()}
    await store.append(made_exchange("b"))
    async with asyncio.timeout(WAIT_S):
        await follower


async def test_notes_are_set_replaced_and_removed() -> None:
    store = MemoryStore()
    marks = Marks(store)
    await store.append(made_exchange("a"))
    await marks.note("a", "first")
    await marks.note("a", "second")
    assert marks.of("a").note == "second"
    assert marks.notes == {"a": "second"}
    await marks.note("a", "")
    assert marks.of("a").note is None
    with pytest.raises(ValueError, match="at most 2,000 characters, not 2,001"):
        await marks.note("a", "x" * 2_001)


async def test_the_oldest_of_too_many_notes_goes() -> None:
    store = MemoryStore(max_exchanges=MAX_NOTES + 1)
    marks = Marks(store)
    for number in range(MAX_NOTES + 1):
        await store.append(made_exchange(f"a-{number}"))
        await marks.note(f"a-{number}", "x")
    assert len(marks.notes) == MAX_NOTES
    assert marks.of("a-0").note is None


async def test_clearing_leaves_the_notes_of_pins_alone() -> None:
    store = MemoryStore()
    marks = Marks(store)
    for name in ("a", "b"):
        await store.append(made_exchange(name))
        await marks.note(name, "x")
    await marks.pin("a")
    marks.clear()
    assert marks.notes == {"a": "x"}


def test_pins_and_notes_over_the_api(serve: Serve) -> None:
    client = serve(max_exchanges=1).client
    exchange_id = client.get("/first?token=s3cret").headers["x-echoscope-id"]
    one = f"/-/api/exchanges/{exchange_id}"
    assert client.get(one).json()["pinned"] is False
    assert client.put(f"{one}/pin").json() == {"id": exchange_id, "pinned": True, "note": None}
    assert client.put(f"{one}/note", json={"note": "<b>é"}).json()["note"] == "<b>é"
    client.get("/second")
    assert client.delete("/-/api/exchanges").status_code == 200
    document = client.get(one).json()
    assert (document["path"], document["pinned"], document["note"]) == ("/first", True, "<b>é")
    pins = client.get("/-/api/pins").json()
    assert [(item["id"], item["pinned"], item["note"]) for item in pins["items"]] == [(exchange_id, True, "<b>é")]
    assert (pins["exchanges"], pins["max_exchanges"], pins["max_bytes"]) == (1, 100, 16_777_216)
    assert pins["notes"] == {exchange_id: "<b>é"}
    assert client.get(f"/-/exchanges/{exchange_id}").status_code == 200
    assert client.get(f"{one}/body").status_code == 200
    assert client.delete(f"{one}/pin").json()["pinned"] is False
    assert client.get(one).status_code == 404


def test_the_pin_of_a_deleted_exchange_goes_too(serve: Serve) -> None:
    client = serve().client
    exchange_id = client.get("/").headers["x-echoscope-id"]
    one = f"/-/api/exchanges/{exchange_id}"
    client.put(f"{one}/pin")
    client.put(f"{one}/note", json={"note": "x"})
    assert client.delete(one).json() == {"deleted": 2}
    assert client.get(one).status_code == 404
    assert client.get("/-/api/pins").json()["notes"] == {}


def test_a_pin_whose_exchange_has_left_the_log_can_be_deleted(serve: Serve) -> None:
    client = serve().client
    one = f"/-/api/exchanges/{client.get('/').headers['x-echoscope-id']}"
    client.put(f"{one}/pin")
    client.delete("/-/api/exchanges")
    assert client.delete(one).json() == {"deleted": None}
    assert client.delete(one).status_code == 404


def test_the_hundred_and_first_pin_is_refused(serve: Serve) -> None:
    client = serve().client
    ids = [client.get("/").headers["x-echoscope-id"] for _ in range(101)]
    answers = [client.put(f"/-/api/exchanges/{exchange_id}/pin") for exchange_id in ids]
    assert [answer.status_code for answer in answers] == [200] * 100 + [409]
    assert answers[-1].json()["detail"] == "At most 100 exchanges can be pinned. Unpin another one first."


@pytest.mark.parametrize(
    ("content", "status"),
    [
        *((b"", 400), (b"text", 400), (b"{}", 400), (b'{"note": 5}', 400)),
        *((b'{"note": "\\ud800"}', 400), (b" " * 40_000, 413)),
    ],
)
def test_a_note_that_cannot_be_read_is_refused(serve: Serve, content: bytes, status: int) -> None:
    client = serve().client
    one = f"/-/api/exchanges/{client.get('/').headers['x-echoscope-id']}"
    answer = client.put(f"{one}/note", content=content)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "address"), [("PUT", "pin"), ("DELETE", "pin"), ("PUT", "note")])
def test_another_site_can_neither_pin_nor_note(serve: Serve, method: str, address: str) -> None:
    client = serve().client
    one = f"/-/api/exchanges/{client.get('/').headers['x-echoscope-id']}/{address}"
    answer = client.request(method, one, json={"note": "x"}, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403

"""The contract of a shelf: small documents and counters under names, the same in every place."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from echoscope.log.places import Memory
from echoscope.log.redis.store import RedisPlace
from echoscope.log.room import Room
from echoscope.log.shelf import Shelf
from echoscope.log.sqlite.store import SqlitePlace
from tests.places import redis_running


@pytest.fixture(params=["memory", "redis", "sqlite"])
async def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shelf]:
    if request.param == "memory":
        yield Memory(Room(1_000)).shelf
    elif request.param == "sqlite":
        file = SqlitePlace(f"sqlite:///{tmp_path}/shelf.db")
        yield file.shelf
        await file.close()
    else:
        with redis_running() as server:
            place = RedisPlace(server.address)
            yield place.shelf
            await place.close()


async def test_a_document_is_kept_until_it_is_taken_away(shelf: Shelf) -> None:
    assert await shelf.get("bins/a") is None
    await shelf.put("bins/a", b"one")
    await shelf.put("bins/a", bytes(range(256)))
    assert await shelf.get("bins/a") == bytes(range(256))
    assert await shelf.delete("bins/a")
    assert not await shelf.delete("bins/a")
    assert await shelf.get("bins/a") is None


async def test_of_two_who_add_one_wins(shelf: Shelf) -> None:
    assert await shelf.add("bins/a", b"first")
    assert not await shelf.add("bins/a", b"second")
    assert not await shelf.add("bins/a", b"first")
    assert await shelf.get("bins/a") == b"first"


async def test_documents_are_found_by_the_beginning_of_their_names(shelf: Shelf) -> None:
    for key in ("bins/a", "bins/b", "bin", "sessions/a", "bins_x", "BINS/a"):
        await shelf.put(key, key.encode())
    assert await shelf.items("bins/") == {"bins/a": b"bins/a", "bins/b": b"bins/b"}
    assert len(await shelf.items("")) == 6
    assert await shelf.items("none/") == {}


async def test_a_counter_counts_from_one_and_again_when_it_was_taken_away(shelf: Shelf) -> None:
    assert [await shelf.count("turns/a") for _ in range(3)] == [1, 2, 3]
    assert await shelf.count("turns/b") == 1
    assert await shelf.delete("turns/a")
    assert await shelf.count("turns/a") == 1
    assert await shelf.items("") == {}

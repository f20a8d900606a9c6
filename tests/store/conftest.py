"""The backends that must keep the contract. Another one is a line in `BACKENDS`."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Protocol

import pytest

from echoscope.log.memory import MemoryStore
from echoscope.log.redis.store import RedisPlace
from echoscope.log.sqlite.store import SqlitePlace
from echoscope.log.store import Bounds, Store
from tests.places import new_prefix, redis_running, redis_server, valkey_server
from tests.stores import Distant


class NewStore(Protocol):
    """Makes an empty log of its own with these `Bounds`."""

    async def __call__(self, **bounds: int) -> Store: ...


@asynccontextmanager
async def in_memory() -> AsyncIterator[NewStore]:
    async def new(**bounds: int) -> Store:
        return MemoryStore(Bounds(**bounds))

    yield new


@asynccontextmanager
async def at_a_distance() -> AsyncIterator[NewStore]:
    stores: list[Distant] = []

    async def new(**bounds: int) -> Store:
        stores.append(Distant(Bounds(**bounds)))
        return stores[-1]

    yield new
    for store in stores:
        await store.close()


@asynccontextmanager
async def in_redis(program: str) -> AsyncIterator[NewStore]:
    with redis_running(program=program) as server:
        place = RedisPlace(server.address)
        stores: list[Store] = []

        async def new(**bounds: int) -> Store:
            stores.append(place.store(new_prefix(), Bounds(**bounds)))
            await stores[-1].open()
            return stores[-1]

        yield new
        for store in stores:
            await store.close()
        await place.close()


@asynccontextmanager
async def in_sqlite() -> AsyncIterator[NewStore]:
    with TemporaryDirectory(prefix="sqlite-") as folder:
        place = SqlitePlace(f"sqlite:///{folder}/log.db")
        stores: list[Store] = []

        async def new(**bounds: int) -> Store:
            stores.append(place.store(new_prefix(), Bounds(**bounds)))
            return stores[-1]

        yield new
        for store in stores:
            await store.close()
        await place.close()


BACKENDS: dict[str, Callable[[], AbstractAsyncContextManager[NewStore]]] = {
    "memory": in_memory,
    "distant": at_a_distance,
    "sqlite": in_sqlite,
    "redis": lambda: in_redis(redis_server()),
    "valkey": lambda: in_redis(valkey_server()),
}


@pytest.fixture(params=BACKENDS)
async def new_store(request: pytest.FixtureRequest) -> AsyncIterator[NewStore]:
    async with BACKENDS[request.param]() as new:
        yield new


@pytest.fixture
async def store(new_store: NewStore) -> Store:
    return await new_store()

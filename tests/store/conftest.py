"""The backends that must keep the contract. Another one is a line in `BACKENDS`."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import pytest

from echoscope.log.memory import MemoryStore
from echoscope.log.store import Bounds, Store
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


BACKENDS: dict[str, Callable[[], AbstractAsyncContextManager[NewStore]]] = {
    "memory": in_memory,
    "distant": at_a_distance,
}


@pytest.fixture(params=BACKENDS)
async def new_store(request: pytest.FixtureRequest) -> AsyncIterator[NewStore]:
    async with BACKENDS[request.param]() as new:
        yield new


@pytest.fixture
async def store(new_store: NewStore) -> Store:
    return await new_store()

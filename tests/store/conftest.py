"""The backends that must keep the contract. Another one is a line in `BACKENDS`."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import pytest

from echoscope.store import Store
from echoscope.store.memory import MemoryStore


class NewStore(Protocol):
    """Makes an empty log of its own with these bounds."""

    async def __call__(self, *, max_exchanges: int = 1_000, max_bytes: int = 64 << 20) -> Store: ...


@asynccontextmanager
async def in_memory() -> AsyncIterator[NewStore]:
    async def new(*, max_exchanges: int = 1_000, max_bytes: int = 64 << 20) -> Store:
        return MemoryStore(max_exchanges, max_bytes)

    yield new


BACKENDS: dict[str, Callable[[], AbstractAsyncContextManager[NewStore]]] = {"memory": in_memory}


@pytest.fixture(params=BACKENDS)
async def new_store(request: pytest.FixtureRequest) -> AsyncIterator[NewStore]:
    async with BACKENDS[request.param]() as new:
        yield new


@pytest.fixture
async def store(new_store: NewStore) -> Store:
    return await new_store()

"""The shelf in a SQLite file, for all processes that stand on it."""

import sqlite3
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from ...base.threads import Worker
from ..store import StoreAway
from . import database

P = ParamSpec("P")
T = TypeVar("T")


class SqliteShelf:
    """A `Shelf`. `worker`: the thread that may use `shelf`."""

    def __init__(self, worker: Worker, shelf: database.Shelf) -> None:
        self._worker = worker
        self._shelf = shelf

    async def get(self, key: str) -> bytes | None:
        return await self._do(self._shelf.get, key)

    async def put(self, key: str, document: bytes) -> None:
        await self._do(self._shelf.put, key, document)

    async def add(self, key: str, document: bytes) -> bool:
        return await self._do(self._shelf.add, key, document)

    async def delete(self, key: str) -> bool:
        return await self._do(self._shelf.delete, key)

    async def items(self, prefix: str) -> dict[str, bytes]:
        return await self._do(self._shelf.items, prefix)

    async def count(self, key: str) -> int:
        return await self._do(self._shelf.count, key)

    async def _do(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await self._worker.do(function, *args, **kwargs)
        except sqlite3.Error as error:
            raise StoreAway(str(error)) from error

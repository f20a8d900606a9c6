"""The shelf in Redis or Valkey: one hash of documents and one of counters, for all processes."""

from .connection import Server


class RedisShelf:
    """A `Shelf` on a server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._documents = f"{server.prefix}:shelf"
        self._counters = f"{server.prefix}:counters"

    async def get(self, key: str) -> bytes | None:
        document: bytes | None = await self._server.command("HGET", self._documents, key)
        return document

    async def put(self, key: str, document: bytes) -> None:
        await self._server.command("HSET", self._documents, key, document)

    async def add(self, key: str, document: bytes) -> bool:
        return bool(await self._server.command("HSETNX", self._documents, key, document))

    async def delete(self, key: str) -> bool:
        document = await self._server.command("HDEL", self._documents, key)
        counter = await self._server.command("HDEL", self._counters, key)
        return bool(document or counter)

    async def items(self, prefix: str) -> dict[str, bytes]:
        found: dict[bytes, bytes] = await self._server.command("HGETALL", self._documents)
        return {key.decode(): document for key, document in found.items() if key.startswith(prefix.encode())}

    async def count(self, key: str) -> int:
        return int(await self._server.command("HINCRBY", self._counters, key, 1))

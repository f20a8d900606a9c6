"""The connection over which exchanges are written: commands out, answers back in their order.

Every exchange goes this way, and it is the short one: redis-py connects (address, TLS, password, database, whom
Sentinel names), then the transport is ours. A command of 15 exchanges costs a third of what it costs there.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import hiredis
from redis.asyncio import ConnectionPool
from redis.exceptions import (
    AskError,
    ConnectionError,
    MovedError,
    NoScriptError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from .scripts import Script

_KNOWN: Final[dict[str, Callable[[str], RedisError]]] = {
    "NOSCRIPT": NoScriptError, "READONLY": ReadOnlyError, "MOVED": MovedError, "ASK": AskError,
}  # fmt: skip
"""Errors that somebody acts on, by their first word; the others get all of their text."""


class Call:
    """A script with its keys, for whoever calls it often: they are packed once."""

    def __init__(self, script: Script, keys: Sequence[str]) -> None:
        self.script = script
        words = "EVALSHA", script.digest, len(keys), *keys
        self._count = len(words)
        self._words = _packed(words)

    def packed(self, arguments: Sequence[Any]) -> bytes:
        """The command with these arguments."""
        return b"*%d\r\n%b%b" % (self._count + len(arguments), self._words, _packed(arguments))


def _packed(words: Sequence[Any]) -> bytes:
    """Words of a command as they are sent, without their number, which stands in the first line."""
    command: bytes = hiredis.pack_command(tuple(words))
    return command[command.index(b"\r\n") + 2 :]


class Writing:
    """One connection, made by `pool` when it is first needed and when the one before is gone."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool: Any = pool
        self._lock = asyncio.Lock()
        self._line: _Line | None = None

    async def send(self, command: bytes) -> Any:
        """The answer to a packed command, however long it takes. Who stops waiting breaks the connection: what comes
        next would wait behind what has not been answered."""
        line = self._line
        if line is None or line.is_lost:
            line = await self._connected()
        try:
            return await line.send(command)
        except (asyncio.CancelledError, ReadOnlyError):  # where it only reads now, another server may write
            await line.close()
            raise

    async def close(self) -> None:
        if self._line is not None:
            await self._line.close()

    async def _connected(self) -> "_Line":
        async with self._lock:
            if self._line is None or self._line.is_lost:
                await self.close()
                connection = self._pool.make_connection()
                await connection.connect()
                self._line = _Line(connection)
            return self._line


class _Line(asyncio.Protocol):
    """A connection whose transport is taken over."""

    def __init__(self, connection: Any) -> None:
        self.is_lost = False
        self._connection = connection
        self._answers: deque[asyncio.Future[Any]] = deque()
        self._reader = hiredis.Reader()
        self._transport: asyncio.WriteTransport = connection._writer.transport
        self._transport.set_protocol(self)

    def send(self, command: bytes) -> "asyncio.Future[Any]":
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        self._transport.write(command)
        return answer

    async def close(self) -> None:
        self._lose("the connection was closed")
        await self._connection.disconnect(nowait=True)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while self._answers and (value := self._reader.gets()) is not False:
            answer = self._answers.popleft()
            if answer.done():
                continue
            if isinstance(value, hiredis.ReplyError):
                word, _, rest = str(value).partition(" ")
                answer.set_exception(_KNOWN[word](rest) if word in _KNOWN else ResponseError(str(value)))
            else:
                answer.set_result(value)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(str(exc or "the server has closed the connection"))

    def _lose(self, reason: str) -> None:
        self.is_lost = True
        answers, self._answers = self._answers, deque()
        for answer in answers:
            if not answer.done():
                answer.set_exception(ConnectionError(reason))

"""The way to a Redis or Valkey server, for all logs of one process.

Writing, reading and waiting have connections of their own, each with its own patience, so that a large answer that is
read delays no write. What goes wrong on the way is a `StoreAway`.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, Final, TypeVar

from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.exceptions import AskError, MovedError, NoScriptError, ReadOnlyError, RedisError, ResponseError

from ..store import StoreAway
from .address import CONNECT_S, Address
from .scripts import Script
from .writing import Call, Writing

READ_S: Final = 5.0
BLOCK_S: Final = 1.0
"""How long the server holds a reader that waits for news, before it says that there are none."""

T = TypeVar("T")


class Server:
    """A server at an address such as `redis://localhost:6379/0`. Raises ValueError for one that cannot be read.

    `prefix`: what the names of all its keys begin with, `echoscope` or the parameter `prefix` of the address.
    `name`: the address without its secrets.
    """

    def __init__(self, address: str) -> None:
        self._address = Address(address)
        self.prefix, self.name = self._address.prefix, self._address.name
        self._writing = Writing(self._address.pool(ConnectionPool))
        self._reading = _client(self._address.pool(BlockingConnectionPool, timeout=CONNECT_S, retries=1))
        # One for each log that somebody watches, which is bounded by the number of readers.
        self._waiting = _client(self._address.pool(ConnectionPool, max_connections=1 << 20))
        for name in ("XRANGE", "XREVRANGE"):
            self._reading.response_callbacks[name] = _as_it_came

    async def write(self, call: Call, *arguments: Any) -> Any:
        """The result of a call, however long it takes."""
        command = call.packed(arguments)
        try:
            try:
                return await self._writing.send(command)
            except NoScriptError:
                await self._reading.execute_command("SCRIPT LOAD", call.script.text)
                return await self._writing.send(command)
        except ReadOnlyError as error:  # it is a replica by now, so that readers must look for the master as well
            for client in (self._reading, self._waiting):
                await client.connection_pool.disconnect()
            raise _away(error) from error
        except (RedisError, OSError) as error:
            raise _away(error) from error

    async def call(self, script: Script, keys: Sequence[str], *arguments: Any) -> Any:
        """The result of a script, within `READ_S`."""
        return await _known(READ_S, _run(self._reading, script, keys, arguments))

    async def command(self, *command: Any) -> Any:
        return await _known(READ_S, self._reading.execute_command(*command))

    async def commands(self, *commands: Sequence[Any]) -> list[Any]:
        """The answers to many commands, in one exchange and not in one transaction: others get their turn in between,
        and a server without memory refuses none that reads."""
        pipeline: Any = self._reading.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        answers: list[Any] = await _known(READ_S, pipeline.execute())
        return answers

    async def news(self, stream: str, after: str) -> bool:
        """Whether there is an entry behind `after`, once there is one or `BLOCK_S` is over."""
        command = ("XREAD", "COUNT", 1, "BLOCK", round(BLOCK_S * 1000), "STREAMS", stream, after)
        return bool(await _known(BLOCK_S + READ_S, self._waiting.execute_command(*command)))

    async def close(self) -> None:
        await self._writing.close()
        for client in (self._reading, self._waiting):
            await client.aclose(close_connection_pool=True)
        await self._address.close()


def _client(pool: ConnectionPool) -> Any:
    """redis-py does not say what `execute_command` takes and gives."""
    return Redis(connection_pool=pool)


def _as_it_came(answer: Any, **_options: Any) -> Any:
    """Of a stream, fields in their order."""
    return answer


async def _run(client: Any, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
    try:
        return await client.execute_command("EVALSHA", script.digest, len(keys), *keys, *arguments)
    except NoScriptError:
        return await client.execute_command("EVAL", script.text, len(keys), *keys, *arguments)


async def _known(within_s: float, call: Awaitable[T]) -> T:
    """What a call gives. Raises `StoreAway` for what it raises, and when it takes too long."""
    try:
        async with asyncio.timeout(within_s):
            return await call
    except TimeoutError as error:
        raise StoreAway(f"it has not answered for {within_s:g} s") from error
    except (RedisError, OSError) as error:
        raise _away(error) from error


def _away(error: Exception) -> StoreAway:
    """A failure of the server, with the reason for people."""
    text = str(error)
    if not isinstance(error, ResponseError):
        return StoreAway(text or type(error).__name__)
    if "compiling script" in text or "unknown command" in text.lower():
        return StoreAway(f"it must be Redis 7 or later, or Valkey: {text}")
    if isinstance(error, MovedError | AskError):
        return StoreAway("it is a node of a cluster, where a log cannot be; name a server of its own")
    return StoreAway(text)

"""The way to a Redis or Valkey server, for all logs of one process.

Writing, reading and waiting have connections of their own, each with its own patience, so that a large answer that is
read delays no write. What goes wrong on the way is a `StoreAway`.
"""

import asyncio
import re
from collections.abc import Awaitable, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, NoScriptError, RedisError, ResponseError

from ..store import StoreAway
from .scripts import Script
from .writing import Writing

CONNECT_S: Final = 2.0
READ_S: Final = 5.0
BLOCK_S: Final = 1.0
"""How long the server holds a reader that waits for news, before it says that there are none."""

CONNECTIONS: Final = 8
"""How many there are for reading. Who finds none free waits for one."""

_SCHEMES: Final = {"redis": "redis", "rediss": "rediss", "valkey": "redis", "valkeys": "rediss", "unix": "unix"}

PACKED: Final = b"$%d\r\n%b\r\n"
"""One word of a command, with its length, in the protocol of Redis."""

T = TypeVar("T")


class Server:
    """A server at an address such as `redis://localhost:6379/0`. Raises ValueError for one that cannot be read.

    `prefix`: what the names of all its keys begin with, `echoscope` or the parameter `prefix` of the address.
    `name`: the address without its secrets.
    """

    def __init__(self, address: str) -> None:
        url = urlsplit(address)
        query = dict(parse_qsl(url.query))
        self.prefix = query.pop("prefix", "echoscope")
        _check(url)
        self.name = f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}"
        target = urlunsplit((_SCHEMES[url.scheme], url.netloc, url.path, urlencode(query), ""))
        self._writing = Writing(_pool(target, ConnectionPool))
        reading: Any = _pool(target, BlockingConnectionPool, timeout=CONNECT_S, retries=1)
        self._reading = _client(reading)
        # One for each log that somebody watches, which is bounded by the number of readers.
        self._waiting = _client(_pool(target, ConnectionPool, max_connections=1 << 20))
        try:
            reading.make_connection()
        except TypeError as error:
            raise ValueError(f"it has a parameter that redis-py does not know: {error}") from error
        for name in ("XRANGE", "XREVRANGE"):
            self._reading.response_callbacks[name] = _as_it_came

    async def write(
        self, script: Script, keys: Sequence[str], *arguments: Any, items: Sequence[bytes], words: int
    ) -> Any:
        """The result of a script, however long it takes. `items`: further arguments, each of so many `PACKED` words."""
        first = ("EVALSHA", script.digest, len(keys), *keys, *arguments)
        head = b"".join(PACKED % (len(word), word) for word in map(_word, first))
        command = b"*%d\r\n%b%b" % (len(first) + words * len(items), head, b"".join(items))

        async def send_or_load() -> Any:
            try:
                return await self._writing.send(command)
            except NoScriptError:
                await self._reading.execute_command("SCRIPT LOAD", script.text)
                return await self._writing.send(command)

        return await _known(None, send_or_load())

    async def call(self, script: Script, keys: Sequence[str], *arguments: Any) -> Any:
        """The result of a script, within `READ_S`."""
        return await _known(READ_S, _run(self._reading, script, keys, arguments))

    async def command(self, *command: Any) -> Any:
        return await _known(READ_S, self._reading.execute_command(*command))

    async def call_many(self, script: Script, keys: Sequence[str], arguments: Sequence[str]) -> list[Any]:
        """The results of a script for each of many arguments, in one exchange and not in one transaction: others get
        their turn in between, and a server without memory refuses none of it."""

        async def send() -> list[Any]:
            pipeline = self._reading.pipeline(transaction=False)
            for argument in arguments:
                pipeline.execute_command("EVALSHA", script.digest, len(keys), *keys, argument)
            results: list[Any] = await pipeline.execute()
            return results

        async def load_and_send() -> list[Any]:
            try:
                return await send()
            except NoScriptError:
                await self._reading.execute_command("SCRIPT LOAD", script.text)
                return await send()

        return await _known(READ_S, load_and_send())

    async def news(self, stream: str, after: str) -> bool:
        """Whether there is an entry behind `after`, once there is one or `BLOCK_S` is over."""
        command = ("XREAD", "COUNT", 1, "BLOCK", round(BLOCK_S * 1000), "STREAMS", stream, after)
        return bool(await _known(BLOCK_S + READ_S, self._waiting.execute_command(*command)))

    async def close(self) -> None:
        await self._writing.close()
        for client in (self._reading, self._waiting):
            await client.aclose(close_connection_pool=True)


def _check(url: SplitResult) -> None:
    """Raises ValueError for what redis-py would read as something else."""
    if url.scheme == "unix":
        if url.netloc.rpartition("@")[2] or not url.path.strip("/"):
            raise ValueError("the path of a socket begins with a slash, as in unix:///run/redis.sock")
    elif not url.hostname:
        raise ValueError(f"it names no host, as {url.scheme}://localhost:6379/0 does")
    elif not re.fullmatch(r"/?[0-9]*", url.path, re.ASCII):
        raise ValueError(f"behind the host stands the number of a database, not {url.path[1:]!r}")
    _ = url.port  # raises for what is none


def _client(pool: ConnectionPool) -> Any:
    """redis-py does not say what `execute_command` takes and gives."""
    return Redis(connection_pool=pool)


def _pool(address: str, kind: type[ConnectionPool], *, retries: int = 0, **options: Any) -> ConnectionPool:
    """`retries`: for calls that may be made again, since a connection that waited for its use may be gone by then.

    Whoever calls bounds the time of it: the timeout of a socket goes through `asyncio.wait_for`, which may swallow a
    cancellation in Python 3.11.
    """
    retry = Retry(NoBackoff(), retries, supported_errors=(ConnectionError,))
    return kind.from_url(
        address, max_connections=options.pop("max_connections", CONNECTIONS), socket_connect_timeout=CONNECT_S,
        retry=retry, health_check_interval=0, socket_timeout=None, protocol=2, **options,
    )  # fmt: skip


def _word(argument: Any) -> bytes:
    return argument if isinstance(argument, bytes) else str(argument).encode()


def _as_it_came(answer: Any, **_options: Any) -> Any:
    """Of a stream, fields in their order."""
    return answer


async def _run(client: Any, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
    try:
        return await client.execute_command("EVALSHA", script.digest, len(keys), *keys, *arguments)
    except NoScriptError:
        return await client.execute_command("EVAL", script.text, len(keys), *keys, *arguments)


async def _known(within_s: float | None, call: Awaitable[T]) -> T:
    """What a call gives; what it raises, and that it takes too long, as a `StoreAway`."""
    try:
        async with asyncio.timeout(within_s):
            return await call
    except TimeoutError as error:
        raise StoreAway(f"it has not answered for {within_s:g} s") from error
    except ResponseError as error:
        if "compiling script" in str(error) or "unknown command" in str(error).lower():
            raise StoreAway(f"it must be Redis 7 or later, or Valkey: {error}") from error
        raise StoreAway(str(error)) from error
    except (RedisError, OSError) as error:
        raise StoreAway(str(error) or type(error).__name__) from error

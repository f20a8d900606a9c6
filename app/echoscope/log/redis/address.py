"""The address of a Redis or Valkey server, and the connections to it.

`redis://user:password@host:port/database`, with TLS `rediss://`; `unix://user:password@/run/redis.sock`. Of several
servers one of which is the master, Sentinel tells which: `redis+sentinel://user:password@host:port,host:port/service/
database` names Sentinels and what they call the servers. `valkey` stands for `redis` everywhere. What redis-py takes
behind a `?` works here, and the parameters of `Address`.
"""

import re
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import (
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError

CONNECT_S: Final = 2.0

CONNECTIONS: Final = 8
"""How many a pool holds. Who finds none free waits for one."""

SENTINEL_PORT: Final = 26379
_SENTINEL: Final = "+sentinel"

_SCHEMES: Final = {"redis": "redis", "rediss": "rediss", "valkey": "redis", "valkeys": "rediss", "unix": "unix"}


class Address:
    """Raises ValueError for one that cannot be read. `name`: the address without its secrets.

    `prefix`: what the names of all its keys begin with, `echoscope` or the parameter `prefix`. The parameters
    `sentinel_username` and `sentinel_password` are for the Sentinels themselves.
    """

    def __init__(self, address: str) -> None:
        url = urlsplit(address)
        query = dict(parse_qsl(url.query))
        self.prefix = query.pop("prefix", "echoscope")
        self.name = f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}"
        self._sentinel: Sentinel | None = None
        scheme = _SCHEMES[url.scheme.removesuffix(_SENTINEL)]
        if url.scheme.endswith(_SENTINEL):
            options = self._follow(url, scheme, query)
        else:
            _check(url)
            options = dict(parse_url(urlunsplit((scheme, url.netloc, url.path, urlencode(query), ""))))
        # Whoever calls bounds the time of it: the timeout of a socket goes through `asyncio.wait_for`, which may
        # swallow a cancellation in Python 3.11.
        self._options = options | {
            "socket_connect_timeout": CONNECT_S, "health_check_interval": 0, "socket_timeout": None, "protocol": 2,
        }  # fmt: skip
        try:
            self.pool(ConnectionPool).make_connection()  # type: ignore[no-untyped-call]
        except TypeError as error:
            raise ValueError(f"it has a parameter that redis-py does not know: {error}") from error

    def pool(self, kind: type[ConnectionPool], *, retries: int = 0, **options: Any) -> ConnectionPool:
        """`retries`: for calls that may be made again, since a connection that waited for its use may be gone by
        then."""
        retry = Retry(NoBackoff(), retries, supported_errors=(ConnectionError,))
        return kind(**{"max_connections": CONNECTIONS, "retry": retry, **self._options, **options})

    async def close(self) -> None:
        for sentinel in self._sentinel.sentinels if self._sentinel else ():
            await sentinel.aclose()

    def _follow(self, url: SplitResult, scheme: str, query: dict[str, str]) -> dict[str, Any]:
        """The options of connections to whichever server the Sentinels call the master."""
        user, _, hosts = url.netloc.rpartition("@")
        service, _, database = url.path.strip("/").partition("/")
        if scheme == "unix" or not service:
            raise ValueError(
                "behind the Sentinels stands the name of the service, as in redis+sentinel://host/mymaster"
            )
        sentinels = [_sentinel(host, url.scheme) for host in hosts.split(",")]
        own = {name: query.pop(f"sentinel_{name}") for name in ("username", "password") if f"sentinel_{name}" in query}
        server = urlsplit(urlunsplit((scheme, f"{user}@server" if user else "server", database, urlencode(query), "")))
        _check(server)
        options: dict[str, Any] = dict(parse_url(server.geturl()))
        del options["host"]
        has_tls = options.pop("connection_class", None) is SSLConnection
        limits = {"socket_connect_timeout": CONNECT_S, "socket_timeout": CONNECT_S, "protocol": 2}
        self._sentinel = Sentinel(sentinels, sentinel_kwargs={**own, **limits})  # type: ignore[no-untyped-call]
        self._master = SentinelConnectionPool(service, self._sentinel)  # type: ignore[no-untyped-call]
        kind = SentinelManagedSSLConnection if has_tls else SentinelManagedConnection
        return {**options, "connection_class": kind, "connection_pool": self._master}


def _sentinel(host: str, scheme: str) -> tuple[str, int]:
    url = urlsplit(f"redis://{host}")
    if not url.hostname:
        raise ValueError(f"it names no Sentinel, as {scheme}://host:{SENTINEL_PORT}/mymaster does")
    return url.hostname, url.port or SENTINEL_PORT


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

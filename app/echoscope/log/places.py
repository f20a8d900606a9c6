"""Where logs stay: the address in the setting `--store`, as the place that gives the store of each log by its name.

A server is `redis://`, `rediss://` (TLS), `valkey://`, `valkeys://` or `unix://`, and `redis+sentinel://` whichever one
Sentinel names; a file is `sqlite:///`. Without an address logs stay in the memory of this process.
"""

import re
from typing import Final, Protocol
from urllib.parse import parse_qsl, urlsplit

from ..base.settings import is_loopback
from .memory import MemoryStore
from .room import Room
from .shelf import MemoryShelf, Shelf
from .small import PinRoom, SmallStore
from .store import Bounds, Store

MAIN: Final = "main"
"""The name of the log that every request goes into that names no other."""

PINS_SHARE: Final = 4
"""Beside what all logs keep in memory, one in so many bytes may be pinned in logs other than the main one."""

SERVERS: Final = (
    "redis", "rediss", "valkey", "valkeys", "unix",
    "redis+sentinel", "rediss+sentinel", "valkey+sentinel", "valkeys+sentinel",
)  # fmt: skip


class Place(Protocol):
    """`is_shared`: whether other processes may stand on the same logs. `name`: for people, without secrets."""

    is_shared: bool
    name: str

    @property
    def shelf(self) -> Shelf:
        """What is kept beside the exchanges."""

    def store(self, name: str, bounds: Bounds) -> Store:
        """The store of the log of this name."""

    async def close(self) -> None:
        """Let go of what the stores have in common, after they are closed."""


class Memory:
    """The memory of this process: all logs share `room`, and pins but those of the main log a room of their own."""

    is_shared = False
    name = "memory"

    def __init__(self, room: Room) -> None:
        self.shelf = MemoryShelf()
        self._room = room
        self._pin_room = PinRoom(room.most // PINS_SHARE)

    def store(self, name: str, bounds: Bounds) -> Store:
        if name == MAIN:
            return MemoryStore(bounds, self._room)
        return SmallStore(bounds, self._room, self._pin_room)

    async def close(self) -> None: ...


def without_secret(address: str) -> str:
    """An address that may be shown."""
    return re.sub(r"(?<=//)[^/@]*@|\?.*", "", address)


def is_open(address: str) -> bool:
    """Whether an address is of a server on another machine, and names nothing that the server could ask for: neither a
    password nor the certificate of a client."""
    try:
        url = urlsplit(address)
        hosts = [urlsplit(f"//{host}").hostname or "" for host in url.netloc.rpartition("@")[2].split(",")]
    except ValueError:
        return False
    if url.scheme not in SERVERS or not any(hosts) or all(map(is_loopback, hosts)):
        return False
    named = dict(parse_qsl(url.query))
    return not (url.netloc.rpartition("@")[0].partition(":")[2] or named.get("password") or named.get("ssl_certfile"))


def place_at(address: str, room: Room) -> Place:
    """The place of an address; `room` is for memory. Raises ValueError, whose text says what is wrong with it."""
    if not address:
        return Memory(room)
    scheme = urlsplit(address).scheme
    if scheme == "sqlite":
        from .sqlite.store import SqlitePlace

        return SqlitePlace(address)
    if scheme not in SERVERS:
        raise ValueError("it takes redis://, rediss://, valkey://, valkeys://, unix:// or sqlite:/// and where it is")
    try:
        from .redis.store import RedisPlace
    except ImportError as error:
        raise ValueError("it needs the package redis: pip install 'echoscope[redis]'") from error
    return RedisPlace(address)

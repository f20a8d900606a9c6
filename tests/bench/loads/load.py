"""What a load is."""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import httpx

from ..errors import BenchError
from ..programs import HOST

__all__ = ["HOST", "LARGE_BYTES", "BenchError", "Client", "Load", "content", "nothing"]

Client = httpx.AsyncClient

LARGE_BYTES: Final = 16 << 20
"""The largest body that is taken."""


async def nothing(client: Client) -> bytes:
    """Of a load that needs no preparation."""
    return b""


class Load(NamedTuple):
    """`keep_busy` is called again and again, with what `prepare` gave, which is not measured. `is_endless`: it may go
    on for minutes, and is broken off. `options`: of the server."""

    keep_busy: Callable[[Client, bytes], Awaitable[None]]
    prepare: Callable[[Client], Awaitable[bytes]] = nothing
    is_endless: bool = False
    options: tuple[str, ...] = ()


def content(make: Callable[[], bytes]) -> Callable[[Client], Awaitable[bytes]]:
    """A preparation that only makes bytes."""

    async def prepare(client: Client) -> bytes:
        return make()

    return prepare

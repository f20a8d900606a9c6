"""How many connections there may be, of all clients and of one, and what becomes of those beyond.

Who is beyond is not turned away unheard: an orchestrator has to know that the service lives, and whoever runs it has to
see what goes on. So there are three bounds, of all connections and of those of one client alike:

    up to the limit    everything is answered
    beyond it          a request has to come soon; paths that are `reserved` are answered, others with 503, and then the
                       connection is closed
    beyond twice that  the connection is closed at once
"""

import ipaddress
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from uvicorn.protocols.utils import get_remote_addr
from uvicorn.server import ServerState

from . import answers
from .answers import Refusal
from .limits import Limits

_SOON_S: Final = 1.0
"""How long a connection beyond a limit may take to the end of its first head."""

_IPV6_PREFIX: Final = 64
"""The smallest network that is given to one customer: whoever has one address of it has them all."""

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


class Connections(set[Any]):
    """The open connections, as a server of uvicorn keeps them, and how many each client has of them.

    Each has its `transport` when it is added. `is_crowded`: whether any limit is exceeded; until then nothing else need
    be asked.
    """

    def __init__(self, limits: Limits, open_already: Iterable[Any] = ()) -> None:
        super().__init__()
        self.is_crowded = False
        self._most = limits.max_connections
        self._most_of_client = limits.max_connections_per_client
        self._shared = limits.shared_addresses
        self._head_timeout = limits.head_timeout
        self._clients: dict[Any, str | None] = {}
        self._counts: Counter[str | None] = Counter()
        self._crowds = 0
        for connection in open_already:
            self.add(connection)

    def add(self, connection: Any) -> None:
        if connection in self:
            return
        super().add(connection)
        if self._most_of_client:
            client = self._clients[connection] = self._client_of(connection)
            self._counts[client] += 1
            self._crowds += client is not None and self._counts[client] == self._most_of_client + 1
        self.is_crowded = len(self) > self._most or self._crowds > 0

    def discard(self, connection: Any) -> None:
        if connection not in self:
            return
        super().discard(connection)
        if self._most_of_client:
            client = self._clients.pop(connection)
            self._crowds -= client is not None and self._counts[client] == self._most_of_client + 1
            self._counts[client] -= 1
            if not self._counts[client]:
                del self._counts[client]
        self.is_crowded = len(self) > self._most or self._crowds > 0

    def remove(self, connection: Any) -> None:
        if connection not in self:
            raise KeyError(connection)
        self.discard(connection)

    def has_room(self, connection: Any) -> bool:
        return self.refusal(connection) is None

    def refusal(self, connection: Any) -> Refusal | None:
        """Why a request on it is not answered by the app; None where it is."""
        if len(self) > self._most:
            return answers.too_many_connections(self._most)
        if self._count(connection) > self._most_of_client:
            return answers.too_many_of_client(self._most_of_client)
        return None

    def is_overrun(self, connection: Any) -> bool:
        """Whether it is so far beyond a limit that it is not even listened to."""
        return self.is_crowded and (len(self) > 2 * self._most or self._count(connection) > 2 * self._most_of_client)

    def head_timeout(self, connection: Any) -> float:
        """How long it may take to the end of its first head."""
        if self.is_crowded and not self.has_room(connection):
            return min(_SOON_S, self._head_timeout)
        return self._head_timeout

    def _count(self, connection: Any) -> int:
        """Of the connections of the same client, where that is bounded."""
        client = self._clients.get(connection)
        return 0 if client is None else self._counts[client]

    def _client_of(self, connection: Any) -> str | None:
        address = get_remote_addr(connection.transport)
        return None if address is None else client_of(address[0], self._shared)


@lru_cache(maxsize=4096)
def client_of(address: str, shared: Networks) -> str | None:
    """What stands for one client: an IPv4 address, or a network of IPv6 ones; None for an address that is shared."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if any(ip in network for network in shared):
        return None
    if ip.version == 4:
        return str(ip)
    return str(ipaddress.ip_network((ip, _IPV6_PREFIX), strict=False))


def connections_of(state: ServerState, limits: Limits) -> Connections:
    """Those of a server, counted from its first one on."""
    if not isinstance(state.connections, Connections):
        state.connections = Connections(limits, state.connections)
    return state.connections

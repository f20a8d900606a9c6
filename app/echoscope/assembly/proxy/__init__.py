"""`echoscope proxy`: in front of a server that speaks HTTP, recording what is sent on and what comes back.

ASGI apps stand in each other: a recorder, what an intermediary has to change (`forwarding`, RFC 9110 section 7.6), a
second recorder, and the server itself as an app (`upstream`, `sockets`). So what the client sent and what was sent on,
what came back and what the client got, are the two sights of one exchange.
"""

from starlette.types import ASGIApp

from ...sender import Address
from ..ownapp.app import Echoscope
from .forwarding import Forwarding
from .upstream import Http, Upstream

__all__ = ["Http", "in_front_of"]


def in_front_of(
    address: Address, *, http: Http = "auto", verifies: bool = True, keeps_host: bool = False, tells: bool = True
) -> ASGIApp:
    """What stands in front of a server, for an `Echoscope` around it. `http`, `verifies`: see `Upstream`; `keeps_host`,
    `tells`: see `Forwarding`."""
    behind = Echoscope(Upstream(address, http=http, verifies=verifies), enabled=True)
    return Forwarding(behind, address, keeps_host=keeps_host, tells=tells)

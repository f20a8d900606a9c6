"""The way of a request through proxies, as it is told, and what servers and frameworks would believe of it.

Pure. The chain repeats what the headers say (`Forwarded`, X-Forwarded-*, `Via`, CF-*) and marks who says it; what
somebody would believe follows the rules of their own code (`believers`), to which tests hold it.
"""

import msgspec

from ...exchange.model import Exchange
from .believers import Belief, beliefs
from .chain import Hop, hops
from .request import Proxied, Saying

__all__ = ["HopsReading", "read_hops"]


class HopsReading(msgspec.Struct, frozen=True):
    """The way of a request: `hops` from the client to this server, what is said besides addresses, and what would be
    believed of it. Without a word of a proxy `hops` has the client and the server alone. `note`: what is to be known
    before anything else."""

    is_proxied: bool
    hops: list[Hop]
    says: list[Saying]
    beliefs: list[Belief]
    note: str | None


def read_hops(exchange: Exchange) -> HopsReading:
    request = Proxied(exchange)
    return HopsReading(request.is_proxied, hops(request), request.says(), beliefs(request), request.note())

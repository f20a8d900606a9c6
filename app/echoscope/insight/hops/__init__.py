"""The way of a request through proxies, as it is told, and what servers and frameworks would believe of it.

Pure. The chain repeats what the headers say (`Forwarded`, X-Forwarded-*, `Via`, CF-*) and marks who says it; what
somebody would believe follows the rules of their own code (`believers`), to which tests hold it.
"""

from ...exchange.document import Document
from ...exchange.model import Exchange
from .believers import beliefs
from .chain import hops
from .request import Proxied

__all__ = ["hops_document"]


def hops_document(exchange: Exchange) -> Document:
    """`hops`: from the client to this server, each with its `role` (`client`, `proxy`, `peer`, `server`), its `address`
    and `name`, where they are told, and `told_by`, the headers that say so. `says`: what is said of scheme, host and
    prefix, and by which header. `beliefs`: of each server and framework, as it comes and with the `setting` that trusts
    the peer, which `client`, `scheme` and `host` it would believe; `refused`, where it would not answer.

    Without a word of a proxy `hops` has the client and the server alone.
    """
    request = Proxied(exchange)
    return {
        "is_proxied": request.is_proxied,
        "hops": hops(request),
        "says": request.says(),
        "beliefs": beliefs(request),
        "note": request.note(),
    }

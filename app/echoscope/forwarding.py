"""What proxies say of a request that they passed on: whom it came from, and which site it was for.

`Forwarded` (RFC 7239) says so, and the `X-Forwarded-…` fields that are older than it. Anybody can send them, so they
count only from an address that is believed.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Final

from .fields import split, with_parameters

Fields = Mapping[bytes, bytes]
"""Header values by lower-case name, repeats joined with a comma."""

FIELDS: Final = frozenset({
    b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-protocol",
    b"x-forwarded-ssl",
})  # fmt: skip
"""What is looked at here."""

_AUTHORITY: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[\w.~!$&'()*+;=%-]{1,255})(?::[0-9]{0,5})?")
"""A host and a port (RFC 3986, section 3.2), of any letters."""

_SCHEMES: Final = ("http", "https")


class Proxies:
    """The proxies that are believed: those of `names`, addresses and networks; without names `everybody` or nobody."""

    def __init__(self, names: Sequence[str] = (), *, everybody: bool = False) -> None:
        self._networks = [ipaddress.ip_network(name, strict=False) for name in names]
        self.are_everybody = everybody and not names

    def __contains__(self, address: str) -> bool:
        if self.are_everybody:
            return True
        try:
            parsed = ipaddress.ip_address(bare(address)) if self._networks else None
        except ValueError:
            return False
        if isinstance(parsed, ipaddress.IPv6Address):
            parsed = parsed.ipv4_mapped or parsed  # an IPv4 client of a socket for both
        return parsed is not None and any(parsed in network for network in self._networks)


def addresses(fields: Fields) -> list[str]:
    """Whom a request came from, one address for each proxy, as they say it; the client's first."""
    given = _text(fields, b"x-forwarded-for")
    return split(given) if given else _forwarded(fields, "for")


def client_address(fields: Fields, peer: str, proxies: Proxies) -> str:
    """The address nearest to `peer`, who connected, that is no believed proxy's; where all are, the farthest."""
    address = peer
    for address in (peer, *map(bare, reversed(addresses(fields) if peer in proxies else []))):
        if address not in proxies:
            break
    return address


def scheme(fields: Fields) -> str | None:
    """The scheme that the client used, as the proxy nearest to it says."""
    names = (b"x-forwarded-proto", b"x-forwarded-protocol")
    said = [*_firsts(fields, names), *_forwarded(fields, "proto")[:1]]
    if _text(fields, b"x-forwarded-ssl").lower() == "on":
        said.append("https")
    return next((name.lower() for name in said if name.lower() in _SCHEMES), None)


def authority(fields: Fields) -> str | None:
    """The host that the client asked for, perhaps with a port, as the proxy nearest to it says."""
    said = [*_firsts(fields, (b"x-forwarded-host",)), *_forwarded(fields, "host")[:1]]
    return next((host for host in said if is_authority(host)), None)


def is_authority(text: str) -> bool:
    """Whether a text is a host, perhaps with a port, and nothing else."""
    return _AUTHORITY.fullmatch(text) is not None


def bare(address: str) -> str:
    """An address without brackets and port."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    host, colon, port = address.rpartition(":")
    return host if colon and ":" not in host and port.isdigit() else address


def _firsts(fields: Fields, names: Sequence[bytes]) -> list[str]:
    return [first for name in names for first in split(_text(fields, name))[:1]]


def _forwarded(fields: Fields, name: str) -> list[str]:
    """The values of a parameter in `Forwarded`, in its order."""
    elements = split(_text(fields, b"forwarded"))
    pairs = (pair for element in elements for pair in with_parameters(f";{element}")[1])
    return [value for key, value in pairs if key == name]


def _text(fields: Fields, name: bytes) -> str:
    return fields.get(name, b"").decode("latin-1").strip()

"""The address of a client, as limits count it."""

import ipaddress
from collections.abc import Iterable
from typing import Final

from ..forwarding import FIELDS, Proxies, client_address, scheme

Header = tuple[bytes, bytes]

_IPV6_SITE: Final = 64
"""The bits of an IPv6 address that a client does not choose: a home gets at least so many addresses (RFC 6177)."""


def address_of(peer: str, headers: Iterable[Header], proxies: Proxies) -> str:
    """The client's address: what a believed proxy says of a request that it passed on, else who connected."""
    if peer not in proxies:
        return peer
    return client_address(_told(headers), peer, proxies)


def is_encrypted(peer: str, headers: Iterable[Header], proxies: Proxies, own_scheme: str) -> bool:
    """Whether the client used TLS, as far as our own connection or a believed proxy tells."""
    if own_scheme in ("https", "wss"):
        return True
    return peer in proxies and scheme(_told(headers)) == "https"


def counted(address: str) -> str:
    """The address as limits count it: an IPv6 address by its network of 64 bits, one of IPv4 within IPv6 as such."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), _IPV6_SITE), strict=False))


def _told(headers: Iterable[Header]) -> dict[bytes, bytes]:
    """The header lines that proxies write, repeats joined."""
    told: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in FIELDS:
            told[name] = told[name] + b"," + value if name in told else value
    return told

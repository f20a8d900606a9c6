"""The address of a client, as limits count it."""

import ipaddress
from typing import Final

_IPV6_SITE: Final = 64
"""The bits of an IPv6 address that a client does not choose: a home gets at least so many addresses (RFC 6177)."""


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

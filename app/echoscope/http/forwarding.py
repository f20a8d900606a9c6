"""What proxies say of a request that they passed on: which client it came from, and which site it was for.

They say it in `Forwarded` (RFC 7239) and in the older `X-Forwarded-…` fields. Anybody can send these fields, so they
count only where the peer is a trusted proxy.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from .fields import split, with_parameters
from .spec import Forwarded, Header

Fields = Mapping[bytes, bytes]
"""Header values by lower-case name, repeats joined with a comma."""

FIELDS: Final = frozenset({
    b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-protocol",
    b"x-forwarded-ssl",
})  # fmt: skip
"""What is looked at here."""

_SIGNS: Final = re.compile(
    rb"forwarded|via|x-forwarded(-.+)?|x-original-forwarded-for|(x-)?(real|client|cluster-client|true-client)-ip|"
    rb"(cf|fly|fastly|do|true|appengine)-(connecting-ip|client-ip|user-ip)|cf-ray|cdn-loop|x-envoy-.+|x-amzn-trace-id|"
    rb"x-arr-ssl|x-appengine-user-ip|x-azure-clientip|x-request-start"
)
"""Names of header fields that proxies, load balancers and tunnels add, and clients do not."""

_AUTHORITY: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[\w.~!$&'()*+;=%-]{1,255})(?::[0-9]{0,5})?")
"""A host and a port (RFC 3986, section 3.2), of any letters."""

_SCHEMES: Final = ("http", "https")


class Proxies:
    """The trusted proxies: the addresses and networks of `names`; without names, `everybody` or nobody."""

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

    def told(self, scope: Mapping[str, Any]) -> Forwarded | None:
        """What is said of the request with this scope; None where its peer says nothing or is not believed."""
        peer = str((scope.get("client") or ("",))[0])
        try:
            return forwarded(scope.get("headers", ()), peer, self) if peer in self else None
        except (TypeError, ValueError, AttributeError):  # headers that are not of the form of the ASGI spec say nothing
            return None


def named(names: Sequence[str]) -> "Proxies | None":
    """The proxies of these names, addresses and networks; None without any."""
    return Proxies(names) if names else None


def teller(proxies: Proxies, peer: str) -> Callable[[Iterable[Header]], Forwarded | None] | None:
    """What tells, of the headers of each request of a connection, where the request came from; None where `peer`, who
    connected, is not believed."""
    return None if peer not in proxies else lambda headers: forwarded(headers, peer, proxies)


def forwarded(headers: Iterable[Header], peer: str, proxies: Proxies) -> Forwarded | None:
    """What `peer`, a proxy that is believed, says of a request; None where it says nothing."""
    fields: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in FIELDS:
            fields[name] = fields[name] + b"," + value if name in fields else value
    if not fields:
        return None
    client = client_address(fields, peer, proxies)
    return Forwarded((client, None) if client != peer else None, scheme(fields), authority(fields))


def as_forwarded(scope: Mapping[str, Any], said: Forwarded) -> dict[str, Any]:
    """A scope with the client, the scheme and the Host that are believed, in the place of those of the proxy."""
    changed = dict(scope)
    if said.client is not None:
        changed["client"] = said.client
    if said.scheme is not None:
        changed["scheme"] = scheme_of(said, scope["type"])
    if said.authority is not None:
        host = (b"host", said.authority.encode("latin-1"))
        changed["headers"] = [host, *(pair for pair in scope["headers"] if pair[0] != b"host")]
    return changed


def scheme_of(said: Forwarded, kind: str) -> str | None:
    """The scheme as a scope of this kind has it: a WebSocket's is `ws` or `wss`."""
    if said.scheme is None or kind != "websocket":
        return said.scheme
    return "wss" if said.scheme == "https" else "ws"


def sign(headers: Iterable[Header]) -> str | None:
    """The name of a header field that only an intermediary adds; None where there is none."""
    return next((name.decode("latin-1").title() for name, _ in headers if _SIGNS.fullmatch(name)), None)


def addresses(fields: Fields) -> list[str]:
    """The addresses that a request came from, one for each proxy, as the proxies say; the client's stands first."""
    given = _text(fields, b"x-forwarded-for")
    return split(given) if given else _forwarded(fields, "for")


def client_address(fields: Fields, peer: str, proxies: Proxies) -> str:
    """The client: the address nearest to `peer` that is not a trusted proxy's; the farthest one where all are.

    What is no address (`unknown` and its like, RFC 7239, section 6, or anything that a client makes up) names nobody:
    then it is the proxy's that says so.
    """
    address = peer
    for entry in map(bare, reversed(addresses(fields) if peer in proxies else [])):
        if address not in proxies or not _is_address(entry):
            break
        address = entry
    return address


def _is_address(text: str) -> bool:
    if "%" in text:  # a zone (RFC 4007, section 11), which may be any text and means nothing on another machine
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


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

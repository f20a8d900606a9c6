"""What servers and frameworks make of the headers of proxies, each by the rules of its own code.

Twice each: as it comes, and with the setting that trusts whoever connected. `tests/hops` asks the real ones the same;
go-httpbin's rules are those of its source.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from .request import Proxied

LOOPBACK: Final = ("127.0.0.1", "::1")


class Belief(msgspec.Struct, frozen=True):
    """What somebody would believe. `who`, `version`: as far as the rules are known to hold. `setting`: "" for as it
    comes. `refused`: why it would not answer. `note`: what is peculiar."""

    who: str
    version: str
    setting: str
    client: str | None
    scheme: str | None
    host: str | None
    refused: str | None = None
    note: str = ""


def beliefs(request: Proxied) -> list[Belief]:
    """All of them, in the order of the table."""
    return [belief for believer in _BELIEVERS for belief in believer(request)]


# uvicorn


def uvicorn(request: Proxied) -> Iterable[Belief]:
    """X-Forwarded-Proto and X-Forwarded-For from addresses that are trusted; of the list the last that is not one."""
    yield _uvicorn(request, "", ("127.0.0.1",))
    yield _uvicorn(request, f"--forwarded-allow-ips={request.peer or '*'}", (request.peer,) if request.peer else None)


def _uvicorn(request: Proxied, setting: str, trusted: tuple[str, ...] | None) -> Belief:
    """`trusted`: None for everybody."""
    client, scheme = request.peer, request.scheme
    if trusted is None or request.peer in trusted:
        protos = request.lines("x-forwarded-proto")
        said = protos[-1].strip() if protos else ""
        scheme = {"ws": "http", "wss": "https"}.get(said, said) if said in ("http", "https", "ws", "wss") else scheme
        lines = request.lines("x-forwarded-for")
        entries = [_without_port(entry.strip()) for entry in ", ".join(lines).split(",")] if lines else []
        untrusted = next((entry for entry in reversed(entries) if trusted is not None and entry not in trusted), None)
        client = (untrusted if untrusted is not None else entries[0]) or client if entries else client
    note = "127.0.0.1 is trusted unasked" if not setting and request.peer == "127.0.0.1" else ""
    return Belief("uvicorn", "0.54", setting, client, scheme, request.host or None, note=note)


def _without_port(entry: str) -> str:
    """A host without its port, as uvicorn parses it: brackets only around IPv6 addresses."""
    if entry.startswith("["):
        host, bracket, rest = entry[1:].partition("]")
        return host if bracket and (not rest or rest.startswith(":")) else entry
    host, colon, port = entry.rpartition(":")
    return host if colon and entry.count(":") == 1 and re.fullmatch(r"\s*[+-]?\d+(?:_\d+)*\s*", port) else entry


# gunicorn

_SECURE: Final = {"x-forwarded-protocol": "ssl", "x-forwarded-proto": "https", "x-forwarded-ssl": "on"}


def gunicorn(request: Proxied) -> Iterable[Belief]:
    """The scheme alone, by three headers that must not contradict each other; REMOTE_ADDR stays the peer's."""
    yield _gunicorn(request, "", is_trusted=request.peer is None or request.peer in LOOPBACK)
    yield _gunicorn(request, f"--forwarded-allow-ips={request.peer or '*'}", is_trusted=True)


def _gunicorn(request: Proxied, setting: str, *, is_trusted: bool) -> Belief:
    said = [value == _SECURE[name] for name in _SECURE for value in map(str.strip, request.lines(name))]
    note = "REMOTE_ADDR is never taken from a header"
    if not is_trusted or not said:
        return Belief("gunicorn", "27", setting, request.peer, request.scheme, request.host or None, note=note)
    if len(set(said)) > 1:
        refused = "400: the headers contradict each other about the scheme"
        return Belief("gunicorn", "27", setting, None, None, None, refused)
    scheme = "https" if said[0] else "http"
    return Belief("gunicorn", "27", setting, request.peer, scheme, request.host or None, note=note)


# Django

_DJANGO_HOST: Final = re.compile(r"([a-z0-9.-]+|\[[a-f0-9]*:[a-f0-9.:]+\])(:[0-9]+)?")


def django(request: Proxied) -> Iterable[Belief]:
    """Two settings, neither of which looks at who connected; the client is left to the server in front."""
    yield _django(request, "", request.scheme, request.host)
    proto, host = request.joined("x-forwarded-proto"), request.joined("x-forwarded-host")
    scheme = request.scheme if proto is None else "https" if proto.partition(",")[0].strip() == "https" else "http"
    setting = 'SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https"), USE_X_FORWARDED_HOST = True'
    yield _django(request, setting, scheme, request.host if host is None else host)


def _django(request: Proxied, setting: str, scheme: str, host: str) -> Belief:
    note = "REMOTE_ADDR is what the server in front of it says"
    if not _DJANGO_HOST.fullmatch(host.lower()):
        return Belief("Django", "5.2", setting, None, None, None, "400: the host is none", note)
    return Belief("Django", "5.2", setting, request.peer, scheme, host, note=note)


# Rails

_PRIVATE: Final = [
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "::1", "fc00::/7", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
]


def rails(request: Proxied) -> Iterable[Belief]:
    """Every header, from whoever sends it; private addresses count as proxies."""
    yield _rails(request, "", _PRIVATE)
    if request.peer is not None and (peer := _address(request.peer)) is not None:
        setting = f'config.action_dispatch.trusted_proxies = [IPAddr.new("{request.peer}")]'
        yield _rails(request, setting, [ipaddress.ip_network(peer)])


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _rails(request: Proxied, setting: str, proxies: list[_Network]) -> Belief:
    forwarded = _rails_addresses(request.joined("x-forwarded-for"))
    claimed = _rails_addresses(request.joined("client-ip"))
    if claimed and forwarded and claimed[-1] not in forwarded:
        return Belief(
            "Rails", "6.1", setting, None, None, None, "500: IpSpoofAttackError, Client-Ip is not in X-Forwarded-For"
        )
    nearest_first = forwarded + claimed
    candidates = [*nearest_first, *([request.peer] if request.peer else [])]
    outside = next((entry for entry in candidates if not _is_in(entry, proxies)), None)
    client = outside or (nearest_first[-1] if nearest_first else request.peer)
    hosts = re.split(r",\s?", request.joined("x-forwarded-host") or "")
    hosts = [*hosts] if any(host.strip() for host in hosts) else []
    host = next((entry for entry in reversed(hosts) if entry), request.host)
    note = "believes X-Forwarded-Proto and -Host from everybody"
    return Belief("Rails", "6.1", setting, client, _rack_scheme(request), host or None, note=note)


def _rails_addresses(value: str | None) -> list[str]:
    """Those of a list that are addresses, the nearest first."""
    entries = [entry for entry in re.split(r"[,\s]+", (value or "").strip()) if entry]
    return [entry for entry in reversed(entries) if _address(entry) is not None]


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        return None


def _is_in(entry: str, networks: list[_Network]) -> bool:
    address = _address(entry)
    return address is not None and any(address in network for network in networks)


def _rack_scheme(request: Proxied) -> str:
    if request.joined("x-forwarded-ssl") == "on":
        return "https"
    scheme = request.joined("x-forwarded-scheme")
    proto = (request.joined("x-forwarded-proto") or "").partition(",")[0]
    return next((said for said in (scheme, proto) if said in ("http", "https")), None) or request.scheme


# Express


def express(request: Proxied) -> Iterable[Belief]:
    """Nothing as it comes; with `trust proxy` the first of each list but of addresses, which are walked from here."""
    yield Belief("Express", "5", "", request.peer, request.scheme, request.host or None)
    peer = request.peer
    if peer is None:
        return
    lines = request.lines("x-forwarded-for")
    entries = [entry.strip(" ") for entry in ", ".join(lines).split(",")]
    addresses = [peer, *(entry for entry in reversed(entries) if entry)]
    client = next((entry for entry in addresses[:-1] if _address(entry) != _address(peer)), addresses[-1])
    proto = ", ".join(request.lines("x-forwarded-proto"))
    host = ", ".join(request.lines("x-forwarded-host"))
    scheme = (proto.partition(",")[0] or ("" if "," in proto else request.scheme)).strip()
    setting = f"app.set('trust proxy', '{peer}')"
    yield Belief("Express", "5", setting, client, scheme, host.partition(",")[0].rstrip() or request.host or None)


# go-httpbin

_CLIENTS: Final = ("fly-client-ip", "cf-connecting-ip", "fastly-client-ip", "true-client-ip")


def go_httpbin(request: Proxied) -> Iterable[Belief]:
    """The first of everything, from everybody: it says itself that this is trivial to spoof."""
    client = next((value for name in _CLIENTS if (value := request.first(name))), "")
    client = client or request.first("x-forwarded-for").partition(",")[0].strip()
    scheme = request.first("x-forwarded-proto") or request.first("x-forwarded-protocol")
    scheme = scheme or ("https" if request.first("x-forwarded-ssl") == "on" else request.scheme)
    note = "by its source; believes everybody"
    yield Belief("go-httpbin", "2.18", "", client or request.peer, scheme, request.host or None, note=note)


_BELIEVERS: Final[tuple[Callable[[Proxied], Iterable[Belief]], ...]] = (
    uvicorn, gunicorn, django, rails, express, go_httpbin,
)  # fmt: skip

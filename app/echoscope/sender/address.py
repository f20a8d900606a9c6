"""Where a request is sent to: an address as people type it.

Only `http` and `https`; a WebSocket goes to the same places. Redirects are never followed, so a request goes nowhere
but to the address that was given.
"""

import re
from collections.abc import Iterable
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

MAX_CHARACTERS: Final = 2_000
"""Of an address."""

EXAMPLE: Final = "http://localhost:3000 or https://example.com/api"

_PORTS: Final = {"http": 80, "https": 443}
_SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_NAME: Final = re.compile(r"[0-9A-Za-z_](?:[0-9A-Za-z._-]{0,251}[0-9A-Za-z_])?\.?")
_IPV6: Final = re.compile(r"[0-9a-fA-F:.]+")
_PATH: Final = re.compile(r"(?:/[!-~]*)?")


class AddressError(ValueError):
    """An address that cannot be used. Its text is one sentence that names the address and what is wrong with it."""


class Address(msgspec.Struct, frozen=True):
    """Another server. `path`: a prefix for the paths of what is sent there, without a slash at its end."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    path: str = ""

    @property
    def authority(self) -> str:
        """Host and port as in a `Host` header: a port only where it is not that of the scheme."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def parse_address(text: str) -> Address:
    """An address, also in short: `3000`, `:3000`, `localhost:3000`, `ws://…`. Raises `AddressError`."""
    text = text.strip()
    if len(text) > MAX_CHARACTERS:
        raise AddressError(f"An address has at most {MAX_CHARACTERS:,} characters.")
    if re.fullmatch(r":?\d{1,5}", text, re.ASCII):
        text = f"localhost:{text.removeprefix(':')}"
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        scheme, host, port = _SCHEMES.get(parts.scheme), parts.hostname, parts.port
    except ValueError as error:
        raise AddressError(f"{text!r} is no address: {error}.") from error
    if scheme is None:
        raise AddressError(f"{text!r} begins with {parts.scheme}: it must begin with http: or https:.")
    if parts.username is not None or parts.password is not None:
        raise AddressError("An address has no user name or password: these belong into an Authorization header.")
    if parts.query or parts.fragment:
        raise AddressError(f"{text!r} has a query or a fragment: what is sent brings its own query with it.")
    host = _host(host or "", text)
    path = parts.path.rstrip("/")
    if not _PATH.fullmatch(path):
        raise AddressError(f"{text!r} has characters in its path that have to be percent-encoded.")
    if port == 0:
        raise AddressError(f"{text!r} has the port 0: a port is a number between 1 and 65535.")
    return Address("https" if scheme == "https" else "http", host, port or _PORTS[scheme], path)


def parse_origin(text: str) -> Address:
    """An address without a path (RFC 6454), for requests that keep theirs. Raises `AddressError`."""
    address = parse_address(text)
    if address.path:
        raise AddressError(f"{text!r} is more than an origin such as http://localhost:3000: requests keep their path.")
    return address


def is_listed(address: Address, hosts: Iterable[str]) -> bool:
    """Whether an address is in a list of `host` and `host:port`; a host alone stands for all its ports."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    names = {address.host, host, f"{host}:{address.port}"}
    return not {name.lower() for name in names}.isdisjoint(name.lower() for name in hosts)


def _host(host: str, text: str) -> str:
    """A name in ASCII, or an IP address."""
    if ":" in host and _IPV6.fullmatch(host):
        return host
    try:
        name = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError as error:
        raise AddressError(f"{text!r} has no name of a host that could be looked up.") from error
    if not _NAME.fullmatch(name):
        raise AddressError(f"{text!r} names no host: an address is such as {EXAMPLE}.")
    return name

"""A request, as far as proxies have spoken of it: the lines of each header, who connected, and how."""

from typing import Final

import msgspec

from ...exchange.model import Exchange
from ...exchange.sides import request_of
from ...http.fields import Parameters, split, unquoted, with_parameters

MAX_LINES: Final = 1_000
MAX_ENTRIES: Final = 100
"""Of a list in a header, the last ones."""

_SAYS: Final = (
    ("scheme", ("x-forwarded-proto", "x-forwarded-protocol", "x-forwarded-scheme", "x-forwarded-ssl", "cf-visitor")),
    ("host", ("x-forwarded-host", "x-forwarded-server")),
    ("port", ("x-forwarded-port",)),
    ("prefix", ("x-forwarded-prefix",)),
    ("country", ("cf-ipcountry",)),
    ("ray", ("cf-ray",)),
)
CLIENTS: Final = (
    "cf-connecting-ip", "true-client-ip", "fly-client-ip", "fastly-client-ip", "x-real-ip", "client-ip", "x-client-ip",
)  # fmt: skip
"""Headers with the one address of a client."""


class Saying(msgspec.Struct, frozen=True):
    """What is said of a request besides addresses, and `by` which header."""

    what: str
    value: str
    by: str


class Proxied:
    """`peer`: the address of whoever connected, None over a Unix socket; `scheme`: of the connection, as http or https;
    `host`: of the Host header."""

    def __init__(self, exchange: Exchange) -> None:
        scope = exchange.scope
        self._lines = [
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in request_of(exchange).headers[:MAX_LINES]
        ]
        client, server = scope.get("client"), scope.get("server")
        self.peer: str | None = str(client[0]) if client else None
        self.server: str | None = (
            None if not server else str(server[0]) if server[1] is None else f"{server[0]}:{server[1]}"
        )
        self.scheme = "https" if scope.get("scheme") in ("https", "wss") else "http"
        self.host = next(iter(self.lines("host")), "")

    def lines(self, name: str) -> list[str]:
        """The lines of a header, in their order."""
        return [value for key, value in self._lines if key == name]

    def first(self, name: str) -> str:
        """The first line of a header, "" without one."""
        return next(iter(self.lines(name)), "")

    def joined(self, name: str) -> str | None:
        """The lines as one; None without any."""
        lines = self.lines(name)
        return ",".join(lines) if lines else None

    def forwarded_for(self) -> list[str]:
        """The entries of X-Forwarded-For, the client's first."""
        return [part for line in self.lines("x-forwarded-for") for part in split(line)][-MAX_ENTRIES:]

    def forwarded(self) -> list[dict[str, str]]:
        """The elements of Forwarded (RFC 7239), the client's first."""
        elements = [part for line in self.lines("forwarded") for part in split(line)][-MAX_ENTRIES:]
        return [_first_of_each(with_parameters(f";{element}")[1]) for element in elements]

    def via(self) -> list[str]:
        """The names of the proxies in Via, the first one that was passed first (RFC 9110, section 7.6.3)."""
        entries = [part for line in self.lines("via") for part in split(line)][-MAX_ENTRIES:]
        return [[*entry.split(), "", ""][1] or entry for entry in entries]

    def clients(self) -> list[tuple[str, str]]:
        """Headers with one address, and what they say."""
        return [(name, unquoted(line.strip())) for name in CLIENTS for line in self.lines(name)]

    @property
    def is_proxied(self) -> bool:
        return bool(self.forwarded_for() or self.forwarded() or self.via() or self.clients() or self.says())

    def says(self) -> list[Saying]:
        said = [Saying(what, line, name) for what, names in _SAYS for name in names for line in self.lines(name)]
        for number, element in enumerate(self.forwarded(), 1):
            names = {"proto": "scheme", "host": "host"}
            said += [
                Saying(names[key], value, f"forwarded, element {number}")
                for key, value in element.items()
                if key in names
            ]
        return said

    def note(self) -> str | None:
        """What is to be known before anything else."""
        if self.peer is not None and self.peer in self.forwarded_for():
            return (
                f"The client of the scope, {self.peer}, stands in X-Forwarded-For as well: this server has believed "
                "the header already, and who connected is not known here."
            )
        return None


def _first_of_each(parameters: Parameters) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for name, value in parameters:
        pairs.setdefault(name, value)
    return pairs

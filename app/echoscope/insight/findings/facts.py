"""The facts that rules ask for, each worked out once, when the first rule asks.

The facts are bounded: of the headers the first 1,000 lines and 16 KiB of each value, of a body the first 256 KiB.
"""

import ipaddress
import re
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from typing import Final, Literal
from urllib.parse import quote_from_bytes, unquote_to_bytes

from ...exchange.model import Event, Exchange
from ...exchange.sides import Of, Side, request_of, response_of
from ...http.fields import media_type, parameter, split, unquoted
from ..bodies.charsets import decode
from ..bodies.codings import Coding, undo
from ..bodies.json_tree import JsonRead, read_json
from ..bodies.kinds import Kind, kind_by_type
from .finding import Where

MAX_LINES: Final = 1_000
MAX_MEMBERS: Final = 1_000
MAX_VALUE: Final = 16 << 10
MAX_CONTENT: Final = 256 << 10

Reach = Literal["loopback", "private", "public", "unknown"]
"""From where an address can be reached; `unknown` for what is no address, such as a Unix socket."""

_NETWORKS: Final = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10",
)  # fmt: skip
_PRIVATE: Final = [ipaddress.ip_network(text) for text in _NETWORKS]
"""Networks of one's own (RFC 1918, 3927, 4193, 4291), and those of carriers and of VPNs (RFC 6598)."""

_BY_PROXIES: Final = re.compile(
    r"x-forwarded-.*|forwarded|via|x-real-ip|cf-(?:ray|connecting-ip|visitor)|x-envoy-.*|x-amz(?:n-trace-id|-cf-id)"
    r"|x-cloud-trace-context|true-client-ip|fly-.*|fastly-.*|x-arr-.*|x-original-(?:forwarded-for|host|proto)"
)


def address_of(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An IP address of text with or without quotes, brackets, port and zone; None for anything else."""
    bare = unquoted(text.strip())
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def reach_of(text: str | None) -> Reach:
    address = address_of(text) if text else None
    if address is None:
        return "unknown"
    if address.is_loopback:
        return "loopback"
    return "private" if any(address in network for network in _PRIVATE) else "public"


class HttpMessage:
    """One side of an exchange, read.

    `is_whole`: all of its body passed, and all of it is kept.
    """

    def __init__(self, of: Of, side: Side, *, is_whole: bool) -> None:
        self.of = of
        self.size = side.size
        self.content = side.content[:MAX_CONTENT]
        self.is_whole = is_whole and not side.is_cut and len(self.content) == len(side.content)
        self.raw = side.headers[:MAX_LINES]
        self.lines = [
            (name.decode("latin-1").lower(), value[:MAX_VALUE].decode("utf-8", "backslashreplace"))
            for name, value in self.raw
        ]
        self._values: dict[str, list[str]] = {}
        for key, text in self.lines:
            self._values.setdefault(key, []).append(text)

    def values(self, name: str) -> Sequence[str]:
        return self._values.get(name, ())

    def value(self, name: str) -> str | None:
        """The first value."""
        return next(iter(self.values(name)), None)

    def has(self, name: str) -> bool:
        return name in self._values

    def members(self, name: str) -> list[str]:
        """The members of a list that may stand in several lines (RFC 9110, section 5.3), at most 1,000."""
        return list(islice((part for value in self.values(name) for part in split(value)), MAX_MEMBERS))

    def header(self, name: str, nth: int = 0) -> Where:
        """The place of a header line."""
        places = [index for index, (key, _) in enumerate(self.lines) if key == name]
        return Where(self.of, "header", places[nth] if nth < len(places) else None, name)

    def body(self, start: int | None = None, end: int | None = None) -> Where:
        return Where(self.of, "body", start=start, end=end)

    @property
    def content_type(self) -> str:
        return self.value("content-type") or ""

    @cached_property
    def media_type(self) -> str | None:
        return media_type(self.content_type)

    @cached_property
    def kind_said(self) -> Kind | None:
        """The kind that the Content-Type names."""
        return kind_by_type(self.media_type)

    @cached_property
    def codings(self) -> list[str]:
        return [name.lower() for name in self.members("content-encoding") if name.lower() != "identity"]

    @cached_property
    def _undone(self) -> tuple[bytes, Coding | None]:
        return undo(self.content, self.codings)

    @property
    def coding(self) -> Coding | None:
        """What became of the Content-Encoding; None without one, or without a body."""
        return self._undone[1]

    @cached_property
    def is_readable(self) -> bool:
        """Whether `plain` is all of the body as the Content-Type describes it, and not withheld by masking."""
        return self.is_whole and (self.coding is None or self.coding.state == "whole") and bool(self.plain.strip(b"*"))

    @property
    def plain(self) -> bytes:
        """The body with its coding undone."""
        return self._undone[0]

    @cached_property
    def text(self) -> str:
        return decode(self.plain, parameter(self.content_type, "charset"), is_cut=False, is_json=True)[0]

    @cached_property
    def json(self) -> JsonRead | None:
        """The body as `read_json` reads it; None unless it is sent as JSON and can be read at all."""
        if self.kind_said != "json" or not self.is_readable or not self.plain.strip():
            return None
        return read_json(self.text)


class Facts:
    """An exchange, read. Rules take this and nothing else."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.scope = exchange.scope
        self.events: list[Event] = exchange.events
        self.at_s = exchange.started_ns / 1e9
        self.is_websocket = self.scope.get("type") == "websocket"
        self.http_version: str = self.scope.get("http_version") or ""
        self.method: str = "GET" if self.is_websocket else self.scope.get("method") or ""
        self.scheme: str = self.scope.get("scheme") or ""
        self.root_path: str = self.scope.get("root_path") or ""
        self.path: str = self.scope.get("path") or ""
        self.query = _shortened(self.scope.get("query_string") or b"", b"&")
        self.status = exchange.status

    @cached_property
    def request(self) -> HttpMessage:
        return HttpMessage("request", request_of(self.exchange), is_whole=self.has_all_of("receive"))

    @cached_property
    def response(self) -> HttpMessage | None:
        side = response_of(self.exchange)
        if side is None:
            return None
        is_whole = self.has_all_of("send") and self.exchange.state == "done"
        return HttpMessage("response", side, is_whole=is_whole)

    def has_all_of(self, channel: str) -> bool:
        """Whether the last part of a body passed, and no message between is missing."""
        kinds = ("http.request",) if channel == "receive" else ("http.response.body",)
        bodies = [event for event in self.events if event.channel == channel and event.message["type"] in kinds]
        return bool(bodies) and not bodies[-1].message.get("more_body") and not self.exchange.events_omitted

    @property
    def is_recorded(self) -> bool:
        """Whether a server handed it over; a HAR file of a browser's holds bodies with their coding undone."""
        return "asgi" in self.scope

    @cached_property
    def raw_path(self) -> bytes:
        """The path with its escapes, as it came or, where a server does not tell, written anew."""
        raw = self.scope.get("raw_path")
        if raw is None:
            raw = quote_from_bytes(self.path.encode("utf-8", "surrogateescape"), safe="/!$&'()*+,;=:@~").encode()
        return _shortened(raw, b"/")

    @property
    def has_raw_path(self) -> bool:
        return self.scope.get("raw_path") is not None

    @cached_property
    def parameters(self) -> list[tuple[bytes, bytes]]:
        """Names and values of the query, escapes as they came."""
        pairs = (pair.partition(b"=") for pair in self.query.split(b"&") if pair)
        return [(name, value) for name, _, value in pairs]

    @cached_property
    def peer(self) -> str | None:
        """The address of whoever is connected, or of whom a trusted proxy named."""
        client = self.scope.get("client")
        return str(client[0]) if client else None

    @cached_property
    def reach(self) -> Reach:
        return reach_of(self.peer)

    @cached_property
    def host(self) -> tuple[str, str]:
        """Name and port of the Host header, in lower case; the port is empty where none is named."""
        value = (self.request.value("host") or "").strip().lower()
        match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(.*))?", value)
        return (match[1].strip("[]"), match[2] or "") if match else (value, "")

    @cached_property
    def hosts(self) -> set[str]:
        """The names under which the client may have asked: Host, and what proxies say that it was."""
        said = [*self.request.members("x-forwarded-host"), *self.request.members("x-original-host")]
        said += [element["host"] for element in self.forwarded if "host" in element]
        return {self.host[0], *(text.lower().partition(":")[0] for text in said)} - {""}

    @property
    def is_local(self) -> bool:
        """Whether the client asked for a name of its own machine, which browsers take for secure."""
        return any(
            name == "localhost" or name.endswith(".localhost") or reach_of(name) == "loopback" for name in self.hosts
        )

    @cached_property
    def forwarded(self) -> list[dict[str, str]]:
        """The elements of `Forwarded` (RFC 7239), names in lower case."""
        elements = ([pair.partition("=") for pair in split(part, ";")] for part in self.request.members("forwarded"))
        return [{name.strip().lower(): unquoted(text.strip()) for name, _, text in pairs} for pairs in elements]

    @cached_property
    def is_proxied(self) -> bool:
        """Whether a header is there that proxies add."""
        return any(_BY_PROXIES.fullmatch(name) for name, _ in self.request.lines)

    @property
    def is_secure(self) -> bool:
        return self.scheme in ("https", "wss")

    @cached_property
    def says_tls(self) -> tuple[str, str] | None:
        """The header, and its value, by which a proxy says that the client speaks TLS."""
        request = self.request
        for name in ("x-forwarded-proto", "x-forwarded-protocol", "x-forwarded-scheme", "x-url-scheme", "x-scheme"):
            words = {word.lower() for word in request.members(name)}
            if words and words <= {"https", "wss"}:
                return name, request.value(name) or ""
        for name in ("x-forwarded-ssl", "front-end-https"):
            if (request.value(name) or "").strip().lower() == "on":
                return name, "on"
        protos = {element["proto"].lower() for element in self.forwarded if "proto" in element}
        if protos == {"https"}:
            return "forwarded", request.value("forwarded") or ""
        if '"https"' in (request.value("cf-visitor") or ""):
            return "cf-visitor", request.value("cf-visitor") or ""
        return None

    @cached_property
    def shows_tls(self) -> str | None:
        """The header of a browser that it would not have sent without TLS.

        Fetch metadata go to trustworthy addresses alone (W3C Fetch Metadata, section 2), and an `Origin` of https with
        the name that was asked for is a page of this very server.
        """
        origin = (self.request.value("origin") or "").lower()
        asked = [*self.request.values("host"), *self.request.members("x-forwarded-host")]
        if origin in [f"https://{authority.strip().lower()}" for authority in asked]:
            return "origin"
        is_browser = "mozilla/" in (self.request.value("user-agent") or "").lower()
        return "sec-fetch-site" if is_browser and not self.is_local and self.request.has("sec-fetch-site") else None

    @property
    def may_be_secure(self) -> bool:
        """Whether TLS may have been between the client and a proxy."""
        return self.is_secure or self.is_proxied or self.says_tls is not None or self.shows_tls is not None


def _shortened(text: bytes, separator: bytes) -> bytes:
    """The beginning of a path or a query that is looked at, cut between its parts."""
    return text if len(text) <= MAX_VALUE else text[:MAX_VALUE].rpartition(separator)[0]


def decoded(escaped: bytes) -> bytes:
    """Percent escapes undone, once."""
    return unquote_to_bytes(escaped)

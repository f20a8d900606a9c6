"""The way of a request through proxies: `Forwarded` (RFC 7239), `X-Forwarded-*` and `Via` as one chain.

Each proxy adds its peer at the right. So the entry at the left is what the first proxy says of the client, or what a
client says that sends such a header itself. The chain repeats what is said and believes nothing.
"""

from typing import Final

from ...http.fields import split, unquoted
from .meaning import Meaning, Row, Section, counted

Values = dict[str, list[str]]
"""Header values by name, in order."""

_SAID: Final = (
    ("x-forwarded-proto", "scheme"),
    ("x-forwarded-protocol", "scheme"),
    ("x-forwarded-ssl", "TLS"),
    ("x-forwarded-host", "host"),
    ("x-forwarded-port", "port"),
    ("x-forwarded-prefix", "path prefix"),
    ("x-forwarded-path", "path"),
    ("x-forwarded-server", "proxy"),
    ("x-original-uri", "address"),
    ("x-original-url", "address"),
    ("x-envoy-original-path", "address"),
    ("x-real-ip", "client"),
    ("true-client-ip", "client"),
    ("cf-connecting-ip", "client"),
    ("fly-client-ip", "client"),
    ("fastly-client-ip", "client"),
    ("x-client-ip", "client"),
    ("x-cluster-client-ip", "client"),
)
NAMES: Final = frozenset({"forwarded", "x-forwarded-for", "via", *(name for name, _ in _SAID)})
"""The headers that the chain is made of."""


def read_chain(values: Values, peer: str | None) -> Meaning | None:
    """The chain; None when no proxy said anything. `peer`: who was connected, as the server gives it."""
    elements = [_element(part) for value in values.get("forwarded", []) for part in split(value)]
    addresses = [part for value in values.get("x-forwarded-for", []) for part in split(value)]
    standard = [element["for"] for element in elements if "for" in element]
    hops = addresses or standard
    via = [part for value in values.get("via", []) for part in split(value)]
    said = _said(values, elements)
    if not (hops or via or said):
        return None
    sections = [Section("The way here", _way(hops, peer))] if hops else []
    sections += [Section("What the client asked for", said)] if said else []
    sections += [Section("Via", [_via(part) for part in via])] if via else []
    return Meaning(_summary(hops, via), sections, _notes(addresses, standard))


def _way(hops: list[str], peer: str | None) -> list[Row]:
    rows: list[Row] = [("client", unquoted(hops[0]), "as the first proxy says, or whoever sent the header")]
    rows += [("proxy", unquoted(hop), "as the next proxy says") for hop in hops[1:]]
    if peer is not None:
        rows.append(
            (
                "peer",
                peer,
                "who was connected, as the server says; with --proxy-headers a server may repeat an entry above",
            )
        )
    return rows


def _said(values: Values, elements: list[dict[str, str]]) -> list[Row]:
    rows = [(words, value, name) for name, words in _SAID for value in values.get(name, [])]
    for number, element in enumerate(elements, 1):
        rows += [(key, text, f"forwarded, element {number}") for key, text in element.items() if key != "for"]
    return rows


def _element(part: str) -> dict[str, str]:
    """The pairs of one `forwarded-element`, names in lower case."""
    pairs = (pair.partition("=") for pair in split(part, ";"))
    return {name.strip().lower(): unquoted(text.strip()) for name, equals, text in pairs if equals}


def _via(part: str) -> Row:
    """`1.1 name (comment)` (RFC 9110, section 7.6.3)."""
    protocol, _, rest = part.partition(" ")
    name, _, comment = rest.strip().partition(" ")
    return name or part, f"HTTP/{protocol}" if "/" not in protocol else protocol, comment.strip("() ")


def _summary(hops: list[str], via: list[str]) -> str:
    if hops:
        return f"from {unquoted(hops[0])} through {counted(len(hops), 'proxy', 'proxies')}"
    return f"through {counted(len(via), 'proxy', 'proxies')}" if via else "through a proxy"


def _notes(addresses: list[str], standard: list[str]) -> list[str]:
    notes = ["Anybody can send these headers: only what your own proxy adds at the right can be relied on."]
    if addresses and standard and [_bare(text) for text in addresses] != [_bare(text) for text in standard]:
        notes.append("Forwarded and X-Forwarded-For do not say the same.")
    return notes


def _bare(address: str) -> str:
    """An address without quotes, brackets and port."""
    text = unquoted(address).strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text

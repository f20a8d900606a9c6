"""Query strings and headers with marks in the place of their secrets."""

import hmac
import re
import secrets
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, TypeVar
from urllib.parse import unquote_to_bytes

from .names import is_secret_header, is_secret_name, is_secret_parameter
from .text import secrets_in

_key = secrets.token_bytes(32)

_SEPARATORS: Final = re.compile(rb"([&;])")
_BOUNDARY: Final = re.compile(rb"[.:_-]")
_RANDOM: Final = re.compile(rb"(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[\w.~+/=-]{20,}|[0-9a-fA-F]{32,}")
"""What nobody would call a subprotocol."""

_LONGEST_PREFIX: Final = 64
_VALUE: Final = re.compile(rb"=[^&]*")

T = TypeVar("T", bytes, str)


def use_key(key: bytes) -> None:
    """Tell secrets apart by this key from now on: processes that share a log share it too."""
    global _key
    _key = key
    _known_masked_query.cache_clear()


def key_in_use() -> bytes:
    return _key


def mark(secret: bytes) -> str:
    """What stands for a secret: the same for the same secret, until the next start. Safe in any place of a request."""
    return "redacted-" + hmac.digest(_key, secret, "sha256").hex()[:8]


def mask_query(query: T) -> T:
    """A query string, or a form, without the values of secret parameters."""
    if isinstance(query, str):
        return mask_query(query.encode()).decode()
    is_short = len(query) <= _MAX_KNOWN_BYTES
    if not _may_nest(query):  # as nearly always, and names come again
        names = _names(query)
        if not (_known_names_a_secret(names) if is_short else _names_a_secret(names)):
            return query
    return _known_masked_query(query) if is_short else _masked_query(query)


_MAX_KNOWN_BYTES: Final = 1024
"""How long a query may be that is remembered, which no log counts."""


def _masked_query(query: bytes) -> bytes:
    parts = _parts(query)
    return b"".join(name + _mark(value) if is_secret else name + value for name, value, is_secret in parts)


_known_masked_query: Final = lru_cache(maxsize=256)(_masked_query)


def _may_nest(query: bytes) -> bool:
    """Whether a query, or a value, may hold another query, or has another separator than `&`."""
    return 37 in query or 63 in query or 34 in query or 59 in query  # % ? " ;


def _names(query: bytes) -> bytes:
    """The names of the parameters, with `&` between them."""
    return _VALUE.sub(b"", query) if 38 in query else query.partition(b"=")[0]  # "&"


def _names_a_secret(names: bytes) -> bool:
    """Whether one of these names is that of a secret parameter."""
    return any(map(is_secret_parameter, names.split(b"&")))


_known_names_a_secret: Final = lru_cache(maxsize=1024)(_names_a_secret)


def parameter_values(query: bytes) -> Iterator[bytes]:
    """The values of secret parameters as they were sent, and the secrets within values."""
    for _, value, is_secret in _parts(query):
        if is_secret:
            yield value
            decoded = _nested(value)
            yield from (decoded[span.start : span.end] for span in secrets_in(decoded))


def mask_header(name: bytes, value: bytes) -> bytes:
    """A header's value without its secrets; the scheme of credentials and the names of cookies stay."""
    if name.lower() == b"sec-websocket-protocol":
        return b",".join(mask_protocols(value.split(b",")))
    if not is_secret_header(name):
        return _marked(value)
    match name.lower():
        case b"cookie":
            return b";".join(map(_mask_pair, value.split(b";")))
        case b"set-cookie":
            pair, semicolon, attributes = value.partition(b";")
            return _mask_pair(pair) + semicolon + attributes
        case b"authorization" | b"proxy-authorization" if b" " in value.strip():
            scheme, _, credentials = value.strip().partition(b" ")
            return scheme + b" " + _mark(credentials.strip())
        case _:
            return _mark(value)


def mask_protocols(offered: Iterable[bytes]) -> list[bytes]:
    """Subprotocols of a WebSocket without tokens: a browser lets a client set no other header, so they travel there."""
    return [clear + _mark(secret) for clear, secret in _protocols(offered)]


def protocol_secrets(offered: Iterable[bytes]) -> Iterator[bytes]:
    return (secret for _, secret in _protocols(offered) if secret)


def _protocols(offered: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Each in two: what may be read, and the token in it. A token stands behind a telling item (`bearer, TOKEN`) or in
    one item with it (`api-key.TOKEN`), or nobody would call a subprotocol so."""
    is_told = False
    for item in offered:
        text = item.strip()
        space = item[: len(item) - len(item.lstrip())]
        boundaries = (match.end() for match in _BOUNDARY.finditer(text[:_LONGEST_PREFIX]))
        start = next((end for end in boundaries if end < len(text) and is_secret_name(text[: end - 1])), len(text))
        if is_told or _RANDOM.fullmatch(text):
            start = 0
        is_told = not is_told and is_secret_name(text)
        if is_told:
            start = len(text)
        yield space + text[:start], text[start:]


def _parts(query: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    """The query in pieces, each with a value behind it and whether that is a secret.

    Names are decoded first, and values too: one may be an address, or JSON, with a secret in it. A semicolon separates
    for some readers, for others it is part of the value.
    """
    for index, pair in enumerate(query.split(b"&")):
        separator = b"&" if index else b""
        name, equals, value = pair.partition(b"=")
        if b";" in pair and not is_secret_parameter(name):
            for part in _SEPARATORS.split(pair):
                name, equals, value = part.partition(b"=")
                yield separator + name + equals, value, _is_secret_pair(name, value)
                separator = b""
        else:
            yield separator + name + equals, value, _is_secret_pair(name, value)


def _is_secret_pair(name: bytes, value: bytes) -> bool:
    if not value:
        return False
    return is_secret_parameter(name) or (_may_nest(value) and any(secrets_in(_nested(value))))


def _nested(value: bytes) -> bytes:
    return unquote_to_bytes(value.replace(b"+", b" "))


def _marked(value: bytes) -> bytes:
    pieces, position = [], 0
    for span in sorted(secrets_in(value)):
        if span.start >= position and span.start < span.end:
            pieces += [value[position : span.start], _mark(value[span.start : span.end])]
            position = span.end
    return b"".join([*pieces, value[position:]])


def _mask_pair(pair: bytes) -> bytes:
    name, equals, value = pair.partition(b"=")
    value = value.strip(b' \t"')
    return name + equals + _mark(value) if value else pair


def _mark(secret: bytes) -> bytes:
    return mark(secret).encode() if secret else secret

"""The headers of one side of an exchange, line by line, with groups and meanings."""

from typing import Final

import msgspec

from ...exchange.document import Bytes, text
from ...exchange.model import Exchange
from ...exchange.sides import Of, Pairs, side_of
from ..masking import is_secret_header, mark, mask_headers
from . import caching, content, cookies, credentials, preferences, tracing
from .chain import NAMES, read_chain
from .meaning import Context, Decode, Meaning
from .names import GROUPS, about, group_of

_DECODERS: Final[dict[str, Decode]] = {
    "accept": preferences.accept,
    "accept-charset": preferences.accept,
    "accept-encoding": preferences.accept,
    "accept-language": preferences.accept,
    "te": preferences.accept,
    "authorization": credentials.authorization,
    "proxy-authorization": credentials.authorization,
    "cookie": cookies.cookie,
    "set-cookie": cookies.set_cookie,
    "content-type": content.content_type,
    "content-disposition": content.disposition,
    "content-encoding": content.codings,
    "content-length": content.length,
    "content-range": content.content_range,
    "range": content.byte_range,
    "cache-control": caching.cache_control,
    "cdn-cache-control": caching.cache_control,
    "age": caching.age,
    "date": caching.date,
    "expires": caching.date,
    "last-modified": caching.date,
    "if-modified-since": caching.date,
    "if-unmodified-since": caching.date,
    "if-range": caching.tag_or_date,
    "if-match": caching.entity_tags,
    "if-none-match": caching.entity_tags,
    "etag": caching.entity_tags,
    "retry-after": caching.retry_after,
    "traceparent": tracing.traceparent,
    "tracestate": tracing.tracestate,
    "baggage": tracing.baggage,
}
"""What reads the value of which header."""


class HeaderLine(msgspec.Struct, frozen=True):
    """A header as it came, with what its value says. `index`: of the line, from 0. `group`: the id of its group.
    `secret`: whether it holds one, shown or not. `about`: what such a header is for."""

    index: int
    name: Bytes
    value: Bytes
    group: str
    secret: bool
    about: str | None
    meaning: Meaning | None


class HeaderGroup(msgspec.Struct, frozen=True):
    """Headers of one subject. `lines`: their indexes."""

    id: str
    title: str
    lines: list[int]


class HeadersReading(msgspec.Struct, frozen=True):
    """The headers of one side. `chain`: the way of a request through proxies, None where no proxy said anything."""

    of: Of
    lines: list[HeaderLine]
    groups: list[HeaderGroup]
    chain: Meaning | None


def read_headers(exchange: Exchange, of: Of, *, reveal: bool = False) -> HeadersReading | None:
    """None when that side did not begin. Secrets are masked unless `reveal`."""
    side = side_of(exchange, of)
    if side is None:
        return None
    context = Context(exchange.started_ns / 1e9, _shown if reveal else _hidden)
    masked = mask_headers(exchange, side.headers)
    headers = side.headers if reveal else masked
    is_secret = [pair != other or is_secret_header(pair[0]) for pair, other in zip(side.headers, masked, strict=True)]
    lines = [
        _line(index, value, other, context, is_secret=is_secret[index])
        for index, ((_, value), other) in enumerate(zip(side.headers, headers, strict=True))
    ]
    chain = read_chain(_forwarded(headers), _peer(exchange)) if of == "request" else None
    return HeadersReading(of, lines, _groups(lines), chain)


def _line(index: int, value: bytes, pair: tuple[bytes, bytes], context: Context, *, is_secret: bool) -> HeaderLine:
    """`pair`: name and value as they are shown. What decodes secret headers sees the `value` itself, and hides them."""
    name, legible = pair
    known = name.decode("latin-1").lower()
    decode = _DECODERS.get(known, credentials.stray_token)
    meaning = decode((value if is_secret_header(name) else legible).decode("utf-8", "backslashreplace"), context)
    return HeaderLine(index, text(name), text(legible), group_of(known), is_secret, about(known), meaning)


def _groups(lines: list[HeaderLine]) -> list[HeaderGroup]:
    """The groups that have lines, in their order."""
    indexes: dict[str, list[int]] = {group: [] for group in GROUPS}
    for line in lines:
        indexes[line.group].append(line.index)
    return [HeaderGroup(group, GROUPS[group], lines) for group, lines in indexes.items() if lines]


def _forwarded(headers: Pairs) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in headers:
        known = name.decode("latin-1").lower()
        if known in NAMES:
            values.setdefault(known, []).append(value.decode("utf-8", "backslashreplace"))
    return values


def _peer(exchange: Exchange) -> str | None:
    client = exchange.head.scope.client
    return client[0] if client else None


def _shown(secret: str) -> str:
    return secret


def _hidden(secret: str) -> str:
    return mark(secret.encode("utf-8", "surrogateescape"))

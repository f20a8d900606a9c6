"""The headers of one side of an exchange, line by line, with groups and meanings."""

from typing import Any, Final

import msgspec

from ...exchange.document import Document, text
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


def read_headers(exchange: Exchange, of: Of, *, reveal: bool = False) -> Document | None:
    """`{"of", "lines", "groups", "chain"}` as the API has it; None when that side did not begin.

    Secrets are masked unless `reveal`.
    """
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
    return {"of": of, "lines": lines, "groups": _groups(lines), "chain": _plain(chain)}


def _line(index: int, value: bytes, pair: tuple[bytes, bytes], context: Context, *, is_secret: bool) -> Document:
    """`pair`: name and value as they are shown. What decodes secret headers sees the `value` itself, and hides them."""
    name, legible = pair
    known = name.decode("latin-1").lower()
    decode = _DECODERS.get(known, credentials.stray_token)
    meaning = decode((value if is_secret_header(name) else legible).decode("utf-8", "backslashreplace"), context)
    return {
        "index": index,
        "name": text(name),
        "value": text(legible),
        "group": group_of(known),
        "secret": is_secret,
        "about": about(known),
        "meaning": _plain(meaning),
    }


def _groups(lines: list[Document]) -> list[Document]:
    """The groups that have lines, in their order."""
    indexes: dict[str, list[int]] = {group: [] for group in GROUPS}
    for line in lines:
        indexes[line["group"]].append(line["index"])
    return [{"id": group, "title": GROUPS[group], "lines": found} for group, found in indexes.items() if found]


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


def _plain(meaning: Meaning | None) -> Any:
    return None if meaning is None else msgspec.to_builtins(meaning)

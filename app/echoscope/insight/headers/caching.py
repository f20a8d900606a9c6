"""Caching and conditional requests (RFC 9111; RFC 9110, section 13; RFC 5861 and 8246 for later directives)."""

import re
from typing import Final

from ...http.fields import split, unquoted
from .meaning import Context, Meaning, Row, counted, table
from .moments import duration, http_date, moment, whole_seconds

_DIRECTIVES: Final = {
    "no-store": "keep nothing of it",
    "no-cache": "ask the origin before each use",
    "no-transform": "change nothing in between",
    "only-if-cached": "do not ask the origin",
    "must-revalidate": "never use it stale",
    "proxy-revalidate": "shared caches never use it stale",
    "must-understand": "keep it only if its status is understood",
    "private": "not for shared caches",
    "public": "any cache may keep it",
    "immutable": "it does not change while it is fresh",
    "max-age": "fresh for",
    "s-maxage": "in shared caches fresh for",
    "max-stale": "stale is fine for",
    "min-fresh": "fresh for at least another",
    "stale-while-revalidate": "stale is fine, while asking again, for",
    "stale-if-error": "stale is fine, on errors, for",
}
_TAG: Final = re.compile(r'(W/)?"([^"]*)"')


def cache_control(value: str, context: Context) -> Meaning | None:
    rows: list[Row] = []
    for part in split(value):
        name, _, text = part.partition("=")
        name, text = name.strip().lower(), unquoted(text.strip())
        seconds = whole_seconds(text)
        words = _DIRECTIVES.get(name, "")
        rows.append((name, text, f"{words} {duration(seconds)}" if words and seconds is not None else words))
    if not rows:
        return None
    return table(", ".join(row[2] or row[0] for row in rows), "Directives", rows)


def age(value: str, context: Context) -> Meaning | None:
    seconds = whole_seconds(value)
    return None if seconds is None else Meaning(f"in a cache for {duration(seconds)}")


def date(value: str, context: Context) -> Meaning | None:
    seconds = http_date(value)
    words = None if seconds is None else moment(seconds, context.at_s)
    return Meaning(words) if words else None


def retry_after(value: str, context: Context) -> Meaning | None:
    """A date or a count of seconds (RFC 9110, section 10.2.3)."""
    seconds = whole_seconds(value)
    return date(value, context) if seconds is None else Meaning(f"in {duration(seconds)}")


def entity_tags(value: str, context: Context) -> Meaning | None:
    """One tag, or a list of them, or `*` (RFC 9110, section 8.8.3)."""
    if value.strip() == "*":
        return Meaning("any version")
    tags: list[Row] = [
        (match[2], "weak" if match[1] else "strong", "equal in meaning" if match[1] else "equal byte for byte")
        for match in _TAG.finditer(value)
    ]
    return table(counted(len(tags), "entity tag"), "Entity tags", tags) if tags else None


def tag_or_date(value: str, context: Context) -> Meaning | None:
    """`If-Range` (RFC 9110, section 13.1.5)."""
    return entity_tags(value, context) or date(value, context)

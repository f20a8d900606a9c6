"""Conditional requests (RFC 9110, section 13), as pure functions.

httpbin sends and takes entity tags without quotes, which the grammar does not know; here a tag is the same with or
without them.
"""

import re
from datetime import UTC, datetime
from typing import Final

_TAG: Final = re.compile(r'\s*(W/)?(?:"([^"]*)"|([^\s",]+))\s*(?:,|$)')

_DATES: Final = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")
"""The three forms of an HTTP-date (section 5.6.7)."""


def tags(header: str | None) -> list[str]:
    """The tags of an `If-Match` or `If-None-Match`, without quotes and weakness; `*` is one of them."""
    return [quoted or bare for _, quoted, bare in _TAG.findall(header or "")]


def matches(header: str, etag: str, *, is_strong: bool) -> bool:
    """Whether a list names the tag, or any by `*`. A strong comparison finds no weak tag (section 8.8.3.2)."""
    named = _TAG.findall(header)
    if any(bare == "*" for _, _, bare in named):
        return True
    if is_strong and etag.startswith("W/"):
        return False
    opaque = etag.removeprefix("W/").strip('"')
    return any(opaque == quoted + bare for weak, quoted, bare in named if not (weak and is_strong))


def http_date(text: str) -> datetime | None:
    """None for what is no HTTP-date: then there is no condition (sections 13.1.3 and 13.1.4)."""
    for form in _DATES:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            pass
    return None


def outcome(
    etag: str,
    if_match: str | None,
    if_none_match: str | None,
    *,
    is_safe: bool,
    modified_at: datetime | None = None,
    if_unmodified_since: str | None = None,
    if_modified_since: str | None = None,
) -> int | None:
    """304 or 412 where a condition decides, None where the request goes on (section 13.2.2).

    `is_safe`: the method is GET or HEAD. `modified_at`: None for a resource without such a date, of which conditions
    with a date say nothing. A list of tags that is there but empty is a condition that nothing meets.
    """
    if if_match is not None:
        if not matches(if_match, etag, is_strong=True):
            return 412
    elif _is_modified(modified_at, if_unmodified_since):
        return 412
    if if_none_match is not None:
        if matches(if_none_match, etag, is_strong=False):
            return 304 if is_safe else 412
    elif is_safe and _is_modified(modified_at, if_modified_since) is False:
        return 304
    return None


def _is_modified(modified_at: datetime | None, since: str | None) -> bool | None:
    """Whether it was modified after a date; None where that cannot be said."""
    date = None if since is None else http_date(since)
    return None if date is None or modified_at is None else modified_at > date

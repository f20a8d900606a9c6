"""Entity tags in conditional requests (RFC 9110, section 13), as pure functions.

httpbin sends and takes tags without quotes, which the grammar does not know; here a tag is the same with or
without them.
"""

import re
from typing import Final

_TAG: Final = re.compile(r'\s*(?:W/)?(?:"([^"]*)"|([^\s",]+))\s*(?:,|$)')


def tags(header: str | None) -> list[str]:
    """The tags of an `If-Match` or `If-None-Match`, without quotes and weakness; `*` is one of them."""
    return [quoted or bare for quoted, bare in _TAG.findall(header or "")]


def matches(header: str | None, etag: str) -> bool:
    """Whether a list names the tag, or any tag by `*`; weakness does not count (section 8.8.3.2)."""
    named = tags(header)
    return "*" in named or _opaque(etag) in named


def _opaque(etag: str) -> str:
    return etag.removeprefix("W/").strip('"')


def outcome(etag: str, if_match: str | None, if_none_match: str | None, *, is_safe: bool) -> int | None:
    """304 or 412 where a condition decides, None where the request goes on (section 13.2.2).

    `is_safe`: the method is GET or HEAD. A header that is there but empty is a condition that nothing meets.
    """
    if if_match is not None and not matches(if_match, etag):
        return 412
    if if_none_match is not None and matches(if_none_match, etag):
        return 304 if is_safe else 412
    return None

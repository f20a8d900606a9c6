"""Byte ranges (RFC 9110, section 14), as pure functions: header texts in, spans and header texts out."""

import re
from typing import Final, NamedTuple

MAX_RANGES: Final = 16
"""A header with more is not acted on: nobody needs them, and each costs a part (section 14.2)."""

_RANGE: Final = re.compile(r"(\d{0,18})-(\d{0,18})", re.ASCII)


class Span(NamedTuple):
    """Bytes `first` to `last`, both included."""

    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    def content_range(self, size: int) -> str:
        return f"bytes {self.first}-{self.last}/{size}"


class Unsatisfiable(ValueError):
    """None of the ranges lies within the content: 416 (RFC 9110, section 15.5.17)."""


def requested(header: str | None, size: int) -> list[Span] | None:
    """The spans that a `Range` asks of content of this size, in its order, cut to what exists.

    None for the whole content: without a header, with another unit, with one that cannot be read, has too many
    ranges, or asks for more bytes than there are. Raises `Unsatisfiable`, also for a range that ends before it begins.
    """
    unit, _, ranges = (header or "").partition("=")
    if unit.strip().lower() != "bytes":
        return None
    matches = [_RANGE.fullmatch(part.strip()) for part in ranges.split(",") if part.strip()]
    if not matches or len(matches) > MAX_RANGES or not all(match and any(match.groups()) for match in matches):
        return None
    spans = [_span(match[1], match[2], size) for match in matches if match]
    satisfiable = [span for span in spans if 0 <= span.first <= span.last < size]
    if not satisfiable:
        raise Unsatisfiable
    return satisfiable if sum(span.size for span in satisfiable) <= size else None


def _span(first: str, last: str, size: int) -> Span:
    if not first:
        return Span(max(0, size - int(last)), size - 1)
    return Span(int(first), min(int(last), size - 1) if last else size - 1)


def is_current(if_range: str | None, etag: str) -> bool:
    """Whether an `If-Range` lets a `Range` count: without one, or when it names this tag (section 13.1.5).

    Tags are compared strongly, but with or without quotes, since httpbin sends them without. A date never counts:
    what has a tag here has no date.
    """
    return if_range is None or if_range.strip().strip('"') == etag.strip('"')

"""What is said about a body: type, disposition, codings, length, ranges (RFC 9110, sections 8 and 14; RFC 6266)."""

import re
from typing import Final

from ...http.fields import extended, media_type, split, with_parameters
from .meaning import Context, Meaning, Row, counted, table

_RANGE: Final = re.compile(r"\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII)
_CONTENT_RANGE: Final = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)", re.ASCII)


def content_type(value: str, context: Context) -> Meaning | None:
    kind = media_type(value)
    if kind is None:
        return None
    rows: list[Row] = [("type", kind, ""), *((name, text, "") for name, text in with_parameters(value)[1])]
    return table(kind, "Content type", rows) if len(rows) > 1 else None


def disposition(value: str, context: Context) -> Meaning | None:
    kind, parameters = with_parameters(value)
    rows: list[Row] = [
        (name, extended(text) if name.endswith("*") else text, "decoded" if name.endswith("*") else "")
        for name, text in parameters
    ]
    return table(kind, "Parameters", rows) if rows else None


def codings(value: str, context: Context) -> Meaning | None:
    names = split(value)
    return Meaning(f"{', then '.join(names)}, in the order in which they were applied") if len(names) > 1 else None


def length(value: str, context: Context) -> Meaning | None:
    text = value.strip()
    if not (text.isascii() and text.isdigit() and 4 <= len(text) <= 18):
        return None
    return Meaning(f"{int(text):,} bytes")


def byte_range(value: str, context: Context) -> Meaning | None:
    """The stretches that a `Range` asks for (RFC 9110, section 14.1.2)."""
    unit, equals, spans = value.partition("=")
    matches = [_RANGE.fullmatch(part) for part in spans.split(",")] if equals and unit.strip() == "bytes" else []
    rows: list[Row] = [(match[0].strip(), _span(match[1], match[2]), "") for match in matches if match]
    if not rows or len(rows) < len(matches):
        return None
    return table(counted(len(rows), "range"), "Ranges", rows)


def _span(first: str, last: str) -> str:
    if first and last:
        return (
            f"{counted(int(last) - int(first) + 1, 'byte')} from byte {int(first):,}"
            if int(last) >= int(first)
            else "nothing: it ends before it begins"
        )
    if first:
        return f"everything from byte {int(first):,}"
    if not last:
        return "nothing"
    return "the last byte" if int(last) == 1 else f"the last {int(last):,} bytes"


def content_range(value: str, context: Context) -> Meaning | None:
    match = _CONTENT_RANGE.fullmatch(value.strip())
    if match is None:
        return None
    whole = "an unknown number of" if match[3] == "*" else f"{int(match[3]):,}"
    noun = "byte" if whole == "1" else "bytes"
    return Meaning(f"bytes {match[1]} to {match[2]} of {whole}" if match[1] else f"none of {whole} {noun} fits")

"""Distributed tracing: W3C Trace Context (`traceparent`, `tracestate`) and Baggage."""

import re
from typing import Final
from urllib.parse import unquote

from ...http.fields import split
from .meaning import Context, Meaning, Row, counted, table

_PARENT: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


def traceparent(value: str, context: Context) -> Meaning | None:
    """`version-trace-parent-flags` (W3C Trace Context, section 3.2)."""
    match = _PARENT.fullmatch(value.strip())
    if match is None:
        return Meaning("not of the form that W3C Trace Context asks for: a server starts a trace of its own")
    version, trace, parent, flags, rest = match.groups()
    is_sampled = bool(int(flags, 16) & 1)
    rows: list[Row] = [
        ("trace", trace, "the same in all requests of one trace"),
        ("parent", parent, "the span that made this request"),
        ("flags", flags, "sampled" if is_sampled else "not sampled"),
        ("version", version, ""),
    ]
    notes = []
    if version == "ff" or not trace.strip("0") or not parent.strip("0") or (version == "00" and rest):
        notes.append("It is not valid: a server ignores it and starts a trace of its own.")
    return table(f"trace {trace}, {'sampled' if is_sampled else 'not sampled'}", "Trace context", rows, *notes)


def tracestate(value: str, context: Context) -> Meaning | None:
    return _pairs(value, "vendor", "State")


def baggage(value: str, context: Context) -> Meaning | None:
    return _pairs(value, "item", "Baggage")


def _pairs(value: str, noun: str, title: str) -> Meaning | None:
    parts = [part.partition("=") for part in split(value)]
    rows: list[Row] = [(name.strip(), unquote(text.strip()), "") for name, equals, text in parts if equals]
    return table(counted(len(rows), noun), title, rows) if rows else None

"""How two answers to the same request differ, in words.

What differs between any two answers is left out: `Date`, the framing of the body, what names the exchange.
"""

import difflib
import json
from collections import Counter
from typing import Final

import msgspec

from ...exchange.sides import Pairs

_VARYING: Final = frozenset(
    {
        b"date",
        b"connection",
        b"keep-alive",
        b"content-length",
        b"transfer-encoding",
        b"server",
        b"x-echoscope-id",
        b"link",
    }
)
MAX_LINES: Final = 200
"""How much of two bodies is shown beside each other."""


class Reply(msgspec.Struct, frozen=True):
    """An answer, whether it was recorded or has just come."""

    status: int | None
    headers: Pairs
    body: bytes


def differences(recorded: Reply, answer: Reply) -> list[str]:
    """A line, or a few for a body, for each thing that differs; none when nothing does."""
    lines = []
    if recorded.status != answer.status:
        lines.append(f"status: {answer.status} instead of {recorded.status}")
    before, after = (Counter(_fields(one.headers)) for one in (recorded, answer))
    lines += [f"header is missing: {_line(pair)}" for pair in (before - after).elements()]
    lines += [f"header is new: {_line(pair)}" for pair in (after - before).elements()]
    if recorded.body != answer.body:
        lines += _bodies(recorded.body, answer.body)
    return lines


def _fields(headers: Pairs) -> Pairs:
    return [(name.lower(), value) for name, value in headers if name.lower() not in _VARYING]


def _line(pair: tuple[bytes, bytes]) -> str:
    return b": ".join(pair).decode("utf-8", "backslashreplace")


def _bodies(before: bytes, after: bytes) -> list[str]:
    texts = [_lines(content) for content in (before, after)]
    if texts[0] is None or texts[1] is None:
        return [f"body: {len(after):,} bytes instead of {len(before):,}, which are no text"]
    rows = list(difflib.unified_diff(texts[0], texts[1], "recorded", "now", lineterm="", n=2))
    if not rows:
        return ["body: other bytes of the same JSON"]
    cut = [f"… {len(rows) - MAX_LINES:,} lines more"] if len(rows) > MAX_LINES else []
    return ["body:", *rows[:MAX_LINES], *cut]


def _lines(content: bytes) -> list[str] | None:
    """Text in lines, JSON with a member in each; None for what is no text."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    try:
        return json.dumps(json.loads(text), indent=2, sort_keys=True).splitlines()
    except (ValueError, RecursionError):
        return text.splitlines()

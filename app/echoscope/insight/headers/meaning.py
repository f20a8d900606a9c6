"""The one shape that every decoded header has, so that one function can draw them all."""

from collections.abc import Callable

import msgspec

Row = tuple[str, str, str]
"""Name, value, and a remark or nothing."""


class Section(msgspec.Struct, frozen=True):
    """A section: rows under a title."""

    title: str
    rows: list[Row]


class Meaning(msgspec.Struct, frozen=True):
    """The meaning of a value: one line, the details, and what people should know about it."""

    summary: str
    sections: list[Section] = []
    notes: list[str] = []


class Context(msgspec.Struct, frozen=True):
    """What decoding may know. `at_s`: when the request came, seconds since 1970. `hide`: gives for a secret what is
    shown instead; the secret itself once it was revealed."""

    at_s: float
    hide: Callable[[str], str]


Decode = Callable[[str, Context], Meaning | None]
"""Reads one value; None when it makes no sense."""


def table(summary: str, title: str, rows: list[Row], *notes: str) -> Meaning:
    """A meaning with one section."""
    return Meaning(summary, [Section(title, rows)], list(notes))


def counted(count: int, noun: str, plural: str = "") -> str:
    """`1 cookie`, `2 cookies`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"

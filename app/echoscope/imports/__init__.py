"""Exchanges from files: HAR 1.2 and our own JSON Lines, told apart by their content.

The bytes are hostile: what is read has the types that the rest of the program relies on, or is refused, entry by
entry, with a sentence that says why. The caller bounds the size of the file; entries are bounded here.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ..exchange import Exchange
from . import har
from .json_lines import read_line
from .values import ImportFault

MAX_ENTRIES: Final = 1_000

__all__ = ["MAX_ENTRIES", "ImportFault", "Imported", "read"]


class Imported(msgspec.Struct, frozen=True):
    """Entry or line `number`, from 1: an exchange with its note, or `fault`, which says why there is none."""

    number: int
    exchange: Exchange | None = None
    note: str | None = None
    fault: str | None = None


def read(content: bytes) -> Iterator[Imported]:
    """The entries of a file, at most 1,000 and then one that says that there are more.

    Raises ImportFault for a file that is neither.
    """
    entries = _read_har(content) if _HAR.match(content) else _read_lines(content)
    for entry in entries:
        if entry.number > MAX_ENTRIES:
            yield Imported(entry.number, fault=f"At most {MAX_ENTRIES:,} exchanges are taken from a file.")
            return
        yield entry


_HAR: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:')
"""A HAR may stand in one line, as a document does; but its first member tells."""


def _read_har(content: bytes) -> Iterator[Imported]:
    for number, found in enumerate(har.read(content), 1):
        if isinstance(found, ImportFault):
            yield Imported(number, fault=str(found))
        else:
            yield Imported(number, *found)


def _read_lines(content: bytes) -> Iterator[Imported]:
    lines = [(number, line) for number, line in enumerate(content.split(b"\n"), 1) if line.strip()]
    if not lines or not lines[0][1].lstrip(b"\xef\xbb\xbf \t").startswith(b"{"):
        raise ImportFault("This is neither a HAR file nor JSON Lines of exchanges.")
    for number, line in lines:
        try:
            exchange, note = read_line(line.removeprefix(b"\xef\xbb\xbf"))
        except ImportFault as fault:
            yield Imported(number, fault=str(fault))
        else:
            yield Imported(number, exchange, note)

"""Exchanges from files: HAR 1.2 and our own JSON Lines, told apart by their content.

The bytes are hostile: what is read has the types that the rest of the program relies on, or is refused, entry by
entry, with a sentence that says why. The caller bounds the size of the file; entries are bounded here, as the recorder
bounds what it notes.
"""

from collections.abc import Iterator
from json import detect_encoding
from typing import Final

from .bounds import Bounds
from .har import reading as har
from .identity import fingerprint
from .imported import Imported, ImportFault
from .json_lines import reading as json_lines
from .unread import Unread

MAX_ENTRIES: Final = 100_000

__all__ = [
    "MAX_ENTRIES",
    "Bounds",
    "ImportFault",
    "Imported",
    "Unread",
    "as_utf8",
    "begins_as_utf8",
    "entries",
    "fingerprint",
    "read",
]


def read(content: bytes | bytearray, bounds: Bounds | None = None) -> Iterator[Imported]:
    """The entries of a file, at most 100,000 and then one that says that there are more; each is read when it is asked
    for.

    Raises ImportFault, with the first, for a file that is neither.
    """
    bounds = bounds or Bounds()
    content = content if begins_as_utf8(content) else as_utf8(content)
    for entry in entries(content):
        yield entry if isinstance(entry, Imported) else entry.read(bytes(content[entry.start : entry.end]), bounds)


def entries(content: bytes | bytearray) -> Iterator[Unread | Imported]:
    """The entries of a file in UTF-8, as many, of which only those are read that say what is wrong with the file."""
    start = har.entries_at(content)
    for count, entry in enumerate(json_lines.entries(content) if start is None else har.entries(content, start), 1):
        if count > MAX_ENTRIES:
            yield Imported(entry.number, fault=f"At most {MAX_ENTRIES:,} exchanges are taken from a file.")
            return
        yield entry


def begins_as_utf8(content: bytes | bytearray) -> bool:
    """False for UTF-16, in which some shells write redirected output, and for UTF-32."""
    return detect_encoding(bytes(content[:4])).startswith("utf-8")


def as_utf8(content: bytes | bytearray) -> bytes:
    """The same file in UTF-8."""
    return content.decode(detect_encoding(bytes(content[:4])), "replace").encode()

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

MAX_ENTRIES: Final = 100_000

__all__ = ["MAX_ENTRIES", "Bounds", "ImportFault", "Imported", "fingerprint", "read"]


def read(content: bytes | bytearray, bounds: Bounds | None = None) -> Iterator[Imported]:
    """The entries of a file, at most 100,000 and then one that says that there are more; each is read when it is asked
    for.

    Raises ImportFault, with the first, for a file that is neither.
    """
    bounds = bounds or Bounds()
    content = _as_utf8(content)
    start = har.entries_at(content)
    entries = har.read(content, start, bounds) if start is not None else json_lines.read(content, bounds)
    for count, entry in enumerate(entries, 1):
        if count > MAX_ENTRIES:
            yield Imported(entry.number, fault=f"At most {MAX_ENTRIES:,} exchanges are taken from a file.")
            return
        yield entry


def _as_utf8(content: bytes | bytearray) -> bytes | bytearray:
    """The content as UTF-8, decoded from UTF-16, in which some shells write redirected output."""
    encoding = detect_encoding(bytes(content[:4]))
    return content if encoding.startswith("utf-8") else content.decode(encoding, "replace").encode()

"""Captured text made safe for a terminal, or for one line of a page: no byte of it acts on either."""

import unicodedata

_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that move the cursor, change direction or show nothing: controls, formats (bidi among
them), surrogates, private use, unassigned, line and paragraph separators."""


def safe(text: str) -> str:
    """`text` with every character that a terminal might obey written out as an escape, such as `\\x1b`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _escape(character) if unicodedata.category(character) in _HARMFUL else character for character in text
    )


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode() if character != "\\" else character

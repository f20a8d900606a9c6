"""JSON of which parts are taken as they were written: with their digits and escapes.

A number such as `12345678901234567890` or `1e999` has no honest form as a machine's number. So nothing is read but what
is asked for, and what is handed on is the text that came, without the spaces in it, and with U+FFFD for halves of
characters (RFC 8259, section 8.2), which nobody could write again.
"""

import re
from codecs import BOM_UTF8
from typing import Final

import msgspec

from ...insight.bodies.charsets import is_utf8

Path = tuple[str | int, ...]

_ESCAPE: Final = re.compile(
    rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\(?!u[dD][89a-fA-F]).)|\\u[dD][89a-fA-F][0-9a-fA-F]{2}",
    re.DOTALL,
)
"""An escape; in the first group, unless it is half a character."""


class JsonText:
    """A text that may be JSON. What cannot be read counts as not there."""

    def __init__(self, text: bytes) -> None:
        self._text = text.removeprefix(BOM_UTF8) if is_utf8(text) else b""
        if rb"\ud" in text.lower():
            self._text = _ESCAPE.sub(lambda escape: escape[1] or rb"\ufffd", self._text)
        self._opened: dict[Path, dict[str, msgspec.Raw] | list[msgspec.Raw] | None] = {}

    def at(self, path: Path) -> bytes | None:
        """The JSON at a path, as it was written; None where there is none."""
        if not path:
            return self._whole()
        if path[:-1] not in self._opened:
            self._opened[path[:-1]] = _open(self.at(path[:-1]))
        inside, step = self._opened[path[:-1]], path[-1]
        if isinstance(inside, dict) and isinstance(step, str):
            value = inside.get(step)
        elif isinstance(inside, list) and isinstance(step, int) and step < len(inside):
            value = inside[step]
        else:
            value = None
        return None if value is None else msgspec.json.format(bytes(value), indent=-1)

    def _whole(self) -> bytes | None:
        try:
            return msgspec.json.format(bytes(msgspec.json.decode(self._text, type=msgspec.Raw)), indent=-1)
        except (msgspec.DecodeError, RecursionError):
            return None


def _open(text: bytes | None) -> dict[str, msgspec.Raw] | list[msgspec.Raw] | None:
    """The members of an object, or of an array, each as it was written."""
    if text is None or text[:1] not in (b"{", b"["):
        return None
    try:
        return msgspec.json.decode(text, type=dict[str, msgspec.Raw] | list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        return None


def plain(text: bytes | None) -> str | None:
    """The characters of a string, and anything else as it is written; None for null."""
    if text is None or text == b"null":
        return None
    if text[:1] != b'"':
        return text.decode("utf-8", "replace")
    try:
        return msgspec.json.decode(text, type=str)
    except msgspec.DecodeError:
        return None

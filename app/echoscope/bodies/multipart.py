"""Multipart bodies (RFC 2046, section 5.1; RFC 7578 for forms), parsed by python-multipart within limits.

A body that is cut or malformed gives the parts up to there: what is wrong is said, and nothing is thrown away.
"""

import logging
import re
from typing import Any, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from ..document import Document, header_pairs, text
from ..fields import extended, parameter, with_parameters
from .images import read_image
from .kinds import is_text, kind_by_content, kind_by_type

MAX_PARTS: Final = 64
MAX_HEADERS: Final = 32
MAX_HEADER_BYTES: Final = 8 << 10
PREVIEW_BYTES: Final = 64 << 10

_silent: Final = logging.getLogger(__name__)
_silent.disabled = True
"""The parser warns of every malformed body; whoever looks at one is told here, and the log stays quiet."""

_PERCENT: Final = re.compile(r"(?i)%(22|0d|0a)")


def read_multipart(content: bytes, content_type: str, *, is_cut: bool = False) -> Document:
    """`{"boundary", "parts", "complete", "detail"}`: `complete` means that the last boundary was there.

    `content_type`: the header's value, with the boundary. `is_cut`: more was sent than is kept.
    """
    boundary = parameter(content_type, "boundary") or ""
    parts = _Parts()
    detail = parts.parse(boundary, content) if boundary else "The Content-Type names no boundary."
    if detail is None and not parts.is_complete:
        detail = "Only its beginning was kept." if is_cut else "It ends without the last boundary."
    return {
        "boundary": boundary,
        "parts": [part.described() for part in parts.found],
        "complete": parts.is_complete,
        "detail": detail,
    }


class TooManyParts(ValueError):
    """More parts than are shown."""


class _Part:
    """One part while it is read."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.content = bytearray()
        self.is_complete = False

    def described(self) -> Document:
        content = bytes(self.content)
        shown = content[:PREVIEW_BYTES]
        disposition, content_type = self._header(b"content-disposition"), self._header(b"content-type")
        image = read_image(shown, is_cut=len(shown) < len(content) or not self.is_complete)
        return {
            "name": _decoded(disposition, "name"),
            "filename": _decoded(disposition, "filename*") or _decoded(disposition, "filename"),
            "content_type": None if content_type is None else content_type.decode("utf-8", "backslashreplace"),
            "headers": header_pairs(self.headers),
            "size": len(content),
            "complete": self.is_complete,
            "kind": _kind(content, content_type, image),
            "content": text(shown),
            "shown": len(shown),
            "image": image,
        }

    def _header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


class _Parts:
    """Collects parts from the parser's callbacks."""

    def __init__(self) -> None:
        self.found: list[_Part] = []
        self.is_complete = False
        self._name = bytearray()
        self._value = bytearray()

    def parse(self, boundary: str, content: bytes) -> str | None:
        """What is wrong with the body, one sentence; None when nothing is."""
        try:
            parser = MultipartParser(
                boundary.encode("utf-8", "surrogateescape"),
                {
                    "on_part_begin": self._begin,
                    "on_part_data": lambda data, start, end: self._add(self.found[-1].content, data, start, end),
                    "on_part_end": self._end,
                    "on_header_field": lambda data, start, end: self._add(self._name, data, start, end),
                    "on_header_value": lambda data, start, end: self._add(self._value, data, start, end),
                    "on_header_end": self._end_header,
                    "on_end": self._finish,
                },
                max_header_count=MAX_HEADERS,
                max_header_size=MAX_HEADER_BYTES,
            )
            parser.logger = _silent
            parser.write(content)
        except TooManyParts:
            self.found.pop()
            return f"Only the first {MAX_PARTS} parts are shown."
        except FormParserError as error:
            return f"It is malformed: {str(error)[:200]}"
        return None

    @staticmethod
    def _add(to: bytearray, data: bytes, start: int, end: int) -> None:
        to += data[start:end]

    def _begin(self) -> None:
        self.found.append(_Part())
        if len(self.found) > MAX_PARTS:
            raise TooManyParts

    def _end(self) -> None:
        self.found[-1].is_complete = True

    def _end_header(self) -> None:
        self.found[-1].headers.append((bytes(self._name), bytes(self._value).strip(b" \t")))
        self._name.clear()
        self._value.clear()

    def _finish(self) -> None:
        self.is_complete = True


def _kind(content: bytes, content_type: bytes | None, image: Document | None) -> str:
    if image is not None:
        return "image"
    if not content:
        return "empty"
    if not is_text(content):
        return "binary"
    said = with_parameters((content_type or b"").decode("latin-1"))[0].lower()
    return kind_by_type(said) or kind_by_content(content)


def _decoded(disposition: bytes | None, name: str) -> Any:
    """A parameter of a Content-Disposition: percent-escapes for quotes and line ends as browsers write them (WHATWG
    HTML, section 4.10.21.8), `name*` as in RFC 8187."""
    value = None if disposition is None else parameter(disposition.decode("latin-1"), name)
    if value is None:
        return None
    if name.endswith("*"):
        return extended(value)
    raw = _PERCENT.sub(lambda match: chr(int(match[1], 16)), value)
    return text(raw.encode("latin-1"))

"""Multipart bodies (RFC 2046, section 5.1; RFC 7578 for forms), taken apart within limits.

A body that is cut or malformed gives the parts that are there: what is wrong is said, and nothing is thrown away.
Parsers for servers refuse what RFC 2046 asks readers to take, such as text before the first boundary and headers over
several lines; who debugs a client has to see its parts all the same.
"""

import binascii
import re
from base64 import b64decode
from binascii import a2b_qp
from itertools import islice
from typing import Final

import msgspec

from ...exchange.document import Bytes, text
from ...http.fields import extended, parameter

MAX_PARTS: Final = 64
MAX_HEADERS: Final = 32
MAX_HEADER_BYTES: Final = 8 << 10

_LINE_END: Final = re.compile(rb"\r?\n")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
_PERCENT: Final = re.compile(r"(?i)%(22|0d|0a)")


class TransferCoding(msgspec.Struct, frozen=True):
    """The Content-Transfer-Encoding of a part, and whether it is undone; `detail`: why not."""

    name: str
    undone: bool
    detail: str | None


class Multipart(msgspec.Struct, frozen=True):
    """A multipart body, taken apart. `complete`: whether the last boundary was there. `detail`: what is wrong."""

    boundary: str
    parts: list["RawPart"]
    complete: bool
    detail: str | None


def take_apart(content: bytes, content_type: str, *, is_cut: bool = False) -> Multipart:
    """`content_type`: the header's value, with the boundary. `is_cut`: more was sent than is kept."""
    boundary = parameter(content_type, "boundary") or ""
    body = _Body(boundary, content)
    parts = body.parts()
    detail = body.fault(boundary) or next((part.fault for part in parts if part.fault), None)
    if detail is None and not body.is_complete:
        detail = "Only its beginning was kept." if is_cut else "It ends without the last boundary."
    if detail is None and any(part.is_folded for part in parts):
        detail = "A header of a part goes over several lines, which some servers refuse in forms."
    return Multipart(boundary, parts, body.is_complete, detail)


class _Body:
    """A multipart body, taken apart line by line as RFC 2046 asks of readers: what stands before the first boundary and
    behind the last one is left out, and spaces behind a boundary are padding."""

    def __init__(self, boundary: str, content: bytes) -> None:
        self._content = content
        line = rb"(?:\A|\r?\n)--" + re.escape(boundary.encode("utf-8", "surrogateescape")) + rb"(--)?[ \t]*(?=\r?\n|\Z)"
        self._lines = list(islice(re.finditer(line, content), MAX_PARTS + 2)) if boundary else []
        ends = [index for index, line in enumerate(self._lines) if line[1]]
        self.is_complete = bool(ends)
        self._lines = self._lines[: ends[0] + 1 if ends else None]

    def fault(self, boundary: str) -> str | None:
        """What is wrong with it, one sentence."""
        if not boundary:
            return "The Content-Type names no boundary."
        if not self._lines:
            first = self._content[:200].partition(b"\n")[0].strip().decode("utf-8", "backslashreplace")
            hint = f"; its first line is {first!r}" if first.startswith("--") else ""
            return f"It is malformed: the boundary {boundary[:80]!r} of the Content-Type does not occur in it{hint}."
        if self._count > MAX_PARTS:
            return f"Only the first {MAX_PARTS} parts are shown."
        return None

    @property
    def _count(self) -> int:
        return len(self._lines) - self.is_complete

    def parts(self) -> list["RawPart"]:
        starts = [_LINE_END.match(self._content, line.end()) for line in self._lines]
        ends = [line.start() for line in self._lines[1:]] + [len(self._content)]
        pieces = [self._content[start.end() : end] if start else b"" for start, end in zip(starts, ends, strict=False)]
        count = min(self._count, MAX_PARTS)
        return [RawPart(piece, index + 1 < len(self._lines)) for index, piece in enumerate(pieces[:count])]


class RawPart:
    """One part: headers, an empty line, the content. `fault`: what is wrong with it, one sentence."""

    def __init__(self, piece: bytes, is_complete: bool) -> None:
        self.is_complete = is_complete
        self.fault: str | None = None
        self.headers: list[tuple[bytes, bytes]] = []
        if first := _LINE_END.match(piece):
            head, self._content = b"", piece[first.end() :]
        else:
            end = _HEAD_END.search(piece)
            head, self._content = (piece[: end.start()], piece[end.end() :]) if end else (piece, b"")
        self._read(head)

    def _read(self, head: bytes) -> None:
        if len(head) > MAX_HEADER_BYTES:
            self.fault = f"It is malformed: Maximum header size of a part is {MAX_HEADER_BYTES:,} bytes."
            head = head[:MAX_HEADER_BYTES]
        unfolded = _FOLD.sub(b" ", head)
        self.is_folded = unfolded != head
        lines = [line for line in unfolded.replace(b"\r\n", b"\n").split(b"\n") if line]
        if len(lines) > MAX_HEADERS:
            self.fault = f"It is malformed: Maximum header count of a part is {MAX_HEADERS}."
        for line in lines[:MAX_HEADERS]:
            name, colon, value = line.partition(b":")
            if colon:
                self.headers.append((name.strip(b" \t"), value.strip(b" \t")))
            elif self.is_complete:
                self.fault = self.fault or "It is malformed: a line among the headers of a part has no colon."

    @property
    def size(self) -> int:
        """As it was sent, in bytes."""
        return len(self._content)

    @property
    def name(self) -> Bytes | None:
        return self._disposition("name")

    @property
    def filename(self) -> Bytes | None:
        return self._disposition("filename*") or self._disposition("filename")

    @property
    def content_type(self) -> bytes | None:
        return self._header(b"content-type")

    def _disposition(self, name: str) -> Bytes | None:
        return _parameter(self._header(b"content-disposition"), name)

    def _header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key.lower() == name), None)

    def decoded(self) -> tuple[bytes, TransferCoding | None]:
        """The content without its Content-Transfer-Encoding (RFC 2045, section 6), and what became of that."""
        name = (self._header(b"content-transfer-encoding") or b"").decode("latin-1").strip().lower()
        if name in ("", "7bit", "8bit", "binary"):
            return self._content, None
        if name == "quoted-printable":
            return a2b_qp(self._content), TransferCoding(name, True, None)
        if name != "base64":
            return self._content, TransferCoding(name[:40], False, "It cannot be undone here.")
        try:
            letters = b"".join(self._content.split())
            decoded = b64decode(letters if self.is_complete else letters[: len(letters) // 4 * 4], validate=True)
        except (binascii.Error, ValueError):
            return self._content, TransferCoding(name, False, "This is not base64.")
        return decoded, TransferCoding(name, True, None)


def _parameter(disposition: bytes | None, name: str) -> Bytes | None:
    """A parameter of a Content-Disposition: percent-escapes for quotes and line ends as browsers write them (WHATWG
    HTML, section 4.10.21.8), `name*` as in RFC 8187."""
    value = None if disposition is None else parameter(disposition.decode("latin-1"), name)
    if value is None:
        return None
    if name.endswith("*"):
        return extended(value)
    raw = _PERCENT.sub(lambda match: chr(int(match[1], 16)), value)
    return text(raw.encode("latin-1"))

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

from ...exchange.document import Bytes, Header, header_pairs, text
from ...http.fields import extended, parameter, with_parameters
from .charsets import decode
from .images import ImageRead, read_image
from .json_tree import JsonRead, read_json
from .kinds import TEXTUAL, Kind, is_text, kind_by_content, kind_by_type

MAX_PARTS: Final = 64
MAX_HEADERS: Final = 32
MAX_HEADER_BYTES: Final = 8 << 10
PREVIEW_BYTES: Final = 64 << 10

_LINE_END: Final = re.compile(rb"\r?\n")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
_PERCENT: Final = re.compile(r"(?i)%(22|0d|0a)")


class TransferCoding(msgspec.Struct, frozen=True):
    """The Content-Transfer-Encoding of a part, and whether it is undone; `detail`: why not."""

    name: str
    undone: bool
    detail: str | None


class Part(msgspec.Struct, frozen=True):
    """A part of a multipart body.

    `size`: as it was sent, in bytes. `complete`: whether its end was there. `content`: its beginning of `shown` bytes,
    without its transfer coding, or as text of its `charset`. `json`: what is JSON, read.
    """

    name: Bytes | None
    filename: Bytes | None
    content_type: str | None
    headers: list[Header]
    size: int
    complete: bool
    kind: Kind
    content: Bytes
    shown: int
    image: ImageRead | None
    charset: str | None
    coding: TransferCoding | None
    json: JsonRead | None


class MultipartRead(msgspec.Struct, frozen=True):
    """A multipart body. `complete`: whether the last boundary was there. `detail`: what is wrong with it."""

    boundary: str
    parts: list[Part]
    complete: bool
    detail: str | None


def read_multipart(content: bytes, content_type: str, *, is_cut: bool = False) -> MultipartRead:
    """`content_type`: the header's value, with the boundary. `is_cut`: more was sent than is kept."""
    boundary = parameter(content_type, "boundary") or ""
    body = _Body(boundary, content)
    parts = body.parts()
    detail = body.fault(boundary) or next((part.fault for part in parts if part.fault), None)
    if detail is None and not body.is_complete:
        detail = "Only its beginning was kept." if is_cut else "It ends without the last boundary."
    if detail is None and any(part.is_folded for part in parts):
        detail = "A header of a part goes over several lines, which some servers refuse in forms."
    return MultipartRead(boundary, [part.described() for part in parts], body.is_complete, detail)


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

    def parts(self) -> list["_Part"]:
        starts = [_LINE_END.match(self._content, line.end()) for line in self._lines]
        ends = [line.start() for line in self._lines[1:]] + [len(self._content)]
        pieces = [self._content[start.end() : end] if start else b"" for start, end in zip(starts, ends, strict=False)]
        count = min(self._count, MAX_PARTS)
        return [_Part(piece, index + 1 < len(self._lines)) for index, piece in enumerate(pieces[:count])]


class _Part:
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

    def described(self) -> Part:
        disposition, content_type = self._header(b"content-disposition"), self._header(b"content-type")
        content, coding = self._decoded()
        excerpt = content[:PREVIEW_BYTES]
        is_cut = len(excerpt) < len(content) or not self.is_complete
        image = read_image(excerpt, is_cut=is_cut)
        kind = _kind(content, content_type, image)
        said = None if content_type is None else content_type.decode("utf-8", "backslashreplace")
        written, charset = _written(excerpt, kind, parameter(said or "", "charset"), is_cut=is_cut)
        return Part(
            name=_parameter(disposition, "name"),
            filename=_parameter(disposition, "filename*") or _parameter(disposition, "filename"),
            content_type=said,
            headers=header_pairs(self.headers),
            size=len(self._content),
            complete=self.is_complete,
            kind=kind,
            content=written,
            shown=len(excerpt),
            image=image,
            charset=charset,
            coding=coding,
            json=read_json(written) if kind == "json" and isinstance(written, str) else None,
        )

    def _header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key.lower() == name), None)

    def _decoded(self) -> tuple[bytes, TransferCoding | None]:
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


def _written(content: bytes, kind: Kind, declared: str | None, *, is_cut: bool) -> tuple[Bytes, str | None]:
    """The content by the rule for bytes, or as text of the charset that the part names (RFC 7578, section 4.5)."""
    if declared is None or kind not in TEXTUAL:
        return text(content), None
    decoded, charset = decode(content, declared, is_cut=is_cut, is_json=kind == "json")
    return decoded, charset.name


def _kind(content: bytes, content_type: bytes | None, image: ImageRead | None) -> Kind:
    if image is not None:
        return "image"
    if not content:
        return "empty"
    media = (content_type or b"").decode("latin-1")
    said = kind_by_type(with_parameters(media)[0].lower())
    if not is_text(content) and not (said in TEXTUAL and parameter(media, "charset")):
        return "binary"
    return said or kind_by_content(content)


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

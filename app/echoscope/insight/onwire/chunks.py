"""A body in chunks as it came (RFC 9112, section 7.1): sizes, extensions, trailers."""

import re
from collections.abc import Iterator
from typing import Final

from ...exchange.document import Document, text

MAX_CHUNKS: Final = 1_000
_LINE_BYTES: Final = 32 << 10
_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,16}")


def chunks_document(framed: bytes, received_bytes: int) -> Document:
    """`chunks`: each with its `size` and its `extension`, as far as they are kept; `trailers`: names and values as they
    came, which the scope drops; `is_whole`: whether the end of the body is among what is kept."""
    lines = list(_size_lines(framed))
    chunks = [{"size": size, "extension": text(extension)} for _, size, extension in lines[:MAX_CHUNKS]]
    is_last = bool(lines) and lines[-1][1] == 0
    trailers, is_whole = _trailers(framed[lines[-1][0] :]) if is_last else ([], False)
    return {"chunks": chunks, "trailers": trailers, "is_whole": is_whole, "received_bytes": received_bytes}


def framing_of(framed: bytes) -> tuple[bytes, bytes]:
    """The same body in two parts, with asterisks for what the chunks hold: up to the last chunk, and the trailers."""
    framing, at, is_last = bytearray(), 0, False
    for end, size, _ in _size_lines(framed):
        is_last = not size
        framing += framed[at:end] + b"*" * min(size, len(framed) - end)
        at = end + size
        if not is_last:
            line_end = 2 if framed[at : at + 2] == b"\r\n" else 1
            framing += framed[at : at + line_end]
            at += line_end
    return bytes(framing), framed[at:] if is_last else b""


def _size_lines(framed: bytes) -> Iterator[tuple[int, int, bytes]]:
    """For each chunk: where its first line ends, its size, and its extension with the semicolon."""
    at = 0
    while (end := framed.find(b"\n", at)) >= 0:
        digits, semicolon, extension = framed[at:end].rstrip(b"\r").partition(b";")
        if not _SIZE.fullmatch(digits.strip()):
            return
        size = int(digits, 16)
        yield end + 1, size, semicolon + extension
        if not size:
            return
        at = end + 1 + size
        at += 2 if framed[at : at + 2] == b"\r\n" else 1


def _trailers(rest: bytes) -> tuple[list[Document], bool]:
    """The lines behind the last chunk, up to the empty one; and whether that is there."""
    trailers: list[Document] = []
    for line in rest[:_LINE_BYTES].splitlines(keepends=True):
        content = line.rstrip(b"\r\n")
        if content == line:
            return trailers, False
        if not content:
            return trailers, True
        name, _, value = content.partition(b":")
        trailers.append({"name": text(name), "value": text(value.strip(b" \t"))})
    return trailers, False

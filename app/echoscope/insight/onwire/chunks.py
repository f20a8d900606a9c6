"""A body in chunks as it came (RFC 9112, section 7.1): sizes, extensions, trailers."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ...exchange.document import Bytes, text

MAX_CHUNKS: Final = 1_000
_LINE_BYTES: Final = 32 << 10
_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,16}")


class Chunk(msgspec.Struct, frozen=True):
    """The line that begins a chunk: its size in bytes, and its extension with the semicolon."""

    size: int
    extension: Bytes


class Trailer(msgspec.Struct, frozen=True):
    """A line behind the last chunk, which the scope drops."""

    name: Bytes
    value: Bytes


class Chunks(msgspec.Struct, frozen=True):
    """A body in chunks, as far as its framing is kept. `is_whole`: whether its end is among that. `received_bytes`: how
    long the body was."""

    chunks: list[Chunk]
    trailers: list[Trailer]
    is_whole: bool
    received_bytes: int


def read_chunks(framed: bytes, received_bytes: int) -> Chunks:
    lines = list(_size_lines(framed))
    chunks = [Chunk(size, text(extension)) for _, size, extension in lines[:MAX_CHUNKS]]
    is_last = bool(lines) and lines[-1][1] == 0
    trailers, is_whole = _trailers(framed[lines[-1][0] :]) if is_last else ([], False)
    return Chunks(chunks, trailers, is_whole, received_bytes)


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


def _trailers(rest: bytes) -> tuple[list[Trailer], bool]:
    """The lines behind the last chunk, up to the empty one; and whether that is there."""
    trailers: list[Trailer] = []
    for line in rest[:_LINE_BYTES].splitlines(keepends=True):
        content = line.rstrip(b"\r\n")
        if content == line:
            return trailers, False
        if not content:
            return trailers, True
        name, _, value = content.partition(b":")
        trailers.append(Trailer(text(name), text(value.strip(b" \t"))))
    return trailers, False

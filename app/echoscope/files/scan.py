"""The values of a JSON text as stretches of its bytes. A file is never decoded as a whole, so a fault within one
value, or at the end of the file, costs no other value."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.){0,2000}+"|([\[{])|([\]}])|(")', re.DOTALL)
"""A short string, which may hold brackets; an opening and a closing bracket; the quote that opens a longer string."""

_BEFORE: Final = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*+")
_BETWEEN: Final = re.compile(rb"[ \t\r\n,:]*+")
_SCALAR: Final = re.compile(rb'[^\s,:\[\]{}"]++')


class Stretch(NamedTuple):
    """Where a value stands. `values`: how many objects and arrays it holds, itself among them."""

    start: int
    end: int
    values: int


class Malformed(Exception):
    """No value stands, or ends, where one should. `position`: where the value begins, or is missing."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


def value_at(content: bytes | bytearray, start: int) -> Stretch:
    """The value that begins here. Raises Malformed."""
    if scalar := _SCALAR.match(content, start):
        return Stretch(start, scalar.end(), 0)
    depth = count = 0
    position, tokens = start, _TOKEN.finditer(content, start)
    while (token := next(tokens, None)) and (depth or token.start() == start):
        position = token.end()
        if token.lastindex == 1:
            depth += 1
            count += 1
        elif token.lastindex == 2:
            depth -= 1
        elif token.lastindex == 3:
            position = _string_end(content, position)
            tokens = _TOKEN.finditer(content, position)
        if depth <= 0:
            break
    if depth or position == start:
        raise Malformed(start)
    return Stretch(start, position, count)


def _string_end(content: bytes | bytearray, start: int) -> int:
    """Behind the quote that ends a string. The string is read in pieces, so that no single step is long."""
    position = start
    while (piece := _PIECE.match(content, position)) and piece.end() > position:
        position = piece.end()
    if content[position : position + 1] != b'"':
        raise Malformed(start)
    return position + 1


_PIECE: Final = re.compile(rb'(?:[^"\\]{1,4096}+|\\.){0,256}+', re.DOTALL)


def members(content: bytes | bytearray, start: int) -> Iterator[tuple[bytes, int]]:
    """The quoted names of an object that begins here, and where their values begin; none for another value."""
    if content[start : start + 1] != b"{":
        return
    position = _BETWEEN.match(content, start + 1).end()  # type: ignore[union-attr]
    while content[position : position + 1] not in (b"}", b""):
        name = value_at(content, position)
        begins = _BETWEEN.match(content, name.end).end()  # type: ignore[union-attr]
        yield bytes(content[name.start : name.end]), begins
        position = _BETWEEN.match(content, value_at(content, begins).end).end()  # type: ignore[union-attr]


def items(content: bytes | bytearray, start: int) -> Iterator[Stretch]:
    """The items of an array that begins here. Raises Malformed, behind those that are whole."""
    position = _BETWEEN.match(content, start + 1).end()  # type: ignore[union-attr]
    while content[position : position + 1] != b"]":
        item = value_at(content, position)
        yield item
        position = _BETWEEN.match(content, item.end).end()  # type: ignore[union-attr]


def first(content: bytes | bytearray) -> int:
    """Where the first value begins, behind a byte order mark."""
    return _BEFORE.match(content).end()  # type: ignore[union-attr]

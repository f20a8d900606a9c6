"""The values of a JSON text as stretches of its bytes. A file is never decoded as a whole, so a fault within one
value, or at the end of the file, costs no other value.

No pattern is matched with more than `_STEP` bytes at once: one match through all of a file would be one long step, in
which the interpreter's lock is held.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.){0,2000}+"|([\[{])|([\]}])|(")', re.DOTALL)
"""A short string, which may hold brackets; an opening and a closing bracket; the quote that opens a longer string."""

_STEP: Final = 64 << 10

_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_BLANK: Final = re.compile(rb"[ \t\r]*+")
_BETWEEN: Final = re.compile(rb"[ \t\r\n,:]*+")
_SCALAR: Final = re.compile(rb'[^\s,:\[\]{}"]*+')
_STRING: Final = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)

_NAME_BYTES: Final = 64


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
    if (end := _behind(_SCALAR, content, start)) > start:
        return Stretch(start, end, 0)
    depth = count = 0
    position, tokens = start, _tokens(content, start)
    while (token := next(tokens, None)) and (depth or token.start() == start):
        position = token.end()
        if token.lastindex == 1:
            depth += 1
            count += 1
        elif token.lastindex == 2:
            depth -= 1
        elif token.lastindex == 3:
            position = _string_end(content, position)
            tokens = _tokens(content, position)
        if depth <= 0:
            break
    if depth or position == start:
        raise Malformed(start)
    return Stretch(start, position, count)


def _string_end(content: bytes | bytearray, start: int) -> int:
    """Behind the quote that ends a string."""
    position = _behind(_STRING, content, start)
    if content[position : position + 1] != b'"':
        raise Malformed(start)
    return position + 1


def _tokens(content: bytes | bytearray, start: int) -> Iterator[re.Match[bytes]]:
    """All tokens from here on. A string that a step cuts is one that is opened there."""
    for position in range(start, len(content), _STEP):
        yield from _TOKEN.finditer(content, position, position + _STEP)


def _behind(pattern: re.Pattern[bytes], content: bytes | bytearray, start: int) -> int:
    """Behind all that `pattern`, a repetition, matches from here on."""
    while (end := pattern.match(content, start, start + _STEP).end()) > start + _STEP - 2:  # type: ignore[union-attr]
        start = end  # which may be before an escape that the step has cut in two
    return end


def members(content: bytes | bytearray, start: int) -> Iterator[tuple[bytes, int]]:
    """The quoted names of an object that begins here, of a long one its beginning, and where their values begin; none
    for another value."""
    if content[start : start + 1] != b"{":
        return
    position = _behind(_BETWEEN, content, start + 1)
    while content[position : position + 1] not in (b"}", b""):
        name = value_at(content, position)
        begins = _behind(_BETWEEN, content, name.end)
        yield bytes(content[name.start : min(name.end, name.start + _NAME_BYTES)]), begins
        position = _behind(_BETWEEN, content, value_at(content, begins).end)


def items(content: bytes | bytearray, start: int) -> Iterator[Stretch]:
    """The items of an array that begins here. Raises Malformed, behind those that are whole."""
    position = _behind(_BETWEEN, content, start + 1)
    while content[position : position + 1] != b"]":
        item = value_at(content, position)
        yield item
        position = _behind(_BETWEEN, content, item.end)


def lines(content: bytes | bytearray) -> Iterator[tuple[int, int, int]]:
    """The number of each line that is not blank, from 1, and where it begins and ends, without the blanks before it."""
    number = position = 0
    while position < len(content):
        number += 1
        end = content.find(b"\n", position)
        end = len(content) if end < 0 else end
        start = _behind(_BLANK, content, _behind_mark(content, position))
        if start < end:
            yield number, start, end
        position = end + 1


def first(content: bytes | bytearray) -> int:
    """Where the first value begins, behind a byte order mark."""
    return _behind(_SPACE, content, _behind_mark(content, 0))


def _behind_mark(content: bytes | bytearray, start: int) -> int:
    return start + len(BOM_UTF8) * content.startswith(BOM_UTF8, start)

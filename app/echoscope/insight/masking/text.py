"""Where secrets stand in text of any kind, told by the names before them: JSON, forms, XML, YAML, GraphQL, addresses.

One pass from name to name. No grammar is parsed, since a body may be cut, stand in a string of another one, or be of no
known kind. Time is linear: a search goes on where the last value ended, and what is looked back at has a bound.
"""

import re
from collections.abc import Generator, Iterator
from typing import Final, NamedTuple

from .names import is_secret_name, is_secret_parameter

Content = bytes | bytearray

_NAME: Final = re.compile(
    rb"""
    (?P<tag> < (?: [\w.-]{1,60}+ : )?+ )?+
    (?<! [\w.\-\[\]%$@~] ) (?! (?<=\\) (?: u00 | \\ ) )
    (?P<escape> (?<=\\) [nrt] )?+
    (?P<name> (?: [\w.\-\[\]%$@~] | \\{1,15}+ u00[0-7][0-9a-fA-F] )++ )
    (?:
        (?P<close> \\{0,15}+ ["'] )? \]? [ \t\r\n]{0,8} (?P<sign> :=|=>|[:=] ) [ \t\r\n]{0,8}
        | (?(tag) (?= [\s/>] ) | (?!) )
    )
    """,
    re.VERBOSE,
)
"""A name with what makes it one: the bracket of a tag before it, or a colon or an equal sign behind it, in between a
quote where it has some. A name is entered at its beginning alone, so that a long one takes no longer."""

_VALUE: Final = re.compile(rb"[^&;\s\"'<>\\#]*")
"""Of a parameter."""

_WORD: Final = re.compile(rb"[^\s\"'<>\\,;&)}\]]*")
_PHRASE: Final = re.compile(rb"[^\r\n\"'<>\\]*")
_LINE: Final = re.compile(rb"[^\r\n]*")
_LINE_IN_JSON: Final = re.compile(rb"(?:[^\"\\\r\n]|\\[^nr\"\\])*")

_QUOTE: Final = re.compile(rb"[uUbBrRfF@$]{0,2}(\\{0,15}[\"'])")
"""With the letters that some languages put before a string."""

_NAMED: Final = re.compile(rb"\\{0,15}[\"']([^\"'\\]{1,128})\\{0,15}[\"']")
_NEAR: Final = 256
"""Bytes behind a telling `"name": "token"` in which a `"value"` is its own, as in HAR files and fields of HTML."""

_CLOSING: Final = re.compile(rb"[\s,}\]):;>]|/>|\Z")
"""What stands behind a quote that ends a string around the name, rather than begins its value."""

_LITERAL: Final = re.compile(rb"(?:true|false|null|none|undefined)(?![^\s,;&)}\]\"'<>\\])", re.IGNORECASE)
_NUMBER: Final = re.compile(rb"-?\d[\w.+-]*")
_PORT: Final = re.compile(rb"\d{1,5}(?=[\s/]|\Z)")
"""Behind the name of a host that is called like a secret: `auth:8080`."""

_ITEM: Final = re.compile(rb"""(?<!\\)\\*+["']|[\[\]{}]|[\w.+/=~@$%-]++""")
_KEY: Final = re.compile(rb"\s{0,8}:")
_BLOCK: Final = re.compile(rb"(?:[|>][+-]?\d?[+-]?)?[ \t]*(?:#[^\n]*)?\r?(?=\n|\Z)")
_BLOCK_LINE: Final = re.compile(rb"\n([ \t]*)([^\r\n]*)\r?(?=\n|\Z)")
_ATTRIBUTE: Final = re.compile(rb"""([\w:.-]{1,128}+)\s{0,8}=\s{0,8}(?:"([^"]*)"|'([^']*)')""")
_INNER: Final = re.compile(rb"""(?:(?<=>)|\A)([^<>]+)|"([^"<>]*)"|'([^'<>]*)'""")
_USER_INFO: Final = re.compile(rb"://[^/?#\s@:\"'<>\\]{0,256}+:([^/?#\s@\"'<>\\]{1,512}+)@")

_LOOK_BACK: Final = 64
"""Bytes before a name in which the beginning of its line is looked for."""

_LONGEST_TAG: Final = 4 << 10
_MOST_MISSES: Final = 64
"""Elements without an end that are looked for, before each is taken to end at the next tag."""


class Span(NamedTuple):
    """Where a secret stands. `quote`: what has to stand around asterisks in its place, so that JSON stays JSON."""

    start: int
    end: int
    quote: bytes = b""


def secrets_in(content: Content) -> Iterator[Span]:
    """The values of telling names, and the passwords in addresses. `true`, `false` and `null` are none."""
    yield from (Span(*match.span(1)) for match in _USER_INFO.finditer(content))
    yield from _Reader(content).spans()


class _Reader:
    """What finds the values; each of its generators returns where the search goes on."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._is_json = content.lstrip()[:1] in (b"{", b"[", b'"')
        self._misses = 0
        self._string_span = (0, 0)
        self._named_until = 0

    def spans(self) -> Iterator[Span]:
        position = 0
        while name := _NAME.search(self._content, position):
            position = name.end()
            if is_secret_name(name["name"]) or self._is_value_of_secret(name):
                position = yield from self._element(name) if name["sign"] is None else self._value(name)
            elif name["sign"] == b"=" and self._tells_parameter(name):
                position = yield from self._matched(_VALUE, position)

    def _is_value_of_secret(self, name: re.Match[bytes]) -> bool:
        """Whether this is the value that belongs to a name before it, which has a field of its own."""
        match name["name"].lower():
            case b"name" | b"key" if named := _NAMED.match(self._content, name.end()):
                self._named_until = named.end() + _NEAR if is_secret_name(named[1]) else 0
            case b"value" if name["sign"] is not None:
                return name.end() <= self._named_until
        return False

    def _tells_parameter(self, name: re.Match[bytes]) -> bool:
        before = self._content[max(0, name.start() - 1) : name.start()]
        return name["close"] is None and before in b"?&;\"'> \t\r\n" and is_secret_parameter(name["name"])

    def _value(self, name: re.Match[bytes]) -> Generator[Span, None, int]:
        content, start = self._content, name.end()
        if quote := _QUOTE.match(content, start):
            if name["close"] is None and _CLOSING.match(content, quote.end()):
                return start
            end, following = self._string(quote[1], quote.end())
            yield Span(quote.end(), end)
            return following
        if content[start : start + 1] in (b"[", b"{"):
            return (yield from self._container(name, start))
        if _LITERAL.match(content, start):
            return start
        if name["close"] is not None and (number := _NUMBER.match(content, start)):
            if not _is_digit(number, name):
                yield Span(*number.span(), name["close"])
            return number.end()
        if name["sign"] == b":":
            return (yield from self._bare(name))
        is_parameter = content[start - 1 : start] == b"="
        return (yield from self._matched(_VALUE if is_parameter else _WORD, start))

    def _matched(self, pattern: re.Pattern[bytes], start: int) -> Generator[Span, None, int]:
        value = pattern.match(self._content, start)
        assert value is not None, "each pattern matches nothing too"
        yield Span(*value.span())
        return value.end()

    def _string(self, quote: bytes, start: int) -> tuple[int, int]:
        """Where the string that this quote begins ends, and what follows it: the end of a string around it, too.

        In a string of a string of JSON a quote has 1, 3, 7, … backslashes; one that belongs to the text has more.
        """
        content, level, mark = self._content, len(quote) - 1, quote[-1:]
        if level == 0 and content.startswith(mark * 2, start):
            end = content.find(mark * 3, start + 2)
            return (len(content), len(content)) if end < 0 else (end, end + 3)
        bound = self._bound(start) if mark == b"'" else len(content)
        if mark == b"'" and (line_end := content.find(b"\n", start, bound)) >= 0:
            bound = line_end
        searched = start
        while (end := content.find(mark, searched, bound)) >= 0:
            before = content[searched:end]
            backslashes = len(before) - len(before.rstrip(b"\\"))
            if backslashes < level:
                return end - backslashes, end
            if backslashes % (2 * level + 2) == level:
                return end - level, end + 1
            searched = end + 1
        return bound, bound

    def _bound(self, start: int) -> int:
        """Where what stands at `start` ends at the latest: in JSON with the string that it stands in."""
        if not self._is_json:
            return len(self._content)
        first, end = self._string_span
        if not first <= start <= end:
            end, _ = self._string(b'"', start)
            self._string_span = start, end
        return end

    def _container(self, name: re.Match[bytes], start: int) -> Generator[Span, None, int]:
        """All strings, numbers and words of an array or object, at any depth, but the names in it."""
        content, close = self._content, name["close"] or b""
        depth, position = 0, start
        while item := _ITEM.search(content, position):
            position = item.end()
            if item[0] in (b"[", b"{"):
                depth += 1
            elif item[0] in (b"]", b"}"):
                depth -= 1
                if depth == 0:
                    break
            elif item[0][-1:] in (b'"', b"'"):
                if len(item[0]) < len(close):
                    return item.start()
                end, position = self._string(item[0], item.end())
                if not _KEY.match(content, position):
                    yield Span(item.end(), end)
            elif not (_LITERAL.match(content, item.start()) or _KEY.match(content, position) or _is_digit(item, name)):
                yield Span(*item.span(), close)
        return position

    def _bare(self, name: re.Match[bytes]) -> Generator[Span, None, int]:
        """What stands behind a colon without quotes: a line of YAML or of a header, an argument, a word of a log."""
        content, start = self._content, name.end()
        gap = content[name.end("sign") : start]
        before = content[max(0, name.start("name") - _LOOK_BACK) : name.start("name")]
        line = before.rpartition(b"\n")[2]
        is_line = not line.strip(b" \t-?\"'") and (b"\n" in before or len(before) < _LOOK_BACK)
        if is_line and not self._is_json and (b"\n" in gap or _BLOCK.match(content, start)):
            return (yield from self._block(name.end("sign"), len(line.rstrip(b"\"'"))))
        if b"\n" in gap or name["name"].startswith(b"$") or content.startswith(b"$" + name["name"], start):
            return start
        if is_line and not gap and _PORT.match(content, start):
            return start
        if is_line and name["tag"] is None:
            return (yield from self._matched(_LINE_IN_JSON if self._is_json else _LINE, start))
        if name["escape"] or name["name"].lower().endswith((b"authorization", b"cookie")):
            return (yield from self._matched(_PHRASE, start))
        if gap or line.rstrip(b" \t")[-1:] in (b"{", b"(", b",", b"["):
            return (yield from self._matched(_WORD, start))
        return start

    def _block(self, start: int, indent: int) -> Generator[Span, None, int]:
        """The lines below a name of YAML: those that are indented deeper, and the items of a list."""
        position = self._content.find(b"\n", start)
        while position >= 0 and (line := _BLOCK_LINE.match(self._content, position)):
            depth = len(line[1])
            if line[2] and depth <= indent and not (depth == indent and line[2].startswith(b"- ")):
                break
            yield Span(*line.span(2))
            position = line.end()
        return max(start, position)

    def _element(self, name: re.Match[bytes]) -> Generator[Span, None, int]:
        """The text of an XML element and what is in it, and attributes that hold its value."""
        content, start = self._content, name.end("name")
        bound = self._bound(start)
        tag_end = content.find(b">", start, min(bound, start + _LONGEST_TAG))
        if tag_end < 0:
            return start
        for attribute in _ATTRIBUTE.finditer(content, start, tag_end):
            if attribute[1].lower() == b"value" or is_secret_name(attribute[1]):
                yield Span(*attribute.span(attribute.lastindex or 0))
        if content[tag_end - 1 : tag_end] == b"/":
            return tag_end
        start = tag_end + 1
        if content.startswith(b"<![CDATA[", start):
            end = content.find(b"]]>", start, bound)
            end = bound if end < 0 else end
            yield Span(start + len(b"<![CDATA["), end)
            return end
        end = -1
        if self._misses < _MOST_MISSES:
            end = content.find(b"</" + name["tag"][1:] + name["name"], start, bound)
            self._misses += end < 0
        if end < 0:
            end = content.find(b"<", start, bound)
        end = bound if end < 0 else end
        for text in _INNER.finditer(bytes(content[start:end])):
            first, last = text.span(text.lastindex or 0)
            yield Span(start + first, start + last)
        return end


def _is_digit(item: re.Match[bytes], name: re.Match[bytes]) -> bool:
    """Whether it is a number of one digit in JSON, which has no other form for it; it is no secret either."""
    return name["close"] is not None and len(item[0]) == 1

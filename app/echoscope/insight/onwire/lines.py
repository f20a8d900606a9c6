"""The lines of a head as they came, each with what became of it: lower-cased, trimmed, decoded, dropped."""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from ...exchange.document import Bytes, text
from ...exchange.model import Exchange
from ...exchange.sides import request_of

MAX_LINES: Final = 1_000

_FIELD: Final = re.compile(rb"([^:]*)(:[ \t]*)?(.*?)([ \t]*)", re.DOTALL)


class HeadLine(msgspec.Struct):
    """A line of a head. `start`: where it begins, in bytes. `name`, `separator`, `value`, `space`: its parts as they
    came; of the request line only `value`. `end`: of the line, such as CRLF. `header`: the number of the header that it
    became, None where it is dropped, or where no app has seen the request; `became`: what the scope has, in words."""

    start: int
    name: Bytes
    separator: str
    space: str
    end: str
    header: int | None
    value: Bytes
    became: list[str]


def read_lines(exchange: Exchange, wire: bytes) -> list[HeadLine]:
    request = request_of(exchange)
    rest = list(enumerate(request.headers))
    is_seen = exchange.state != "refused"
    lines: list[HeadLine] = []
    at = 0
    for line in wire.split(b"\n")[:MAX_LINES]:
        start, at = at, at + len(line) + 1
        content = line.removesuffix(b"\r")
        end = ("\r" if content != line else "") + ("\n" if at <= len(wire) else "")
        if not content and not end:
            continue
        match = _FIELD.fullmatch(content)
        if not lines and not _is_fields(exchange):
            lines.append(_unnamed(start, content, end, _of_request_line(exchange, content)))
        elif not content or match is None or match[2] is None:
            lines.append(_unnamed(start, content, end, [] if content else ["the end of the head"]))
        else:
            name, separator, value, space = match.groups()
            place = next((place for place in rest if place[1] == (name.lower(), value)), None)
            if place is not None:
                rest = [other for other in rest if other[0] > place[0]]
            became = _of_field(match, place is not None, is_seen=is_seen)
            header = None if place is None else place[0]
            parts = text(name), separator.decode(), space.decode()
            lines.append(HeadLine(start, *parts, end, header, text(value), became))
    return lines


def _unnamed(start: int, content: bytes, end: str, became: list[str]) -> HeadLine:
    """A line that is no header."""
    return HeadLine(start, "", "", "", end, None, text(content), became)


def _is_fields(exchange: Exchange) -> bool:
    """Whether the bytes are fields of HTTP/2, written as lines."""
    return exchange.scope.get("http_version") in ("2", "3")


def _of_field(match: re.Match[bytes], is_in_scope: bool, *, is_seen: bool) -> list[str]:
    name, separator, _, space = match.groups()
    if not is_seen:
        return []
    if not is_in_scope:
        return ["dropped, or changed on the way"]
    became = [f"name in lower case: {name.lower().decode('latin-1')}"] if name != name.lower() else []
    if separator != b": " or space:
        became.append("white space around the value dropped")
    return became or ["as it came"]


def _of_request_line(exchange: Exchange, line: bytes) -> list[str]:
    """What the scope has of method, target and version."""
    words = line.split(b" ")
    if exchange.state == "refused" or len(words) != 3:
        return []
    target, scope = words[1], exchange.scope
    path, mark, query = target.partition(b"?")
    became = []
    if not target.startswith(b"/") and target != b"*":
        became.append("scheme and authority of the target dropped; the authority stands for Host")
    if b"#" in target:
        became.append("the fragment dropped")
    if b"%" in path and unquote_to_bytes(path) != path:
        decoded = unquote_to_bytes(path)
        try:
            decoded.decode()
            became.append(f"escapes of the path decoded: {scope.get('path')}")
        except UnicodeDecodeError:
            became.append(
                "escapes of the path decoded; bytes that are not UTF-8 are lost in path, and kept in raw_path"
            )
    if scope.get("root_path"):
        became.append(f"root_path put in front of the path: {scope.get('path')}")
    if mark and not query:
        became.append("the question mark without a query dropped")
    return became or ["as it came"]

"""The byte that broke a request which the server refused.

A malformed request is given to the same parser again, byte by byte: the first byte at which the parser fails is the
one. For a well-formed request that was refused, it is the line that the reason speaks of."""

import re
from contextlib import suppress
from typing import Final

import httptools
import msgspec

from ...exchange.model import Exchange

_METHOD: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64} ")
_LINE: Final = re.compile(rb"[^\r\n ]+ ([^\r\n ]*) (HTTP/\d\.\d)?")

_FIELDS: Final = (
    ("Host", rb"host"),
    ("transfer coding", rb"transfer-encoding"),
    ("body", rb"content-length"),
    ("Transfer-Encoding", rb"transfer-encoding"),
    ("Expect", rb"expect"),
    ("Sec-WebSocket-Key", rb"sec-websocket-key"),
    ("version 13", rb"sec-websocket-version"),
)
"""Words that occur in a reason, and the header line that such a reason is about."""


class _Silent:
    """The callbacks of a parser; this one ignores them."""


class Fault(msgspec.Struct, frozen=True):
    """The byte that broke a request. `at`: its offset in the head; `line`, `column`: the same, counted from 1; `byte`:
    its value, None where what came ended too soon; `before`, `marked`, `after`: the line as text in three parts;
    `reason`: why the request was refused."""

    at: int
    line: int
    column: int
    byte: int | None
    before: str
    marked: str
    after: str
    reason: str | None


def fault_of(exchange: Exchange, wire: bytes | None) -> Fault | None:
    """None for a request that was not refused. `wire`: the head as it may be shown: where a line stands otherwise in
    it, all of the line is marked."""
    head = exchange.wire
    if exchange.state != "refused" or head is None:
        return None
    start, end = _place(head, exchange.facts.reason or "", is_framed=exchange.scope.get("http_version") in ("2", "3"))
    line_start = head.rfind(b"\n", 0, start) + 1
    number = head.count(b"\n", 0, start)
    line = head[line_start:].partition(b"\n")[0]
    shown_line = (wire or b"").split(b"\n")[number : number + 1]
    parts = line[: start - line_start], line[start - line_start : end - line_start], line[end - line_start :]
    if shown_line != [line]:
        parts = b"", b"".join(shown_line), b""
    before, marked, after = (part.decode("utf-8", "backslashreplace") for part in parts)
    return Fault(
        at=start,
        line=number + 1,
        column=start - line_start + 1,
        byte=head[start] if start < len(head) else None,
        before=before,
        marked=marked,
        after=after.removesuffix("\r"),
        reason=exchange.facts.reason,
    )


def _place(head: bytes, reason: str, *, is_framed: bool) -> tuple[int, int]:
    """Where the fault begins and ends; the end of the bytes, where none of them is wrong."""
    if not is_framed and (at := broken_at(head)) is not None:
        return at, min(at + 1, len(head))
    for words, name in _FIELDS:
        if words in reason and (match := _line_of(head, name)) is not None:
            return match
    line = _LINE.match(head)
    if line is not None and "HTTP/1.0 and HTTP/1.1" in reason:
        return line.start(2) if line[2] else line.end(), line.end()
    if line is not None and "url" in reason:
        return line.span(1)
    if "tunnel" in reason or "handshake is a GET" in reason:
        return 0, len(head.partition(b" ")[0])
    return len(head), len(head)


def broken_at(head: bytes) -> int | None:
    """The offset of the first byte at which the parser fails; None where it takes all of them.

    A method that it does not know is read under another one, as the server does.
    """
    method = _METHOD.match(head)
    known = head
    shift = 0
    if method is not None and _fails_at(method[0] + b"/") is not None:
        known, shift = b"POST " + head[method.end() :], method.end() - len(b"POST ")
    at = _fails_at(known)
    return None if at is None else max(0, at + shift)


def _fails_at(data: bytes) -> int | None:
    parser = httptools.HttpRequestParser(_Silent())
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    with suppress(httptools.HttpParserUpgrade):
        for index in range(len(data)):
            try:
                parser.feed_data(data[index : index + 1])
            except httptools.HttpParserUpgrade:
                raise
            except httptools.HttpParserError:
                return index
    return None


def _line_of(head: bytes, name: bytes) -> tuple[int, int] | None:
    """The last line with this header; the first one is right where there are several."""
    matches = [*re.finditer(rb"(?m)^" + name + rb"[ \t]*:[^\r\n]*", head, re.IGNORECASE)]
    return matches[-1].span() if matches else None

"""The grammar: from the text of a search to its terms, or to one line that says what is wrong with it."""

import re
import time
from collections.abc import Sequence
from typing import Final, get_args

import msgspec

from ...exchange.model import State
from .conditions import EXAMPLES, Kind, parse_condition, parse_text
from .matching import Group, Part, Search, Term

MAX_CHARACTERS: Final = 1_000
MAX_TERMS: Final = 50
MAX_DEPTH: Final = 10
"""Bounds on the work of one search, far above what people write. The depth is that of groups in groups."""


class SearchError(ValueError):
    """One line on a search that makes no sense: the value, its place (characters from 1), what is allowed."""


class Field(msgspec.Struct, frozen=True):
    """One field of the language. A name that ends in `.NAME` is a family, such as `header.host`."""

    name: str
    kind: Kind
    help: str
    example: str
    choices: tuple[str, ...] = ()


FIELDS: Final = (
    Field("method", "whole", "the method", "method:POST"),
    Field("path", "text", "text in the decoded path", "path:/hooks"),
    Field("query", "text", "text in the query string, as sent or decoded", "query:debug"),
    Field("query.NAME", "text", "text in a query parameter, decoded", "query.page:2"),
    Field("header", "text", "text in a line of the request's headers", 'header:"accept: text"'),
    Field("header.NAME", "text", "text in a request header", "header.user-agent:curl"),
    Field("cookie.NAME", "text", "text in a cookie of the request", "cookie.theme:dark"),
    Field("response.header.NAME", "text", "text in a header of the response", "response.header.server:nginx"),
    Field("body", "text", "text in the body of the request or the response", "body:invoice"),
    Field(
        "request.body",
        "text",
        "text in the request's body, or in WebSocket messages received",
        "request.body:paid",
    ),
    Field(
        "response.body",
        "text",
        "text in the response's body, or in WebSocket messages sent",
        "response.body:error",
    ),
    Field(
        "json.NAME",
        "text",
        "text in a member of a JSON body, of an item of a list by its number or of any",
        "json.user.name:ann",
    ),
    Field("status", "status", "the response's status code", "status:>=400"),
    Field("type", "choice", "the kind of connection", "type:websocket", ("http", "websocket", "sse")),
    Field("state", "choice", "how far the exchange is", "state:open", get_args(State)),
    Field("ip", "address", "the client's address, its beginning, or a network", "ip:10.0.0.0/8"),
    Field("client", "text", "text in the client's address and port", "client::51234"),
    Field("size", "size", "bytes received: b, kb (1000), kib (1024), mb, mib, gb, gib", "size:>10kb"),
    Field("duration", "duration", "how long it took: ms, s", "duration:>100ms"),
    Field("since", "since", "when it began: s, m, h, d ago, or from a time on", "since:5m"),
    Field("route", "text", "text in the route of an app of yours that answered, or in its function", "route:/orders"),
    Field("log", "text", "text in a log record that the app emitted, with its level and logger", "log:timeout"),
    Field("error", "text", "text in the traceback of a failure", "error:KeyError"),
    Field("is", "choice", "what people did with it", "is:pinned", ("pinned",)),
    Field("note", "text", "text in its note", "note:broken"),
    Field("version", "text", "text in the HTTP version", "version:1.1"),
    Field("id", "text", "text in the exchange's id", "id:k3v9q2ma"),
    Field("seq", "number", "place in the log", "seq:>10"),
)

_FIELDS: Final = {field.name: field for field in FIELDS}
_FAMILIES: Final = {field.name.removesuffix("NAME"): field for field in FIELDS if field.name.endswith(".NAME")}
_TEXTS: Final = frozenset({"text", "whole"})
_SPACE: Final = " \t\n\v\f\r\u00a0"
_HEAD: Final = re.compile(rf'([A-Za-z][A-Za-z-]*(?:\.[^{_SPACE}:"]*)?):')
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED: Final = re.compile(r'\\(["\\])')
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def parse(text: str, now_s: float | None = None) -> Search:
    """The search that `text` asks for; `since:5m` counts from `now_s`, seconds since 1970, or from now.

    Raises `SearchError`; at most 1,000 characters, 50 terms and groups 10 deep.
    """
    if len(text) > MAX_CHARACTERS:
        raise SearchError(f"a search has at most {MAX_CHARACTERS} characters, not {len(text)}")
    return _Parser(_SURROGATE.sub("\ufffd", text), time.time() if now_s is None else now_s).search()


def family_of(text: str) -> tuple[str, str] | None:
    """The field and the name in it of `header.host`: ("header", "host"); None for what is no field with names."""
    for prefix in sorted(_FAMILIES, key=len, reverse=True):
        name = text.lower().removeprefix(prefix)
        if text.lower().startswith(prefix) and name and not _UNPRINTABLE.search(name):
            return prefix.removesuffix("."), name
    return None


class _Parser:
    """Goes through a text from left to right; each method leaves `_position` behind what it read."""

    def __init__(self, text: str, now_s: float) -> None:
        self._text = text
        self._now_s = now_s
        self._position = 0
        self._depth = 0
        self._terms = 0

    def search(self) -> Search:
        self._skip_space()
        return Search(self._either(0) if self._position < len(self._text) else Group(False, False, ()))

    def _either(self, start: int) -> Group:
        """What stands in a group that begins at `start`, or in the whole search: alternatives of terms."""
        alternatives: list[list[Part]] = [[]]
        while self._position < len(self._text) and not self._is_at_end_of_group():
            if self._is_at_or():
                if not alternatives[-1]:
                    raise self._lonely_or(self._position)
                last_or, alternatives = self._position, [*alternatives, []]
                self._position += len("OR")
            else:
                alternatives[-1].append(self._one())
            self._skip_space()
        if self._depth and self._position == len(self._text):
            raise SearchError(f"the ( at position {start + 1} must be closed")
        if not alternatives[-1]:
            if len(alternatives) > 1:
                raise self._lonely_or(last_or)
            raise SearchError(f'the group at position {start + 1} is empty; brackets as text need quotes, as in "()"')
        groups = [_group(parts, is_any=False) for parts in alternatives]
        return groups[0] if len(groups) == 1 else _group(groups, is_any=True)

    def _one(self) -> Part:
        """The term or the group at the position. A `-` with nothing behind it is a word."""
        text, start = self._text, self._position
        negated = text[start] == "-" and self._end_of_text(start) > start + 1
        if not text.startswith("(", start + negated):
            return self._term(start, negated=negated)
        if self._depth == MAX_DEPTH:
            raise SearchError(f"groups are at most {MAX_DEPTH} deep; one more is at position {start + 1}")
        self._depth += 1
        self._position = start + negated + 1
        self._skip_space()
        group = self._either(start + negated)
        self._depth -= 1
        self._position += 1
        if not self._is_at_end_of_one():
            raise SearchError(f"behind a ) at position {self._position} there must be a space or the end")
        return msgspec.structs.replace(group, negated=negated)

    def _term(self, start: int, *, negated: bool) -> Term:
        if self._terms == MAX_TERMS:
            raise SearchError(f"a search has at most {MAX_TERMS} terms; one more is at position {start + 1}")
        self._terms += 1
        head = _HEAD.match(self._text, start + negated)
        known = _find_field(head, start) if head else None
        if head is None or known is None:
            self._position = start + negated
            value, _ = self._value()
            return Term(negated, "", "", parse_text(value))
        field, name = known
        exact = field.kind in _TEXTS and self._text.startswith("=", head.end())
        self._position = head.end() + exact
        value, quoted = self._value()
        condition = parse_condition(field.kind, value, field.choices, literal=quoted, exact=exact, now_s=self._now_s)
        if condition is None:
            allowed = EXAMPLES.get(field.kind) or " or ".join(field.choices)
            raise SearchError(f'{field.name} at position {start + 1} must be {allowed}, not "{_shown(value)}"')
        return Term(negated, field.name.removesuffix(".NAME"), name, condition)

    def _value(self) -> tuple[str, bool]:
        """The text at the position, and whether it stands in quotes."""
        start = self._position
        if not self._text.startswith('"', start):
            self._position = self._end_of_text(start)
            return self._text[start : self._position], False
        quoted = _QUOTED.match(self._text, start)
        if quoted is None:
            raise self._open_quote(start)
        self._position = quoted.end()
        if not self._is_at_end_of_one():
            raise self._open_quote(start)
        return _ESCAPED.sub(r"\1", quoted[1]), True

    def _end_of_text(self, start: int) -> int:
        """Where the text without spaces ends that begins at `start`: in a group before a `)` without its `(`."""
        depth, position = 0, start
        while position < len(self._text) and self._text[position] not in _SPACE:
            depth += (self._text[position] == "(") - (self._text[position] == ")")
            if depth < 0 and self._depth:
                break
            position += 1
        return position

    def _skip_space(self) -> None:
        while self._is_at_space():
            self._position += 1

    def _is_at_space(self) -> bool:
        return self._position < len(self._text) and self._text[self._position] in _SPACE

    def _is_at_end_of_group(self) -> bool:
        return self._depth > 0 and self._text.startswith(")", self._position)

    def _is_at_end_of_one(self) -> bool:
        return self._position == len(self._text) or self._is_at_space() or self._is_at_end_of_group()

    def _is_at_or(self) -> bool:
        return self._text[self._position : self._end_of_text(self._position)] == "OR"

    def _lonely_or(self, start: int) -> SearchError:
        return SearchError(
            f'the OR at position {start + 1} needs a term on both sides; the word needs quotes, as in "OR"'
        )

    def _open_quote(self, start: int) -> SearchError:
        return SearchError(
            f"the quote at position {start + 1} must be closed, with a space or the end after it; "
            'a quote inside quotes is written \\"'
        )


def _group(parts: Sequence[Part], *, is_any: bool) -> Group:
    """The parts that need events last."""
    return Group(False, is_any, tuple(sorted(parts, key=lambda part: part.needs_events)))


def _find_field(head: re.Match[str], start: int) -> tuple[Field, str] | None:
    """The field that `header.Host:` names, with its NAME; None for the beginning of a URL, a word."""
    written = head[1].lower()
    if field := _FIELDS.get(written):
        return field, ""
    for prefix, field in _FAMILIES.items():
        if written in (prefix, prefix[:-1]):
            raise SearchError(f"{_shown(head[1])} at position {start + 1} needs a name, as in {field.example}")
        if written.startswith(prefix):
            return field, written.removeprefix(prefix)
    if head.string.startswith("//", head.end()):
        return None
    raise SearchError(
        f'no field "{_shown(head[1])}" at position {start + 1}; there are {", ".join(_FIELDS)}; '
        'text with a colon needs quotes, as in "localhost:8000"'
    )


def _shown(value: str) -> str:
    value = _UNPRINTABLE.sub(" ", value)
    return value if len(value) <= 40 else value[:40] + "…"

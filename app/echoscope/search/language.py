"""The grammar: from the text of a search to its terms, or to one line that says what is wrong with it."""

import re
from typing import Final, get_args

import msgspec

from ..exchange import State
from .conditions import EXAMPLES, Kind, parse_condition, parse_text
from .matching import Search, Term

MAX_CHARACTERS: Final = 1_000
MAX_TERMS: Final = 50
"""Bounds on the work of one search, far above what people write."""


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
    Field("status", "status", "the response's status code", "status:>=400"),
    Field("type", "choice", "the kind of connection", "type:websocket", ("http", "websocket", "sse")),
    Field("state", "choice", "how far the exchange is", "state:open", get_args(State)),
    Field("ip", "address", "the client's address, its beginning, or a network", "ip:10.0.0.0/8"),
    Field("client", "text", "text in the client's address and port", "client::51234"),
    Field("size", "size", "bytes received: b, kb (1000), kib (1024), mb, mib, gb, gib", "size:>10kb"),
    Field("duration", "duration", "how long it took: ms, s", "duration:>100ms"),
    Field("version", "text", "text in the HTTP version", "version:1.1"),
    Field("id", "text", "text in the exchange's id", "id:k3v9q2ma"),
    Field("seq", "number", "place in the log", "seq:>10"),
)

_FIELDS: Final = {field.name: field for field in FIELDS}
_SPACE: Final = " \t\n\v\f\r\u00a0"
_HEAD: Final = re.compile(rf'([A-Za-z][A-Za-z-]*(?:\.[^{_SPACE}:"]*)?):')
_QUOTED: Final = re.compile(rf'"((?:[^"\\]|\\.)*)"(?=[{_SPACE}]|\Z)', re.DOTALL)
_ESCAPED: Final = re.compile(r'\\(["\\])')
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def parse(text: str) -> Search:
    """The search that `text` asks for. Raises `SearchError`; at most 1,000 characters and 50 terms."""
    if len(text) > MAX_CHARACTERS:
        raise SearchError(f"a search has at most {MAX_CHARACTERS} characters, not {len(text)}")
    text = _SURROGATE.sub("\ufffd", text)
    terms: list[Term] = []
    start = _end(text, 0, of_space=True)
    while start < len(text):
        if len(terms) == MAX_TERMS:
            raise SearchError(f"a search has at most {MAX_TERMS} terms; one more is at position {start + 1}")
        term, end = _parse_term(text, start)
        terms.append(term)
        start = _end(text, end, of_space=True)
    return Search(tuple(sorted(terms, key=lambda term: term.looks_into_bodies)))


def _parse_term(text: str, start: int) -> tuple[Term, int]:
    """The term at `start` and where it ends. A `-` with nothing behind it is a word."""
    negated = text[start] == "-" and _end(text, start, of_space=False) > start + 1
    head = _HEAD.match(text, start + negated)
    known = _find_field(head, start) if head else None
    if head is None or known is None:
        value, _, end = _parse_value(text, start + negated)
        return Term(negated, "", "", parse_text(value)), end
    field, name = known
    value, quoted, end = _parse_value(text, head.end())
    condition = parse_condition(field.kind, value, field.choices, literal=quoted)
    if condition is None:
        allowed = EXAMPLES.get(field.kind) or " or ".join(field.choices)
        raise SearchError(f'{field.name} at position {start + 1} must be {allowed}, not "{_shown(value)}"')
    return Term(negated, field.name.removesuffix(".NAME"), name, condition), end


def _find_field(head: re.Match[str], start: int) -> tuple[Field, str] | None:
    """The field that `header.Host:` names, with its NAME; None for the beginning of a URL, a word."""
    family, dot, name = head[1].lower().partition(".")
    if field := _FIELDS.get(family + dot + name):
        return field, ""
    if field := _FIELDS.get(f"{family}.NAME"):
        if not name:
            raise SearchError(f"{_shown(head[1])} at position {start + 1} needs a name, as in {field.example}")
        return field, name
    if head.string.startswith("//", head.end()):
        return None
    raise SearchError(
        f'no field "{_shown(head[1])}" at position {start + 1}; there are {", ".join(_FIELDS)}; '
        'text with a colon needs quotes, as in "localhost:8000"'
    )


def _parse_value(text: str, start: int) -> tuple[str, bool, int]:
    """The text at `start`, whether it stands in quotes, and where it ends."""
    if not text.startswith('"', start):
        end = _end(text, start, of_space=False)
        return text[start:end], False, end
    if quoted := _QUOTED.match(text, start):
        return _ESCAPED.sub(r"\1", quoted[1]), True, quoted.end()
    raise SearchError(
        f"the quote at position {start + 1} must be closed, with a space or the end after it; "
        'a quote inside quotes is written \\"'
    )


def _end(text: str, start: int, *, of_space: bool) -> int:
    """Where the run of spaces, or of anything else, that begins at `start` ends."""
    while start < len(text) and (text[start] in _SPACE) is of_space:
        start += 1
    return start


def _shown(value: str) -> str:
    value = _UNPRINTABLE.sub(" ", value)
    return value if len(value) <= 40 else value[:40] + "…"

"""Texts with values of the request in them: `{{ json.challenge }}`.

    {{ method }}  {{ path }}  {{ url }}  {{ host }}  {{ body }}  {{ id }}  {{ now }}  {{ timestamp }}
    {{ query.NAME }}  {{ headers.NAME }}  {{ form.NAME }}  {{ cookies.NAME }}
    {{ json.a.b[0] }}  {{ json["a b"] }}  {{ json }}
    {{ "{{" }}                          a text as it is
    {{ LOOK-UP | FILTER | FILTER }}     json, url, html, base64, hmac_sha256, hmac_sha256_base64

The list is closed, and nothing in it computes: no conditions, no loops, no names of the program. What is not there is
empty. In an answer of a JSON type a value is escaped where it stands inside quotes, and is written as JSON where it
does not; in HTML its markup is escaped.
"""

import hmac
import html
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final, Literal
from urllib.parse import quote

import msgspec
import orjson

from .incoming import Incoming
from .json_text import Path, plain

MAX_LOOKUPS: Final = 200

Escape = Literal["none", "json string", "json value", "html"]
"""What becomes of a value where it stands."""

_FIELD: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_STEP: Final = re.compile(r"\.([^.\[\]\"]+)|\[(\d{1,6})\]|\[\"((?:[^\"\\]|\\.)*)\"\]")
_JSON_QUOTE: Final = re.compile(r'\\.|"', re.DOTALL)

_PLAIN: Final[dict[str, Callable[[Incoming], str]]] = {
    "method": lambda incoming: incoming.method,
    "path": lambda incoming: incoming.path,
    "url": lambda incoming: _url(incoming),
    "host": lambda incoming: incoming.host,
    "body": lambda incoming: incoming.text,
    "id": lambda incoming: incoming.id,
    "now": lambda incoming: datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    "timestamp": lambda incoming: str(int(datetime.now(UTC).timestamp())),
}
_NAMED: Final = ("query", "headers", "form", "cookies")
_OF_BYTES: Final = ("base64", "hmac_sha256", "hmac_sha256_base64")
"""Filters that take a body as the bytes that came."""

_FILTERS: Final = ("json", "url", "html", *_OF_BYTES)

LOOKUPS: Final = ", ".join([*_PLAIN, *(f"{name}.NAME" for name in _NAMED), "json.PATH"])


class TemplateError(ValueError):
    """A text that cannot be used; says what and where in the text."""


class Lookup(msgspec.Struct, frozen=True):
    """One `{{ … }}`: `source` is a name of the closed list, or "text"."""

    source: str
    name: str = ""
    path: Path = ()
    filters: tuple[str, ...] = ()
    escape: Escape = "none"

    def value(self, incoming: Incoming) -> str | None:
        if self.source == "text":
            return self.name
        if self.source == "json":
            return plain(incoming.json.at(self.path))
        if self.source in _NAMED:
            value: str | None = getattr(incoming, self.source).get(self.name)
            return value
        return _PLAIN[self.source](incoming)

    def text(self, incoming: Incoming) -> str:
        if self.escape == "json value" and self.source == "json" and not self.filters:
            return (incoming.json.at(self.path) or b"null").decode("utf-8", "replace")
        value = self.value(incoming)
        if self.escape == "json value" and not self.filters:
            return orjson.dumps(value).decode()
        if self.source == "body" and self.filters and self.filters[0] in _OF_BYTES:
            text = _filtered(incoming.body, self.filters[0], incoming.secret)
            filters = self.filters[1:]
        else:
            text, filters = value or "", self.filters
        for name in filters:
            text = _filtered(text, name, incoming.secret)
        return self._escaped(text)

    def _escaped(self, text: str) -> str:
        if self.escape == "html":
            return text if "html" in self.filters else html.escape(text)
        if self.escape == "none" or "json" in self.filters:
            return text
        written = orjson.dumps(text).decode()
        return written[1:-1] if self.escape == "json string" else written


class Template:
    """A text that was parsed. Raises `TemplateError` for one that is none."""

    def __init__(self, text: str, kind: Literal["text", "json", "html"] = "text") -> None:
        self.parts: list[str | Lookup] = list(_parts(text, kind))
        if sum(isinstance(part, Lookup) for part in self.parts) > MAX_LOOKUPS:
            raise TemplateError(f"a text has at most {MAX_LOOKUPS} look-ups")

    @property
    def lookups(self) -> list[Lookup]:
        return [part for part in self.parts if isinstance(part, Lookup)]

    def fill(self, incoming: Incoming, most: int) -> str | None:
        """The text with its values; None where it becomes longer than `most` characters."""
        pieces: list[str] = []
        for part in self.parts:
            piece = part if isinstance(part, str) else part.text(incoming)
            most -= len(piece)
            if most < 0:
                return None
            pieces.append(piece)
        return "".join(pieces)


def _parts(text: str, kind: str) -> Iterator[str | Lookup]:
    position, in_string = 0, False
    for match in _FIELD.finditer(text):
        literal = text[position : match.start()]
        in_string ^= _flips_string(literal)
        position = match.end()
        if literal:
            yield literal
        escape: Escape = "none"
        if kind == "json":
            escape = "json string" if in_string else "json value"
        elif kind == "html":
            escape = "html"
        try:
            yield _lookup(match[1].strip(), escape)
        except TemplateError as error:
            raise TemplateError(f"{_place(text, match.start())}: {error}") from None
    rest = text[position:]
    if "{{" in rest:
        raise TemplateError(f"{_place(text, position + rest.index('{{'))}: {{{{ is never closed by }}}}")
    if rest:
        yield rest


def _flips_string(literal: str) -> bool:
    """Whether a piece of JSON has an odd number of quotes that open or close a string."""
    quotes = [match for match in _JSON_QUOTE.findall(literal) if match == '"']
    return len(quotes) % 2 == 1


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position)
    return f"line {line + 1}, column {position - (text.rfind(chr(10), 0, position) + 1) + 1}"


def _lookup(written: str, escape: Escape) -> Lookup:
    if written.startswith('"'):
        match = re.match(r'"((?:[^"\\]|\\.)*)"', written)
        if match is None:
            raise TemplateError(f"the text {written[:40]} is never closed")
        source, filters = match[0], written[match.end() :].split("|")
    else:
        source, *rest = _split_filters(written)
        filters = ["", *rest]
    names = tuple(name.strip() for name in filters[1:])
    if filters[0].strip():
        raise TemplateError(f"a | stands between a look-up and its filters, not {filters[0].strip()[:40]!r}")
    for name in names:
        if name not in _FILTERS:
            raise TemplateError(f"a filter is one of {', '.join(_FILTERS)}, not {name[:40]!r}")
    if source.startswith('"'):
        return Lookup("text", re.sub(r"\\(.)", r"\1", source[1:-1]), filters=names, escape=escape)
    return _named(source.strip(), names, escape)


def _split_filters(written: str) -> list[str]:
    """By the bars that stand outside quotes."""
    return re.findall(r'(?:[^|"]|"(?:[^"\\]|\\.)*"|")+|(?<=\|)(?=\||$)', written) or [""]


def _named(source: str, filters: tuple[str, ...], escape: Escape) -> Lookup:
    if source in _PLAIN:
        return Lookup(source, filters=filters, escape=escape)
    first, dot, name = source.partition(".")
    if first in _NAMED and dot and name.strip():
        name = name.strip()
        return Lookup(first, name.lower() if first == "headers" else name, filters=filters, escape=escape)
    if re.match(r"json(?![\w-])", source):
        return Lookup("json", path=_steps(source[4:]), filters=filters, escape=escape)
    raise TemplateError(f"a look-up is one of {LOOKUPS}, not {source[:40]!r}")


def _steps(written: str) -> Path:
    steps: list[str | int] = []
    position = 0
    while position < len(written):
        match = _STEP.match(written, position)
        if match is None:
            raise TemplateError(f'a path in JSON is written .name, [0] or ["a name"], not {written[position:][:40]!r}')
        key, index, quoted = match.groups()
        steps.append(int(index) if index is not None else (key or re.sub(r"\\(.)", r"\1", quoted or "")).strip())
        position = match.end()
    return tuple(steps)


def json_text(incoming: Incoming, path: str) -> str | None:
    """A value of the body by its path, as `a.b[0]`, as text; None where there is none. Raises `TemplateError`."""
    return plain(incoming.json.at(json_path(path)))


def json_path(path: str) -> Path:
    return _steps(path if path.startswith("[") else f".{path}")


def _filtered(value: str | bytes, name: str, secret: str) -> str:
    if isinstance(value, str):
        if name == "json":
            return orjson.dumps(value).decode()
        if name == "url":
            return quote(value, safe="")
        if name == "html":
            return html.escape(value)
    data = value.encode("utf-8", "replace") if isinstance(value, str) else value
    if name == "base64":
        return b64encode(data).decode()
    digest = hmac.new(secret.encode(), data, "sha256")
    return digest.hexdigest() if name == "hmac_sha256" else b64encode(digest.digest()).decode()


def _url(incoming: Incoming) -> str:
    query = incoming.query_string.decode("latin-1")
    address = f"{incoming.scheme}://{incoming.host}{quote(incoming.full_path)}"
    return f"{address}?{query}" if query else address

"""JSON read without losing anything: digits, order, repeated keys (RFC 8259).

The tree (`Node`) is plain data that any JSON encoder can write again:

    node = text | true | false | null | {"number": digits} | [node, …] | {"members": [[key, node], …]}

A number stays as it was written, since `12345678901234567890`, `1.0` and `1e999` have no honest form as a
machine's number; the members of an object are pairs, since keys may be repeated. `NaN` and `Infinity`, which
are no JSON but are sent, are read and remarked. Bounds: 256 KiB and 64 levels, checked before anything is built.
"""

import json
import re
from collections.abc import Iterable
from json.encoder import encode_basestring
from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, Struct, UnsetType

MAX_CHARACTERS: Final = 256 << 10
MAX_DEPTH: Final = 64
MAX_LINES: Final = 1_000
RECORD_SEPARATOR: Final = "\x1e"

NODE: Final = "JsonNode"
"""The name of the schema of a node, which refers to itself and so is written here, and not made from a type."""

NODE_SCHEMA: Final[dict[str, Any]] = {
    "title": NODE,
    "description": "JSON with its digits, its order and its repeated keys.",
    "anyOf": [
        {"type": ["string", "boolean", "null"]},
        {"type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"]},
        {"type": "array", "items": {"$ref": f"#/components/schemas/{NODE}"}},
        {
            "type": "object",
            "properties": {
                "members": {
                    "type": "array",
                    "items": {
                        "type": "array",
                        "prefixItems": [{"type": "string"}, {"$ref": f"#/components/schemas/{NODE}"}],
                        "minItems": 2,
                        "items": False,
                    },
                }
            },
            "required": ["members"],
        },
    ],
}

Node = Annotated[Any, Meta(extra_json_schema={"$ref": f"#/components/schemas/{NODE}"})]


class JsonError(Struct, frozen=True):
    """Why a text is no JSON, or not laid out. `line`, `column`: counted from 1; `position`: in characters from 0; None
    where no place is to blame."""

    detail: str
    line: int | None
    column: int | None
    position: int | None


class JsonLine(Struct, frozen=True):
    """One of several JSON texts, with its `value` or its `error`. `line`: its number, from 1."""

    line: int
    value: Node | UnsetType = UNSET
    error: JsonError | UnsetType = UNSET


class JsonRead(Struct, frozen=True):
    """JSON, read: the `value`, or the `error`, or of several texts the `lines`, of which `omitted` are left out.
    `notes`: what is peculiar."""

    value: Node | UnsetType = UNSET
    error: JsonError | UnsetType = UNSET
    lines: list[JsonLine] | UnsetType = UNSET
    omitted: int | UnsetType = UNSET
    notes: list[str] = []

    @property
    def has_value(self) -> bool:
        return self.value is not UNSET


_NESTING: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)
"""Strings and brackets. A string need not end: tried again from each of its quotes, it would take quadratic time."""

_LONE: Final = re.compile("[\ud800-\udfff]")


def looks_like_json(content: bytes) -> bool:
    """Whether it begins and ends like an object or an array: what a lone number or word is, nobody can tell."""
    stripped = content.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n")
    return stripped[:1] + stripped[-1:] in (b"{}", b"[]")


def may_be_json(content: bytes) -> bool:
    """Whether it is JSON, or has no fault that would show that it is none: GraphQL and TOML have the same brackets."""
    read = read_json(content.decode("utf-8", "replace"))
    return read.error is UNSET or read.error.line is None


def read_json(text: str) -> JsonRead:
    reader = _Reader()
    value, error = reader.read(text)
    return JsonRead(value, error, notes=sorted(reader.notes))


def read_lines(text: str) -> JsonRead:
    """One JSON text per line. A line ends with a line feed and nothing else: U+2028 may stand in a JSON text."""
    return _read_each(text.split("\n"))


def read_records(text: str) -> JsonRead:
    """JSON texts with record separators before them (RFC 7464) or behind them (SignalR), as in `read_lines`."""
    return _read_each(text.split(RECORD_SEPARATOR))


def _read_each(texts: list[str]) -> JsonRead:
    reader = _Reader()
    numbered = [(number, line) for number, line in enumerate(texts, 1) if line.strip()]
    lines = [JsonLine(number, *reader.read(line)) for number, line in numbered[:MAX_LINES]]
    return JsonRead(lines=lines, omitted=max(0, len(numbered) - MAX_LINES), notes=sorted(reader.notes))


def compact(node: Any) -> str:
    """A node as JSON text in one line, numbers with the digits that they had."""
    match node:
        case str():
            return encode_basestring(node)
        case {"number": digits}:
            return str(digits)
        case {"members": pairs}:
            return "{" + ", ".join(f"{encode_basestring(key)}: {compact(item)}" for key, item in pairs) + "}"
        case list():
            return "[" + ", ".join(map(compact, node)) + "]"
        case _:
            return json.dumps(node)


def indented(node: Any, indent: str = "") -> str:
    """A node as JSON text over several lines, two spaces deeper for each level."""
    deeper = indent + "  "
    match node:
        case [_, *_]:
            return _block("[]", (indented(item, deeper) for item in node), indent)
        case {"members": [_, *_] as pairs}:
            return _block("{}", (f"{encode_basestring(key)}: {indented(item, deeper)}" for key, item in pairs), indent)
        case _:
            return compact(node)


def _block(brackets: str, items: Iterable[str], indent: str) -> str:
    return f"{brackets[0]}\n{indent}  " + f",\n{indent}  ".join(items) + f"\n{indent}{brackets[1]}"


class _Reader:
    """Python's own parser, told what to make of numbers and objects."""

    def __init__(self) -> None:
        self.notes: set[str] = set()

    def read(self, text: str) -> tuple[Any, JsonError | UnsetType]:
        """The value, or the error."""
        try:
            _check_bounds(text)
            value = self._parse(text)
        except json.JSONDecodeError as error:
            return UNSET, JsonError(error.msg, error.lineno, error.colno, error.pos)
        except (ValueError, RecursionError) as error:
            return UNSET, JsonError(str(error), None, None, None)
        if "\\u" in text:
            value = self._without_surrogates(value)
        return value, UNSET

    def _parse(self, text: str) -> Any:
        return json.loads(
            text,
            parse_int=_number,
            parse_float=_number,
            parse_constant=self._no_number,
            object_pairs_hook=self._members,
        )

    def _no_number(self, word: str) -> dict[str, str]:
        self.notes.add(f"{word} is no JSON; it is shown as it was sent.")
        return _number(word)

    def _members(self, pairs: list[tuple[str, Any]]) -> dict[str, list[tuple[str, Any]]]:
        if len({key for key, _ in pairs}) != len(pairs):
            self.notes.add("An object repeats a key; which one counts depends on the reader.")
        return {"members": pairs}

    def _without_surrogates(self, node: Any) -> Any:
        r"""Half of a character, as from `"\ud800"`, has no form in UTF-8: it is shown as that escape."""
        match node:
            case str():
                if not _LONE.search(node):
                    return node
                self.notes.add("A text holds half of a character, which is shown as an escape.")
                return _LONE.sub(lambda match: f"\\u{ord(match[0]):04x}", node)
            case list():
                return [self._without_surrogates(item) for item in node]
            case {"members": pairs}:
                whole = self._without_surrogates
                return {"members": [(whole(key), whole(item)) for key, item in pairs]}
            case _:
                return node


def _number(digits: str) -> dict[str, str]:
    return {"number": digits}


def _check_bounds(text: str) -> None:
    """Raises ValueError for a text that is longer or deeper than what is read."""
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"JSON longer than {MAX_CHARACTERS:,} characters is not laid out")
    depth = 0
    for match in _NESTING.finditer(text):
        if match[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(f"JSON deeper than {MAX_DEPTH} levels is not laid out")
        elif match[0] in "]}":
            depth -= 1

"""Forms as browsers send them: fields in order, repeats kept (WHATWG URL, section 5.1)."""

from typing import Final, TypeGuard
from urllib.parse import unquote_to_bytes

from msgspec import UNSET, Struct

from ...exchange.document import Bytes, Header, text
from .charsets import decode
from .json_tree import Node, looks_like_json, read_json

MAX_FIELDS: Final = 1_000


class FormJson(Struct, frozen=True):
    """The value of a field that is JSON. `field`: its index among the fields."""

    field: int
    value: Node
    notes: list[str]


class FormRead(Struct, frozen=True):
    """A form. `fields`: names and values, decoded. `json`: those that are JSON objects or lists, read. `omitted`: how
    many fields are left out."""

    fields: list[Header]
    json: list[FormJson]
    omitted: int


def read_form(content: bytes, charset: str | None = None) -> FormRead:
    """Names and values are decoded and follow the rule for bytes, or are text of the `charset` that was declared."""
    pairs = [pair for pair in content.strip(b"\r\n").split(b"&") if pair]
    fields = [_field(pair, charset) for pair in pairs[:MAX_FIELDS]]
    trees = [(index, read_json(value)) for index, (_, value) in enumerate(fields) if _may_be_json(value)]
    texts = [FormJson(index, tree.value, tree.notes) for index, tree in trees if tree.value is not UNSET]
    return FormRead(fields, texts, max(0, len(pairs) - MAX_FIELDS))


def _may_be_json(value: Bytes) -> TypeGuard[str]:
    return isinstance(value, str) and looks_like_json(value.encode("utf-8", "surrogatepass"))


def _field(pair: bytes, charset: str | None) -> Header:
    name, _, value = pair.partition(b"=")
    return _decoded(name, charset), _decoded(value, charset)


def _decoded(escaped: bytes, charset: str | None) -> Bytes:
    raw = unquote_to_bytes(escaped.replace(b"+", b" "))
    return text(raw) if charset is None else decode(raw, charset, is_cut=False)[0]

"""Forms as browsers send them: fields in order, repeats kept (WHATWG URL, section 5.1)."""

from typing import Any, Final
from urllib.parse import unquote_to_bytes

from ...exchange.document import text
from .charsets import decode
from .json_tree import read_json
from .kinds import looks_like_json

MAX_FIELDS: Final = 1_000


def read_form(content: bytes, charset: str | None = None) -> dict[str, Any]:
    """`{"fields": [[name, value], …], "json": [{"field", "value", "notes"}, …], "omitted"}`.

    Names and values are decoded and follow the rule for bytes, or are text of the `charset` that was declared. `json`
    has the values that are JSON objects or lists, as `read_json` gives them, each with the index of its field.
    """
    pairs = [pair for pair in content.strip(b"\r\n").split(b"&") if pair]
    fields = [_field(pair, charset) for pair in pairs[:MAX_FIELDS]]
    trees = ({"field": index, **read_json(value)} for index, (_, value) in enumerate(fields) if _may_be_json(value))
    return {
        "fields": fields,
        "json": [tree for tree in trees if "value" in tree],
        "omitted": max(0, len(pairs) - MAX_FIELDS),
    }


def _may_be_json(value: Any) -> bool:
    return isinstance(value, str) and looks_like_json(value.encode("utf-8", "surrogatepass"))


def _field(pair: bytes, charset: str | None) -> tuple[Any, Any]:
    name, _, value = pair.partition(b"=")
    return _decoded(name, charset), _decoded(value, charset)


def _decoded(escaped: bytes, charset: str | None) -> Any:
    raw = unquote_to_bytes(escaped.replace(b"+", b" "))
    return text(raw) if charset is None else decode(raw, charset, is_cut=False)[0]

"""Forms as browsers send them: fields in order, repeats kept (WHATWG URL, section 5.1)."""

from typing import Any, Final
from urllib.parse import unquote_to_bytes

from ..document import text

MAX_FIELDS: Final = 1_000


def read_form(content: bytes) -> dict[str, Any]:
    """`{"fields": [[name, value], …], "omitted"}`; names and values are decoded and follow the rule for bytes."""
    pairs = [pair for pair in content.strip(b"\r\n").split(b"&") if pair]
    fields = [_field(pair) for pair in pairs[:MAX_FIELDS]]
    return {"fields": fields, "omitted": max(0, len(pairs) - MAX_FIELDS)}


def _field(pair: bytes) -> tuple[Any, Any]:
    name, _, value = pair.partition(b"=")
    return _decoded(name), _decoded(value)


def _decoded(escaped: bytes) -> Any:
    return text(unquote_to_bytes(escaped.replace(b"+", b" ")))

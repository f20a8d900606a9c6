"""JSON texts of other programs as plain values, and their characters as bytes.

Programs write half surrogates (RFC 8259, section 8.2): Python's for bytes that are no UTF-8 (`surrogateescape`),
JavaScript's for characters that were cut in two. Nulls stand for what is absent.
"""

import json
import re
from typing import Any, Final

import msgspec

_HALVES: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Half surrogates that stand for no byte."""


def parsed(raw: bytes) -> Any:
    """A JSON text as plain values, without what is null. Raises DecodeError, ValueError or RecursionError."""
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        try:
            value = json.loads(raw.decode("utf-8", "surrogateescape"))
        except ValueError:
            raise error from None
    return _without_nulls(value)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value


def utf8(text: str) -> bytes:
    """The bytes of a text: escaped bytes are those bytes again, other halves of characters become U+FFFD."""
    return _HALVES.sub("\ufffd", text).encode("utf-8", "surrogateescape")


def clean(text: str) -> str:
    """The text with U+FFFD in the place of half surrogates."""
    return text if text.isascii() else utf8(text).decode("utf-8", "replace")

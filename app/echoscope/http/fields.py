"""The grammar that header values share: lists, parameters and quoted strings (RFC 9110, section 5.6).

Nothing here fails: a value comes from a client, may be any text, and is read as far as it can be.
"""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

_PART: Final = {
    separator: re.compile(rf'(?:[^{separator}"]+|"[^"\\]*(?:\\.[^"\\]*)*"?)+', re.DOTALL) for separator in (",", ";")
}
_ESCAPE: Final = re.compile(r'\\(["\\])')
"""Before any other character a backslash is a backslash: some clients send `C:\file`."""

OF_CONNECTION: Final = frozenset({b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade"})
"""Fields for the next server and no other (RFC 9110, section 7.6.1). All fields of the form `Proxy-…` are, too."""

Parameters = list[tuple[str, str]]


def split(value: str, separator: str = ",") -> list[str]:
    """The parts between separators (`,` or `;`) that stand outside quotes, without empty ones."""
    parts = (match[0].strip() for match in _PART[separator].finditer(value))
    return [part for part in parts if part]


def unquoted(text: str) -> str:
    """The text of a quoted string, any other text as it is."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return _ESCAPE.sub(r"\1", text[1:-1])
    return text


def with_parameters(value: str) -> tuple[str, Parameters]:
    """What stands before the first semicolon, and the parameters after it in order, names in lower case."""
    first, *others = split(value, ";") or [""]
    if value.lstrip().startswith(";"):
        first, others = "", [first, *others]
    return first, [_pair(other) for other in others]


def parameter(value: str, name: str) -> str | None:
    """The first value of one parameter."""
    return next((text for key, text in with_parameters(value)[1] if key == name), None)


def media_type(content_type: str | None) -> str | None:
    """`type/subtype` in lower case; None for a text that is no media type (RFC 9110, section 8.3.1)."""
    first = with_parameters(content_type or "")[0].lower()
    return first if re.fullmatch(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", first, re.ASCII) else None


def extended(value: str) -> str:
    """The text of an extended value such as `UTF-8''na%C3%AFve` (RFC 8187), any other value as it is."""
    charset, _, rest = value.partition("'")
    encoded = rest.partition("'")[2]
    if charset.lower() not in ("utf-8", "iso-8859-1") or not encoded:
        return value
    return unquote_to_bytes(encoded).decode(charset, "backslashreplace")


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), unquoted(value.strip())

"""The values that clients put into paths and queries: checked text, or a `Refused` that names value and range.

Only ASCII digits count as digits, and neither `nan` nor `inf` is a number.
"""

import re
from typing import Final

from .answers import Refused

_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"(-?(?:[0-9]{1,18}\.?[0-9]{0,18}|\.[0-9]{1,18})(?:[eE][+-]?[0-9]{1,2})?)(ms|s)?")
_WORDS: Final = {"1": True, "t": True, "true": True, "yes": True, "0": False, "f": False, "false": False, "no": False}

_MEDIA_TYPE: Final = re.compile(
    r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}(?:[ \t]*;[\t\x20-\x7e]{0,200})?", re.IGNORECASE | re.ASCII
)
"""A type that may be sent: RFC 6838's names, then parameters that are not looked at."""

_REFUSED_TYPES: Final = ("multipart/x-mixed-replace", "message/")
"""Types whose parts carry headers of their own, out of reach of ours."""


def whole_number(text: str, name: str, least: int = 0, most: int | None = None) -> int:
    """A whole number of at least `least` and, unless that is None, at most `most`."""
    if _WHOLE.fullmatch(text):
        value = int(text)
        if least <= value and (most is None or value <= most):
            return value
    raise Refused(400, f"{name} must be a whole number {_span(least, most)}, not {shown(text)}.")


def number(text: str, name: str, least: float = 0, most: float | None = None) -> float:
    match = _NUMBER.fullmatch(text)
    if match and not match[2] and least <= float(match[1]) and (most is None or float(match[1]) <= most):
        return float(match[1])
    raise Refused(400, f"{name} must be a number {_span(least, most)}, not {shown(text)}.")


def seconds(text: str, name: str, most: float | None = None) -> float:
    """Seconds, written `1.5`, `1.5s` or `1500ms`."""
    match = _NUMBER.fullmatch(text)
    if match:
        value = float(match[1]) / (1000 if match[2] == "ms" else 1)
        if value >= 0 and (most is None or value <= most):
            return value
    raise Refused(400, f"{name} must be seconds {_span(0, most)}, such as 1.5 or 1500ms, not {shown(text)}.")


def truth(text: str, name: str) -> bool:
    if text.lower() not in _WORDS:
        raise Refused(400, f"{name} must be true or false, not {shown(text)}.")
    return _WORDS[text.lower()]


def media_type(text: str, name: str) -> bytes:
    """A content type that may be sent in answer to a request that asked for it."""
    if not _MEDIA_TYPE.fullmatch(text):
        raise Refused(400, f"{name} must be a media type such as text/plain, not {shown(text)}.")
    if text.lower().startswith(_REFUSED_TYPES):
        raise Refused(400, f"{name} must be a type whose parts carry no headers, not {shown(text)}.")
    return text.encode()


def shown(text: str) -> str:
    """A client's text in a sentence: quoted, escaped and cut."""
    return repr(text[:60]) + ("…" if len(text) > 60 else "")


def _span(least: float, most: float | None) -> str:
    if most is None:
        return f"of {least:.16g} or more (18 digits at most)"
    return f"between {least:.16g} and {most:.16g}"

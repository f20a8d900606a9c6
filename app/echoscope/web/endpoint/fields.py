"""Header fields that a client composes for an answer: checked names and values, or a `Refused` that names them.

A server checks too, but when it refuses, the answer has begun and is lost.
"""

import re
from typing import Final

from ...base.settings import Settings
from .answers import Headers, Refused
from .parameters import media_type, shown
from .request import Request

MAX_FIELDS: Final = 50
MAX_BYTES: Final = 8_192

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_VALUE: Final = re.compile("[\\t\\x20-\\x7e\\xa0-\\ufffc\\U00010000-\\U0010ffff]*")
"""Any characters but controls and U+FFFD, which stands for bytes that could not be decoded."""

_FRAMING: Final = frozenset({
    "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
"""Fields that the server sets itself: with others of these, an answer could be read as two."""

_NEVER: Final = _FRAMING | {
    "alt-svc", "clear-site-data", "content-security-policy", "content-security-policy-report-only", "date", "nel",
    "refresh", "report-to", "reporting-endpoints", "server", "service-worker-allowed", "strict-transport-security",
    "x-content-type-options", "x-sendfile",
}  # fmt: skip
_NEVER_PREFIXES: Final = (
    "access-control-", "x-accel-", "x-echoscope-", "x-lighttpd-", "x-litespeed-", "x-reproxy-",
)  # fmt: skip
"""Fields that Echoscope sets itself, that order a proxy to send its own files, or that order a browser to do what
outlives the answer or lifts its sandbox."""

_NOT_FOR_STRANGERS: Final = frozenset({"content-encoding", "link", "location", "set-cookie"})
"""Fields that clients are tested with on one's own machine, and that set traps for others on a shared one."""


def composed(request: Request, pairs: list[tuple[str, str]]) -> Headers:
    """Fields that may be sent, in their order. Raises `Refused` for the first that may not, and for too many."""
    size = sum(len(name) + len(value) for name, value in pairs)
    if len(pairs) > MAX_FIELDS or size > MAX_BYTES:
        raise Refused(400, f"At most {MAX_FIELDS} header fields of together {MAX_BYTES} bytes are sent.")
    settings, is_strict = request.settings, request.shared.is_strict
    return [(sendable_name(name, settings, is_strict=is_strict), field_value(name, value)) for name, value in pairs]


def sendable_name(name: str, settings: Settings, *, is_strict: bool) -> bytes:
    """A field name that may be sent on demand, in lower case. Raises `Refused`."""
    field = field_name(name)
    lower = name.lower()
    if lower in _FRAMING or (not settings.unsafe_responses and _is_denied(lower, settings, is_strict=is_strict)):
        raise Refused(400, f"The header {shown(name)} is not sent on demand.")
    return field


def _is_denied(name: str, settings: Settings, *, is_strict: bool) -> bool:
    if name in _NEVER or (name.startswith(_NEVER_PREFIXES) and name != "access-control-expose-headers"):
        return True
    if name in (denied.lower() for denied in settings.response_headers_deny):
        return True
    return is_strict and name in _NOT_FOR_STRANGERS


def field_name(name: str) -> bytes:
    """A field name in lower case (RFC 9110, section 5.1)."""
    if not _NAME.fullmatch(name):
        raise Refused(400, f"A header name is made of letters, digits and !#$%&'*+.^_`|~-, not {shown(name)}.")
    return name.lower().encode()


def field_value(name: str, value: str) -> bytes:
    """A field value (RFC 9110, section 5.5), in UTF-8 where it is not ASCII; a content type may be sent as such."""
    if name.lower() == "content-type":
        return media_type(value, name)
    if not _VALUE.fullmatch(value) or value != value.strip(" \t"):
        raise Refused(400, f"The header {name} cannot have the value {shown(value)}: no controls, no spaces around it.")
    return value.encode()

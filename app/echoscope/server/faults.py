"""What is wrong with the fields of an HTTP/2 request, in words (RFC 9113, sections 8.2 and 8.3).

zttp refuses such a request without a reason. Nothing is decided here; the text tells people what to mend.
"""

import re
from typing import Final

from .frames import Fields
from .head import TOKEN

OF_CONNECTION: Final = frozenset((b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"))
"""Fields of HTTP/1.1 that have no place in HTTP/2 (RFC 9113, section 8.2.2)."""

_CONTROL: Final = re.compile(rb"[\x00\r\n]")
VISIBLE: Final = bytes(range(0x21, 0x7F))

_PSEUDO: Final = (b":method", b":scheme", b":authority", b":path", b":protocol")
_SHOWN: Final = 60


def fault(fields: Fields) -> str:
    """The first fault, in words; empty where none is seen."""
    return _fault_of_a_field(fields) or _fault_of_the_whole(fields)


def is_tunnel(fields: Fields) -> bool:
    """Whether this is a CONNECT as it has to be (RFC 9113, section 8.5), the one request without scheme and path."""
    values = dict(fields)
    names = {name for name in values if name.startswith(b":")}
    return values.get(b":method") == b"CONNECT" and names == {b":method", b":authority"} and not fault(fields)


def _fault_of_a_field(fields: Fields) -> str:
    seen: set[bytes] = set()
    is_behind = False
    for name, value in fields:
        text = name[:_SHOWN].decode("latin-1")
        if name.startswith(b":"):
            if name not in _PSEUDO:
                return f"there is no pseudo-header {text}"
            if is_behind:
                return f"the pseudo-header {text} stands behind a field"
            if name in seen:
                return f"the pseudo-header {text} stands there twice"
            seen.add(name)
        else:
            is_behind = True
            if reason := _fault_of_a_name(name, value, text):
                return reason
        if _CONTROL.search(value):
            return f"the value of {text} holds a line break or a NUL"
        if value != value.strip(b" \t"):
            return f"the value of {text} has white space around it"
    return ""


def _fault_of_a_name(name: bytes, value: bytes, text: str) -> str:
    if not TOKEN.fullmatch(name):
        return f"the name {text!r} is no token"
    if name != name.lower():
        return f"the name {text} has capitals"
    if name in OF_CONNECTION:
        return f"the field {text} belongs to HTTP/1.1"
    if name == b"te" and value != b"trailers":
        return "the field te may only say trailers"
    return ""


def _fault_of_the_whole(fields: Fields) -> str:
    values = dict(reversed(fields))
    method = values.get(b":method")
    if method is None:
        return "there is no :method"
    if not TOKEN.fullmatch(method):
        return "the :method is no token"
    if method == b"CONNECT" and b":protocol" not in values:
        return "" if b":authority" in values else "a CONNECT has an :authority"
    for name in (b":scheme", b":path"):
        if not values.get(name):
            return f"there is no {name.decode()}"
    if values[b":path"].translate(None, VISIBLE):
        return "the :path holds what must be percent-encoded"
    hosts = {value for name, value in fields if name in (b"host", b":authority")}
    if len(hosts) > 1:
        return "host and :authority differ"
    lengths = [value for name, value in fields if name == b"content-length"]
    if len(set(lengths)) > 1 or any(not length.isdigit() for length in lengths):
        return "the content-length is not one number"
    return ""

"""The rules that a status sets for its answer."""

from typing import Final

from starlette.types import Scope

from .answers import Headers

BODILESS: Final = frozenset({204, 205, 304})
"""Statuses without a body (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5)."""


def required(code: int, size: int, scope: Scope) -> Headers:
    """The fields that an answer of this status must have. `size`: of its body."""
    if code == 206 and size:
        return [(b"content-range", b"bytes 0-%d/%d" % (size - 1, size))]
    if code == 426 and scope["http_version"] in ("1.0", "1.1"):  # HTTP/2 has no such fields (RFC 9113, section 8.2.2)
        return [(b"upgrade", b"websocket"), (b"connection", b"upgrade")]
    return _REQUIRED.get(code, [])


_REQUIRED: Final[dict[int, Headers]] = {
    401: [(b"www-authenticate", b'Basic realm="Fake Realm"')],
    405: [(b"allow", b"GET, HEAD, POST, PUT, PATCH, DELETE, TRACE, OPTIONS")],
    407: [(b"proxy-authenticate", b'Basic realm="Fake Realm"')],
    416: [(b"content-range", b"bytes */0")],
}
"""RFC 9110, sections 15.5.2, 15.5.6, 15.5.8 and 15.5.17."""

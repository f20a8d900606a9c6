"""Cookies set, shown and deleted.

Where strangers may be among the clients, cookies stay on this server's `/cookies`, so that a link cannot fill a
visitor's jar for the rest of the host; names that mean something here are never set.
"""

import re
from http.cookies import CookieError, Morsel, SimpleCookie
from typing import Final

from ..endpoint.answers import Answer, Headers, Refused, json_answer
from ..endpoint.forms import MAX_FIELDS, Pairs
from ..endpoint.parameters import shown
from ..endpoint.request import Request
from ..visitors.access import COOKIE
from .redirects import found
from .reflect import semiflat

MAX_COOKIES: Final = 20
MAX_BYTES: Final = 2_048
"""Together: fifty cookies of 4 KiB would keep their owner out of any server."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_OCTETS: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")
_ATTRIBUTE: Final = re.compile(r"attr\[([\w-]+)\]", re.ASCII)

_FLAG: Final = re.compile(r"|1|true|0|false", re.IGNORECASE)
_ATTRIBUTES: Final = {
    "domain": re.compile(r"[A-Za-z0-9.-]{1,253}"),
    "expires": re.compile(r"[A-Za-z0-9 ,:-]{1,40}"),
    "httponly": _FLAG,
    "max-age": re.compile(r"-?[0-9]{1,10}"),
    "path": re.compile(r"/[\x21-\x3a\x3c-\x7e]{0,200}"),
    "samesite": re.compile(r"lax|strict|none", re.IGNORECASE),
    "secure": _FLAG,
}
"""What go-httpbin's `attr[…]` may be."""

_NOT_FOR_STRANGERS: Final = ("domain", "path")

EXPIRED: Final = [("expires", "Thu, 01 Jan 1970 00:00:00 GMT"), ("max-age", "0")]
"""The attributes that delete a cookie."""


def show(request: Request) -> Answer:
    return json_answer({"cookies": semiflat(cookies(request))}, [(b"vary", b"cookie")])


def set_all(request: Request) -> Answer:
    """Every argument is a cookie, but `attr[…]`: that is an attribute of them all, as in go-httpbin."""
    matches = [(_ATTRIBUTE.fullmatch(name), name, value) for name, value in request.query]
    attributes = [(match[1].lower(), value) for match, _, value in matches if match]
    return _to_cookies(request, [(name, value) for match, name, value in matches if not match], attributes)


def set_one(request: Request) -> Answer:
    return _to_cookies(request, [(request.parameters["name"], request.parameters["value"])])


def delete(request: Request) -> Answer:
    return _to_cookies(request, [(name, "") for name, _ in request.query], EXPIRED)


def _to_cookies(request: Request, pairs: Pairs, attributes: Pairs | None = None) -> Answer:
    answer = found(f"{request.root}/cookies")
    answer.headers += set_cookies(request, pairs, attributes)
    return answer


def set_cookies(request: Request, pairs: Pairs, attributes: Pairs | None = None) -> Headers:
    """A `Set-Cookie` for each. Raises `Refused` for too many, and for the first that is not set."""
    if len(pairs) > MAX_COOKIES or sum(len(name) + len(value) for name, value in pairs) > MAX_BYTES:
        raise Refused(400, f"At most {MAX_COOKIES} cookies of together {MAX_BYTES} characters are set at once.")
    return [_set_cookie(request, name, value, attributes or []) for name, value in pairs]


def cookies(request: Request) -> Pairs:
    """The cookies that came, in their order. More than `MAX_FIELDS` are refused."""
    chunks = request.fields.get(b"cookie", b"").decode("latin-1").split(";", MAX_FIELDS)
    if len(chunks) > MAX_FIELDS:
        raise Refused(400, f"A request has at most {MAX_FIELDS} cookies.")
    from starlette.requests import cookie_parser  # with the reading of forms, which takes 50 ms to import

    pairs = (pair for chunk in chunks for pair in cookie_parser(chunk).items())
    return [(_decoded(name), _decoded(value)) for name, value in pairs]


def _decoded(given: str) -> str:
    """Cookies are bytes: what was set as UTF-8 comes back as UTF-8, quoted or not."""
    try:
        return given.encode("latin-1").decode()
    except UnicodeError:
        return given


def _set_cookie(request: Request, name: str, value: str, attributes: Pairs) -> tuple[bytes, bytes]:
    if name == COOKIE or name.startswith(("__Host-", "__Secure-")):
        raise Refused(400, f"The cookie {shown(name)} is not set on demand: its name means something here.")
    morsel = _morsel(name, value)
    morsel["path"] = f"{request.root}/cookies" if request.shared.is_strict else f"{request.root}/"
    morsel["secure"] = request.scope.get("scheme") == "https"
    for attribute, wanted in attributes:
        allowed = _ATTRIBUTES.get(attribute)
        is_denied = request.shared.is_strict and attribute in _NOT_FOR_STRANGERS
        if allowed is None or is_denied or not allowed.fullmatch(wanted):
            raise Refused(400, f"The cookie attribute {shown(attribute)} is not set to {shown(wanted)} on demand.")
        morsel[attribute] = wanted.lower() not in ("0", "false") if allowed is _FLAG else wanted
    return b"set-cookie", morsel.OutputString().encode("latin-1")


def _morsel(name: str, value: str) -> "Morsel[str]":
    """The value as its UTF-8 bytes, in quotes where it must be (RFC 6265, section 4.1.1), and only there: clients take
    them for a part of it (section 5.2)."""
    if _CONTROL.search(value):  # some releases of Python escape them, others refuse the name
        raise Refused(400, f"The value of the cookie {shown(name)} cannot have control characters.")
    jar: SimpleCookie = SimpleCookie()
    try:
        jar[name] = value.encode("utf-8", "replace").decode("latin-1")
        if _OCTETS.fullmatch(value):
            jar[name].set(name, value, value)
    except CookieError:
        raise Refused(400, f"A cookie cannot have the name {shown(name)}.") from None
    return jar[name]

"""Redirects: chains of a length, and one to where the client says.

Where strangers may be among the clients, /redirect-to leads only to this host and to the allowed ones: an open
redirect lends its good name to phishers, and carries server-side fetchers into networks that they trust.
"""

import re
from contextlib import suppress
from typing import Final
from urllib.parse import quote, urlsplit

from ...base.threads import beside
from ..endpoint.answers import HTML, Answer, Refused
from ..endpoint.fields import field_value
from ..endpoint.forms import parse_form
from ..endpoint.parameters import shown, truth, whole_number
from ..endpoint.request import Request

MAX_REDIRECTS: Final = 100
"""Twice what the suites of HTTP clients ask for; each step is a request of its own, so a chain costs nothing."""

MAX_FORM_BYTES: Final = 128 << 10
"""Of a body that is looked at for an address: to read a longer form takes milliseconds in one piece."""

_LOCAL: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_NOT_OF_URI: Final = re.compile(r"[^\w!#$%&'()*+,./:;=?@\[\]~-]|%(?![0-9A-Fa-f]{2})", re.ASCII)
_SITE: Final = re.compile(r"((?:https?:)?//(?:[^/?#@]*@)?)([^/?#:@]+)(.*)", re.IGNORECASE | re.DOTALL)
_ABSOLUTE: Final = re.compile(r"https?://[^\\\x00-\x20\x7f]+", re.IGNORECASE)


def redirect(request: Request) -> Answer:
    """`absolute` is what httpbin and go-httpbin take for true: that word alone."""
    absolute = request.option("absolute") or "false"
    is_absolute = truth(absolute, "absolute") and absolute.lower() == "true"
    return _step(request, "absolute-redirect" if is_absolute else "relative-redirect", is_absolute)


def relative_redirect(request: Request) -> Answer:
    return _step(request, "relative-redirect", False)


def absolute_redirect(request: Request) -> Answer:
    return _step(request, "absolute-redirect", True)


def _step(request: Request, kind: str, is_absolute: bool) -> Answer:
    left = whole_number(request.parameters["n"], "n", 1, MAX_REDIRECTS) - 1
    place = f"{request.root}/{kind}/{left}" if left else f"{request.root}/get"
    return found(request.site + place if is_absolute else place)


def found(place: str) -> Answer:
    """A redirect to an address of ours."""
    return Answer(status=302, headers=[HTML, (b"location", field_value("Location", escaped(place)))])


async def redirect_to(request: Request) -> Answer:
    """`url`, or `raw_url` for a `Location` as it is given, and `status_code`; from the query or from a form.

    Names count in any case.
    """
    given = await _given(request)
    url, raw_url = given.get("url"), given.get("raw_url")
    if not url and not raw_url:
        raise Refused(400, "url or raw_url must be given: the place to redirect to.")
    status = whole_number(given.get("status_code", "302"), "status_code", 300, 399)
    location = target(request, raw_url, is_raw=True) if raw_url else target(request, url or "")
    return Answer(status=status, headers=[HTML, (b"location", location)])


def target(request: Request, url: str, *, is_raw: bool = False) -> bytes:
    """The `Location` to a place that a client names, as a URI-reference (RFC 9110, section 10.2.2) unless it `is_raw`.

    Raises `Refused` for one that this server does not lead to.
    """
    location = field_value("Location", url)
    if request.shared.is_strict:
        check_target(url, request.site.partition("://")[2], request.settings.redirect_hosts)
    return location if is_raw else escaped(url).encode()


def escaped(url: str) -> str:
    """A URI-reference (RFC 3986) out of any text: what has no place in one is percent-encoded.

    A host name is in the form that DNS has (IDNA); what is encoded already stays as it is.
    """
    site = _SITE.fullmatch(url)
    if site and not site[2].isascii():
        with suppress(UnicodeError):
            url = site[1] + site[2].encode("idna").decode() + site[3]
    return _NOT_OF_URI.sub(lambda match: quote(match[0], safe=""), url)


async def _given(request: Request) -> dict[str, str]:
    """The arguments by their names in lower case, the first of each that is not empty; before those of a form."""
    pairs = request.query
    body = await request.body()
    if body and len(body) <= MAX_FORM_BYTES:
        form = await beside(parse_form, request.fields.get(b"content-type", b""), body)
        pairs = pairs + (form.fields if form else [])
    return {name.lower(): value for name, value in reversed(pairs) if value}


def check_target(url: str, host: str, allowed: tuple[str, ...]) -> None:
    """Raises `Refused` unless `url` is a path of this host or leads to it or to an allowed host, and nothing else.

    What browsers make of a URL differs from what parsers make of it, so everything that has two readings is
    refused: backslashes, controls, spaces, user names.
    """
    if _LOCAL.fullmatch(url):
        return
    if _ABSOLUTE.fullmatch(url):
        authority = _authority(url)
        if authority in (host.lower(), *(name.lower() for name in allowed)):
            return
    raise Refused(
        403, f"Redirects lead to paths of this server and to hosts that its operator allows, not to {shown(url)}."
    )


def _authority(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""

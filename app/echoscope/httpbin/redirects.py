"""Redirects: chains of a length, and one to where the client says.

Where strangers may be among the clients, /redirect-to leads only to this host and to the allowed ones: an open
redirect lends its good name to phishers, and carries server-side fetchers into networks that they trust.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from .answers import HTML, Answer, Refused
from .fields import field_value
from .forms import parse_form
from .parameters import shown, truth, whole_number
from .request import Request

MAX_REDIRECTS: Final = 100
"""Twice what the suites of HTTP clients ask for; each step is a request of its own, so a chain costs nothing."""

_LOCAL: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_ABSOLUTE: Final = re.compile(r"https?://[^\\\x00-\x20\x7f]+", re.IGNORECASE)


async def redirect(request: Request) -> Answer:
    is_absolute = truth(request.option("absolute") or "false", "absolute")
    return _step(request, "absolute-redirect" if is_absolute else "relative-redirect", is_absolute)


async def relative_redirect(request: Request) -> Answer:
    return _step(request, "relative-redirect", False)


async def absolute_redirect(request: Request) -> Answer:
    return _step(request, "absolute-redirect", True)


def _step(request: Request, kind: str, is_absolute: bool) -> Answer:
    left = whole_number(request.parameters["n"], "n", 1, MAX_REDIRECTS) - 1
    place = f"{request.root}/{kind}/{left}" if left else f"{request.root}/get"
    return found(request.site + place if is_absolute else place)


def found(place: str) -> Answer:
    """A redirect to an address of ours."""
    return Answer(status=302, headers=[HTML, (b"location", field_value("Location", place))])


async def redirect_to(request: Request) -> Answer:
    """`url` and `status_code`, from the query or from a form; names in any case."""
    url = await _given(request, "url")
    if not url:
        raise Refused(400, "url must be given: the place to redirect to.")
    status = whole_number(await _given(request, "status_code") or "302", "status_code", 300, 399)
    return Answer(status=status, headers=[HTML, (b"location", target(request, url))])


def target(request: Request, url: str) -> bytes:
    """The `Location` to a place that a client names. Raises `Refused` for one that this server does not lead to."""
    location = field_value("Location", url)
    if request.shared.is_strict:
        check_target(url, request.header(b"host") or "", request.settings.redirect_hosts)
    return location


async def _given(request: Request, name: str) -> str | None:
    value = request.option(name)
    if value is not None:
        return value
    form = parse_form(request.fields.get(b"content-type", b""), await request.body())
    return next((value for key, value in form.fields if key.lower() == name), None) if form else None


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

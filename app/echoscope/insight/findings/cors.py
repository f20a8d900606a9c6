"""Requests of pages from other origins: the preflight step by step, and answers that no page may read (Fetch)."""

from collections.abc import Iterator
from typing import Final

from ..headers.moments import duration, whole_seconds
from .facts import Facts, HttpMessage
from .finding import Remark, seen

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "POST"})
_ALLOW: Final = "Access-Control-Allow-"


def preflight(facts: Facts) -> Iterator[Remark]:
    """What the page wants, and what of the answer grants or misses each part of it."""
    request, response = facts.request, facts.response
    if facts.method != "OPTIONS" or not request.has("origin") or not request.has("access-control-request-method"):
        return
    if response is None or facts.status is None:
        return
    origin = (request.value("origin") or "").strip()
    method = (request.value("access-control-request-method") or "").strip()
    wanted = [name.lower() for name in request.members("access-control-request-headers")]
    asks = f"A page of {seen(origin)} wants to send {seen(method)}"
    asks += f" with {seen(', '.join(wanted), 120)}" if wanted else ""
    steps = [*_status(facts.status), *_origin(response, origin), *_method(response, method), *_names(response, wanted)]
    advice = " ".join(advice for _, advice in steps if advice)
    if advice:
        end = "The browser does not send the request."
    else:
        age = whole_seconds(response.value("access-control-max-age") or "")
        lasts = duration(age) if age is not None else "5 seconds, since Access-Control-Max-Age is missing"
        end = f"The browser remembers it for {lasts}."
    yield Remark(
        "The preflight is refused" if advice else "The preflight is granted",
        f"{asks}. {' '.join(why for why, _ in steps)} {end}",
        advice,
        request.header("access-control-request-method"),
        "warning" if advice else "note",
    )


Step = tuple[str, str]
"""What the answer says to a part of the request, and what mends it: empty where that is granted."""


def _status(status: int) -> Iterator[Step]:
    if not 200 <= status < 300:
        yield (
            f"The status is {status}, and only 2xx counts.",
            "Answer OPTIONS with 204, before authentication and redirects.",
        )


def _origin(response: HttpMessage, origin: str) -> Iterator[Step]:
    refusals = list(_origin_refused(response, origin))
    yield from refusals
    if not refusals:
        value = response.value("access-control-allow-origin") or ""
        star = ", without cookies" if value.strip() == "*" else ""
        yield f"{_ALLOW}Origin: {seen(value)} grants the origin{star}.", ""


def _method(response: HttpMessage, method: str) -> Iterator[Step]:
    methods = set(response.members("access-control-allow-methods"))
    if method in methods or ("*" in methods and not _with_cookies(response)):
        yield f"{_ALLOW}Methods grants {seen(method)}.", ""
    elif method in _SAFE_METHODS:
        yield f"{method} needs no grant.", ""
    else:
        said = f"names {seen(', '.join(sorted(methods)))}" if methods else "is missing"
        yield f"{_ALLOW}Methods {said}.", f"Send {_ALLOW}Methods: {seen(method)}."


def _names(response: HttpMessage, wanted: list[str]) -> Iterator[Step]:
    allowed = {part.lower() for part in response.members("access-control-allow-headers")}
    stars = "*" in allowed and not _with_cookies(response)
    refused = [name for name in wanted if name not in allowed and not (stars and name != "authorization")]
    names = seen(", ".join(refused or wanted), 120)
    if refused:
        note = " (* does not cover Authorization)" if stars else ""
        yield f"{_ALLOW}Headers does not name {names}{note}.", f"Send {_ALLOW}Headers: {names}."
    elif wanted:
        yield f"{_ALLOW}Headers grants {names}.", ""


def _with_cookies(response: HttpMessage) -> bool:
    return response.value("access-control-allow-credentials") == "true"


def _origin_refused(response: HttpMessage, origin: str) -> Iterator[Step]:
    values = response.values("access-control-allow-origin")
    if not values:
        yield f"{_ALLOW}Origin is missing.", f"Send {_ALLOW}Origin: {seen(origin)} (and Vary: Origin)."
    elif len(values) > 1 or "," in values[0]:
        yield (
            f"{_ALLOW}Origin has more than one value: {seen(', '.join(values))}.",
            f"Send it once, with the origin that asks: {seen(origin)}. Look for a proxy that adds it again.",
        )
    elif values[0].strip() not in ("*", origin):
        yield (
            f"{_ALLOW}Origin is {seen(values[0])}, which is not {seen(origin)} to the letter.",
            f"Send {_ALLOW}Origin: {seen(origin)}, with scheme and port and without a slash at its end.",
        )


def _is_cross_origin(facts: Facts) -> bool:
    """Whether a script of another origin made it, by what browsers say and not by what proxies may have changed."""
    request = facts.request
    if facts.is_websocket or not request.has("origin") or facts.method == "OPTIONS":
        return False
    if request.has("sec-fetch-mode"):
        return request.value("sec-fetch-mode") == "cors" and request.value("sec-fetch-site") in (
            "cross-site",
            "same-site",
        )
    origin = (request.value("origin") or "").lower()
    if facts.is_proxied or not origin.startswith(("http://", "https://")) or request.has("upgrade-insecure-requests"):
        return False
    if "text/html" in (request.value("accept") or "") or "mozilla/" not in (request.value("user-agent") or "").lower():
        return False
    return origin.partition("://")[2] != (request.value("host") or "").lower()


def unreadable(facts: Facts) -> Iterator[Remark]:
    """An answer that the page which asked for it may not read."""
    response = facts.response
    if response is None or not _is_cross_origin(facts) or facts.exchange.state == "open":
        return
    origin = (facts.request.value("origin") or "").strip()
    for why, advice in _origin_refused(response, origin):
        yield Remark(
            "The page that asked may not read the answer",
            f"A page of {seen(origin)} made the request. {why}",
            advice,
            facts.request.header("origin"),
        )
        return
    if facts.request.has("cookie") and not (
        _with_cookies(response) and response.value("access-control-allow-origin") != "*"
    ):
        yield Remark(
            "The page that asked with cookies may not read the answer",
            f"{_ALLOW}Origin is {seen(response.value('access-control-allow-origin') or '')} and {_ALLOW}Credentials "
            f"{response.value('access-control-allow-credentials') or 'missing'}; with cookies the origin must be "
            "named and credentials allowed.",
            f"Send {_ALLOW}Origin: {seen(origin)}, {_ALLOW}Credentials: true and Vary: Origin; or fetch without "
            "credentials: 'include'.",
            facts.request.header("cookie"),
        )


def star_with_credentials(facts: Facts) -> Iterator[Remark]:
    """`*` together with credentials, which never works; where no page asks, it harms nobody."""
    response = facts.response
    if response is None or not facts.request.has("origin") or not _with_cookies(response):
        return
    for name in ("origin", "headers", "methods"):
        if "*" in response.members(f"access-control-allow-{name}"):
            yield Remark(
                f"* and credentials exclude each other in {_ALLOW}{name.title()}",
                f"The answer has {_ALLOW}{name.title()}: * and {_ALLOW}Credentials: true. With credentials the star "
                "is no wildcard, so requests with cookies fail.",
                "Name the origin that asks, its methods and headers; or leave credentials out.",
                response.header(f"access-control-allow-{name}"),
            )
            return


def null_origin(facts: Facts) -> Iterator[Remark]:
    """`Origin: null`."""
    if (facts.request.value("origin") or "").strip() == "null":
        yield Remark(
            "The origin is null",
            "Browsers send it from files, from sandboxed frames, after a redirect to another origin and where "
            "Referrer-Policy is no-referrer.",
            "Do not allow null: any page can make itself one. Serve the page over HTTP instead of opening the file.",
            facts.request.header("origin"),
        )

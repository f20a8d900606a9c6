"""Cookies, both ways: what is too large, and what browsers refuse to keep (draft-ietf-httpbis-rfc6265bis)."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from .facts import Facts, HttpMessage, address_of
from .finding import Remark, Where, seen

COOKIE_BYTES: Final = 4096
"""The most that browsers keep of one cookie: name and value together."""

HEADER_BYTES: Final = 8190
"""The longest line that Apache takes; nginx and others have limits near it."""

COOKIES: Final = 50
"""As many for one site every browser has to keep (RFC 6265, section 6.1)."""

_JOINED: Final = re.compile(r",\s*[\w-]+=", re.ASCII)
_DELIMITERS: Final = re.compile(r"[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME: Final = re.compile(r"\d{1,2}:\d{1,2}:\d{1,2}(?!\d)", re.ASCII)
_DAY: Final = re.compile(r"\d{1,2}(?!\d)", re.ASCII)
_MONTH: Final = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
_YEAR: Final = re.compile(r"\d{2,4}(?!\d)", re.ASCII)
_SAME_SITE: Final = frozenset({"strict", "lax", "none"})


def _pairs(request: HttpMessage) -> list[tuple[str, str]]:
    parts = [part.partition("=") for value in request.values("cookie") for part in value.split(";") if part.strip()]
    return [(name.strip(), text.strip()) for name, _, text in parts]


def too_large(facts: Facts) -> Iterator[Remark]:
    """A Cookie header near the limits of servers, and a cookie beyond those of browsers."""
    request = facts.request
    sizes = [len(value) for name, value in request.raw if name.lower() == b"cookie"]
    if sum(sizes) > HEADER_BYTES:
        largest = max(_pairs(request), key=lambda pair: len(pair[1]), default=("", ""))
        yield Remark(
            "The cookies are larger than many servers take",
            f"They have {sum(sizes):,} bytes; Apache takes lines of {HEADER_BYTES:,}, nginx 8 KiB, and answer 400 "
            f"or 431. The largest is {seen(largest[0])}.",
            "Keep data on the server and an id in the cookie. To take more: nginx large_client_header_buffers 4 "
            "16k, echoscope --max-head-bytes, uvicorn --h11-max-incomplete-event-size.",
            request.header("cookie"),
        )
    for name, value in _pairs(request):
        if len(name) + len(value) > COOKIE_BYTES:
            yield Remark(
                "A cookie is larger than browsers keep",
                f"{seen(name)} has {len(name) + len(value):,} bytes with its name, the limit of browsers is "
                f"{COOKIE_BYTES:,}; so a program made it.",
                "Split it, or keep the data on the server.",
                request.header("cookie"),
                "note",
            )
            return


def too_many(facts: Facts) -> Iterator[Remark]:
    """More cookies than every browser keeps."""
    pairs = _pairs(facts.request)
    if len(pairs) > COOKIES:
        yield Remark(
            "There are very many cookies",
            f"{len(pairs)} came. Browsers have to keep {COOKIES} for a site; beyond their limits the oldest vanish.",
            "Give them a Path and a Max-Age, and delete those that nobody reads.",
            facts.request.header("cookie"),
        )


def repeated(facts: Facts) -> Iterator[Remark]:
    """The same name more than once, as from two Paths or Domains."""
    counts = Counter(name for name, _ in _pairs(facts.request))
    for name, count in counts.items():
        if count > 1 and name:
            yield Remark(
                f"The cookie {seen(name)} came {count} times",
                "Browsers send cookies of one name for several paths or domains, the longest path first; which one "
                "counts depends on the server.",
                "Delete the other one: with Max-Age=0 and the same Path and Domain under which it was set.",
                facts.request.header("cookie"),
            )
            return


def refused(facts: Facts) -> Iterator[Remark]:
    """A Set-Cookie that browsers drop, with the rule that it breaks."""
    response = facts.response
    if response is None:
        return
    for number, value in enumerate(response.values("set-cookie")):
        pair, *rest = value.split(";")
        name, _, text = (part.strip() for part in pair.partition("="))
        attributes = {
            key.strip().lower(): content.strip() for key, _, content in (part.partition("=") for part in rest)
        }
        for reason, advice in _refusals(name, len(name) + len(text), attributes):
            yield Remark(
                f"Browsers refuse the cookie {seen(name)}",
                reason,
                advice,
                response.header("set-cookie", number),
            )
        yield from _domain_refused(facts, name, attributes, response.header("set-cookie", number))


def _refusals(name: str, size: int, attributes: dict[str, str]) -> Iterator[tuple[str, str]]:
    lowered, is_secure = name.lower(), "secure" in attributes
    if attributes.get("samesite", "").lower() == "none" and not is_secure:
        yield "It has SameSite=None and no Secure.", "Add Secure, or write SameSite=Lax."
    elif "partitioned" in attributes and not is_secure:
        yield "It has Partitioned and no Secure.", "Add Secure."
    if lowered.startswith("__secure-") and not is_secure:
        yield "Names that begin with __Secure- need Secure.", "Add Secure, or rename the cookie."
    if lowered.startswith("__host-"):
        path, has_domain = attributes.get("path"), bool(attributes.get("domain"))
        if not is_secure or has_domain or path != "/":
            has = [
                word
                for word, there in (("Secure", is_secure), ("Path=/", path == "/"), ("no Domain", not has_domain))
                if not there
            ]
            yield (
                f"Names that begin with __Host- need {' and '.join(has)}.",
                "Set it as: Secure; Path=/, without Domain.",
            )
    if size > COOKIE_BYTES:
        yield f"Its name and value have {size:,} bytes, the limit is {COOKIE_BYTES:,}.", "Keep the data on the server."


def _domain_refused(facts: Facts, name: str, attributes: dict[str, str], where: Where) -> Iterator[Remark]:
    domain = attributes.get("domain", "").lower().lstrip(".")
    if not domain or not facts.hosts or any(host == domain or host.endswith("." + domain) for host in facts.hosts):
        return
    is_name = all("." in host and address_of(host) is None for host in facts.hosts)
    yield Remark(
        f"Browsers refuse the cookie {seen(name)}",
        f"Its Domain is {seen(domain)}, and the request went to {seen(', '.join(sorted(facts.hosts)))}, which is "
        "not in it.",
        "Leave Domain out, which makes it a cookie of this host alone, or set the host's own parent domain. Behind "
        "a proxy pass the name on: nginx proxy_set_header Host $host.",
        where,
        None if is_name and not facts.is_proxied else "note",
    )


def _is_cookie_date(text: str) -> bool:
    """Whether browsers find a time, a day, a month and a year in it (RFC 6265, section 5.1.1)."""
    missing = [_TIME, _DAY, _MONTH, _YEAR]
    for token in _DELIMITERS.split(text[:200]):
        form = next((form for form in missing if form.match(token)), None)
        if form is not None:
            missing.remove(form)
    return not missing


def set_oddly(facts: Facts) -> Iterator[Remark]:
    """A Set-Cookie that browsers keep, but not as it was meant."""
    response = facts.response
    if response is None:
        return
    for number, value in enumerate(response.values("set-cookie")):
        pair, *rest = value.split(";")
        name, where = pair.partition("=")[0].strip(), response.header("set-cookie", number)
        for part in rest:
            key, _, content = (text.strip() for text in part.partition("="))
            key = key.lower()
            if key in ("path", "domain", "secure", "httponly", "samesite", "max-age") and _JOINED.search(part):
                yield Remark(
                    "Two cookies stand in one Set-Cookie",
                    f"After {seen(name)} a comma begins another cookie; browsers read it as part of {key.title()}.",
                    "Send each in a Set-Cookie line of its own; let no proxy or library join them.",
                    where,
                )
                break
            if key == "expires" and not _is_cookie_date(content) and "max-age" not in value.lower():
                yield Remark(
                    f"Expires of the cookie {seen(name)} is no date",
                    f"{seen(content)!r} cannot be read, so the cookie ends with the browser.",
                    "Write Max-Age in seconds, or a date such as Sun, 06 Nov 1994 08:49:37 GMT.",
                    where,
                )
            elif key == "samesite" and content.lower() not in _SAME_SITE:
                yield Remark(
                    f"SameSite of the cookie {seen(name)} is no known value",
                    f"{seen(content)!r} is taken as if it were not there, which is mostly Lax.",
                    "Write SameSite=Strict, Lax, or None together with Secure.",
                    where,
                )
            elif key == "max-age" and not re.fullmatch(r"-?\d+", content):
                yield Remark(
                    f"Max-Age of the cookie {seen(name)} is no number",
                    f"{seen(content)!r} is ignored.",
                    "Write whole seconds: Max-Age=3600.",
                    where,
                )

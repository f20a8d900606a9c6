"""Answers: what breaks HTTP, what caches and browsers do not understand (RFC 9110, 9111, 6797; W3C CSP)."""

import re
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from ...http.fields import split, unquoted
from ..headers.moments import http_date, whole_seconds
from .conditions import ENTITY_TAG
from .facts import Facts, HttpMessage
from .finding import Remark, seen, spelled

_WITH_SECONDS: Final = frozenset(
    {"max-age", "s-maxage", "stale-while-revalidate", "stale-if-error", "max-stale", "min-fresh"}
)
_DIRECTIVES: Final = _WITH_SECONDS | {
    *(
        "no-store",
        "no-cache",
        "no-transform",
        "only-if-cached",
        "must-revalidate",
        "proxy-revalidate",
        "must-understand",
    ),
    *("private", "public", "immutable"),
}
_POLICIES: Final = (
    "base-uri", "block-all-mixed-content", "child-src", "connect-src", "default-src", "fenced-frame-src", "font-src",
    "form-action", "frame-ancestors", "frame-src", "img-src", "manifest-src", "media-src", "navigate-to",
    "object-src", "plugin-types", "prefetch-src", "referrer", "report-to", "report-uri", "require-sri-for",
    "require-trusted-types-for", "sandbox", "script-src", "script-src-attr", "script-src-elem", "style-src",
    "style-src-attr", "style-src-elem", "trusted-types", "upgrade-insecure-requests", "worker-src", "webrtc",
    "reflected-xss",
)  # fmt: skip
_KEYWORDS: Final = (
    "self", "none", "unsafe-inline", "unsafe-eval", "unsafe-hashes", "strict-dynamic", "report-sample",
    "wasm-unsafe-eval",
)  # fmt: skip
_SOURCES: Final = re.compile(r".*-src(?:-attr|-elem)?|base-uri|form-action|frame-ancestors")
_REQUIRED: Final = {
    401: ("www-authenticate", "15.5.2", 'WWW-Authenticate: Bearer, or Basic realm="…"'),
    405: ("allow", "15.5.6", "Allow: GET, HEAD with the methods that there are"),
    407: ("proxy-authenticate", "15.5.8", 'Proxy-Authenticate: Basic realm="…"'),
    426: ("upgrade", "15.5.22", "Upgrade with the protocol to change to"),
}
_WITHOUT_BODY: Final = (204, 304)


def _answer(facts: Facts) -> HttpMessage | None:
    return None if facts.is_websocket else facts.response


def body_forbidden(facts: Facts) -> Iterator[Remark]:
    """A body on a status that has none."""
    response = _answer(facts)
    if response and facts.status in _WITHOUT_BODY and response.size and facts.method != "HEAD":
        yield Remark(
            f"A {facts.status} with a body",
            f"{response.size:,} bytes were sent with a status that has no body: servers drop them or fail, and a "
            "client may take them for the next answer.",
            "Send the status without a body, or another status.",
            response.body(),
        )


def required_field(facts: Facts) -> Iterator[Remark]:
    """A field that the status demands."""
    response = _answer(facts)
    name, section, example = _REQUIRED.get(facts.status or 0, ("", "", ""))
    if response and name and not response.has(name):
        yield Remark(
            f"The {facts.status} has no {spelled(name)}",
            f"A {facts.status} must say it: without it a client does not know what to do instead.",
            f"Send {example}.",
            reference=f"RFC 9110, section {section}",
        )


def etag_malformed(facts: Facts) -> Iterator[Remark]:
    """An ETag without quotes."""
    response = _answer(facts)
    value = (response.value("etag") if response else None) or ""
    if response and response.has("etag") and not ENTITY_TAG.fullmatch(value.strip()):
        yield Remark(
            "The ETag is malformed",
            f"It is {seen(value)!r}; a tag is text in double quotes, with W/ before it where it is weak. Caches "
            "ignore it.",
            f'Send ETag: "{seen(value.strip().strip(chr(34)))}".'
            if re.fullmatch(r"[\w.-]+", value.strip())
            else "Put it in quotes.",
            response.header("etag"),
        )


def location(facts: Facts) -> Iterator[Remark]:
    """A redirect without an address, or with one that is none."""
    response = _answer(facts)
    if response is None or facts.status not in (301, 302, 303, 307, 308):
        return
    value = response.value("location")
    if value is None:
        yield Remark(
            f"The {facts.status} leads nowhere",
            "There is no Location, so a client cannot follow it.",
            "Send Location with the address, or another status.",
            reference="RFC 9110, section 15.4",
        )
    elif not value.strip() or (match := re.search(r"[^\x21-\x7e]|[<>\"\\^`{|}]", value.strip())):
        what = f"has {match[0]!r}, which an address holds only as an escape" if value.strip() and match else "is empty"
        yield Remark(
            "Location is no address",
            f"It {what}, so clients follow it each in their own way.",
            "Percent-encode what is not ASCII, spaces and backslashes: urllib.parse.quote, encodeURI.",
            response.header("location"),
        )
    elif re.match(r"www\.[\w-]+\.\w+(?:/|$)", value):
        yield Remark(
            "Location has no scheme",
            f"{seen(value.partition('/')[0])} is a path relative to this one, as it has no https:// before it.",
            "Send the address with https:// before it.",
            response.header("location"),
        )


def cache_contradictions(facts: Facts) -> Iterator[Remark]:
    """Cache-Control that says two things, or one that nobody knows."""
    response = _answer(facts)
    if response is None:
        return
    where = response.header("cache-control")
    pairs = [part.partition("=") for part in response.members("cache-control")]
    values: dict[str, list[str]] = {}
    for name, _, text in pairs:
        values.setdefault(name.strip().lower(), []).append(unquoted(text.strip()))
    for name, texts in values.items():
        if (
            name in _WITH_SECONDS
            and any(whole_seconds(text) is None for text in texts)
            and not (name == "max-stale" and "" in texts)
        ):
            yield Remark(
                f"{name} has no number of seconds",
                f"Cache-Control has {name}={seen(', '.join(texts))}; caches take such an answer for stale, or "
                "ignore it.",
                f"Write {name}=3600.",
                where,
            )
        elif name in _WITH_SECONDS and len(set(texts)) > 1:
            yield Remark(
                f"{name} stands in Cache-Control with different values",
                f"They are {seen(', '.join(texts))}; caches take the first, or none.",
                "Set Cache-Control in one place: look for a proxy that adds its own (nginx expires).",
                where,
            )
        elif (plain := name.replace("_", "-")) not in _DIRECTIVES:
            known = [one for one in _DIRECTIVES if one.replace("-", "") == plain.replace("-", "")]
            if known:
                yield Remark(
                    f"{seen(name)} is no directive",
                    f"Caches ignore it in Cache-Control; {known[0]} is meant.",
                    f"Write {known[0]}.",
                    where,
                )
        elif name != plain:
            yield Remark(
                f"{seen(name)} is no directive", f"Caches ignore it; {plain} is meant.", f"Write {plain}.", where
            )
    yield from _excluded(response, values)


def _excluded(response: HttpMessage, values: dict[str, list[str]]) -> Iterator[Remark]:
    seconds = max((whole_seconds(text) or 0 for text in values.get("max-age", [])), default=0)
    pairs = [("public", "private"), ("no-store", "public"), ("no-store", "immutable")]
    against = next(
        ((one, other) for one, other in pairs if one in values and other in values and "" in values[other]), None
    )
    if "no-store" in values and seconds and against is None:
        against = ("no-store", f"max-age={seconds}")
    if against:
        yield Remark(
            f"{against[0]} and {against[1]} exclude each other",
            f"Cache-Control is {seen(', '.join(response.values('cache-control')), 120)}: caches follow the stricter "
            "one, so the other has no effect.",
            "Decide: no-store for what nobody may keep, private for one user's answers, public with max-age for "
            "the rest.",
            response.header("cache-control"),
        )


def hsts(facts: Facts) -> Iterator[Remark]:
    """Strict-Transport-Security that browsers ignore."""
    response = _answer(facts)
    value = response.value("strict-transport-security") if response else None
    if response is None or value is None:
        return
    where = response.header("strict-transport-security")
    ages = [
        text
        for name, _, text in (part.partition("=") for part in split(value, ";"))
        if name.strip().lower() == "max-age"
    ]
    if len(ages) != 1 or whole_seconds(unquoted(ages[0].strip())) is None:
        yield Remark(
            "Strict-Transport-Security has no max-age",
            f"It is {seen(value)!r}; without one max-age in seconds browsers ignore it.",
            "Send Strict-Transport-Security: max-age=31536000; includeSubDomains.",
            where,
            "warning",
            "RFC 6797, section 6.1",
        )
    elif facts.scheme == "http" and not facts.may_be_secure:
        yield Remark(
            "Strict-Transport-Security has no effect over http",
            "Browsers take it over https alone, and this exchange came over http as far as the server knows.",
            "Send it over https, and redirect http there.",
            where,
        )


def policy_typo(facts: Facts) -> Iterator[Remark]:
    """A Content-Security-Policy with a directive that there is not, or a keyword without quotes."""
    response = _answer(facts)
    if response is None:
        return
    for name in ("content-security-policy", "content-security-policy-report-only"):
        for number, value in enumerate(response.values(name)):
            for policy in value.split(","):
                for remark in _in_policy(policy):
                    title, why, advice = remark
                    yield Remark(title, f"{spelled(name)}: {why}", advice, response.header(name, number))


def _in_policy(policy: str) -> Iterator[tuple[str, str, str]]:
    names: Counter[str] = Counter()
    for part in policy.split(";"):
        words = part.split()
        if not words:
            continue
        name, sources = words[0].lower(), words[1:]
        names[name] += 1
        if name not in _POLICIES:
            near = get_close_matches(name, _POLICIES, 1, 0.75) if len(name) < 40 else []
            if near:
                yield (
                    f"{seen(name)} is no directive",
                    f"{seen(name)} is ignored; {near[0]} is meant.",
                    f"Write {near[0]}.",
                )
            continue
        if not _SOURCES.fullmatch(name):
            continue
        for source in sources:
            if source.lower() in _KEYWORDS:
                yield (
                    f"{seen(source)} needs quotes",
                    f"{name} has {seen(source)} without quotes, which is the name of a host.",
                    f"Write '{source.lower()}', with single quotes.",
                )
            elif source.lower() in _POLICIES:
                yield (
                    f"A semicolon is missing before {seen(source)}",
                    f"{name} has {seen(source)} among its sources, which is a directive of its own.",
                    "Separate directives with a semicolon.",
                )
        if len(sources) > 1 and "'none'" in (source.lower() for source in sources):
            yield (
                "'none' is not alone",
                f"{name} has 'none' beside other sources, so 'none' is ignored.",
                "Write 'none' alone, or leave it out.",
            )
    for name, count in names.items():
        if count > 1:
            yield (
                f"{seen(name)} stands twice",
                f"{seen(name)} stands {count} times in one policy; the first counts.",
                "Put its sources together.",
            )


def options_unknown(facts: Facts) -> Iterator[Remark]:
    """X-Content-Type-Options and X-Frame-Options with a value that browsers ignore."""
    response = _answer(facts)
    if response is None:
        return
    value = response.value("x-content-type-options")
    if value is not None and split(value)[:1] != ["nosniff"] and value.strip().lower() != "nosniff":
        yield Remark(
            "X-Content-Type-Options is ignored",
            f"It is {seen(value)!r}; the one value is nosniff.",
            "Send X-Content-Type-Options: nosniff.",
            response.header("x-content-type-options"),
        )
    frames = {part.lower() for part in response.members("x-frame-options")}
    if frames and not frames <= {"deny", "sameorigin"} and not response.has("content-security-policy"):
        yield Remark(
            "X-Frame-Options is ignored",
            f"It is {seen(', '.join(sorted(frames)))}; browsers know DENY and SAMEORIGIN, ALLOW-FROM is gone.",
            "Send Content-Security-Policy: frame-ancestors with the sites that may.",
            response.header("x-frame-options"),
            reference="https://html.spec.whatwg.org/multipage/document-lifecycle.html#the-x-frame-options-header",
        )


def dates_malformed(facts: Facts) -> Iterator[Remark]:
    """Dates that are none. `Expires: 0` and `-1` are a habit that means the past."""
    response = _answer(facts)
    if response is None:
        return
    for name in ("last-modified", "date", "retry-after"):
        value = response.value(name)
        is_fine = value is None or http_date(value) is not None
        if not is_fine and not (name == "retry-after" and whole_seconds(value or "") is not None):
            form = "whole seconds or a date" if name == "retry-after" else "a date"
            yield Remark(
                f"{spelled(name)} cannot be read",
                f"It is {seen(value or '')!r}, and should be {form}: clients ignore it.",
                "Write a date as Sun, 06 Nov 1994 08:49:37 GMT (Python email.utils.format_datetime(…, usegmt=True)).",
                response.header(name),
            )


def length_mismatch(facts: Facts) -> Iterator[Remark]:
    """A Content-Length that is not the number of bytes that were sent."""
    response = _answer(facts)
    if (
        response is None
        or not facts.is_recorded
        or facts.exchange.state != "done"
        or facts.method in ("HEAD", "CONNECT")
    ):
        return
    text = (response.value("content-length") or "").strip()
    has_other_ways = any(event.message["type"] in _FILES for event in facts.events)
    if facts.status in _WITHOUT_BODY or has_other_ways or not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        return
    if int(text) != facts.exchange.sent_bytes and facts.has_all_of("send"):
        yield Remark(
            "Content-Length is not the length of the answer",
            f"It says {int(text):,} bytes, the application sent {facts.exchange.sent_bytes:,}: a server fails, cuts "
            "the answer or lets the client wait.",
            "Leave Content-Length to the framework, and compute it after compression.",
            response.header("content-length"),
        )


_FILES: Final = ("http.response.pathsend", "http.response.zerocopysend")

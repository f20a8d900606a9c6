"""Header lines: repeated, misspelt, not in ASCII, malformed."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from ...http.fields import split
from ...http.negotiation import preferred
from ..headers.moments import http_date
from ..masking import is_secret_header
from .facts import Facts, HttpMessage
from .finding import Remark, Where, seen, spelled

_SINGLE_IN_REQUEST: Final = (
    "authorization", "content-length", "content-type", "date", "from", "host", "if-modified-since", "if-range",
    "if-unmodified-since", "max-forwards", "origin", "proxy-authorization", "range", "referer", "user-agent",
    "x-forwarded-proto", "x-forwarded-host",
)  # fmt: skip
_SINGLE_IN_RESPONSE: Final = (
    "age", "content-length", "content-location", "content-range", "content-type", "date", "etag", "expires",
    "last-modified", "location", "retry-after", "server", "strict-transport-security", "access-control-allow-origin",
    "access-control-allow-credentials", "access-control-max-age", "x-content-type-options",
)  # fmt: skip
_SINGLE: Final = {"request": frozenset(_SINGLE_IN_REQUEST), "response": frozenset(_SINGLE_IN_RESPONSE)}
"""Fields whose grammar is no list, so that they stand once (RFC 9110, section 5.3)."""

_MISSPELT: Final = {
    "request": {
        "referrer": "Referer, which is misspelt in the standard itself",
        "authorisation": "Authorization",
        "x-forward-for": "X-Forwarded-For",
        "x-forwarded-from": "X-Forwarded-For",
        "x-forwarded-protocols": "X-Forwarded-Proto",
        "accept-encodings": "Accept-Encoding",
        "accept-languages": "Accept-Language",
        "content-encodings": "Content-Encoding",
        "contenttype": "Content-Type",
        "content_type": "Content-Type",
        "useragent": "User-Agent",
        "if-not-match": "If-None-Match",
        "if-modified": "If-Modified-Since",
    },
    "response": {
        "access-control-allow-method": "Access-Control-Allow-Methods",
        "access-control-allow-header": "Access-Control-Allow-Headers",
        "access-control-allow-origins": "Access-Control-Allow-Origin",
        "access-control-allow-credential": "Access-Control-Allow-Credentials",
        "access-control-expose-header": "Access-Control-Expose-Headers",
        "access-control-max-ages": "Access-Control-Max-Age",
        "referer-policy": "Referrer-Policy",
        "x-frame-option": "X-Frame-Options",
        "x-content-type-option": "X-Content-Type-Options",
        "strict-transport-policy": "Strict-Transport-Security",
        "content-security-policies": "Content-Security-Policy",
        "contenttype": "Content-Type",
        "content_type": "Content-Type",
        "e-tag": "ETag",
        "set-cookies": "Set-Cookie",
        "retry_after": "Retry-After",
        "cache_control": "Cache-Control",
        "permission-policy": "Permissions-Policy",
    },
}

_METHODS: Final = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"])
_PARENT: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")


def messages(facts: Facts) -> Iterator[HttpMessage]:
    """The request, and the response where one was begun."""
    return chain((facts.request,), (facts.response,) if facts.response else ())


def repeated(facts: Facts) -> Iterator[Remark]:
    """Fields that stand once, more than once."""
    for message in messages(facts):
        for name in dict.fromkeys(name for name, _ in message.lines):
            count = len(message.values(name))
            if count > 1 and name in _SINGLE[message.of]:
                same = len(set(message.values(name))) == 1
                yield Remark(
                    f"{spelled(name)} stands {count} times in the {message.of}",
                    f"It has one value by its definition; {'all are the same here' if same else 'these differ'}. "
                    "Some programs take the first, some the last, some join them, some refuse the message.",
                    "Look for who adds it again: a proxy that sets what the app or the client sends too. nginx: "
                    "proxy_hide_header, Caddy: header_up with a minus."
                    if message.of == "response"
                    else "Send it once: replace a default header of the client instead of adding to it.",
                    message.header(name, 1),
                )


def misspelt(facts: Facts) -> Iterator[Remark]:
    """Names that are nearly those of known fields."""
    for message in messages(facts):
        for name in dict.fromkeys(name for name, _ in message.lines):
            right = _MISSPELT[message.of].get(name)
            if right:
                yield Remark(
                    f"{name} is no known field",
                    f"No standard has {name}; what servers and browsers read is {right}.",
                    f"Send {right.partition(',')[0]}.",
                    message.header(name),
                )


def not_utf8(facts: Facts) -> Iterator[Remark]:
    """Bytes in a value that are not UTF-8."""
    for message in messages(facts):
        for index, (name, value) in enumerate(message.raw):
            try:
                value.decode()
            except UnicodeDecodeError as error:
                known = name.decode("latin-1").lower()
                start = max(0, error.start - 8)
                around = "" if is_secret_header(name) else f" in {value[start : error.end + 8]!r}"
                yield Remark(
                    f"{known} has bytes that are not UTF-8",
                    f"Byte {error.start} is 0x{value[error.start]:02x}{around}. Programs read it as ISO-8859-1, as "
                    "UTF-8 with errors, or refuse it.",
                    "Keep to ASCII: escape other characters, as RFC 8187 has it for parameters (filename*=UTF-8''…).",
                    Where(message.of, "header", index, known),
                )
                break


def no_user_agent(facts: Facts) -> Iterator[Remark]:
    """A request without a User-Agent."""
    if not facts.is_websocket and facts.request.lines and not facts.request.has("user-agent"):
        yield Remark(
            "The client does not say what it is",
            "There is no User-Agent. Some services and firewalls refuse such requests, GitHub's API among them.",
            "Send one that names the program and a way to reach you: User-Agent: name/1.0 (+https://…).",
        )


def method_case(facts: Facts) -> Iterator[Remark]:
    """`patch` is another method than `PATCH`."""
    upper = facts.method.upper()
    if facts.method != upper and upper in _METHODS:
        yield Remark(
            f"The method {seen(facts.method)} is not {upper}",
            "Methods are case-sensitive. fetch() writes get, post, put, delete, head and options in capitals, but "
            f"not patch: {seen(facts.method)} came as it was written.",
            f"Write {upper}.",
        )


def content_type_malformed(facts: Facts) -> Iterator[Remark]:
    """A Content-Type that is no media type."""
    for message in messages(facts):
        value = message.value("content-type")
        if value is not None and message.media_type is None:
            yield Remark(
                f"The Content-Type of the {message.of} is no media type",
                f"{seen(value)!r} has not the form type/subtype, so programs treat the body as bytes or guess.",
                "Send for example application/json, text/plain; charset=utf-8 or application/octet-stream.",
                message.header("content-type"),
            )


def dates_malformed(facts: Facts) -> Iterator[Remark]:
    """Conditions whose date is none; a recipient ignores them."""
    for name in ("if-modified-since", "if-unmodified-since"):
        value = facts.request.value(name)
        if value is not None and http_date(value) is None:
            yield Remark(
                f"{spelled(name)} is no date",
                f"{seen(value)!r} cannot be read, so the condition does not count.",
                "Send back what Last-Modified said, such as Sun, 06 Nov 1994 08:49:37 GMT.",
                facts.request.header(name),
                reference="RFC 9110, section 5.6.7",
            )


def trace_context(facts: Facts) -> Iterator[Remark]:
    """A `traceparent` that tracing systems ignore."""
    value = facts.request.value("traceparent")
    match = _PARENT.fullmatch(value.strip()) if value is not None else None
    if value is None or (
        match
        and match[1] != "ff"
        and match[2].strip("0")
        and match[3].strip("0")
        and not (match[1] == "00" and match[4])
    ):
        return
    yield Remark(
        "The trace context is not valid",
        f"traceparent is {seen(value)!r}; a server ignores it and starts a trace of its own.",
        "It has the form 00-32 hex digits-16 hex digits-01, in lower case, and neither id is all zeros.",
        facts.request.header("traceparent"),
    )


def accept_not_met(facts: Facts) -> Iterator[Remark]:
    """An answer of a type that the client does not take."""
    response = facts.response
    ranges = [part for value in facts.request.values("accept") for part in split(value)]
    if response is None or facts.is_websocket or response.media_type is None or not ranges or len(ranges) > 200:
        return
    if facts.status is None or not 200 <= facts.status < 300 or facts.status in (204, 205):
        return
    if any("/" not in part and not part.startswith("*") for part in ranges):
        return  # what is malformed counts as nothing
    accept = ",".join(facts.request.values("accept")).encode("utf-8", "replace")
    if preferred(accept, (response.media_type,)) is None:
        yield Remark(
            "The answer has a type that the client does not accept",
            f"Accept is {seen(', '.join(ranges), 100)}, the answer is {response.media_type}.",
            "A client that takes anything says */*. A server may answer 406, or what it has, as here.",
            facts.request.header("accept"),
        )


def unsatisfiable_accept(facts: Facts) -> Iterator[Remark]:
    """An Accept without any media range, or one that excludes everything."""
    values = facts.request.values("accept")
    ranges = [part for value in values for part in split(value)]
    if ranges and all(
        re.fullmatch(r"[^\s;,/]+/[^\s;,/]+(\s*;.*)?|\*(\s*;.*)?", part, re.DOTALL) is None for part in ranges
    ):
        yield Remark(
            "Accept names no media type",
            f"{seen(', '.join(ranges))!r} has not the form type/subtype: servers ignore it, or answer 406.",
            "Send for example application/json, or */*.",
            facts.request.header("accept"),
            "warning",
        )

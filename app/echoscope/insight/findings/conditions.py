"""Conditional requests and ranges, explained against the answer (RFC 9110, sections 13 and 14)."""

import re
from collections.abc import Iterator
from typing import Final

from ...http.fields import split
from .facts import Facts
from .finding import Remark, seen, spelled

ENTITY_TAG: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\U0010ffff]*"')
_RANGE: Final = re.compile(r"bytes\s*=\s*(?:\d+-\d*|-\d+)(?:\s*,\s*(?:\d+-\d*|-\d+))*\s*", re.ASCII | re.IGNORECASE)
_CONTENT_RANGE: Final = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18}))/(\d{1,18}|\*)", re.ASCII)


def _tags(value: str) -> list[str] | None:
    """The entity tags of a list; None where one of them has another form."""
    tags = split(value)
    return tags if all(ENTITY_TAG.fullmatch(tag) for tag in tags) else None


def not_modified(facts: Facts) -> Iterator[Remark]:
    """A condition, and what the answer made of it."""
    request, response = facts.request, facts.response
    names = [name for name in ("if-none-match", "if-modified-since") if request.has(name)]
    if not names or response is None or facts.method not in ("GET", "HEAD"):
        return
    if facts.status == 304:
        yield Remark(
            "The client's copy is still good",
            f"It sent {spelled(names[0])}: {seen(request.value(names[0]) or '')}, and the answer is a 304.",
            "",
            request.header(names[0]),
        )
        return
    own, tags = (response.value("etag") or "").strip(), _tags(", ".join(request.values("if-none-match")))
    if facts.status != 200 or not tags or not ENTITY_TAG.fullmatch(own):
        return
    if own.removeprefix("W/") in [tag.removeprefix("W/") for tag in tags]:
        yield Remark(
            "The client has this version, and was sent it again",
            f"If-None-Match has {seen(own)}, which is the ETag of the answer; by the weak comparison of the "
            "condition that is a 304.",
            "Compare If-None-Match before the body is made, W/ aside, and answer 304.",
            request.header("if-none-match"),
            "warning",
        )


def tag_malformed(facts: Facts) -> Iterator[Remark]:
    """Conditions whose tags have no quotes."""
    for name in ("if-none-match", "if-match"):
        value = ", ".join(facts.request.values(name)).strip()
        if value and value != "*" and _tags(value) is None:
            yield Remark(
                f"{spelled(name)} is no list of entity tags",
                f"It says {seen(value)!r}; a tag is text in double quotes, with W/ before it where it is weak.",
                "Send back what ETag said to the letter, with its quotes.",
                facts.request.header(name),
            )


def date_without_effect(facts: Facts) -> Iterator[Remark]:
    """`If-Modified-Since` where it does not count."""
    request = facts.request
    if request.has("if-modified-since") and facts.method not in ("GET", "HEAD") and not facts.is_websocket:
        yield Remark(
            "If-Modified-Since has no effect here",
            f"The method is {seen(facts.method)}; the condition is for GET and HEAD.",
            "To change only what nobody else changed: If-Match with the ETag, or If-Unmodified-Since.",
            request.header("if-modified-since"),
            reference="RFC 9110, section 13.1.3",
        )


def precondition_failed(facts: Facts) -> Iterator[Remark]:
    """A 412, with the condition that failed."""
    conditions = ("if-match", "if-unmodified-since", "if-none-match")
    names = [name for name in conditions if facts.request.has(name)]
    if facts.status == 412 and names:
        is_new = names[0] == "if-none-match"
        what = "there is such a version already" if is_new else "what is there is not the version that the client knows"
        yield Remark(
            "The condition of the request failed",
            f"{spelled(names[0])} is {seen(facts.request.value(names[0]) or '')}, and the answer 412: {what}.",
            "Use another address, or change what is there."
            if is_new
            else "Fetch it again, merge, and send the new ETag.",
            facts.request.header(names[0]),
        )


def byte_range(facts: Facts) -> Iterator[Remark]:
    """A `Range`, and what the answer made of it."""
    request, response, value = facts.request, facts.response, facts.request.value("range")
    if value is None:
        if request.has("if-range"):
            yield Remark(
                "If-Range without Range has no effect",
                f"If-Range is {seen(request.value('if-range') or '')}, and no part is asked for.",
                "Send Range too, or neither.",
                request.header("if-range"),
                reference="RFC 9110, section 13.1.5",
            )
        return
    where = request.header("range")
    if facts.method != "GET":
        yield Remark(
            "Range has no effect here", f"The method is {seen(facts.method)}; ranges are for GET.", "Use GET.", where
        )
    elif value.strip().lower().startswith("bytes") and not _RANGE.fullmatch(value.strip()):
        yield Remark(
            "The Range cannot be read",
            f"It says {seen(value)!r}, so it does not count.",
            "Write Range: bytes=0-499 for the first 500 bytes, bytes=-500 for the last.",
            where,
        )
    elif response is not None and facts.status == 206:
        got = response.value("content-range") or response.media_type or "several parts"
        yield Remark("A part was asked for and sent", f"Range is {seen(value)}, the answer {seen(got)}.", "", where)
    elif response is not None and facts.status == 416:
        yield Remark(
            "The range is outside of what there is",
            f"Range is {seen(value)}, the answer 416 with Content-Range "
            f"{seen(response.value('content-range') or 'missing')}.",
            "Ask for less than the size that Content-Range tells behind the slash.",
            where,
        )
    elif response is not None and facts.status == 200:
        yield Remark(
            "A part was asked for and all was sent",
            f"Range is {seen(value)}, the answer 200: a server may ignore ranges, and a download starts anew.",
            "Serve files with a server that knows ranges (Starlette FileResponse, nginx) and sends Accept-Ranges: "
            "bytes.",
            where,
        )


def partial_content(facts: Facts) -> Iterator[Remark]:
    """A 206 that does not say which part it is, or says it wrongly."""
    response = facts.response
    if response is None or facts.status != 206 or facts.is_websocket:
        return
    value = response.value("content-range")
    if value is None and response.media_type != "multipart/byteranges":
        yield Remark(
            "The 206 does not say which part it is",
            f"Content-Range is missing and the type is {response.media_type or 'missing'}, not multipart/byteranges.",
            "Send Content-Range: bytes FIRST-LAST/SIZE.",
            reference="RFC 9110, section 15.3.7",
        )
        return
    match = _CONTENT_RANGE.fullmatch((value or "").strip())
    if match and response.is_whole and facts.method == "GET" and not response.codings:
        length = int(match[2]) - int(match[1]) + 1
        if length != response.size:
            yield Remark(
                "The part is not as long as Content-Range says",
                f"Content-Range is {seen(value or '')}, which is {length:,} bytes; {response.size:,} were sent.",
                "Both ends count: LAST is FIRST + LENGTH - 1.",
                response.header("content-range"),
                reference="RFC 9110, section 14.4",
            )

"""/cache and /etag: validators, conditions and lifetimes."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final
from uuid import uuid4

from ...http.fields import split
from ..endpoint.answers import Answer, Headers, json_answer
from ..endpoint.fields import field_value
from ..endpoint.parameters import whole_number
from ..endpoint.request import Request
from .conditional import http_date, outcome
from .reflect import head

MAX_AGE_S: Final = 31_536_000

DATE_AGE: Final = timedelta(seconds=1)
"""How old the `Date` of an answer may be, since servers renew it once a second: what is modified now must not be
modified after it (RFC 9110, section 8.8.2.1)."""


def cache(request: Request) -> Answer:
    """GET and HEAD: 304 to any condition that asks whether something is new, with the validators that it names.

    Otherwise the resource is new at each request: it has a tag of its own and was modified now.
    """
    now = (datetime.now(UTC) - DATE_AGE).replace(microsecond=0)
    etag = f'"{uuid4().hex}"'
    since = http_date(request.header(b"if-modified-since") or "")
    named = split(request.header(b"if-none-match") or "")
    decided = condition(request, etag, now)
    if decided == 412:
        return Answer(status=412, headers=[])
    is_asked = bool(named) if b"if-none-match" in request.fields else since is not None
    if is_asked and request.method in ("GET", "HEAD"):
        first = named[0] if named and named[0] != "*" else etag
        return Answer(status=304, headers=_validators(first, since or now))
    return json_answer(head(request), _validators(etag, now))


def _validators(etag: str, modified_at: datetime) -> Headers:
    return [
        (b"last-modified", format_datetime(modified_at, usegmt=True).encode()),
        (b"etag", field_value("ETag", etag)),
    ]


def condition(request: Request, etag: str, modified_at: datetime | None = None) -> int | None:
    """304 or 412 where the conditions of a request decide about a resource with these validators."""
    return outcome(
        etag,
        request.header(b"if-match"),
        request.header(b"if-none-match"),
        is_safe=request.method in ("GET", "HEAD"),
        modified_at=modified_at,
        if_unmodified_since=request.header(b"if-unmodified-since"),
        if_modified_since=request.header(b"if-modified-since"),
    )


def cache_for(request: Request) -> Answer:
    seconds = whole_number(request.parameters["seconds"], "seconds", 0, MAX_AGE_S)
    return json_answer(head(request), [(b"cache-control", b"public, max-age=%d" % seconds)])


def etag(request: Request) -> Answer:
    """A resource with the given tag, sent as given."""
    tag = request.parameters["etag"]
    value = field_value("ETag", tag)
    decided = condition(request, tag)
    if decided == 412:
        return Answer(status=412, headers=[])
    if decided == 304:
        return Answer(status=304, headers=[(b"etag", value)])
    return json_answer(head(request), [(b"etag", value)])

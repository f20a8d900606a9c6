"""/cache and /etag: validators, conditions and lifetimes."""

from email.utils import formatdate
from typing import Final
from uuid import uuid4

from .answers import Answer, Headers, json_answer
from .conditional import outcome
from .fields import field_value
from .parameters import whole_number
from .reflect import head
from .request import Request

MAX_AGE_S: Final = 31_536_000


async def cache(request: Request) -> Answer:
    """304 to any condition; otherwise a validator of each kind to make one of."""
    if b"if-modified-since" in request.fields or b"if-none-match" in request.fields:
        return Answer(status=304, headers=[])
    validators: Headers = [
        (b"last-modified", formatdate(usegmt=True).encode()),
        (b"etag", f'"{uuid4().hex}"'.encode()),
    ]
    return json_answer(head(request), validators)


async def cache_for(request: Request) -> Answer:
    seconds = whole_number(request.parameters["seconds"], "seconds", 0, MAX_AGE_S)
    return json_answer(head(request), [(b"cache-control", b"public, max-age=%d" % seconds)])


async def etag(request: Request) -> Answer:
    """A resource with the given tag, sent as given."""
    tag = request.parameters["etag"]
    value = field_value("ETag", tag)
    decided = outcome(
        tag,
        request.header(b"if-match"),
        request.header(b"if-none-match"),
        is_safe=request.method in ("GET", "HEAD"),
    )
    if decided == 412:
        return Answer(status=412, headers=[])
    if decided == 304:
        return Answer(status=304, headers=[(b"etag", value)])
    return json_answer(head(request), [(b"etag", value)])

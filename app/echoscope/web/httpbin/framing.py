"""What an answer may have besides a head and a body: trailers, and interim answers before it.

Both need a server that offers them to ASGI apps; where it does not, a 501 says so.
"""

from typing import Final

from ..endpoint.answers import Answer, Refused, json_answer
from ..endpoint.fields import field_name, field_value
from ..endpoint.parameters import shown, whole_number
from ..endpoint.request import Request
from . import reflect

TRAILERS: Final = "http.response.trailers"
EARLY_HINT: Final = "http.response.early_hint"

_WHERE: Final = "Over HTTP/2 it can be sent: `echoscope serve --http2`."
_NOWHERE: Final = "No ASGI server lets an app do so."

_FORBIDDEN: Final = frozenset({
    "authorization", "cache-control", "content-encoding", "content-length", "content-range", "content-type", "host",
    "max-forwards", "set-cookie", "te", "trailer", "transfer-encoding",
})  # fmt: skip
"""What must not come after the body (RFC 9110, section 6.5.1)."""


async def trailers(request: Request) -> Answer:
    """The arguments as trailers, after a reflection of the request."""
    if TRAILERS not in (request.scope.get("extensions") or {}):
        raise Refused(501, f"This server cannot send trailers over this connection. {_WHERE}")
    for name, _ in request.query:
        if name.lower() in _FORBIDDEN:
            raise Refused(400, f"{shown(name)} must not be a trailer.")
    fields = [(field_name(name), field_value(name, value)) for name, value in request.query]
    answer = await reflect.whole(request)
    answer.headers += [(b"trailer", name) for name in dict(fields)]
    answer.trailers = fields
    return answer


async def informational(request: Request) -> Answer:
    """103 with the `Link` fields of the argument `link`, then the reflection. Nothing in ASGI can say 100 or 102."""
    code = whole_number(request.parameters["code"], "code", 100, 103)
    if code != 103 or EARLY_HINT not in (request.scope.get("extensions") or {}):
        raise Refused(
            501, f"This server cannot send {code} over this connection. {_WHERE if code == 103 else _NOWHERE}"
        )
    links = [value for name, value in request.query if name == "link"]
    answer = json_answer(reflect.head(request))
    links = links or [f"<{request.root}/json>; rel=preload; as=fetch"]
    answer.hints = [field_value("Link", link) for link in links]
    return answer

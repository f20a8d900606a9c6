"""What the page of one exchange says beyond the document, for those who read it without JavaScript.

The bodies have their coding undone; the request is there as code.
"""

from typing import Any

from ...exchange.model import Exchange
from ...exchange.sides import Of, side_of
from ...insight import bodies
from ...insight.code import languages_of, write
from ...insight.conformance import breaches, documents
from ...insight.hops import hops_document
from ...insight.ways import ways_document


def read(exchange: Exchange, origin: str, *, reveal: bool) -> dict[str, Any]:
    """`{"request", "response"}` as the API's `body/view` has them, `"code"` in the first language and its `"language"`,
    `"ways"`, `"hops"`, `"breaches"` of the ASGI specification; without secrets unless `reveal`.

    Takes up to some 100 ms.
    """
    language = languages_of(exchange)[0]
    return {
        "request": _body(exchange, "request"),
        "response": _body(exchange, "response"),
        "code": write(exchange, language.id, origin, reveal=reveal).decode("utf-8", "replace"),
        "language": language.title,
        "hops": hops_document(exchange),
        "breaches": documents(breaches(exchange)),
        **ways_document(exchange),
    }


def _body(exchange: Exchange, of: Of) -> dict[str, Any] | None:
    side = side_of(exchange, of)
    return None if side is None else bodies.view(side)

"""What the page of one exchange says beyond the document, for those who read it without JavaScript.

The bodies have their coding undone; the request is there as code.
"""

import msgspec

from ...exchange.model import Exchange
from ...exchange.replies import Finding
from ...exchange.sides import Of, side_of
from ...insight.bodies import view as bodies
from ...insight.bodies.kinds import BodyReading
from ...insight.code import languages_of, write
from ...insight.conformance import BreachDocument, breaches, documents
from ...insight.findings import findings
from ...insight.hops import HopsReading, read_hops
from ...insight.onwire import NotTold, WireReading, read_wire
from ...insight.signatures import Verdict
from ...insight.ways import Way, ways


class PageReading(msgspec.Struct):
    """`request`, `response`: the bodies, as the API's `body/view` has them. `code`: in the first `language`.
    `breaches`: of the ASGI specification."""

    request: BodyReading | None
    response: BodyReading | None
    code: str
    language: str
    hops: HopsReading
    breaches: list[BreachDocument]
    ways: list[Way]
    findings: list[Finding]
    signature: Verdict | None
    wire: WireReading | NotTold


def read(exchange: Exchange, shown: Exchange, origin: str, *, reveal: bool, signature: Verdict | None) -> PageReading:
    """`shown`: the same exchange, without its secrets unless `reveal`. Takes up to some 100 ms."""
    language = languages_of(shown.scope["type"])[0]
    return PageReading(
        request=_body(shown, "request"),
        response=_body(shown, "response"),
        code=write(shown, language.id, origin, reveal=reveal).decode("utf-8", "replace"),
        language=language.title,
        hops=read_hops(shown),
        breaches=documents(breaches(shown)),
        ways=ways(shown),
        findings=findings(exchange),
        signature=signature,
        wire=read_wire(exchange, None if reveal else shown),
    )


def _body(exchange: Exchange, of: Of) -> BodyReading | None:
    side = side_of(exchange, of)
    return None if side is None else bodies.view(side, of=of, with_hex=True)

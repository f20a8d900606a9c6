"""The page of one exchange, for who reads it without JavaScript, and for who was given a link to it alone."""

from datetime import datetime

from starlette.responses import Response

from ..bins.signed import Signed
from ..document import document
from ..findings import findings_document
from ..log.store import Found
from ..masking import mask
from ..pages import page
from .reading import read
from .signatures import verdict


def exchange_page(
    one: Found,
    root: str,
    base: str,
    origin: str,
    *,
    reveal: bool,
    signed: Signed | None = None,
    share_until: datetime | None = None,
    around: str | None = None,
) -> Response:
    """The page of an exchange, all of it with its secrets, or all of it without. Takes up to some 100 ms.

    `signed`: how its sender signs. `share_until`: of a link that opens this page and nothing else, the end.
    `around`: where the app is that Echoscope stands around.
    """
    exchange = one.exchange
    shown = exchange if reveal else mask(exchange)
    more = {"findings": findings_document(exchange), "signature": verdict(exchange, signed)}
    reading = read(shown, origin, reveal=reveal) | more
    made = document(one.seq, shown)
    return page(
        "exchange.html",
        root,
        base=base,
        document=made,
        reading=reading,
        reveal=reveal,
        found=True,
        share=share_until,
        around=around,
    )

"""The page of one exchange, for who reads it without JavaScript, and for who was given a link to it alone."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from ...base.paths import AROUND_KEY
from ...exchange.document import document
from ...insight.connections import Connection
from ...insight.masking import mask
from ...insight.onwire import NotTold
from ...log.store import Found
from ..bins.signed import Signed
from ..pages import page
from .code import origin_of
from .places import base_of, mounted_at
from .reading import read
from .signatures import verdict


def exchange_page(
    one: Found,
    request: Request,
    *,
    reveal: bool,
    connection: Connection | NotTold | None = None,
    signed: Signed | None = None,
    share_until: datetime | None = None,
) -> Response:
    """The page of an exchange, all of it with its secrets, or all of it without. Takes up to some 100 ms.

    `connection`: all that came over the same one, for who may see it. `signed`: how its sender signs. `share_until`:
    of a link that opens this page and nothing else, the end.
    """
    exchange = one.exchange
    shown = exchange if reveal else mask(exchange)
    signature = verdict(exchange, signed)
    return page(
        "exchange.html",
        mounted_at(request.scope),
        base=base_of(request.scope),
        document=document(one.seq, shown),
        reading=read(exchange, shown, origin_of(request), reveal=reveal, signature=signature),
        connection=connection,
        reveal=reveal,
        found=True,
        share=share_until,
        around=request.scope.get(AROUND_KEY),
    )

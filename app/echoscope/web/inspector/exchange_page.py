"""The page of one exchange, for who reads it without JavaScript, and for who was given a link to it alone."""

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ...base.paths import AROUND_KEY
from ...exchange.document import document
from ...insight.connections import Connection
from ...insight.masking import mask
from ...insight.onwire import NotTold
from ...log.store import Found
from ..bins.signed import Signed
from ..pages import html_response, render
from .code import origin_of
from .looking import looked
from .places import base_of, mounted_at
from .reading import read
from .signatures import verdict


async def exchange_page(
    one: Found,
    request: Request,
    *,
    reveal: bool,
    connection: Connection | NotTold | None = None,
    signed: Signed | None = None,
    share_until: datetime | None = None,
) -> Response:
    """The page of an exchange, all of it with its secrets, or all of it without.

    `connection`: all that came over the same one, for who may see it. `signed`: how its sender signs. `share_until`:
    of a link that opens this page and nothing else, the end.
    """
    values = {
        "base": base_of(request.scope),
        "connection": connection,
        "reveal": reveal,
        "found": True,
        "share": share_until,
        "around": request.scope.get(AROUND_KEY),
    }
    root, origin = mounted_at(request.scope), origin_of(request)
    return html_response(await looked(_page, one, root, origin, values, reveal=reveal, signed=signed))


def _page(one: Found, root: str, origin: str, values: dict[str, Any], *, reveal: bool, signed: Signed | None) -> bytes:
    exchange = one.exchange
    shown = exchange if reveal else mask(exchange)
    reading = read(exchange, shown, origin, reveal=reveal, signature=verdict(exchange, signed))
    return render("exchange.html", root, {**values, "document": document(one.seq, shown), "reading": reading}).encode()

"""Checking signatures: of one exchange with a secret that is not kept, and of all of a bin with one that is.

A secret goes in and never comes out: no answer, no export and no log holds it.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from msgspec.structs import replace
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ...exchange.model import Exchange
from ...exchange.replies import SchemeDocument, Schemes
from ...insight.signatures import SCHEMES, BadScheme, Verdict, check, check_settings, delivery_of
from ...log.log import Log
from ...log.store import Found
from ..bins.signed import Signed
from .answers import address, encoded, found, gives, json_answer, json_response, small_body, wants
from .bodies import decoded
from .looking import looked

SignedBy = Callable[[], Awaitable[Signed | None]]
"""How the sender of a log signs, and with which secret; None where that is not known."""

_WISH_BYTES: Final = 16 << 10


class SignatureRoutes:
    """The endpoints over one log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def routes(self) -> list[BaseRoute]:
        return [
            address("/signatures", GET=self.schemes),
            address("/exchanges/{exchange_id}/signature", POST=self.check),
        ]

    @gives(Schemes)
    async def schemes(self, request: Request) -> Response:
        """The schemes that can be checked, and the options of each."""
        items = [
            SchemeDocument(one.id, one.title, one.secret, one.signs, one.reference, one.options)
            for one in SCHEMES.values()
        ]
        return json_answer(Schemes(items))

    @wants(Signed)
    @gives(Verdict)
    async def check(self, request: Request) -> Response:
        """Whether a request is signed with a secret; of that nothing is kept."""
        signed = await read_signed(request)
        one = await found(request, self._log)
        if one.head.type != "http":
            raise HTTPException(409, "A WebSocket has no body that could be signed.")
        return json_response(await looked(_verdict, one, signed))


def _verdict(one: Found, signed: Signed) -> bytes:
    return encoded(verdict(one.exchange, signed))


async def read_signed(request: Request) -> Signed:
    """A scheme with its secret, out of a request. Raises 400."""
    signed = decoded(await small_body(request, _WISH_BYTES, "A scheme with its secret"), Signed)
    try:
        check_settings(signed.scheme, signed.secret, signed.options)
    except BadScheme as bad:
        raise HTTPException(400, str(bad)) from bad
    return signed


def verdict(exchange: Exchange, signed: Signed | None) -> Verdict | None:
    """None where there is nothing to check. Takes up to some 200 ms."""
    if signed is None or exchange.scope["type"] != "http" or exchange.state in ("open", "refused"):
        return None
    try:
        checked = check(signed.scheme, signed.secret, delivery_of(exchange), signed.options)
    except BadScheme:  # what was kept is checked when it is set
        return None
    return replace(checked, title=SCHEMES[checked.scheme].title)

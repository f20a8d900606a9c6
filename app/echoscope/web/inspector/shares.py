"""Links to one exchange, for who may see that and nothing else, and not for ever.

A link says what it opens and until when, with a proof that we said so: nothing is kept of it, and nothing in it can be
changed. Where its exchange has gone, or its bin, it opens nothing.
"""

import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec.structs import asdict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ...base.paths import RESERVED
from ...exchange.document import Document, document
from ...exchange.replies import Finding
from ...http.negotiation import preferred
from ...insight.findings import findings
from ...insight.masking import mask
from ...log.log import Log
from ...log.store import Found
from ..bins.catalogue import Bins
from ..visitors.robots import UNINDEXED
from .answers import SANDBOXED, address, encoded, found, gives, json_answer, small_body, wants
from .bodies import decoded
from .code import origin_of
from .exchange_page import exchange_page
from .looking import looked
from .moments import moment
from .places import root_of

SHARED: Final = RESERVED + "shared/"
USUAL_HOURS: Final = 24

_PROOF_BYTES: Final = 32
_WISH_BYTES: Final = 1024


class Share(msgspec.Struct, frozen=True, array_like=True):
    """What a link opens: an exchange of the main log, or of a `bin`. `reveal`: with its secrets."""

    bin: str | None
    exchange: str
    until: int
    reveal: bool


class ShareWish(msgspec.Struct, forbid_unknown_fields=True):
    """What may be asked for of a link: how long it opens something, and whether with secrets."""

    hours: float = USUAL_HOURS
    reveal: bool = False


class SharedLink(msgspec.Struct):
    """A link to one exchange. `expires_at`: RFC 3339."""

    url: str
    expires_at: str
    reveal: bool


class SharedDocument(Document, kw_only=True):
    """What a link opens for who prefers JSON."""

    findings: list[Finding]


class Shares:
    """The endpoints. `most_hours`: how long a link may last. `now`: seconds since 1970."""

    def __init__(
        self, main: Log, most_hours: int, bins: Bins | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self._main = main
        self._most_hours = most_hours
        self._bins = bins
        self._now = now

    def routes(self) -> list[BaseRoute]:
        return [Route(SHARED + "{token}", self.show, methods=["GET"])]

    def api_routes(self, log: Log, bin_name: str | None = None) -> list[BaseRoute]:
        @wants(ShareWish, is_required=False)
        @gives(SharedLink)
        async def create(request: Request) -> Response:
            """A link to the page of one exchange, for who may see that and nothing else, and not for ever."""
            return await self._create(request, log, bin_name)

        return [address("/exchanges/{exchange_id}/share", POST=create)]

    async def _create(self, request: Request, log: Log, bin_name: str | None) -> Response:
        """`{"hours": 24, "reveal": false}`, both optional; gives the link."""
        wish = decoded(await small_body(request, _WISH_BYTES, "What a link is made of") or b"{}", ShareWish)
        most = self._most_hours
        if not 0 < wish.hours <= most:
            raise HTTPException(400, f"hours must be more than 0 and at most {most}, not {wish.hours:g}.")
        one = await found(request, log)
        until = int(self._now() + wish.hours * 3600)
        token = self._signed(Share(bin_name, one.id, until, wish.reveal))
        url = f"{origin_of(request)}{root_of(request.scope)}{SHARED}{token}"
        return json_answer(SharedLink(url, moment(until), wish.reveal))

    async def show(self, request: Request) -> Response:
        """The page of the exchange, or its document for who prefers JSON."""
        share = self._read(request.path_params["token"])
        one = None if share is None else await self._found(share)
        if share is None or one is None:
            raise HTTPException(404, "This link opens nothing: its time is over, or its exchange is not kept any more.")
        accept = ",".join(request.headers.getlist("accept")).encode("latin-1")
        if preferred(accept, ("text/html", "application/json")) == "application/json":
            content = await looked(_document, one, reveal=share.reveal)
            return Response(content, headers={**SANDBOXED, **UNINDEXED}, media_type="application/json")
        until = datetime.fromtimestamp(share.until, UTC)
        return await exchange_page(one, request, reveal=share.reveal, share_until=until)

    async def _found(self, share: Share) -> Found | None:
        if share.bin is None:
            return await self._main.find(share.exchange)
        bins = self._bins
        one = None if bins is None else await bins.find(share.bin)
        return None if one is None or bins is None else await bins.log(one).find(share.exchange)

    def _signed(self, share: Share) -> str:
        data = msgspec.msgpack.encode(share)
        return urlsafe_b64encode(self._proof(data) + data).decode().rstrip("=")

    def _read(self, token: str) -> Share | None:
        """What a link opens; None for a proof that is not ours, and for a link that has expired."""
        try:
            signed = urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
        except ValueError:
            return None
        proof, data = signed[:_PROOF_BYTES], signed[_PROOF_BYTES:]
        if not hmac.compare_digest(proof, self._proof(data)):
            return None
        share = msgspec.msgpack.decode(data, type=Share)
        return share if share.until > self._now() else None

    def _proof(self, data: bytes) -> bytes:
        return hmac.digest(self._main.secret("shares"), data, "sha256")


def _document(one: Found, *, reveal: bool) -> bytes:
    exchange = one.exchange
    shown = exchange if reveal else mask(exchange)
    return encoded(SharedDocument(**asdict(document(one.seq, shown)), findings=findings(exchange)))

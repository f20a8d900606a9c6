"""The JSON API under `/-/api/`: exchanges to list, search, look at, take away and delete."""

import time
from contextlib import suppress
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ... import __version__
from ...base.settings import Settings
from ...base.threads import beside
from ...exchange.document import body_size
from ...exchange.messages import body_bytes
from ...exchange.model import Channel
from ...exchange.replies import Info
from ...exchange.replies import Page as PageDocument
from ...exchange.summary import summarize
from ...files.reading import Bounds
from ...insight.masking import mask_query
from ...insight.search import parse
from ...log.log import Log, Page
from ...log.siblings import REASON, Siblings
from ...log.store import Found, Status, StoreAway
from ..bins.signed import Signed
from .answers import (
    SANDBOXED,
    ExchangeDocument,
    address,
    encoded,
    found,
    gives,
    json_answer,
    json_response,
    not_kept,
    takes,
    whole,
)
from .code import CodeRoutes
from .exports import Exports
from .looking import looked
from .marks import MarkRoutes
from .queries import BODIES, HIDING, OF, REVEALING, Q, WholeNumber
from .recording import PAUSED, RecordingRoutes, Switch
from .send import SendRoutes
from .signatures import SignatureRoutes, SignedBy, verdict
from .values import ValueRoutes
from .views import Views
from .waiting import WaitRoutes
from .ways import WayRoutes

MAX_LIMIT: Final = 1_000

_LIMIT: Final = WholeNumber[int]("limit", "How many at most.", 50, 1, MAX_LIMIT)
_BEFORE: Final = WholeNumber[None]("before", "Only those with a lower seq: `next` of the page before.", None, 0)
_AFTER: Final = WholeNumber[int]("after", "Only those with a higher seq.", 0, 0)


class DeletedExchange(msgspec.Struct):
    """`deleted`: the seq of the record that says so."""

    deleted: int


class ClearedLog(msgspec.Struct):
    """`cleared`: the seq of the record that says so."""

    cleared: int


class Api:
    """The endpoints over one log. `signed_by`: how those sign who send to it, where that is known. `switch`: what
    records into it, where that can be paused. `siblings`: where it is looked for them."""

    def __init__(
        self,
        log: Log,
        settings: Settings,
        signed_by: SignedBy | None = None,
        switch: Switch | None = None,
        siblings: Siblings | None = None,
    ) -> None:
        self.log = log
        self.settings = settings
        self._signed_by = signed_by
        self._switch = switch
        self._started = time.monotonic()
        self._siblings = siblings

    @property
    def warnings(self) -> list[str]:
        """Warnings for people who look at the log, the gravest first."""
        backlog = self.log.backlog
        return [
            *([REASON] if self._siblings is not None and self._siblings.has_found else []),
            *([PAUSED] if self._switch is not None and not self._switch.recording else []),
            *([f"The store is away: {backlog.fault}; {_many(backlog.waiting)} for it."] if backlog.fault else []),
            *([f"{backlog.lost:,} exchanges are lost, since the store was away for too long."] if backlog.lost else []),
        ]

    def routes(self) -> list[BaseRoute]:
        return [
            address("/exchanges", GET=self.list_exchanges, DELETE=self.clear),
            *WaitRoutes(self.log, self.settings.max_subscribers).routes(),
            address("/exchanges/{exchange_id}", GET=self.show, DELETE=self.delete),
            address("/exchanges/{exchange_id}/body", GET=self.body),
            address("/info", GET=self.info),
            *([] if self._switch is None else RecordingRoutes(self._switch).routes()),
            *Views(self.log).routes(),
            *CodeRoutes(self.log).routes(),
            *WayRoutes(self.log).routes(),
            *MarkRoutes(self.log).routes(),
            *SignatureRoutes(self.log).routes(),
            *ValueRoutes(self.log).routes(),
            *SendRoutes(self.log, self.settings).routes(),
            *Exports(self.log, self.settings.max_import_bytes, _bounds(self.settings)).routes(),
        ]

    @takes(_LIMIT, _BEFORE, _AFTER, Q, HIDING)
    @gives(PageDocument)
    async def list_exchanges(self, request: Request) -> Response:
        """The exchanges that a search finds, the newest first."""
        limit, reveal = _LIMIT(request), HIDING(request)
        page = await self.page(Q(request), limit, _BEFORE(request), _AFTER(request))
        return json_answer(await beside(listed, page, reveal=reveal) if limit > _FEW else listed(page, reveal=reveal))

    async def page(self, q: str, limit: int, before: int | None = None, after: int = 0) -> Page:
        """One page of the list. Raises `SearchError` for a search that cannot be read."""
        return await self.log.page(parse(q) if q.strip() else None, limit, before, after)

    @takes(REVEALING, BODIES)
    @gives(ExchangeDocument)
    async def show(self, request: Request) -> Response:
        """All that is known of one exchange."""
        reveal, bodies = REVEALING(request), BODIES(request)
        one, signed = await found(request, self.log), await self.signed()
        return json_response(await looked(_document, one, signed, reveal=reveal, bodies=bodies))

    async def signed(self) -> Signed | None:
        return None if self._signed_by is None else await self._signed_by()

    @takes(OF)
    @gives(media_type="application/octet-stream", about="The bytes.")
    async def body(self, request: Request) -> Response:
        """The kept bytes of a body as a download: the request's, or with `of=response` the answer's.

        Never with the type or the name that a client gave: the bytes are for saving, not for a browser to run.
        `X-Echoscope-Body-Size` tells how long the body was, and `X-Echoscope-Truncated` that not all of it is here.
        """
        side = OF(request)
        sized = await looked(_sized_body, await found(request, self.log), "receive" if side == "request" else "send")
        size, _, content = await beside(sized.partition, b"\n")
        headers = {
            **SANDBOXED,
            "x-echoscope-body-size": size.decode(),
            **({"x-echoscope-truncated": "true"} if len(content) < int(size) else {}),
            "content-disposition": f'attachment; filename="{request.path_params["exchange_id"]}.{side}.bin"',
        }
        return Response(content, headers=headers, media_type="application/octet-stream")

    @gives(DeletedExchange)
    async def delete(self, request: Request) -> Response:
        """Delete an exchange, with its pin and its note."""
        exchange_id = request.path_params["exchange_id"]
        seq = await self.log.delete(exchange_id)
        if seq is None:
            raise not_kept(exchange_id)
        return json_answer(DeletedExchange(seq))

    @gives(ClearedLog)
    async def clear(self, request: Request) -> Response:
        """Delete all exchanges; what is pinned stays pinned."""
        return json_answer(ClearedLog(await self.log.clear()))

    @gives(Info)
    async def info(self, request: Request) -> Response:
        """What this instance is and has. While the store is away, what only it can tell is null."""
        status: Status | None = None
        with suppress(StoreAway):
            status = await self.log.status()
        backlog = self.log.backlog
        return json_answer(
            Info(
                name="Echoscope",
                version=__version__,
                profile=self.settings.effective_profile,
                epoch=status.epoch if status else None,
                oldest=status.oldest if status else None,
                head=status.head if status else None,
                exchanges=status.exchanges if status else None,
                bytes=status.bytes if status else None,
                store=self.log.place,
                store_fault=backlog.fault or (None if status else "it cannot be reached"),
                waiting=backlog.waiting,
                lost=status.lost if status else backlog.lost,
                max_exchanges=self.settings.max_exchanges,
                max_bytes=self.settings.max_bytes,
                kept_body_bytes=self.settings.kept_body_bytes,
                subscribers=self.log.feed.readers,
                max_subscribers=self.settings.max_subscribers,
                warnings=self.warnings,
                uptime_s=round(time.monotonic() - self._started, 3),
            )
        )


def _many(waiting: int) -> str:
    return "one exchange waits" if waiting == 1 else f"{waiting:,} exchanges wait"


_FEW: Final = 100
"""How many summaries are made in one go, which takes about a millisecond."""


def listed(page: Page, *, reveal: bool) -> PageDocument:
    """A page as the API gives it; secret parameters in query strings are masked unless `reveal`."""
    hide = None if reveal else mask_query
    status = page.status
    items = [summarize(seq, kept.head, hide) for seq, kept in page.items]
    return PageDocument(status.epoch, status.oldest, status.head, items, page.next)


def _document(one: Found, signed: Signed | None, *, reveal: bool, bodies: bool) -> bytes:
    return encoded(whole(one, reveal=reveal, bodies=bodies, signature=verdict(one.exchange, signed)))


def _sized_body(one: Found, channel: Channel) -> bytes:
    """How long a body was, a line feed, and what is kept of it."""
    exchange = one.exchange
    return b"%d\n%b" % (body_size(exchange, channel), body_bytes(exchange, channel))


def _bounds(settings: Settings) -> Bounds:
    """The bounds of the recorder and of the server."""
    return Bounds(
        kept_body_bytes=settings.kept_body_bytes,
        max_events=settings.max_events,
        head_bytes=settings.max_head_bytes,
        head_lines=settings.max_head_lines,
    )

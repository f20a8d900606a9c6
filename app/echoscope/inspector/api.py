"""The JSON API under `/-/api/`: exchanges to list, search, look at, take away and delete."""

import asyncio
import time
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from .. import __version__
from ..document import Document, body_bytes, document, summary
from ..exchange import decode_exchange, decode_head
from ..feed import Feed, matches
from ..imports import Bounds
from ..marks import Marks
from ..masking import mask_query
from ..search import Search, parse
from ..settings import Settings
from ..store import Store
from .answers import SANDBOXED, address, flag, json_answer, not_kept, whole_number
from .code import CodeRoutes
from .exports import Exports
from .marks import MarkRoutes
from .views import Views

MAX_LIMIT: Final = 1_000
SCAN: Final = 200
"""How many records a search looks at before others get their turn (about 2 ms)."""


class Api:
    """The endpoints over one store."""

    def __init__(self, store: Store, feed: Feed, settings: Settings) -> None:
        self.store = store
        self.feed = feed
        self.settings = settings
        self.marks = Marks(store)
        self._started = time.monotonic()

    def routes(self) -> list[BaseRoute]:
        return [
            address("/exchanges", GET=self.list_exchanges, DELETE=self.clear),
            address("/exchanges/{exchange_id}", GET=self.show, DELETE=self.delete),
            address("/exchanges/{exchange_id}/body", GET=self.body),
            address("/info", GET=self.info),
            *Views(self.marks.find).routes(),
            *CodeRoutes(self.marks.find).routes(),
            *MarkRoutes(self.marks).routes(),
            *Exports(self.page, self.marks, self.settings.max_import_bytes, _bounds(self.settings)).routes(),
        ]

    async def list_exchanges(self, request: Request) -> Response:
        """`limit`, `before`, `after`, `q`: the newest first, and in `next` what to pass as `before` for more.

        Secret parameters in query strings are masked unless `reveal=1`.
        """
        limit = whole_number(request, "limit", 50, 1, MAX_LIMIT)
        before = whole_number(request, "before", None, 0)
        after = whole_number(request, "after", 0, 0)
        reveal = flag(request, "reveal")
        q = request.query_params.get("q", "")
        return json_answer(await self.page(q, limit, before, after, reveal=reveal))

    async def page(
        self, q: str, limit: int, before: int | None = None, after: int = 0, *, reveal: bool = False
    ) -> Document:
        """One page of the list. Raises `SearchError` for a search that cannot be read."""
        search = parse(q) if q.strip() else None
        status = await self.store.status()  # before the scan: what comes during it, comes from the feed as well
        items, following = await self._find(search, limit, before, after, reveal=reveal)
        bounds = {"epoch": status.epoch, "oldest": status.oldest, "head": status.head}
        return {**bounds, "items": items, "next": following}

    async def _find(
        self, search: Search | None, limit: int, before: int | None, after: int, *, reveal: bool
    ) -> tuple[list[Document], int | None]:
        """Summaries of what matches, newest first, and the seq at which to go on, None at the end."""
        items: list[Document] = []
        mask = None if reveal else mask_query
        while records := await self.store.read_back(before, SCAN):
            for record in records:
                if record.seq <= after:
                    return items, None
                if len(items) == limit:
                    return items, record.seq + 1
                before = record.seq
                if not isinstance(record.entry, bytes):
                    continue
                head = decode_head(record.entry)
                if search is None or matches(search, record.seq, head, record.entry):
                    items.append(summary(record.seq, head, mask))
            await asyncio.sleep(0)
        return items, None

    async def show(self, request: Request) -> Response:
        seq, encoded = await self._stored(request)
        made = document(seq, decode_exchange(encoded))
        mark = self.marks.of(made["id"])
        return json_answer(made | {"pinned": mark.pinned, "note": mark.note})

    async def body(self, request: Request) -> Response:
        """The kept bytes of a body as a download: the request's, or with `of=response` the answer's.

        Never with the type or the name that a client gave: the bytes are for saving, not for a browser to run.
        """
        side = request.query_params.get("of", "request")
        if side not in ("request", "response"):
            raise HTTPException(400, f"of must be request or response, not {side!r}.")
        _, encoded = await self._stored(request)
        content = body_bytes(decode_exchange(encoded), "receive" if side == "request" else "send")
        headers = {
            **SANDBOXED,
            "content-disposition": f'attachment; filename="{request.path_params["exchange_id"]}.{side}.bin"',
        }
        return Response(content, headers=headers, media_type="application/octet-stream")

    async def delete(self, request: Request) -> Response:
        """Delete an exchange with its pin and note; `deleted` is null when only its pin was left."""
        exchange_id = request.path_params["exchange_id"]
        seq = await self.store.delete(exchange_id)
        if not self.marks.forget(exchange_id) and seq is None:
            raise not_kept(exchange_id)
        return json_answer({"deleted": seq})

    async def clear(self, request: Request) -> Response:
        """Delete all exchanges; what is pinned stays pinned."""
        self.marks.clear()
        return json_answer({"cleared": await self.store.clear()})

    async def info(self, request: Request) -> Response:
        status = await self.store.status()
        return json_answer(
            {
                "name": "Echoscope",
                "version": __version__,
                "profile": self.settings.effective_profile,
                "epoch": status.epoch,
                "oldest": status.oldest,
                "head": status.head,
                "exchanges": status.exchanges,
                "bytes": status.bytes,
                "max_exchanges": self.settings.max_exchanges,
                "max_bytes": self.settings.max_bytes,
                "kept_body_bytes": self.settings.kept_body_bytes,
                "subscribers": self.feed.readers,
                "max_subscribers": self.settings.max_subscribers,
                "uptime_s": round(time.monotonic() - self._started, 3),
            }
        )

    async def _stored(self, request: Request) -> tuple[int, bytes]:
        found = await self.marks.find(request.path_params["exchange_id"])
        if found is None:
            raise not_kept(request.path_params["exchange_id"])
        return found


def _bounds(settings: Settings) -> Bounds:
    """What the recorder keeps of a request, and the server takes."""
    return Bounds(
        kept_body_bytes=settings.kept_body_bytes,
        max_events=settings.max_events,
        head_bytes=settings.max_head_bytes,
        head_lines=settings.max_head_lines,
    )

"""Downloads of exchanges, and the way back: the selection or the search as a file, and files into the log."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncGenerator, Iterator
from typing import Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from ..exchange import ExchangeHead
from ..exports import FORMATS, Format
from ..findings import findings_document
from ..imports import Imported, ImportFault, read
from ..log.log import Log
from ..log.store import MAX_NOTE_CHARACTERS, Found
from ..masking import mask, mask_head
from ..search import parse
from ..turns import beside
from .answers import SANDBOXED, flag, json_answer, whole_number
from .report import Report

MAX_EXPORTED: Final = 1_000
FOUND_AT_ONCE: Final = 50
MAX_SKIPPED: Final = 100
"""Reasons that an import tells one by one; the others are counted."""

_FORMATS: Final[dict[str, type[Format]]] = {**FORMATS, "html": Report}


class Exports:
    """The endpoints. `max_bytes`: the largest file that is taken."""

    def __init__(self, log: Log, max_bytes: int) -> None:
        self._log = log
        self._max_bytes = max_bytes

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/export.{format}", self.export, methods=["GET"]),
            Route("/import", self.take, methods=["POST"]),
        ]

    async def export(self, request: Request) -> Response:
        """`ids=a,b` or `q`, `limit`, `reveal`: the chosen exchanges as a file, the oldest first."""
        name = request.path_params["format"]
        if name not in _FORMATS:
            raise HTTPException(404, f"The format must be {' or '.join(_FORMATS)}, not {name[:20]!r}.")
        reveal = flag(request, "reveal")
        chosen = await self._chosen(request)
        headers = {**SANDBOXED, "content-disposition": f'attachment; filename="echoscope.{name}"'}
        made = _FORMATS[name]()
        return StreamingResponse(self._stream(made, chosen, reveal=reveal), headers=headers, media_type=made.media_type)

    async def _chosen(self, request: Request) -> list[tuple[int, ExchangeHead]]:
        """The heads of the exchanges that are asked for, with their seqs, rising. Raises 404 when none is kept."""
        if "ids" in request.query_params:
            ids = list(dict.fromkeys(filter(None, request.query_params["ids"].split(","))))
            if len(ids) > MAX_EXPORTED:
                raise HTTPException(400, f"At most {MAX_EXPORTED:,} ids can be given, not {len(ids):,}.")
            chosen = [(one.seq, one.head) for one in await self._log.find_many(ids)]
            if ids and not chosen:
                raise HTTPException(404, "None of these exchanges is kept.")
        else:
            q, limit = request.query_params.get("q", ""), whole_number(request, "limit", MAX_EXPORTED, 1, MAX_EXPORTED)
            page = await self._log.page(parse(q) if q.strip() else None, limit)
            chosen = [(seq, kept.head) for seq, kept in page.items]
        return sorted(chosen, key=lambda pair: pair[0])

    async def _stream(
        self, made: Format, chosen: list[tuple[int, ExchangeHead]], *, reveal: bool
    ) -> AsyncGenerator[bytes, None]:
        """The file, piece by piece, each made in a thread. What has left the log in the meantime is left out."""
        heads = chosen if reveal else [(seq, mask_head(head)) for seq, head in chosen]
        yield await beside(made.begin, heads)
        ids = [head.id for _, head in chosen]
        for start in range(0, len(ids), FOUND_AT_ONCE):
            for one in await self._log.find_many(ids[start : start + FOUND_AT_ONCE]):
                yield await beside(_item, made, one, reveal=reveal)
        yield made.end()

    async def take(self, request: Request) -> Response:
        """A HAR or JSON Lines file, told apart by its content, into the log: `{"imported", "ids", "skipped", …}`."""
        content = await self._content(request)
        try:
            entries = await beside(_entries, content)
        except ImportFault as fault:
            raise HTTPException(400, str(fault)) from fault
        fresh = _fresh_ids()
        ids = [await self._add(entry, fresh) for entry in entries if entry.exchange is not None]
        skipped = [{"entry": entry.number, "reason": entry.fault} for entry in entries if entry.fault is not None]
        return json_answer(
            {"imported": len(ids), "ids": ids, "skipped": skipped[:MAX_SKIPPED], "skipped_count": len(skipped)}
        )

    async def _content(self, request: Request) -> bytes:
        pieces, size = [], 0
        async for piece in request.stream():
            size += len(piece)
            if size > self._max_bytes:
                raise HTTPException(413, f"A file to import has at most {self._max_bytes:,} bytes.")
            pieces.append(piece)
        return b"".join(pieces)

    async def _add(self, entry: Imported, fresh: Iterator[str]) -> str:
        """Append an exchange under its own id, or under a new one when that is taken or was none of ours."""
        exchange = entry.exchange
        assert exchange is not None
        if not exchange.id or await self._log.find(exchange.id):
            exchange = msgspec.structs.replace(exchange, id=next(fresh))
        if storing := self._log.put(exchange):
            await storing
        if entry.note:
            await self._log.note(exchange.id, entry.note[:MAX_NOTE_CHARACTERS])
        await asyncio.sleep(0)
        return exchange.id


def _item(made: Format, one: Found, *, reveal: bool) -> bytes:
    exchange = one.exchange
    shown = exchange if reveal else mask(exchange)
    if isinstance(made, Report):
        return made.item(one.seq, shown, one.note, findings_document(exchange))
    return made.item(one.seq, shown, one.note)


def _entries(content: bytes) -> list[Imported]:
    return list(read(content))


def _fresh_ids() -> Iterator[str]:
    """Ids that no other exchange has: one prefix for each import, as for each recorder."""
    prefix = secrets.token_hex(4)
    return (f"{prefix}-{number:x}" for number in itertools.count(1))

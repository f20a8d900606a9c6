"""Downloads of exchanges, and the way back: the selection or the search as a file, and files into the log."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Iterator
from typing import Final, Protocol

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from ..document import Document
from ..exchange import ExchangeHead, decode_exchange, decode_head
from ..exports import FORMATS, Format
from ..imports import Bounds, Imported, ImportFault, fingerprint, read
from ..marks import MAX_NOTE_CHARACTERS, Mark, Marks, PinsFull
from ..masking import mask, mask_head
from ..threads import beside
from .answers import SANDBOXED, flag, json_answer, whole_number
from .report import Report

MAX_IDS: Final = 1_000
PAGE_ITEMS: Final = 1_000
IMPORT_TURN_S: Final = 0.05
"""How long a file is read before what was found is kept, and the client is asked for."""

MAX_SKIPPED: Final = 100
"""Reasons that an import tells one by one; the others are counted."""

_FORMATS: Final[dict[str, type[Format]]] = {**FORMATS, "html": Report}


class Page(Protocol):
    """Gives a page of the list: what a search finds, newest first."""

    def __call__(self, q: str, limit: int, before: int | None = None) -> Awaitable[Document]: ...


class Exports:
    """The endpoints. `max_bytes`: the largest file that is taken. `bounds`: of the exchanges in it."""

    def __init__(self, page: Page, marks: Marks, max_bytes: int, bounds: Bounds) -> None:
        self._page = page
        self._marks = marks
        self._max_bytes = max_bytes
        self._bounds = bounds
        self._importing = asyncio.Lock()

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
            if len(ids) > MAX_IDS:
                raise HTTPException(400, f"At most {MAX_IDS:,} ids can be given, not {len(ids):,}.")
        else:
            q, limit = request.query_params.get("q", ""), whole_number(request, "limit", None, 1)
            ids = [exchange_id async for exchange_id in self._found(q, limit)]
        found = [found for exchange_id in ids if (found := await self._marks.find(exchange_id))]
        if ids and not found:
            raise HTTPException(404, "None of these exchanges is kept.")
        return sorted(((seq, decode_head(encoded)) for seq, encoded in found), key=lambda pair: pair[0])

    async def _found(self, q: str, limit: int | None) -> AsyncGenerator[str, None]:
        """The ids that a search finds, page by page, the newest first; all without a limit."""
        left, before = sys.maxsize if limit is None else limit, None
        while left:
            page = await self._page(q, min(left, PAGE_ITEMS), before)
            for item in page["items"]:
                yield item["id"]
            left, before = left - len(page["items"]), page["next"]
            if before is None:
                return

    async def _stream(
        self, made: Format, chosen: list[tuple[int, ExchangeHead]], *, reveal: bool
    ) -> AsyncGenerator[bytes, None]:
        """The file, piece by piece, each made in a thread. What has left the log in the meantime is left out."""
        heads = chosen if reveal else [(seq, mask_head(head)) for seq, head in chosen]
        yield await beside(made.begin, heads)
        for _, head in chosen:
            found = await self._marks.find(head.id)
            if found is not None:
                yield await beside(_item, made, found, self._marks.of(head.id), reveal=reveal)
        yield made.end()

    async def take(self, request: Request) -> Response:
        """A HAR or JSON Lines file, told apart by its content, into the log: `{"imported", "ids", "skipped", …}`.

        One file at a time, piece by piece, and no further once its client has left.
        """
        async with self._importing:
            entries, outcome = read(await self._content(request), self._bounds), Taken(self._marks)
            try:
                while batch := await beside(_next_entries, entries):
                    for entry in batch:
                        await outcome.take(entry)
                    if await request.is_disconnected():
                        break
            except ImportFault as fault:
                raise HTTPException(400, str(fault)) from fault
        return json_answer(outcome.document())

    async def _content(self, request: Request) -> bytearray:
        content = bytearray()
        async for piece in request.stream():
            if len(content) + len(piece) > self._max_bytes:
                raise HTTPException(413, f"A file to import has at most {self._max_bytes:,} bytes.")
            content += piece
        return content


class Taken:
    """What became of the entries of one file."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._ids: list[str] = []
        self._times: Counter[str] = Counter()
        self._already_here = self._not_pinned = self._skipped_count = 0
        self._skipped: list[Document] = []

    async def take(self, entry: Imported) -> None:
        """Keep an exchange under its own id, or, when that is taken or was none of ours, under one that is made of its
        content: so a file that is taken twice is here once."""
        if entry.exchange is None:
            self._skipped_count += 1
            if len(self._skipped) < MAX_SKIPPED:
                self._skipped.append({"entry": entry.number, "reason": entry.fault})
            return
        exchange, digits = entry.exchange, await beside(fingerprint, entry.exchange)
        found = await self._digits_of(exchange.id) if exchange.id else ""
        if found not in (None, digits):
            self._times[digits] += 1
            exchange = msgspec.structs.replace(exchange, id=f"{digits[:16]}-{self._times[digits]:x}")
            found = await self._digits_of(exchange.id)
        if found is None:
            await self._marks.store.append(exchange)
            self._ids.append(exchange.id)
        else:
            self._already_here += 1
        await self._mark(exchange.id, entry)
        await asyncio.sleep(0)

    async def _digits_of(self, exchange_id: str) -> str | None:
        """The fingerprint of what is kept under an id."""
        found = await self._marks.find(exchange_id)
        return None if found is None else await beside(fingerprint, decode_exchange(found[1]))

    async def _mark(self, exchange_id: str, entry: Imported) -> None:
        """Put the marks of the file on an exchange; a note that is here stays."""
        mark = self._marks.of(exchange_id)
        if entry.note and not mark.note:
            await self._marks.note(exchange_id, entry.note[:MAX_NOTE_CHARACTERS])
        if entry.pinned and not mark.pinned:
            try:
                await self._marks.pin(exchange_id)
            except PinsFull:
                self._not_pinned += 1

    def document(self) -> Document:
        return {
            "imported": len(self._ids),
            "ids": self._ids,
            "already_here": self._already_here,
            "not_pinned": self._not_pinned,
            "skipped": self._skipped,
            "skipped_count": self._skipped_count,
        }


def _item(made: Format, found: tuple[int, bytes], mark: Mark, *, reveal: bool) -> bytes:
    seq, encoded = found
    exchange = decode_exchange(encoded)
    return made.item(seq, exchange if reveal else mask(exchange), mark.note, pinned=mark.pinned)


def _next_entries(entries: Iterator[Imported]) -> list[Imported]:
    """What is read in one turn; nothing at the end."""
    ends_at, batch = time.perf_counter() + IMPORT_TURN_S, []
    for entry in entries:
        batch.append(entry)
        if time.perf_counter() > ends_at:
            break
    return batch

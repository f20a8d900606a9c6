"""Downloads of exchanges, and the way back: the selection or the search as a file, and files into the log."""

import asyncio
import pickle
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from typing import Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from ...base.apart import LOOKS
from ...base.threads import beside
from ...exchange.model import ExchangeHead
from ...exchange.replies import Imported as ImportedDocument
from ...exchange.replies import Skipped
from ...files.formats import FORMATS, Format
from ...files.reading import Bounds, Imported, ImportFault, Unread, as_utf8, begins_as_utf8, entries, fingerprint
from ...insight.findings import findings
from ...insight.masking import mask, mask_head
from ...insight.search import parse
from ...log.log import Log
from ...log.store import MAX_NOTE_CHARACTERS, Found, PinsFull
from .answers import SANDBOXED, address, gives, json_answer, takes, wants
from .looking import LONG_BYTES, looked
from .queries import HIDING, IDS, Q, WholeNumber
from .report import Report

MAX_IDS: Final = 1_000
PAGE_ITEMS: Final = 1_000
FOUND_AT_ONCE: Final = 50
IMPORT_TURN_S: Final = 0.05
"""How long a file is read before what was found is kept, and the client is asked for."""

MAX_SKIPPED: Final = 100
"""Reasons that an import tells one by one; the others are counted."""

_AT_MOST: Final = WholeNumber[None]("limit", "How many exchanges at most, the newest of those that are found.", None, 1)

_FORMATS: Final[dict[str, type[Format]]] = {**FORMATS, "html": Report}


class Exports:
    """The endpoints. `max_bytes`: the largest file that is taken. `bounds`: of the exchanges in it."""

    def __init__(self, log: Log, max_bytes: int, bounds: Bounds) -> None:
        self._log = log
        self._max_bytes = max_bytes
        self._bounds = bounds
        self._importing = asyncio.Lock()

    def routes(self) -> list[BaseRoute]:
        return [
            address("/export.{format}", GET=self.export),
            address("/import", POST=self.take),
        ]

    @takes(Q, IDS, _AT_MOST, HIDING)
    @gives(media_type="application/octet-stream", about="The file, of the type of its format.")
    async def export(self, request: Request) -> Response:
        """The exchanges with these ids, or those that a search finds, as a file, the oldest first."""
        name = request.path_params["format"]
        if name not in _FORMATS:
            raise HTTPException(404, f"The format must be {' or '.join(_FORMATS)}, not {name[:20]!r}.")
        reveal = HIDING(request)
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
            chosen = [(one.seq, one.head) for one in await self._log.find_many(ids)]
            if ids and not chosen:
                raise HTTPException(404, "None of these exchanges is kept.")
        else:
            q, limit = Q(request), _AT_MOST(request)
            chosen = [pair async for pair in self._found(q, limit)]
        return sorted(chosen, key=lambda pair: pair[0])

    async def _found(self, q: str, limit: int | None) -> AsyncGenerator[tuple[int, ExchangeHead], None]:
        """Seqs and heads of what a search finds, page by page, the newest first; all without a limit."""
        search = parse(q) if q.strip() else None
        left, before = sys.maxsize if limit is None else limit, None
        while left:
            page = await self._log.page(search, min(left, PAGE_ITEMS), before)
            for seq, kept in page.items:
                yield seq, kept.head
            left, before = left - len(page.items), page.next
            if before is None:
                return

    async def _stream(
        self, made: Format, chosen: list[tuple[int, ExchangeHead]], *, reveal: bool
    ) -> AsyncGenerator[bytes, None]:
        """The file, piece by piece. What has left the log in the meantime is left out."""
        heads = chosen if reveal else [(seq, mask_head(head)) for seq, head in chosen]
        yield await beside(made.begin, heads)
        ids, separator = [head.id for _, head in chosen], b""
        for start in range(0, len(ids), FOUND_AT_ONCE):
            for one in await self._log.find_many(ids[start : start + FOUND_AT_ONCE]):
                yield separator
                yield await looked(_item, one, made, reveal=reveal)
                separator = made.separator
        yield made.end()

    @wants(None, "application/octet-stream")
    @gives(ImportedDocument)
    async def take(self, request: Request) -> Response:
        """Take a HAR or JSON Lines file, told apart by its content, into the log.

        One file at a time, piece by piece, and no further once its client has left.
        """
        async with self._importing:
            content, outcome = await self._content(request), Taken(self._log)
            rest = entries(content)
            try:
                while batch := await beside(_next_entries, rest, content, self._bounds):
                    for entry in batch:
                        await outcome.take(*(await self._read(entry, content) if isinstance(entry, Unread) else entry))
                    if await request.is_disconnected():
                        break
            except ImportFault as fault:
                raise HTTPException(400, str(fault)) from fault
        return json_answer(outcome.document())

    async def _read(self, entry: Unread, content: bytes | bytearray) -> "_Read":
        """A long entry, read apart."""
        data = memoryview(content)[entry.start : entry.end]
        pieces = await LOOKS.do(_read_apart, entry, self._bounds, data=[data])
        result: _Read = await beside(lambda: pickle.loads(b"".join(pieces)))
        return result

    async def _content(self, request: Request) -> bytes | bytearray:
        """The file in UTF-8. Raises 413."""
        content = bytearray()
        async for piece in request.stream():
            if len(content) + len(piece) > self._max_bytes:
                raise HTTPException(413, f"A file to import has at most {self._max_bytes:,} bytes.")
            content += piece
        return content if begins_as_utf8(content) else await beside(b"".join, await LOOKS.do(as_utf8, data=[content]))


class Taken:
    """What became of the entries of one file."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._ids: list[str] = []
        self._times: Counter[str] = Counter()
        self._already_here = self._not_pinned = self._skipped_count = 0
        self._skipped: list[Skipped] = []

    async def take(self, entry: Imported, digits: str) -> None:
        """Keep an exchange under its own id, or, when that is taken or was none of ours, under one that is made of its
        fingerprint, these `digits`: so a file that is taken twice is here once."""
        if entry.exchange is None:
            self._skipped_count += 1
            if len(self._skipped) < MAX_SKIPPED:
                self._skipped.append(Skipped(entry.number, entry.fault or ""))
            return
        exchange = entry.exchange
        found = await self._digits_of(exchange.id) if exchange.id else ""
        if found not in (None, digits):
            self._times[digits] += 1
            exchange = msgspec.structs.replace(exchange, id=f"{digits[:16]}-{self._times[digits]:x}")
            found = await self._digits_of(exchange.id)
        if found is None:
            if storing := self._log.put(exchange):
                await storing
            self._ids.append(exchange.id)
        else:
            self._already_here += 1
        await self._mark(exchange.id, entry)
        await asyncio.sleep(0)

    async def _digits_of(self, exchange_id: str) -> str | None:
        """The fingerprint of what is kept under an id."""
        one = await self._log.find(exchange_id)
        return None if one is None else (await looked(_digits, one)).decode()

    async def _mark(self, exchange_id: str, entry: Imported) -> None:
        """Put the marks of the file on an exchange; a note that is here stays."""
        if not entry.note and not entry.pinned:
            return
        one = await self._log.find(exchange_id)
        if one is None:
            return
        if entry.note and not one.note:
            await self._log.note(exchange_id, entry.note[:MAX_NOTE_CHARACTERS])
        if entry.pinned and not one.pinned:
            try:
                await self._log.pin(exchange_id)
            except PinsFull:
                self._not_pinned += 1

    def document(self) -> ImportedDocument:
        return ImportedDocument(
            imported=len(self._ids),
            ids=self._ids,
            already_here=self._already_here,
            not_pinned=self._not_pinned,
            skipped=self._skipped,
            skipped_count=self._skipped_count,
        )


def _digits(one: Found) -> bytes:
    return fingerprint(one.exchange).encode()


def _item(one: Found, made: Format, *, reveal: bool) -> bytes:
    exchange = one.exchange
    shown = exchange if reveal else mask(exchange)
    if isinstance(made, Report):
        return made.item(one.seq, shown, one.note, pinned=one.pinned, findings=findings(exchange))
    return made.item(one.seq, shown, one.note, pinned=one.pinned)


_Read = tuple[Imported, str]
"""An entry, and the fingerprint of its exchange."""


def _next_entries(
    rest: Iterator[Unread | Imported], content: bytes | bytearray, bounds: Bounds
) -> list[_Read | Unread]:
    """What is read in one turn, but for long entries; nothing at the end."""
    ends_at, batch = time.perf_counter() + IMPORT_TURN_S, list[_Read | Unread]()
    for entry in rest:
        if isinstance(entry, Imported):
            batch.append((entry, ""))
        elif entry.end - entry.start > LONG_BYTES:
            batch.append(entry)
        else:
            batch.append(_read(entry, bounds, bytes(content[entry.start : entry.end])))
        if time.perf_counter() > ends_at:
            break
    return batch


def _read(entry: Unread, bounds: Bounds, raw: bytes) -> _Read:
    imported = entry.read(raw, bounds)
    return imported, "" if imported.exchange is None else fingerprint(imported.exchange)


def _read_apart(entry: Unread, bounds: Bounds, raw: bytes) -> bytes:
    return pickle.dumps(_read(entry, bounds, raw))

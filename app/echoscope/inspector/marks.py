"""Pins and notes: the endpoints by which people keep exchanges and write on them."""

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ..document import summary
from ..exchange import decode_head
from ..marks import MAX_NOTE_CHARACTERS, Marks, PinsFull
from ..masking import mask_query
from .answers import address, flag, json_answer, not_kept

_NOTE_BYTES = 16 * MAX_NOTE_CHARACTERS
"""What a note may take as JSON, with every character as an escape of its own."""


class _Note(msgspec.Struct):
    note: str


class MarkRoutes:
    """The endpoints over the marks of one instance."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    def routes(self) -> list[BaseRoute]:
        return [
            address("/exchanges/{exchange_id}/pin", PUT=self.pin, DELETE=self.unpin),
            address("/exchanges/{exchange_id}/note", PUT=self.note),
            address("/pins", GET=self.pins),
        ]

    async def pin(self, request: Request) -> Response:
        exchange_id = request.path_params["exchange_id"]
        try:
            if not await self._marks.pin(exchange_id):
                raise not_kept(exchange_id)
        except PinsFull as full:
            raise HTTPException(409, f"{full} Unpin another one first.") from full
        return self._answer(exchange_id)

    async def unpin(self, request: Request) -> Response:
        exchange_id = request.path_params["exchange_id"]
        if await self._marks.find(exchange_id) is None:
            raise not_kept(exchange_id)
        self._marks.unpin(exchange_id)
        return self._answer(exchange_id)

    async def note(self, request: Request) -> Response:
        exchange_id = request.path_params["exchange_id"]
        text = await _note_text(request)
        try:
            if not await self._marks.note(exchange_id, text):
                raise not_kept(exchange_id)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        return self._answer(exchange_id)

    async def pins(self, request: Request) -> Response:
        """The pinned exchanges, the newest first, and all notes; `reveal=1` with secrets in query strings."""
        mask = None if flag(request, "reveal") else mask_query
        items = []
        for seq, encoded in self._marks.pins():
            head = decode_head(encoded)
            mark = self._marks.of(head.id)
            items.append(summary(seq, head, mask) | {"pinned": mark.pinned, "note": mark.note})
        return json_answer(
            {
                "items": items,
                "exchanges": len(items),
                "bytes": self._marks.bytes,
                "max_exchanges": self._marks.max_pins,
                "max_bytes": self._marks.max_bytes,
                "notes": self._marks.notes,
            }
        )

    def _answer(self, exchange_id: str) -> Response:
        return json_answer(msgspec.to_builtins(self._marks.of(exchange_id)))


async def _note_text(request: Request) -> str:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _NOTE_BYTES:
            raise HTTPException(413, f"A note has at most {MAX_NOTE_CHARACTERS:,} characters.")
    try:
        return msgspec.json.decode(body, type=_Note).note
    except msgspec.DecodeError as error:
        raise HTTPException(400, f'A note is sent as {{"note": "text"}}: {error}.') from error

"""Pins and notes: the endpoints by which people keep exchanges and write on them."""

import msgspec
from msgspec.structs import asdict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ...exchange.replies import Marks, Pinned, Pins
from ...exchange.summary import summarize
from ...insight.masking import mask_query
from ...log.log import Log
from ...log.store import MAX_NOTE_CHARACTERS, MAX_PIN_BYTES, MAX_PINS, PinsFull
from ..typed import NotOfType, typed
from .answers import address, found, gives, json_answer, not_kept, takes, wants
from .queries import HIDING

_NOTE_BYTES = 16 * MAX_NOTE_CHARACTERS
"""What a note may take as JSON, with every character as an escape of its own."""


class Note(msgspec.Struct):
    """What somebody writes on an exchange, at most 2,000 characters."""

    note: str


class MarkRoutes:
    """The endpoints over one log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def routes(self) -> list[BaseRoute]:
        return [
            address("/exchanges/{exchange_id}/pin", PUT=self.pin, DELETE=self.unpin),
            address("/exchanges/{exchange_id}/note", PUT=self.note),
            address("/pins", GET=self.pins),
        ]

    @gives(Marks)
    async def pin(self, request: Request) -> Response:
        """Keep an exchange, also when it has left the log."""
        exchange_id = request.path_params["exchange_id"]
        try:
            if not await self._log.pin(exchange_id):
                raise not_kept(exchange_id)
        except PinsFull as full:
            raise HTTPException(409, f"{full} Unpin another one first.") from full
        return await self._answer(request)

    @gives(Marks)
    async def unpin(self, request: Request) -> Response:
        """Keep it no longer than the log does."""
        one = await found(request, self._log)
        await self._log.unpin(one.id)
        return _mark(one.id, pinned=False, note=one.note)

    @wants(Note)
    @gives(Marks)
    async def note(self, request: Request) -> Response:
        """Write a note on an exchange; an empty text takes it away."""
        exchange_id = request.path_params["exchange_id"]
        text = await _note_text(request)
        try:
            if not await self._log.note(exchange_id, text):
                raise not_kept(exchange_id)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        return await self._answer(request)

    @takes(HIDING)
    @gives(Pins)
    async def pins(self, request: Request) -> Response:
        """The pinned exchanges, the newest first, and all notes."""
        mask = None if HIDING(request) else mask_query
        pins = await self._log.pins()
        items = [
            Pinned(**asdict(summarize(one.seq, one.head, mask)), pinned=one.pinned, note=one.note) for one in pins.found
        ]
        return json_answer(Pins(items, len(items), pins.bytes, MAX_PINS, MAX_PIN_BYTES, pins.notes))

    async def _answer(self, request: Request) -> Response:
        one = await found(request, self._log)
        return _mark(one.id, pinned=one.pinned, note=one.note)


def _mark(exchange_id: str, *, pinned: bool, note: str | None) -> Response:
    return json_answer(Marks(exchange_id, pinned, note))


async def _note_text(request: Request) -> str:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _NOTE_BYTES:
            raise HTTPException(413, f"A note has at most {MAX_NOTE_CHARACTERS:,} characters.")
    try:
        return typed(body, Note).note
    except NotOfType as error:
        raise HTTPException(400, f'A note is sent as {{"note": "text"}}: {error}') from error

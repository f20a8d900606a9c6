"""Pausing what is recorded of an app that Echoscope stands around, and going on."""

from typing import Final, Protocol

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ..typed import NotOfType, typed
from .answers import address, gives, json_answer, wants

PAUSED: Final = "Recording is paused: what comes now is not seen."

_BYTES: Final = 1_000
_EXAMPLE: Final = '{"recording": false}'


class Switch(Protocol):
    """What records, while `recording` is True."""

    recording: bool


class Recording(msgspec.Struct):
    """Whether what passes the app is recorded; what is asked for, and what is answered."""

    recording: bool


class RecordingRoutes:
    """The endpoint. What is in flight is recorded to its end."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch

    def routes(self) -> list[BaseRoute]:
        return [address("/recording", GET=self.show, PUT=self.turn)]

    @gives(Recording)
    async def show(self, request: Request) -> Response:
        """Whether what passes the app is recorded."""
        return json_answer(Recording(self._switch.recording))

    @wants(Recording)
    @gives(Recording)
    async def turn(self, request: Request) -> Response:
        """On or off, by a body such as `{"recording": false}`."""
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > _BYTES:
                raise HTTPException(413, f"The body has at most {_BYTES:,} bytes, such as {_EXAMPLE}.")
        try:
            self._switch.recording = typed(body, Recording).recording
        except NotOfType as error:
            raise HTTPException(400, f"The body must be JSON such as {_EXAMPLE}: {error}") from error
        return await self.show(request)

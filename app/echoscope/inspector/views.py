"""What the inspector reads out of an exchange: its bodies and its headers, when somebody looks."""

import asyncio
from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from .. import bodies
from ..headers import read_headers
from ..sides import Of, Side, side_of
from .answers import Find, choice, flag, found_exchange, json_answer


class Views:
    """The endpoints over whatever finds exchanges. The work is bounded, and done in a thread: up to some 100 ms."""

    def __init__(self, find: Find) -> None:
        self._find = find

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/exchanges/{exchange_id}/body/view", self.body, methods=["GET"]),
            Route("/exchanges/{exchange_id}/events/{index:int}/view", self.event, methods=["GET"]),
            Route("/exchanges/{exchange_id}/headers", self.headers, methods=["GET"]),
        ]

    async def body(self, request: Request) -> Response:
        """The body, read: `of=response` for the answer's, `decode=0` for the bytes as they were sent."""
        of = _of(request)
        undo_coding = flag(request, "decode", default=True)
        side = side_of(await found_exchange(request, self._find), of)
        if side is None:
            raise _no_response()
        return await asyncio.to_thread(_body_answer, side, of, undo_coding=undo_coding)

    async def event(self, request: Request) -> Response:
        """The payload of one kept event, such as a message of a WebSocket, read; `index` counts from 0."""
        events = (await found_exchange(request, self._find)).events
        index = request.path_params["index"]
        if index >= len(events):
            raise HTTPException(
                404, f"This exchange has {len(events)} kept events, counted from 0; there is no {index}."
            )
        message = events[index].message
        payload = message.get("body") or message.get("bytes") or message.get("text") or b""
        return await asyncio.to_thread(_event_answer, index, payload)

    async def headers(self, request: Request) -> Response:
        """The headers, read: `of=response` for the answer's, `reveal=1` with the secrets in them."""
        of, reveal = _of(request), flag(request, "reveal")
        exchange = await found_exchange(request, self._find)
        read = await asyncio.to_thread(read_headers, exchange, of, reveal=reveal)
        if read is None:
            raise _no_response()
        return json_answer(read)


def _body_answer(side: Side, of: Of, *, undo_coding: bool) -> Response:
    return json_answer({"of": of, **bodies.view(side, undo_coding=undo_coding)})


def _event_answer(index: int, payload: bytes | str) -> Response:
    return json_answer({"index": index, **bodies.view_message(payload)})


def _of(request: Request) -> Of:
    return cast(Of, choice(request, "of", "request", "response"))


def _no_response() -> HTTPException:
    return HTTPException(404, "This exchange has no response.")

"""What the inspector reads out of an exchange: its bodies and its headers, when somebody looks."""

from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ...base.threads import beside
from ...exchange.model import Exchange
from ...exchange.sides import Of, Side, side_of
from ...insight import bodies
from ...insight.headers import read_headers
from ...insight.masking import mask
from ...log.log import Log
from .answers import address, choice, flag, found_exchange, json_answer, takes


class Views:
    """The endpoints over one log. The work is bounded, and done in a thread: up to some 100 ms."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def routes(self) -> list[BaseRoute]:
        return [
            address("/exchanges/{exchange_id}/body/view", GET=self.body),
            address("/exchanges/{exchange_id}/events/{index:int}/view", GET=self.event),
            address("/exchanges/{exchange_id}/headers", GET=self.headers),
        ]

    @takes("of", "decode", "reveal")
    async def body(self, request: Request) -> Response:
        """The body, read: `of=response` for the answer's, `decode=0` for the bytes as they were sent, `reveal=0`
        without the secrets in it; `masked` says whether there were any."""
        of, undo_coding = _of(request), flag(request, "decode", default=True)
        reveal = flag(request, "reveal", default=True)
        exchange = await found_exchange(request, self._log)
        if side_of(exchange, of) is None:
            raise _no_response()
        return await beside(_body_answer, exchange, of, undo_coding=undo_coding, reveal=reveal)

    @takes("reveal")
    async def event(self, request: Request) -> Response:
        """The payload of one kept event, such as a message of a WebSocket, read; `index` counts from 0. With `reveal=0`
        without the secrets in it."""
        reveal = flag(request, "reveal", default=True)
        exchange = await found_exchange(request, self._log)
        events = (exchange if reveal else await beside(mask, exchange)).events
        index = request.path_params["index"]
        if index >= len(events):
            raise HTTPException(
                404, f"This exchange has {len(events)} kept events, counted from 0; there is no {index}."
            )
        message = events[index].message
        payload = message.get("body") or message.get("bytes") or message.get("text") or b""
        return await beside(_event_answer, index, payload)

    @takes("of", "reveal")
    async def headers(self, request: Request) -> Response:
        """The headers, read: `of=response` for the answer's, `reveal=1` with the secrets in them."""
        of, reveal = _of(request), flag(request, "reveal")
        read = await beside(read_headers, await found_exchange(request, self._log), of, reveal=reveal)
        if read is None:
            raise _no_response()
        return json_answer(read)


def _body_answer(exchange: Exchange, of: Of, *, undo_coding: bool, reveal: bool) -> Response:
    sent = _side(exchange, of)
    side = sent if reveal else _side(mask(exchange), of)
    masked = side.content != sent.content
    return json_answer({"of": of, "masked": masked, **bodies.view(side, undo_coding=undo_coding)})


def _side(exchange: Exchange, of: Of) -> Side:
    """Of an exchange that has one."""
    return cast(Side, side_of(exchange, of))


def _event_answer(index: int, payload: bytes | str) -> Response:
    return json_answer({"index": index, **bodies.view_message(payload)})


def _of(request: Request) -> Of:
    return cast(Of, choice(request, "of", "request", "response"))


def _no_response() -> HTTPException:
    return HTTPException(404, "This exchange has no response.")

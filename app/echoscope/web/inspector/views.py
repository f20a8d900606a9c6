"""What the inspector reads out of an exchange: its bodies and its headers, when somebody looks."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ...exchange.model import Exchange
from ...exchange.sides import Of, Side, side_of
from ...insight.bodies import view as bodies
from ...insight.bodies.kinds import BodyReading
from ...insight.headers import HeadersReading, read_headers
from ...insight.masking import mask
from ...log.log import Log
from ...log.store import Found
from .answers import address, encoded, found, gives, json_response, takes
from .looking import looked
from .queries import HIDING, OF, REVEALING, Flag

_DECODE: Final = Flag("decode", "With 0, the bytes are read as they were sent, with their Content-Encoding.", True)
_HEX: Final = Flag("hex", "With 1, the first bytes are laid out in hex as well.")


class Views:
    """The endpoints over one log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def routes(self) -> list[BaseRoute]:
        return [
            address("/exchanges/{exchange_id}/body/view", GET=self.body),
            address("/exchanges/{exchange_id}/events/{index:int}/view", GET=self.event),
            address("/exchanges/{exchange_id}/headers", GET=self.headers),
        ]

    @takes(OF, _DECODE, _HEX, REVEALING)
    @gives(BodyReading)
    async def body(self, request: Request) -> Response:
        """A body, read: its coding undone, its charset and kind, its JSON, form, parts or picture."""
        of, undo_coding = OF(request), _DECODE(request)
        reveal, with_hex = REVEALING(request), _HEX(request)
        one = await found(request, self._log)
        return json_response(await looked(_body, one, of, undo_coding=undo_coding, with_hex=with_hex, reveal=reveal))

    @takes(REVEALING)
    @gives(bodies.MessageReading)
    async def event(self, request: Request) -> Response:
        """The payload of one kept event, such as a message of a WebSocket, read. The first event is 0."""
        reveal, index = REVEALING(request), request.path_params["index"]
        return json_response(await looked(_event, await found(request, self._log), index, reveal=reveal))

    @takes(OF, HIDING)
    @gives(HeadersReading)
    async def headers(self, request: Request) -> Response:
        """The headers of one side, read: groups, and what each value says."""
        of, reveal = OF(request), HIDING(request)
        return json_response(await looked(_headers, await found(request, self._log), of, reveal=reveal))


def _body(one: Found, of: Of, *, undo_coding: bool, with_hex: bool, reveal: bool) -> bytes:
    exchange = one.exchange
    sent = _side(exchange, of)
    side = sent if reveal else _side(mask(exchange), of)
    masked = side.content != sent.content
    return encoded(bodies.view(side, of=of, masked=masked, undo_coding=undo_coding, with_hex=with_hex))


def _event(one: Found, index: int, *, reveal: bool) -> bytes:
    exchange = one.exchange
    count = len(exchange.events)
    if index >= count:
        raise HTTPException(404, f"This exchange has {count} kept events, counted from 0; there is no {index}.")
    message = (exchange if reveal else mask(exchange)).events[index].message
    payload = message.get("body") or message.get("bytes") or message.get("text") or b""
    return encoded(bodies.view_message(payload, index))


def _headers(one: Found, of: Of, *, reveal: bool) -> bytes:
    reading = read_headers(one.exchange, of, reveal=reveal)
    if reading is None:
        raise _no_response()
    return encoded(reading)


def _side(exchange: Exchange, of: Of) -> Side:
    """The side of an exchange. Raises 404 where there is none."""
    side = side_of(exchange, of)
    if side is None:
        raise _no_response()
    return side


def _no_response() -> HTTPException:
    return HTTPException(404, "This exchange has no response.")

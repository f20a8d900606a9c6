"""A request in its ways: as JSON of an exchange that is kept, and as the answer to whoever asks `/-/echo`."""

from collections.abc import Callable
from typing import Any, Final

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from ...base.settings import Settings
from ...base.threads import beside
from ...exchange.document import Document, scope_document, text
from ...exchange.model import HEAD_KEY, NOTES_KEY, Event, Exchange
from ...exchange.wire import carriage_of
from ...http.spec import HTTP_SCOPE_KEYS
from ...insight.conformance import breaches, documents
from ...insight.connections import connection_document
from ...insight.hops import hops_document
from ...insight.masking import mask
from ...insight.onwire import wire_document
from ...insight.ways import cgi, raw, ways_document, wsgi
from ...log.log import Log
from .answers import SANDBOXED, address, flag, found_exchange, json_answer, takes


def conformance_document(exchange: Exchange) -> Document:
    """What is against the ASGI specification."""
    return {"breaches": documents(breaches(exchange))}


class WayRoutes:
    """The endpoints over one log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def routes(self) -> list[BaseRoute]:
        return [
            address("/exchanges/{exchange_id}/ways", GET=self.ways),
            address("/exchanges/{exchange_id}/conformance", GET=self.conformance),
            address("/exchanges/{exchange_id}/hops", GET=self.hops),
            address("/exchanges/{exchange_id}/wire", GET=self.wire),
            address("/exchanges/{exchange_id}/connection", GET=self.connection),
        ]

    @takes("reveal")
    async def ways(self, request: Request) -> Response:
        """The request in four ways; `reveal=1` with the secrets in it."""
        reveal = flag(request, "reveal")
        exchange = await found_exchange(request, self._log)
        return await beside(_answer, ways_document, exchange, reveal=reveal)

    @takes("reveal")
    async def conformance(self, request: Request) -> Response:
        """What is against the ASGI specification; it repeats no secret, whatever `reveal` says."""
        return await beside(_answer, conformance_document, await found_exchange(request, self._log), reveal=True)

    @takes("reveal")
    async def hops(self, request: Request) -> Response:
        """The way through proxies, and what would be believed of it; `reveal=1` with secrets."""
        reveal = flag(request, "reveal")
        return await beside(_answer, hops_document, await found_exchange(request, self._log), reveal=reveal)

    @takes("reveal")
    async def wire(self, request: Request) -> Response:
        """What was on the wire, beside what became of it; `reveal=1` with the secrets in it."""
        reveal = flag(request, "reveal")
        return await beside(_wire_answer, await found_exchange(request, self._log), reveal=reveal)

    @takes("reveal")
    async def connection(self, request: Request) -> Response:
        """The exchanges of the connection that this one came over; they are told without anything that `reveal` would
        show."""
        return json_answer(await connection_of(self._log, await found_exchange(request, self._log)))


async def connection_of(log: Log, exchange: Exchange) -> Document:
    """The connection of an exchange, as it is known now; `is_told` is false where its server does not tell."""
    carriage = exchange.carriage
    if carriage is None:
        return {"is_told": False, "why_not": CONNECTION_NOT_TOLD}
    items = await log.of_connection(carriage.connection)
    ends = [log.connections.end(carriage.connection)]
    ends += [(one.carriage.closed_by, one.carriage.closed_ns) for _, one in items if one.carriage is not None]
    end = next((end for end in ends if end[0] is not None), ends[0])
    return {"is_told": True, **connection_document(items, exchange, end)}


CONNECTION_NOT_TOLD: Final = "This server does not tell over which connection a request came; echoscope serve does."


def _wire_answer(exchange: Exchange, *, reveal: bool) -> Response:
    return json_answer(wire_document(exchange, None if reveal else mask(exchange)))


def _answer(document: Callable[[Exchange], Document], exchange: Exchange, *, reveal: bool) -> Response:
    return json_answer(document(exchange if reveal else mask(exchange)))


def _as_scope(exchange: Exchange) -> bytes:
    """As the echo has it: the scope, and the body as its messages."""
    (event,) = exchange.events
    message: dict[str, Any] = {"type": "http.request", "body": text(event.message["body"]), "more_body": False}
    if len(event.message["body"]) < event.size:
        message |= {"size": event.size, "truncated": True}
    return _json({**scope_document(exchange.scope), "events": [message]})


FORMS: Final[dict[str, tuple[str, Callable[[Exchange], bytes]]]] = {
    "scope": ("application/json", _as_scope),
    "environ": ("application/json", lambda exchange: _json(wsgi.environ(exchange))),
    "cgi": ("application/json", lambda exchange: _json(cgi.variables(exchange))),
    "raw": ("text/plain; charset=utf-8", raw.content),
    "ways": ("application/json", lambda exchange: _json(ways_document(exchange))),
    "hops": ("application/json", lambda exchange: _json(hops_document(exchange))),
    "wire": ("application/json", lambda exchange: _json(wire_document(exchange))),
    "conformance": ("application/json", lambda exchange: _json(conformance_document(exchange))),
}
"""What `as` may say: the type of the answer, and what makes it."""


class EchoForms:
    """`/-/echo?as=…`: the request that is being made, in one of its ways. Not recorded, like all below `/-/`.

    `as` says which; every method and body is taken, of a body no more than is kept is told.
    """

    def __init__(self, settings: Settings) -> None:
        self._kept_bytes = settings.kept_body_bytes
        self._most_bytes = settings.body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        form = request.query_params.get("as", "scope")
        if form not in FORMS:
            raise HTTPException(400, f"as must be one of {', '.join(FORMS)}, not {form[:50]!r}.")
        exchange = await self._exchange(request)
        media_type, content = FORMS[form]
        response = Response(await beside(content, exchange), headers=SANDBOXED, media_type=media_type)
        await response(scope, receive, send)

    async def _exchange(self, request: Request) -> Exchange:
        """The request as an exchange that has no answer yet. Raises 413 for a body over the limit."""
        body, size = b"", 0
        async for piece in request.stream():
            body += piece[: self._kept_bytes - len(body)]
            size += len(piece)
            if size > self._most_bytes:
                detail = f"The request body is larger than the {self._most_bytes} bytes that are taken."
                raise HTTPException(413, detail, {"connection": "close"})
        own = request.scope
        scope = {key: own[key] for key in (*HTTP_SCOPE_KEYS, "extensions") if key in own}
        message = {"type": "http.request", "body": body, "more_body": False}
        events = [Event("receive", 0, size, message)]
        carriage, wire = carriage_of(own.get(NOTES_KEY)), own.get(HEAD_KEY)
        return Exchange(
            "", "open", 0, 0, None, size, 0, False, scope, None, None, 0, events, wire, carriage=carriage
        )  # fmt: skip


def _json(document: Document) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

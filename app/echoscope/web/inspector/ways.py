"""A request in its ways: as JSON of an exchange that is kept, and as the answer to whoever asks `/-/echo`."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from ...base.settings import Settings
from ...base.threads import beside
from ...exchange.document import Plain, scope_document, text
from ...exchange.facts import NO_FACTS
from ...exchange.model import HEAD_KEY, NOTES_KEY, Event, Exchange, encode
from ...exchange.wire import carriage_of
from ...http.spec import HTTP_SCOPE_KEYS
from ...insight.conformance import BreachDocument, breaches, documents
from ...insight.connections import Connection, read_connection
from ...insight.hops import HopsReading, read_hops
from ...insight.masking import mask
from ...insight.onwire import NotTold, WireReading, read_wire
from ...insight.ways import Way, cgi, raw, ways, wsgi
from ...log.connections import bare
from ...log.log import Log
from ...log.store import Encoded, Found, Outlined
from .answers import SANDBOXED, address, encoded, found, gives, json_answer, json_response, takes
from .looking import looked
from .queries import HIDING


class Conformance(msgspec.Struct):
    """What is against the ASGI specification."""

    breaches: list[BreachDocument]


class Ways(msgspec.Struct):
    """A request in four ways."""

    ways: list[Way]


def _conformance(exchange: Exchange) -> Conformance:
    return Conformance(documents(breaches(exchange)))


def _ways(exchange: Exchange) -> Ways:
    return Ways(ways(exchange))


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

    @takes(HIDING)
    @gives(Ways)
    async def ways(self, request: Request) -> Response:
        """The request in four ways: on the wire, in ASGI, in WSGI and in CGI."""
        return await self._answer(_ways, request, reveal=HIDING(request))

    @takes(HIDING)
    @gives(Conformance)
    async def conformance(self, request: Request) -> Response:
        """What is against the ASGI specification. It repeats no secret."""
        HIDING(request)  # Only checked: the answer has no secrets.
        return await self._answer(_conformance, request, reveal=True)

    @takes(HIDING)
    @gives(HopsReading)
    async def hops(self, request: Request) -> Response:
        """The way through proxies, and what servers and frameworks would believe of it."""
        return await self._answer(read_hops, request, reveal=HIDING(request))

    @takes(HIDING)
    @gives(WireReading, NotTold)
    async def wire(self, request: Request) -> Response:
        """The request as it was on the wire, beside what became of it."""
        reveal = HIDING(request)
        return json_response(await looked(_wire, await found(request, self._log), reveal=reveal))

    @takes(HIDING)
    @gives(Connection, NotTold)
    async def connection(self, request: Request) -> Response:
        """The exchanges of the connection that this one came over, without anything that is secret."""
        HIDING(request)  # Only checked: the answer has no secrets.
        return json_answer(await connection_of(self._log, await found(request, self._log)))

    async def _answer(
        self, reading: Callable[[Exchange], msgspec.Struct], request: Request, *, reveal: bool
    ) -> Response:
        return json_response(await looked(_read, await found(request, self._log), reading, reveal=reveal))


async def connection_of(log: Log, one: Found) -> Connection | NotTold:
    """The connection of an exchange, as it is known now; `is_told` is false where its server does not tell."""
    assert not isinstance(one.kept, Outlined)  # it was found by its id
    exchange = await beside(bare, one.kept)
    carriage = exchange.carriage
    if carriage is None:
        return NotTold(False, CONNECTION_NOT_TOLD)
    items = await log.of_connection(carriage.connection)
    ends = [log.connections.end(carriage.connection)]
    ends += [(one.carriage.closed_by, one.carriage.closed_ns) for _, one in items if one.carriage is not None]
    end = next((end for end in ends if end[0] is not None), ends[0])
    return await beside(read_connection, items, exchange, end)


CONNECTION_NOT_TOLD: Final = "This server does not tell over which connection a request came; echoscope serve does."


def _wire(one: Found, *, reveal: bool) -> bytes:
    exchange = one.exchange
    return encoded(read_wire(exchange, None if reveal else mask(exchange)))


def _read(one: Found, reading: Callable[[Exchange], msgspec.Struct], *, reveal: bool) -> bytes:
    return encoded(reading(one.exchange if reveal else mask(one.exchange)))


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
    "ways": ("application/json", lambda exchange: _json(_ways(exchange))),
    "hops": ("application/json", lambda exchange: _json(read_hops(exchange))),
    "wire": ("application/json", lambda exchange: _json(read_wire(exchange))),
    "conformance": ("application/json", lambda exchange: _json(_conformance(exchange))),
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
        one = Found(0, Encoded("", await beside(encode, exchange)))
        response = Response(await looked(_form, one, form), headers=SANDBOXED, media_type=FORMS[form][0])
        await response(scope, receive, send)

    async def _exchange(self, request: Request) -> Exchange:
        """The request as an exchange that has no answer yet. Raises 413 for a body over the limit."""
        body, size = bytearray(), 0
        async for piece in request.stream():
            body += piece[: self._kept_bytes - len(body)]
            size += len(piece)
            if size > self._most_bytes:
                detail = f"The request body is larger than the {self._most_bytes} bytes that are taken."
                raise HTTPException(413, detail, {"connection": "close"})
        own = request.scope
        scope = {key: own[key] for key in (*HTTP_SCOPE_KEYS, "extensions") if key in own}
        message = {"type": "http.request", "body": bytes(body), "more_body": False}
        events = [Event("receive", 0, size, message)]
        carriage, wire = carriage_of(own.get(NOTES_KEY)), own.get(HEAD_KEY)
        return Exchange(
            "", "open", 0, 0, None, size, 0, False, NO_FACTS, scope, None, None, 0, events, wire, carriage=carriage
        )  # fmt: skip


def _form(one: Found, form: str) -> bytes:
    return FORMS[form][1](one.exchange)


def _json(document: Plain | msgspec.Struct) -> bytes:
    return orjson.dumps(msgspec.to_builtins(document), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

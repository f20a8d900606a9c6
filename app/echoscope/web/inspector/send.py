"""Sending again: the endpoints by which the operator sends a recorded request again, here or elsewhere.

In the local profile to any address; in the public profile only to the hosts of `--send-to`, since a server that sends
where its visitors like reaches what stands behind its firewall. A change like any other: `access` has checked the
`Origin`, or the token, before; beyond that the request has to be JSON, which no form of another site can send.
"""

import pickle
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import asdict, replace
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ...base.settings import Settings
from ...base.threads import beside
from ...exchange.model import Exchange
from ...http.fields import media_type
from ...insight.masking import mask
from ...log.log import Log
from ...log.store import Found
from ...sender import Address as To
from ...sender import AddressError, Draft, Message, MessageError, draft_of, is_listed, parse_address
from ..resend import Here, Sender, SendError
from ..typed import NotOfType, typed
from .answers import address, encoded, found, gives, json_answer, json_response, takes, wants
from .code import origin_of
from .looking import looked
from .places import SCHEME_KEY
from .queries import REVEALING

_ESCAPED: Final = 6
"""How many bytes of JSON stand for one byte of a body, at most."""


class SendWish(msgspec.Struct, forbid_unknown_fields=True):
    """`to`: an address, empty for this server. `head`, `body`, `messages`: what was edited, None for as it was.
    `reveal`: whether what was edited was shown with its secrets."""

    to: Annotated[str, Meta(max_length=2_000)] = ""
    head: str | None = None
    body: str | None = None
    messages: list[str] | None = None
    reveal: bool = True


class DraftDocument(msgspec.Struct):
    """A request as text to edit. `body` is None where it is no text. `size`: of the body; `cut`: whether not all of it
    is here. `messages`: of a WebSocket session, what the client said; None where one is no text."""

    head: str
    body: str | None
    size: int
    cut: bool
    messages: list[str] | UnsetType | None = UNSET


class SentDocument(msgspec.Struct):
    """What became of a request. `id`: of its exchange, None where it is not in the log. `is_whole`: whether the answer
    was read to its end. `to`: where it was sent, "" for the server that recorded it."""

    id: str | None
    status: int | None
    duration_ms: float
    is_whole: bool
    to: str


class SendRoutes:
    """The endpoints over one log."""

    def __init__(self, log: Log, settings: Settings) -> None:
        self._log = log
        self._settings = settings
        self._sender = Sender(log, kept_body_bytes=settings.kept_body_bytes, max_events=settings.max_events)

    def routes(self) -> list[BaseRoute]:
        return [address("/exchanges/{exchange_id}/send", GET=self.draft, POST=self.send)]

    @takes(REVEALING)
    @gives(DraftDocument)
    async def draft(self, request: Request) -> Response:
        """The request as text to edit."""
        one = await found(request, self._log)
        return json_response(await looked(_draft, one, reveal=REVEALING(request)))

    @wants(SendWish)
    @gives(SentDocument)
    async def send(self, request: Request) -> Response:
        """Send the request again, here or elsewhere, as it was or edited, and say what became of it."""
        wish, one = await self._wish(request), await found(request, self._log)
        try:
            edited: _Edited = await beside(pickle.loads, await looked(_edited, one, wish))
            place = self._place(edited.to, request)
            if edited.says is None:
                sent = await self._sender.send(edited.message, place, of=edited.of)
            else:
                sent = await self._sender.hold(edited.message, edited.says, place, of=edited.of)
        except MessageError as error:
            raise HTTPException(400, str(error)) from error
        except SendError as error:
            raise HTTPException(502, str(error)) from error
        return json_answer(SentDocument(**asdict(sent), to="" if isinstance(place, Here) else str(place)))

    def _place(self, to: str, request: Request) -> To | Here:
        """Where the request goes, once that is allowed."""
        try:
            place: To | Here = parse_address(to) if to.strip() else _here(request)
        except AddressError as error:
            raise HTTPException(400, str(error)) from error
        if self._settings.effective_profile == "public":
            self._check_listed(place if isinstance(place, To) else parse_address(place.base))
        return place

    def _check_listed(self, to: To) -> None:
        if not is_listed(to, self._settings.send_to):
            raise HTTPException(
                403,
                f"In the public profile nothing is sent to {to.authority}: --send-to (ECHOSCOPE_SEND_TO) names the "
                "hosts to which it may be.",
            )

    async def _wish(self, request: Request) -> bytes:
        """The JSON of a `SendWish`."""
        if media_type(request.headers.get("content-type", "")) != "application/json":
            raise HTTPException(415, "What is to be sent is told as application/json.")
        most, body = _ESCAPED * (self._settings.body_limit + self._settings.max_head_bytes), bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > most:
                raise HTTPException(413, f"A request to send has at most {self._settings.body_limit:,} bytes of body.")
        return bytes(body)


class _Edited(msgspec.Struct, frozen=True):
    """What is to be sent, and where. `says`: of a WebSocket session, what the client says. `of`: the exchange without
    its messages."""

    to: str
    message: Message
    says: list[str | bytes] | None
    of: Exchange


def _draft(one: Found, *, reveal: bool) -> bytes:
    exchange = one.exchange
    draft = draft_of(exchange, reveal=reveal)
    document = DraftDocument(draft.head, draft.body, draft.size, draft.is_cut)
    if exchange.scope["type"] == "websocket":
        says = _shown(exchange, reveal=reveal)
        texts = [one for one in says if isinstance(one, str)]
        document.messages = texts if len(texts) == len(says) else None
        document.cut = _is_session_cut(exchange)
    return encoded(document)


def _edited(one: Found, content: bytes) -> bytes:
    """The pickle of an `_Edited`. `content`: of a `SendWish`. Raises 400 and `MessageError`."""
    try:
        wish = typed(content, SendWish)
    except NotOfType as error:
        raise HTTPException(400, f"What is to be sent cannot be read: {error}") from error
    exchange, says = one.exchange, None
    draft = draft_of(exchange, reveal=wish.reveal)
    message = draft.edited(wish.head, wish.body)
    _refuse_cut(exchange, draft, is_edited=wish.head is not None)
    if exchange.scope["type"] == "websocket":
        says = _said(exchange)
        if wish.messages is not None:
            says = _meant(wish.messages, _shown(exchange, reveal=wish.reveal), says)
    return pickle.dumps(_Edited(wish.to, message, says, replace(exchange, events=[])))


def _here(request: Request) -> Here:
    """This server, by the address at which this very request came in."""
    host, port = request.scope.get("server") or ("", None)
    if port is None:
        raise AddressError("This server does not tell at which address it listens: name it in `to`.")
    return Here(host, port, request.scope.get(SCHEME_KEY) == "https", origin_of(request))


def _refuse_cut(exchange: Exchange, draft: Draft, *, is_edited: bool) -> None:
    """As it was, only what is whole can be sent; what was edited was seen before."""
    if is_edited:
        return
    if exchange.scope["type"] == "websocket":
        if _is_session_cut(exchange):
            raise MessageError("Not all messages of this session were kept: edit and send what is here.")
    elif draft.is_cut:
        raise MessageError(
            f"Only the first {len(draft.message.body):,} of {draft.size:,} bytes of the body were kept, so it cannot "
            "be sent as it was: edit and send what is here, or keep more (--kept-body-bytes)."
        )


def _said(exchange: Exchange) -> list[str | bytes]:
    """What the client said, as far as it was kept."""
    events = [event.message for event in exchange.events if event.message["type"] == "websocket.receive"]
    return [message["bytes"] if message.get("bytes") is not None else message.get("text") or "" for message in events]


def _shown(exchange: Exchange, *, reveal: bool) -> list[str | bytes]:
    return _said(exchange if reveal else mask(exchange))


def _meant(messages: list[str], shown: list[str | bytes], said: list[str | bytes]) -> list[str | bytes]:
    """Messages that are as they were shown are sent as they were said, with their secrets."""
    sent: dict[str | bytes, list[str | bytes]] = {}
    for text, one in zip(shown, said, strict=True):
        sent.setdefault(text, []).append(one)
    return [sent[text].pop(0) if sent.get(text) else text for text in messages]


def _is_session_cut(exchange: Exchange) -> bool:
    said = sum(len(one if isinstance(one, bytes) else one.encode("utf-8", "replace")) for one in _said(exchange))
    return exchange.events_omitted > 0 or said < exchange.received_bytes

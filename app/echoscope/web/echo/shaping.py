"""Request headers that shape the answer of the any-path echo: its status, its type, and when it comes.

    X-Echoscope-Status: 503                  a status between 200 and 599
    X-Echoscope-Delay: 1.5                   seconds, or 1500ms; more than the longest delay is the longest delay
    X-Echoscope-Content-Type: text/plain     the type under which the same bytes are sent

A request without such a header pays for looking for one. Answers other than 200 keep their shape.
"""

from collections.abc import Awaitable
from typing import Final, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..endpoint.answers import Headers, Refused, bounded
from ..endpoint.pacer import Pacer
from ..endpoint.parameters import media_type, seconds, whole_number
from ..endpoint.request import Request, Shared
from ..endpoint.sending import SANDBOX, send_reply
from ..endpoint.status import BODILESS, required
from ..endpoint.unread import ClientGone

STATUS: Final = b"x-echoscope-status"
DELAY: Final = b"x-echoscope-delay"
CONTENT_TYPE: Final = b"x-echoscope-content-type"
NAMES: Final = frozenset({STATUS, DELAY, CONTENT_TYPE})

_FOR_ANY_ORIGIN: Final[Headers] = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", b"*")]
_REPLACED: Final = frozenset({b"content-type", *(name for name, _ in SANDBOX)})
_OF_BODY: Final = frozenset({b"content-type", b"content-length"})


class Shape(NamedTuple):
    """What is asked for; `content_type` None for the answer's own. `more`: headers that say what was bounded."""

    status: int
    delay_s: float
    content_type: bytes | None
    scope: Scope
    more: Headers

    def start(self, message: Message) -> Message:
        """The start of an answer in this shape."""
        headers: Headers = message["headers"]
        if self.content_type is not None:
            others = [header for header in headers if header[0] not in _REPLACED]
            headers = [*others, (b"content-type", self.content_type), *SANDBOX]
        headers = [*headers, *self.more]
        if self.status in BODILESS:
            headers = [header for header in headers if header[0] not in _OF_BODY]
        elif self.status != 200:
            size = int(dict(headers).get(b"content-length", b"0"))
            headers = [*headers, *required(self.status, size, self.scope)]
        if self.status == 205:
            headers = [*headers, (b"content-length", b"0")]
        return {**message, "status": self.status, "headers": headers}

    def body(self, message: Message) -> Message:
        return {**message, "body": b""} if self.status in BODILESS else message


class Shaping:
    """Wraps the echo."""

    def __init__(self, app: ASGIApp, shared: Shared) -> None:
        self._app = app
        self._shared = shared

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        for name, _ in scope["headers"]:
            if name in NAMES and scope["type"] == "http":
                return self._shaped(scope, receive, send)
        return self._app(scope, receive, send)

    async def _shaped(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, {}, self._shared)
        pacer: Pacer | None = None
        try:
            shape = _shape(request)
            if shape.delay_s:
                pacer = Pacer(receive, self._shared.places, request.client)
            await self._app(scope, receive, _shaping(shape, pacer, send))
        except Refused as refused:
            await send_reply(refused.answer(), scope, send, _FOR_ANY_ORIGIN)
        except ClientGone:
            pass
        finally:
            if pacer is not None:
                pacer.close()


def _shape(request: Request) -> Shape:
    """Raises `Refused` for what cannot be had."""
    status = whole_number(request.header(STATUS) or "200", "X-Echoscope-Status", 200, 599)
    delay_s = seconds(request.header(DELAY) or "0", "X-Echoscope-Delay")
    kind = request.header(CONTENT_TYPE)
    content_type = None if kind is None else media_type(kind, "X-Echoscope-Content-Type")
    most_s = request.settings.max_duration
    return Shape(status, min(delay_s, most_s), content_type, request.scope, bounded(delay_s, most_s, "seconds"))


def _shaping(shape: Shape, pacer: Pacer | None, send: Send) -> Send:
    """A `send` that waits before the answer, when the echo has read its request, and shapes it if it is a 200."""
    is_shaped = False

    async def shaped(message: Message) -> None:
        nonlocal is_shaped
        if message["type"] == "http.response.start" and message["status"] == 200:
            if pacer is not None:
                await pacer.pause(shape.delay_s)
            is_shaped = True
            message = shape.start(message)
        elif is_shaped and message["type"] == "http.response.body":
            message = shape.body(message)
        await send(message)

    return shaped

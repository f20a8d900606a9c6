"""What a cycle is in any version of HTTP: the body on its way to the app, and the app's run.

The connection puts bytes in; the app takes them by `receive`. How it waits for more, and all of the answer, is each
version's own.
"""

import asyncio
import logging
from abc import abstractmethod
from typing import Final, cast

from uvicorn._types import ASGI3Application, ASGIReceiveEvent, ASGISendEvent, HTTPScope

from .answers import Refusal, app_failed, shutting_down

logger = logging.getLogger("uvicorn.error")

ABORT: Final = "http.response.abort"
"""The type of a message by which an app ends its answer as a fault of the network would: the connection is closed, or
with `reset` cut off; of HTTP/2 the stream is reset. `state` in the scope has a key of this name where that can be."""


def is_abort(message: ASGISendEvent) -> bool:
    kind: str = message["type"]
    return kind == ABORT


class ClientDisconnected(OSError):
    """Raised by `send` when the client is gone (ASGI spec, "Disconnected Client - send exception")."""


class BaseCycle:
    """`ended`: all of the body is here. `disconnected`: the client is gone, or is not listened to any more.
    `refusal`: the status that the server has answered in place of the app, whose request broke a rule after it had
    begun, and why; without a status where it was broken off."""

    __slots__ = (
        "_ended_told", "_unread", "disconnected", "ended", "received_bytes", "refusal", "response_complete",
        "response_started", "scope", "unread_bytes",
    )  # fmt: skip

    def __init__(self, scope: HTTPScope) -> None:
        self.scope = scope
        self.ended = False
        self.disconnected = False
        self.received_bytes = 0
        self.refusal: tuple[int | None, str] | None = None
        self.unread_bytes = 0
        self.response_started = False
        self.response_complete = False
        self._unread: list[bytes] = []
        self._ended_told = False

    @abstractmethod
    def wake(self) -> None:
        """Wake the coroutine that waits for news."""

    @abstractmethod
    async def wait_for_body(self) -> None:
        """Return when there is news of the body, or when the client is gone."""

    @abstractmethod
    async def send(self, message: ASGISendEvent) -> None:
        """ASGI's `send`."""

    @abstractmethod
    def give_up(self, refusal: Refusal) -> None:
        """Answer 500 for the app; where a part of its answer is sent already, break the connection or stream off."""

    @abstractmethod
    def on_app_end(self) -> None:
        """The app has returned and everything is answered."""

    # What the connection tells

    def add_body(self, body: bytes) -> None:
        self._unread.append(body)
        self.unread_bytes += len(body)
        self.wake()

    def end_body(self) -> None:
        self.ended = True
        self.wake()

    def disconnect(self) -> None:
        self.disconnected = True
        self.wake()

    # The app's side

    async def run(self, app: ASGI3Application) -> None:
        try:
            result: object = await app(self.scope, self.receive, self.send)  # type: ignore[func-returns-value]
            self._check_end(result)
        except asyncio.CancelledError:
            self.give_up(shutting_down())
            raise
        except ClientDisconnected:
            pass
        except Exception as exc:
            logger.error("Exception in ASGI application\n", exc_info=exc)
            self.give_up(app_failed())
        finally:
            self.on_app_end()

    async def receive(self) -> ASGIReceiveEvent:
        while not self.response_complete:
            if self._unread or (self.ended and not self._ended_told):
                return self._take_body()
            if self.disconnected:
                break
            await self.wait_for_body()
        if self.refusal is not None:
            return cast(ASGIReceiveEvent, {"type": "http.disconnect", "refusal": self.refusal})
        return {"type": "http.disconnect"}

    def _take_body(self) -> ASGIReceiveEvent:
        body = b"".join(self._unread)
        self._unread.clear()
        self.unread_bytes = 0
        self._ended_told = self.ended
        return {"type": "http.request", "body": body, "more_body": not self.ended}

    def _check_end(self, result: object) -> None:
        if result is not None:
            logger.error("ASGI callable should return None, but returned '%s'.", result)
        if not self.response_complete and not self.disconnected:
            missing = "completing" if self.response_started else "starting"
            logger.error("ASGI callable returned without %s response.", missing)
            self.give_up(app_failed())

"""The request's half of a cycle, which all versions of HTTP share: the body on its way to the app, and the end of it.

The connection puts bytes in; the app takes them by `receive`. How it waits for more is each version's own.
"""

import logging
from abc import abstractmethod

from uvicorn._types import ASGIReceiveEvent, HTTPScope

from .answers import Refusal, app_failed

logger = logging.getLogger("uvicorn.error")


class Incoming:
    """`ended`: all of the body is here. `disconnected`: the client is gone, or is not listened to any more."""

    __slots__ = (
        "_ended_told", "_unread", "disconnected", "ended", "received_bytes", "response_complete", "response_started",
        "scope", "unread_bytes",
    )  # fmt: skip

    def __init__(self, scope: HTTPScope) -> None:
        self.scope = scope
        self.ended = False
        self.disconnected = False
        self.received_bytes = 0
        self.unread_bytes = 0
        self.response_started = False
        self.response_complete = False
        self._unread: list[bytes] = []
        self._ended_told = False

    @abstractmethod
    def wake(self) -> None:
        """There is news for whoever waits."""

    @abstractmethod
    async def wait_for_body(self) -> None:
        """Return when there is news of the body, or when the client is gone."""

    @abstractmethod
    def give_up(self, refusal: Refusal) -> None:
        """In place of what the app owes."""

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

    async def receive(self) -> ASGIReceiveEvent:
        while not self.response_complete:
            if self._unread or (self.ended and not self._ended_told):
                return self._take_body()
            if self.disconnected:
                break
            await self.wait_for_body()
        return {"type": "http.disconnect"}

    def _take_body(self) -> ASGIReceiveEvent:
        body = b"".join(self._unread)
        self._unread.clear()
        self.unread_bytes = 0
        self._ended_told = self.ended
        return {"type": "http.request", "body": body, "more_body": not self.ended}

    def check_end(self, result: object) -> None:
        """After the app returned: it has answered, or a failure is answered for it."""
        if result is not None:
            logger.error("ASGI callable should return None, but returned '%s'.", result)
        if not self.response_complete and not self.disconnected:
            missing = "completing" if self.response_started else "starting"
            logger.error("ASGI callable returned without %s response.", missing)
            self.give_up(app_failed())

"""Search engines are told to leave the answers of a public instance alone: they are what clients have sent or asked
for, and nobody's pages."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...http.spec import Header

UNINDEXED: Final = {"x-robots-tag": "noindex, nofollow"}
ROBOTS: Final = next((name.encode(), value.encode()) for name, value in UNINDEXED.items())


class Unindexed:
    """An app whose answers say so."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_unindexed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ())]
                own = next((at for at, (name, _) in enumerate(headers) if name == b"x-echoscope-id"), len(headers))
                message = {**message, "headers": [*unindexed(headers[:own]), *headers[own:]]}  # where all doors say so
            await send(message)

        await self._app(scope, receive, send_unindexed)


def unindexed(headers: Sequence[Header]) -> Sequence[Header]:
    """Headers that say so too, once. What is a tuple comes again as the same one."""
    if isinstance(headers, tuple):
        return _known(headers)
    return headers if ROBOTS in headers else [*headers, ROBOTS]


@lru_cache(maxsize=64)
def _known(headers: tuple[Header, ...]) -> tuple[Header, ...]:
    return (*headers, ROBOTS)

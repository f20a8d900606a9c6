"""Code that sends an exchange's request again, in the languages of `code`."""

import re
from typing import Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ...insight.code import Language, languages_of, write
from ...log.log import Log
from ...log.store import Found
from .answers import SANDBOXED, address, found, gives, json_answer, takes
from .looking import looked
from .queries import HIDING

_AUTHORITY: Final = re.compile(r"[\w.-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?", re.ASCII)


class Languages(msgspec.Struct):
    """The languages that there are for an exchange."""

    languages: list[Language]


class CodeRoutes:
    """The endpoints over one log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def routes(self) -> list[BaseRoute]:
        return [
            address("/exchanges/{exchange_id}/code", GET=self.languages),
            address("/exchanges/{exchange_id}/code/{language}", GET=self.code),
        ]

    @takes(HIDING)
    @gives(Languages)
    async def languages(self, request: Request) -> Response:
        """The languages of code that there are for an exchange."""
        HIDING(request)  # Only checked: the answer has no secrets.
        one = await found(request, self._log)
        return json_answer(Languages(languages_of(one.head.type)))

    @takes(HIDING)
    @gives(media_type="text/plain", about="The code.")
    async def code(self, request: Request) -> Response:
        """Code that sends the request again, to the address under which this server was asked."""
        one = await found(request, self._log)
        language, reveal = request.path_params["language"], HIDING(request)
        known = [language.id for language in languages_of(one.head.type)]
        if language not in known:
            raise HTTPException(404, f"The language must be one of {', '.join(known)}, not {language[:50]!r}.")
        code = await looked(_code, one, language, origin_of(request), reveal=reveal)
        return Response(code, headers=SANDBOXED, media_type="text/plain; charset=utf-8")


def _code(one: Found, language: str, origin: str, *, reveal: bool) -> bytes:
    return write(one.exchange, language, origin, reveal=reveal)


def origin_of(request: Request) -> str:
    """The address under which we were asked: checked to be ours before, and here to be nothing but an address."""
    host = request.headers["host"]
    if not _AUTHORITY.fullmatch(host):
        raise HTTPException(400, "The Host of this request is no name and port.")
    return f"{request.url.scheme}://{host}"

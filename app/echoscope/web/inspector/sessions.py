"""Signed-in browsers: a page that lists them, a way to end each, and the logout."""

from typing import Final
from urllib.parse import parse_qs

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ...base.paths import RESERVED
from ..pages import page
from ..problem import DATA_HEADERS
from ..visitors.access import COOKIE, Access
from .answers import address, gives, json_answer, small_body
from .moments import moment
from .places import mounted_at

LOGOUT: Final = RESERVED + "logout"
SESSIONS: Final = RESERVED + "sessions"


class SessionDocument(msgspec.Struct):
    """A browser that is signed in. `address`: of its first request. `is_own`: whether it is the one that asks."""

    id: str
    started_at: str
    ends_at: str
    address: str
    user_agent: str
    is_own: bool


class SignedIn(msgspec.Struct):
    """The browsers that are signed in, the newest first."""

    items: list[SessionDocument]


class Ended(msgspec.Struct):
    """`ended`: the id of the session, or how many there were."""

    ended: str | int


_FORM_BYTES: Final = 1024


class SessionRoutes:
    """The endpoints."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def routes(self) -> list[BaseRoute]:
        return [
            Route(SESSIONS, self.show, methods=["GET"]),
            Route(SESSIONS, self.end_by_form, methods=["POST"]),
            Route(LOGOUT, self.logout, methods=["POST"]),
        ]

    def api_routes(self) -> list[BaseRoute]:
        return [
            address("/sessions", GET=self.show_all, DELETE=self.end_all),
            address("/sessions/{session_id}", DELETE=self.end),
        ]

    async def _documents(self, request: Request) -> list[SessionDocument]:
        own = await self._access.session(request.scope)
        return [
            SessionDocument(
                id=session.id,
                started_at=moment(session.started_at),
                ends_at=moment(session.ends_at),
                address=session.address,
                user_agent=session.user_agent,
                is_own=own is not None and own.id == session.id,
            )
            for session in await self._access.sessions.all()
        ]

    @gives(SignedIn)
    async def show_all(self, request: Request) -> Response:
        """The browsers that are signed in, the newest first."""
        return json_answer(SignedIn(await self._documents(request)))

    @gives(Ended)
    async def end(self, request: Request) -> Response:
        """Sign a browser out."""
        session_id = request.path_params["session_id"]
        if not await self._access.sessions.end(session_id):
            raise HTTPException(404, f"There is no session {session_id[:50]!r}.")
        return json_answer(Ended(session_id))

    @gives(Ended)
    async def end_all(self, request: Request) -> Response:
        """Sign all browsers out, the one that asks too."""
        return json_answer(Ended(await self._access.sessions.end_all()))

    async def show(self, request: Request) -> Response:
        return page("sessions.html", mounted_at(request.scope), sessions=await self._documents(request))

    async def end_by_form(self, request: Request) -> Response:
        """One session by its `id`, or all."""
        form = parse_qs((await small_body(request, _FORM_BYTES, "A form of this page")).decode("latin-1"))
        session_id = form.get("id", [""])[0]
        if session_id == "all":
            await self._access.sessions.end_all()
        elif not session_id:
            raise HTTPException(400, "id must be that of a session, or all.")
        else:
            await self._access.sessions.end(session_id)
        return RedirectResponse(mounted_at(request.scope) + SESSIONS, 303, DATA_HEADERS)

    async def logout(self, request: Request) -> Response:
        """End the session of this browser, wherever else its cookie may be."""
        session = await self._access.session(request.scope)
        if session is not None:
            await self._access.sessions.end(session.id)
        response = RedirectResponse(f"{mounted_at(request.scope)}{RESERVED}login", 303, DATA_HEADERS)
        response.delete_cookie(COOKIE, path=mounted_at(request.scope) + RESERVED, httponly=True, samesite="strict")
        return response

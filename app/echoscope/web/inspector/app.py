"""The inspector's own app: pages, API, feed and assets behind one guard.

What a log has, every log has at an address of its own: the main one below `/-/`, that of a bin below `/-/bins/NAME/`.
"""

import asyncio
import re
from collections import OrderedDict
from functools import partial
from typing import Final
from urllib.parse import parse_qs, quote

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from ...base.paths import AROUND_KEY, LOGIN, RESERVED, local_path, static_version
from ...http.glossary import CLOSE_CODES, SCOPE_KEYS, STATUS_PHRASES, reason_phrase
from ...http.negotiation import preferred
from ...insight.search import FIELDS, SearchError
from ...log.log import Log
from ...log.store import StoreAway
from ..bins.bin import Bin
from ..bins.catalogue import Bins
from ..bins.signed import Signed
from ..httpbin import listing
from ..operations import endpoints
from ..operations.service import PROBES, Operations
from ..pages import page
from ..problem import DATA_HEADERS, problem
from ..visitors.access import COOKIE, Access, Refusal
from ..visitors.sessions import SESSION_S
from .answers import small_body
from .api import Api, listed
from .assets import BUNDLE, asset
from .bin_pages import BINS, BinPages, BinsPages
from .bins import BinRoutes, BinsRoutes, Making
from .code import origin_of
from .codings import Compressed
from .description import Description
from .discretion import Discreet
from .exchange_page import exchange_page
from .live import Live, deny
from .places import BASE_KEY, ROOT_KEY, SCHEME_KEY, Place, base_of, mounted_at, place_of
from .queries import HIDING, REVEALING
from .sessions import LOGOUT, SessionRoutes
from .shares import SHARED, Shares
from .systems import systems
from .ways import EchoForms, connection_of

BINS_API: Final = RESERVED + "api/bins"
ECHO: Final = RESERVED + "echo"
SYSTEMS: Final = RESERVED + "systems"
ASSETS: Final = RESERVED + "static/"

API_DOCUMENT: Final = RESERVED + "api/openapi.json"

OPEN: Final = frozenset((LOGIN, LOGOUT, SYSTEMS, ECHO, API_DOCUMENT, *listing.OPEN))
"""Addresses that need no token."""

_LOGIN_BYTES: Final = 4096
_PAGE_ITEMS: Final = 50
_PAGE_S: Final = 0.5
"""How long the list in the HTML may take: with JavaScript nobody sees it, and it holds up the page."""

_SEND: Final = re.compile(r"/-/api/exchanges/[^/]*/send")
"""Where requests are sent again, which is the operator's alone whatever log they are in."""

_MOST_OPEN: Final = 50
"""How many bins have their routes made, those that were looked at last."""

_WORDS: Final = {
    "status": STATUS_PHRASES,
    "close": CLOSE_CODES,
    "scope": SCOPE_KEYS,
    "fields": msgspec.to_builtins(FIELDS),
}
"""What the scripts of the dashboard show and obey, and do not have themselves."""


class Inspector:
    """Everything below `/-/`. Health and readiness answer anybody; the rest only whom `access` lets in.

    `api`: of the main log. `bins`: None where there are none, around somebody's own app.
    """

    def __init__(
        self, api: Api, access: Access, operations: Operations, shares: Shares, bins: Bins | None = None
    ) -> None:
        self.api = api
        self.access = access
        self.operations = operations
        self.bins = bins
        self.shares = shares
        self._app = self._routes()
        self._apps: OrderedDict[str, tuple[Log, ASGIApp]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        root_path = scope.get("root_path", "")
        scheme, scope = scope.get("scheme", ""), self.access.as_believed(scope)
        place = place_of(local_path(scope["path"], root_path), scope["query_string"], has_bins=self.bins is not None)
        one = None if place.bin is None or self.bins is None else await self.bins.find(place.bin)
        if place.bin is not None or place.path not in PROBES:
            refusal = await self._refusal(place, one, scope)
            if refusal is not None:
                await _refuse(refusal, place, scope, receive, send)
                return
        # Starlette finds a mounted route only where the path begins with the root path, as it does in uvicorn.
        keys = {BASE_KEY: place.base(root_path), ROOT_KEY: root_path, SCHEME_KEY: scheme, "query_string": place.query}
        inner = {**scope, "path": root_path + place.path, **keys}
        if place.bin is None or place.is_open:
            await self._app(inner, receive, send)
        elif one is None or self.bins is None:
            await _refuse(Refusal(404, "There is no such bin."), place, scope, receive, send)
        else:
            await self._app_of(self.bins, one)(inner, receive, send)

    async def _refusal(self, place: Place, one: Bin | None, scope: Scope) -> Refusal | None:
        if place.bin is not None and not place.is_open and not _SEND.fullmatch(place.path):
            return await self.access.refusal_at_bin(scope, one)
        path = place.path
        is_open = path in OPEN or path.startswith((ASSETS, SHARED)) or place.is_open
        return await self.access.refusal(scope, needs_token=not is_open and not self._makes_bin(path, scope))

    def _makes_bin(self, path: str, scope: Scope) -> bool:
        """Whether somebody asks for a bin of their own, and visitors may."""
        is_asked = path in (BINS_API, BINS) and scope["type"] == "http" and scope["method"] == "POST"
        return is_asked and self._has_visitors()

    def _has_visitors(self) -> bool:
        return self.bins is not None and self.access.profile == "public" and self.bins.settings.visitor_bins

    def _app_of(self, bins: Bins, one: Bin) -> ASGIApp:
        """The routes of a bin's log. A bin that was made anew has another log."""
        log = bins.log(one)
        known = self._apps.get(one.name)
        if known is None or known[0] is not log:
            api = Api(log, self.api.settings, partial(_signed, bins, one.name))
            pages = Pages(api, self.access, one.name)
            more = BinRoutes(bins, self.access, one.name).routes()
            routes = pages.routes([*api.routes(), *more, *self.shares.api_routes(log, one.name)])
            routes += BinPages(bins, self.access, one.name).routes()
            known = log, _app(routes, self.access)
            self._apps[one.name] = known
        self._apps.move_to_end(one.name)
        if len(self._apps) > _MOST_OPEN:
            self._apps.popitem(last=False)
        return known[1]

    def _routes(self) -> ASGIApp:
        api, access, sessions = self.api, self.access, SessionRoutes(self.access)
        more, pages = [*sessions.api_routes(), *self.shares.api_routes(api.log)], list[BaseRoute]()
        of_a_bin: list[BaseRoute] = []
        if self.bins is not None:
            making = Making(self.bins, access)
            more += BinsRoutes(self.bins, making).routes()
            of_a_bin = BinRoutes(self.bins, access, "").routes()
            pages += BinsPages(self.bins, access, making).routes()
        described = Description([*api.routes(), *more], of_a_bin)
        return _app(
            [
                Route("/-", _to_home),
                *Pages(api, access).routes([*described.main, described.own]),
                *pages,
                *self.shares.routes(),
                *sessions.routes(),
                *endpoints.routes(self.operations),
                Route(LOGIN, self.login, methods=["GET", "POST"]),
                Route(SYSTEMS, _systems),
                Route(ECHO, EchoForms(api.settings)),
                *listing.routes(api.settings),
                Route(ASSETS + static_version() + "/{name:path}", asset),
            ],
            access,
        )

    async def login(self, request: Request) -> Response:
        """Give the browser its cookie for the operator token. The token travels in the body, never in an address."""
        if request.method != "POST":
            return self._login_page(request, None, _local_target(request.query_params.get("next")))
        form = parse_qs((await small_body(request, _LOGIN_BYTES, "A login form")).decode("latin-1"))
        target = _local_target(form.get("next", [""])[0])
        locked = self.access.locked(request.scope)
        if locked is not None:
            return self._login_page(request, f"{locked.detail} Wait a minute.", target, locked)
        if not self.access.is_token(form.get("token", [""])[0]):
            self.access.note_wrong(request.scope)
            return self._login_page(request, "This is not the operator token.", target, Refusal(401, ""))
        agent = request.headers.get("user-agent", "")
        response = RedirectResponse(mounted_at(request.scope) + target, 303, DATA_HEADERS)
        response.set_cookie(
            COOKIE,
            await self.access.sessions.begin(self.access.client(request.scope), agent),
            max_age=SESSION_S,
            path=mounted_at(request.scope) + RESERVED,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return response

    def _login_page(self, request: Request, error: str | None, target: str, refusal: Refusal | None = None) -> Response:
        response = page(
            "login.html",
            mounted_at(request.scope),
            refusal.status if refusal else 200,
            error=error,
            next=target,
            why=self.access.way_in(request.scope),
            makes_bins=self._has_visitors(),
            around=_around(request),
        )
        if refusal and refusal.retry_after_s:
            response.headers["retry-after"] = str(refusal.retry_after_s)
        return response


class Pages:
    """The pages, the feed and the API of one log. `bin_name`: of the bin that it belongs to."""

    def __init__(self, api: Api, access: Access, bin_name: str | None = None) -> None:
        self.api = api
        self.access = access
        self.bin_name = bin_name

    def routes(self, api_routes: list[BaseRoute]) -> list[BaseRoute]:
        live = Live(self.api.log.feed)
        return [
            Route("/-/", self.home),
            Route("/-/exchanges/{exchange_id}", self.exchange),
            Route("/-/live", live.events),
            WebSocketRoute("/-/live", live.websocket),
            Mount("/-/api", Router(api_routes, redirect_slashes=False)),
        ]

    async def home(self, request: Request) -> Response:
        """The dashboard; its first page of the list is in the HTML, for who has no JavaScript."""
        q, error, found = request.query_params.get("q", ""), None, None
        before = request.query_params.get("before", "")
        try:
            async with asyncio.timeout(_PAGE_S):
                listing_page = await self.api.page(q, _PAGE_ITEMS, int(before) if _is_seq(before) else None)
            found = listed(listing_page, reveal=self.access.profile == "local")
        except SearchError as bad:
            error = str(bad)
        except StoreAway as away:
            error = f"The store cannot be reached now: {away}"
        except TimeoutError:
            error = "This search takes long. A field, such as path:, is quicker."
        return page(
            "inspector.html",
            mounted_at(request.scope),
            base=base_of(request.scope),
            bin_name=self.bin_name,
            origin=origin_of(request),
            profile=self.access.profile,
            send_to=self.api.settings.send_to if self.access.profile == "public" else None,
            summaries=found.items if found else [],
            next=found and found.next,
            q=q,
            error=error,
            warnings=self.api.warnings,
            signed_in_by_token=self.access.profile == "public",
            script=BUNDLE,
            words=_WORDS,
            around=_around(request),
        )

    async def exchange(self, request: Request) -> Response:
        one = await self.api.log.find(request.path_params["exchange_id"])
        if one is None:
            absent = {"document": None, "found": False, "share": None, "around": _around(request)}
            return page("exchange.html", mounted_at(request.scope), 404, base=base_of(request.scope), **absent)
        reveal = (REVEALING if self.access.profile == "local" else HIDING)(request)
        connection, signed = await connection_of(self.api.log, one), await self.api.signed()
        return await exchange_page(one, request, connection=connection, reveal=reveal, signed=signed)


def _app(routes: list[BaseRoute], access: Access) -> ASGIApp:
    handlers = {
        HTTPException: _on_http_error,
        SearchError: _on_bad_value,
        StoreAway: _on_store_away,
        Exception: _on_failure,
    }
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return Compressed(Discreet(app, access.secrets))


async def _signed(bins: Bins, name: str) -> Signed | None:
    one = await bins.find(name)
    return one.signed if one else None


async def _refuse(refusal: Refusal, place: Place, scope: Scope, receive: Receive, send: Send) -> None:
    response = problem(refusal.status, refusal.detail)
    if refusal.retry_after_s:
        response.headers["retry-after"] = str(refusal.retry_after_s)
    if scope["type"] == "websocket":
        await deny(WebSocket(scope, receive, send), response)
        return
    root = scope.get("root_path", "")
    if refusal.status == 401:
        response.headers["www-authenticate"] = 'Bearer realm="echoscope"'
        if _wants_page(Request(scope)):
            query = scope["query_string"].decode("ascii", "ignore")
            target = quote(f"{place.written}?{query}" if query else place.written)
            login = LOGIN if place.bin is None else f"{RESERVED}bins/{quote(place.bin)}/login"
            response = RedirectResponse(f"{root}{login}?next={target}", 303, DATA_HEADERS)
    elif refusal.status == 404 and _wants_page(Request(scope)):
        title = reason_phrase(404)
        around = scope.get(AROUND_KEY)
        response = page("error.html", root, 404, status=404, title=title, detail=refusal.detail, around=around)
    await response(scope, receive, send)


def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 404 and error.detail == "Not Found":
        detail = "There is nothing at this address of the inspector."
    elif error.status_code == 405:
        detail = f"{request.method} is not one of the methods of this address: {headers.get('Allow')}."
    else:
        detail = error.detail
    if _wants_page(request):
        code = error.status_code
        title, around = reason_phrase(code), _around(request)
        return page(
            "error.html", mounted_at(request.scope), code, status=code, title=title, detail=detail, around=around
        )
    return problem(error.status_code, detail, headers=headers)


def _on_bad_value(request: Request, error: Exception) -> Response:
    return problem(400, str(error))


def _on_store_away(request: Request, error: Exception) -> Response:
    detail = f"The store cannot be reached now: {error}"
    if _wants_page(request):
        title, around = reason_phrase(503), _around(request)
        return page("error.html", mounted_at(request.scope), 503, status=503, title=title, detail=detail, around=around)
    return problem(503, detail, headers={"retry-after": "1"})


def _on_failure(request: Request, error: Exception) -> Response:
    """Our own mistake. It is raised again behind this answer, and so logged, once, by the server."""
    return problem(500, "The inspector failed to answer this request.")


def _is_seq(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 17


def _wants_page(request: Request) -> bool:
    accept = ",".join(request.headers.getlist("accept")).encode("latin-1")
    return preferred(accept, ("application/json", "text/html")) == "text/html"


async def _to_home(request: Request) -> Response:
    return RedirectResponse(mounted_at(request.scope) + RESERVED, 308, DATA_HEADERS)


async def _systems(request: Request) -> Response:
    """What servers make of the same request, measured."""
    return page("systems.html", mounted_at(request.scope), around=_around(request), **systems())


def _local_target(target: str | None) -> str:
    """Where to go after the login: a path of the inspector, whatever a link asked for."""
    return target if target and target.startswith(RESERVED) and target.isprintable() else RESERVED


def _around(request: Request) -> str | None:
    """The root path of the app that is wrapped; None where the app is our own, with its echo and its endpoints."""
    around: str | None = request.scope.get(AROUND_KEY)
    return around

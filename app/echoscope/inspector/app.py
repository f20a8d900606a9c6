"""The inspector's own app: pages, API, feed and assets behind one guard."""

import asyncio
from typing import Final
from urllib.parse import parse_qs, quote

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, Router, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from ..access import COOKIE, Access, Refusal
from ..document import document
from ..errors import DATA_HEADERS, problem
from ..findings import findings_document
from ..glossary import CLOSE_CODES, SCOPE_KEYS, STATUS_PHRASES, reason_phrase
from ..httpbin import listing
from ..log.store import Found, StoreAway
from ..masking import mask
from ..negotiation import preferred
from ..pages import page
from ..paths import AROUND_KEY, RESERVED, local_path, static_version
from ..search import FIELDS, SearchError
from ..systems import systems
from ..threads import beside
from .answers import flag
from .api import Api, listed
from .assets import BUNDLE, asset
from .code import origin_of
from .codings import Compressed
from .discretion import Discreet
from .live import Live, deny
from .reading import read
from .ways import EchoForms

HEALTH: Final = RESERVED + "health"
LOGIN: Final = RESERVED + "login"
ECHO: Final = RESERVED + "echo"
SYSTEMS: Final = RESERVED + "systems"
ASSETS: Final = RESERVED + "static/"

SESSION_S: Final = 8 * 3600
"""How long a browser stays signed in."""

_LOGIN_BYTES: Final = 4096
_PAGE_ITEMS: Final = 100
_PAGE_S: Final = 0.5
"""How long the list in the HTML may take: with JavaScript nobody sees it, and it holds up the page."""

_WORDS: Final = {
    "status": STATUS_PHRASES,
    "close": CLOSE_CODES,
    "scope": SCOPE_KEYS,
    "fields": msgspec.to_builtins(FIELDS),
}
"""What the scripts of the dashboard show and obey, and do not have themselves."""


class Inspector:
    """Everything below `/-/`. Health answers anybody; the rest only whom `access` lets in."""

    def __init__(self, api: Api, access: Access) -> None:
        self.api = api
        self.access = access
        self._app = self._routes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        root_path = scope.get("root_path", "")
        path = local_path(scope["path"], root_path)
        scope = self.access.as_believed(scope)
        if path != HEALTH:
            needs_token = path not in (LOGIN, SYSTEMS, ECHO, *listing.OPEN) and not path.startswith(ASSETS)
            refusal = self.access.refusal(scope, needs_token=needs_token)
            if refusal is not None:
                await _refuse(refusal, path, scope, receive, send)
                return
        # Starlette finds a mounted route only where the path begins with the root path, as it does in uvicorn.
        await self._app({**scope, "path": root_path + path}, receive, send)

    def _routes(self) -> ASGIApp:
        live = Live(self.api.log.feed)
        routes = [
            Route("/-", _to_home),
            Route("/-/", self.home),
            Route("/-/exchanges/{exchange_id}", self.exchange),
            Route("/-/live", live.events),
            WebSocketRoute("/-/live", live.websocket),
            Mount("/-/api", Router(self.api.routes(), redirect_slashes=False)),
            Route(HEALTH, _health),
            Route(LOGIN, self.login, methods=["GET", "POST"]),
            Route(SYSTEMS, _systems),
            Route(ECHO, EchoForms(self.api.settings)),
            *listing.routes(self.api.settings),
            Route(ASSETS + static_version() + "/{name:path}", asset),
        ]
        handlers = {
            HTTPException: _on_http_error,
            SearchError: _on_bad_value,
            StoreAway: _on_store_away,
            Exception: _on_failure,
        }
        app = Starlette(routes=routes, exception_handlers=handlers)
        app.router.redirect_slashes = False
        return Compressed(Discreet(app, lambda: self.access.secrets))

    async def home(self, request: Request) -> Response:
        """The dashboard; its first page of the list is in the HTML, for who has no JavaScript."""
        q, error = request.query_params.get("q", ""), None
        before = request.query_params.get("before", "")
        try:
            async with asyncio.timeout(_PAGE_S):
                listing_page = await self.api.page(q, _PAGE_ITEMS, int(before) if _is_seq(before) else None)
            found = listed(listing_page, reveal=self.access.profile == "local")
        except SearchError as bad:
            found, error = {"items": [], "next": None}, str(bad)
        except StoreAway as away:
            found, error = {"items": [], "next": None}, f"The store cannot be reached now: {away}"
        except TimeoutError:
            found, error = {"items": [], "next": None}, "This search takes long. A field, such as path:, is quicker."
        return page(
            "inspector.html",
            _root(request),
            origin=f"{request.url.scheme}://{request.headers['host']}",
            profile=self.access.profile,
            send_to=self.api.settings.send_to if self.access.profile == "public" else None,
            summaries=found["items"],
            next=found["next"],
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
            return page("exchange.html", _root(request), 404, document=None, found=False, around=_around(request))
        reveal = flag(request, "reveal", default=self.access.profile == "local")
        return await beside(_exchange_page, one, request, reveal=reveal)

    async def login(self, request: Request) -> Response:
        """Give the browser its cookie for the operator token. The token travels in the body, never in an address."""
        if request.method != "POST":
            target = _local_target(request.query_params.get("next"))
            return page(
                "login.html",
                _root(request),
                error=None,
                next=target,
                why=self.access.way_in(request.scope),
                around=_around(request),
            )
        form = parse_qs(await _small_body(request))
        target = _local_target(form.get("next", [""])[0])
        if not self.access.is_token(form.get("token", [""])[0]):
            error, why = "This is not the operator token.", self.access.way_in(request.scope)
            return page("login.html", _root(request), 401, error=error, next=target, why=why, around=_around(request))
        response = RedirectResponse(_root(request) + target, 303, DATA_HEADERS)
        response.set_cookie(
            COOKIE,
            self.access.cookie_value,
            max_age=SESSION_S,
            path=_root(request) + RESERVED,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return response


def _exchange_page(one: Found, request: Request, *, reveal: bool) -> Response:
    """The page of an exchange, all of it with its secrets, or all of it without. Takes up to some 100 ms."""
    exchange = one.exchange
    shown = exchange if reveal else mask(exchange)
    return page(
        "exchange.html",
        _root(request),
        document=document(one.seq, shown),
        reading=read(shown, origin_of(request), reveal=reveal) | {"findings": findings_document(exchange)},
        reveal=reveal,
        found=True,
        around=_around(request),
    )


async def _refuse(refusal: Refusal, path: str, scope: Scope, receive: Receive, send: Send) -> None:
    response = problem(refusal.status, refusal.detail)
    if scope["type"] == "websocket":
        await deny(WebSocket(scope, receive, send), response)
        return
    if refusal.status == 401:
        response.headers["www-authenticate"] = 'Bearer realm="echoscope"'
        if _wants_page(Request(scope)):
            query = scope["query_string"].decode("ascii", "ignore")
            target = quote(f"{path}?{query}" if query else path)
            response = RedirectResponse(f"{scope.get('root_path', '')}{LOGIN}?next={target}", 303, DATA_HEADERS)
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
        return page("error.html", _root(request), code, status=code, title=title, detail=detail, around=around)
    return problem(error.status_code, detail, headers=headers)


def _on_bad_value(request: Request, error: Exception) -> Response:
    return problem(400, str(error))


def _on_store_away(request: Request, error: Exception) -> Response:
    detail = f"The store cannot be reached now: {error}"
    if _wants_page(request):
        return page("error.html", _root(request), 503, status=503, title=reason_phrase(503), detail=detail)
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
    return RedirectResponse(_root(request) + RESERVED, 308, DATA_HEADERS)


async def _systems(request: Request) -> Response:
    """What servers make of the same request, measured."""
    return page("systems.html", _root(request), around=_around(request), **systems())


async def _health(request: Request) -> Response:
    return PlainTextResponse("ok\n", headers=DATA_HEADERS)


async def _small_body(request: Request) -> str:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LOGIN_BYTES:
            raise HTTPException(413, f"A login form has at most {_LOGIN_BYTES} bytes.")
    return body.decode("latin-1")


def _local_target(target: str | None) -> str:
    """Where to go after the login: a path of the inspector, whatever a link asked for."""
    return target if target and target.startswith(RESERVED) and target.isprintable() else RESERVED


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", ""))


def _around(request: Request) -> str | None:
    """The root path of the app that is wrapped; None where the app is our own, with its echo and its endpoints."""
    around: str | None = request.scope.get(AROUND_KEY)
    return around

"""The assembly: settings in, one ASGI app out.

`app` is what `uvicorn echoscope.main:app` and other servers take; its settings come from the environment.
"""

import logging
import os
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any
from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send

from .assembly.deferred import Deferred, Loaded
from .assembly.doors.direct import DirectDoor
from .assembly.doors.plain import PlainDoor
from .assembly.doors.refused import refused_exchange
from .assembly.doors.visitors import Visitors, unindexed_answer
from .assembly.endpoints import AnswerNow, Endpoints
from .base.apart import end_apart
from .base.paths import LOGIN, is_of_bin, is_own, is_reserved, rooted
from .base.settings import Settings, SettingsError, load
from .capture.recorder import Recorder
from .http.forwarding import named
from .insight.masking import use_key
from .log.log import Logs
from .log.places import is_open, without_secret
from .log.siblings import Siblings
from .log.store import Bounds, Store
from .server.answers import Refused
from .server.budget import Budget
from .server.direct import DirectApp
from .server.head import TITLED
from .web.bins.app import BinApp
from .web.bins.catalogue import Bins
from .web.echo.app import Echo
from .web.echo.page import echo_page
from .web.endpoint.request import Shared
from .web.operations.service import Operations
from .web.problem import internal_error
from .web.visitors.access import Access
from .web.visitors.robots import Unindexed

logger = logging.getLogger(__name__)


class Echoscope:
    """The app: the inspector at `/-/`; everywhere else, recorded, the httpbin endpoints and the echo of any path.

    `logs`, `access`, `budget` and `direct` are its parts, for whoever runs it. `on_token`: called when the store is
    reached, from which the operator token comes where none is set. Raises `SettingsError`.
    """

    def __init__(self, settings: Settings, store: Store | None = None) -> None:
        self.settings = settings
        self.on_token: Callable[[], None] | None = None
        self.logs = _logs(settings, store)
        self._proxies = named(settings.trusted_proxies)
        self.access = Access(settings, settings.token, self.logs.shelf, lambda: self.sign_in)
        self._use_secrets()
        self.logs.main.on_secret(self._use_secrets)
        self.budget = Budget(settings.max_bytes_in_flight)
        echo = self._echo()
        shared = Shared.of(settings, lambda: self.token.encode(), self.budget)
        self.endpoints = Endpoints(echo, shared)
        is_public = settings.effective_profile == "public"
        self.recorder = Recorder(
            Unindexed(self.endpoints) if is_public else self.endpoints,
            self.logs.main,
            self.budget,
            kept_body_bytes=settings.kept_body_bytes,
            max_events=settings.max_events,
            failure_answer=internal_error,
            proxies=self._proxies,
        )
        self._answer: AnswerNow = unindexed_answer(self.endpoints.answer) if is_public else self.endpoints.answer
        may_be_short = not self.logs.main.takes_time and settings.max_events >= _PLAIN_EVENTS
        self._recorded: ASGIApp = PlainDoor(self._answer, self.recorder) if may_be_short else self.recorder
        self._visitors = Visitors(settings.client_rate, self._proxies) if settings.client_rate else None
        self._entrance = self._visitors.wrap(self._inside) if self._visitors else self._inside
        self._siblings: Siblings | None = None
        self._has_looked = False
        self.bins = Bins(self.logs, settings)
        self.bin_app = BinApp(self.bins, echo, shared, self.budget, self.logs.main)
        self.operations = Operations(settings, self.logs.main, [self.recorder, self.bin_app.outside])
        self.inspector = Loaded(self._inspector)

    @property
    def token(self) -> str:
        """The operator token."""
        return self.access.token

    def watch_for_siblings(self) -> None:
        """Say so when another process of the same server keeps a log of its own; for servers that may run several."""
        if not self.logs.place.is_shared:
            self._siblings = Siblings()

    @property
    def is_token_known(self) -> bool:
        """Whether the token is known: one that comes from the store is not, until that is reached."""
        return bool(self.settings.token) or self.logs.main.is_reached

    def _use_secrets(self) -> None:
        """Take over the secrets that all processes share that stand on the same log."""
        use_key(self.logs.main.secret("masking"))
        self.access.token = self.settings.token or self.logs.main.token
        if self.on_token is not None:
            self.on_token()

    def _inspector(self) -> ASGIApp:
        from .web.inspector.api import Api
        from .web.inspector.app import Inspector
        from .web.inspector.shares import Shares

        log, settings = self.logs.main, self.settings
        shares = Shares(log, settings.share_hours, self.bins)
        api = Api(log, settings, siblings=self._siblings)
        inspector = Inspector(api, self.access, self.operations, shares, self.bins)
        return Unindexed(inspector) if settings.effective_profile == "public" else inspector

    def _echo(self) -> Echo:
        return Echo(
            echo_page,
            self.budget,
            max_body_bytes=self.settings.body_limit,
            kept_body_bytes=self.settings.kept_body_bytes,
            max_events=self.settings.max_events,
        )

    @cached_property
    def direct(self) -> DirectApp | None:
        """The second door, for our own server; None where it is closed."""
        log = self.logs.main
        if self.settings.asgi_only or self.settings.max_events < _PLAIN_EVENTS:
            return None
        door = DirectDoor(
            self._answer,
            log,
            self.recorder.ids,
            self.settings.kept_body_bytes,
            proxies=self._proxies,
            root_path=self.settings.root_path,
        )
        return self._visitors.wrap_direct(door) if self._visitors else door

    def on_refused(self, refused: Refused) -> None:
        """Record a request that our own server turned away."""
        exchange = refused_exchange(next(self.recorder.ids), refused, self._proxies)
        if not is_reserved(exchange.scope["path"]):
            self.recorder.keep(exchange)

    @property
    def server_options(self) -> dict[str, Any]:
        """What our own server is told of the app, as options of `server.Config`."""
        return {"direct": self.direct, "on_refused": self.on_refused, "names": TITLED, "budget": self.budget}

    @property
    def sign_in(self) -> str:
        """The path of the page that signs a browser in. A token that was generated is in it; one that the operator has
        set is a secret of theirs, and would stand in the logs of whatever runs the app."""
        page = self.settings.root_path + LOGIN
        return page if self.settings.token else f"{page}#token={quote(self.token, safe='')}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.enter(scope, receive, send)

    def enter(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """What `__call__` awaits. A caller that awaits it itself saves a coroutine for each request."""
        if scope["type"] == "lifespan":
            return self._lifespan(receive, send)
        if scope.get("root_path"):
            scope = rooted(scope)
        if self._siblings is not None and not self._has_looked:
            self._has_looked = True
            self._siblings.look(scope)
        return self._entrance(scope, receive, send)

    def _inside(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if is_own(scope):
            return self.inspector(scope, receive, send)
        if is_of_bin(scope):
            return self.bin_app(scope, receive, send)
        return self._recorded(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self.operations.stop()
                await self.logs.close()
                if self._siblings is not None:
                    self._siblings.close()
                end_apart()
                await send({"type": "lifespan.shutdown.complete"})
                return
            await self.logs.open()
            self.operations.start()
            await send({"type": "lifespan.startup.complete"})


_PLAIN_EVENTS = 3
"""How many messages a plain exchange has."""


def _logs(settings: Settings, store: Store | None) -> Logs:
    if is_open(settings.store) and not settings.store_without_password:
        shown = without_secret(settings.store)
        risk = f"{shown!r} has no password: whoever reaches it can read and change what is kept"
        if settings.effective_profile == "public":
            raise SettingsError(
                f"--store: {risk}. Put one in front of the host, as in redis://user:password@host; where nobody else "
                "reaches it, --store-without-password (ECHOSCOPE_STORE_WITHOUT_PASSWORD=on) takes it as it is"
            )
        logger.warning("The store %s.", risk)
    bounds = Bounds(settings.max_exchanges, settings.max_bytes)
    of_bin = Bounds(settings.max_bin_exchanges, min(settings.max_bin_bytes, settings.max_bytes))
    try:
        return Logs(bounds, settings.max_subscribers, store, address=settings.store, others=of_bin)
    except ValueError as error:
        raise SettingsError(f"--store: {without_secret(settings.store)!r} cannot be used: {error}") from error


def create_app(settings: Settings | None = None, store: Store | None = None) -> Echoscope:
    """The app for these settings, or for those of the environment. Raises `SettingsError`."""
    return Echoscope(settings or load(os.environ), store)


def announce(app: Echoscope) -> Echoscope:
    """Log what the command line would print, for an app that another server runs: how to sign in, and that it is one of
    several that share no log."""
    app.watch_for_siblings()

    def tell_token() -> None:
        logger.warning("Sign in at %s, or set ECHOSCOPE_TOKEN to a token of your own.", app.sign_in)

    if app.access.profile == "public" and not app.settings.token:
        if app.is_token_known:
            tell_token()
        app.on_token = tell_token
    return app


app = Deferred(lambda: announce(create_app()).enter)

"""`app = Echoscope(app)`: around any ASGI app, which notices nothing of it.

Requests for the inspector, below the prefix, are answered here. Other requests and WebSockets are recorded and handed
on. Everything else, the lifespan say, is the app's: it gets what the server gave, the very objects, and so it does of
all where this is off, and of requests while recording is paused.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from ...capture.recorder import Recorder
from ...exchange.model import ID_KEY
from ...http.forwarding import named
from ...server.budget import Budget
from . import routes
from .logs import listen_to_logging, listening
from .parts import check_app, inspected_logs, is_enabled, is_paused, settings_of
from .place import Place
from .recording import AppRecording

_RECORDED: Final = ("http", "websocket")


class Echoscope:
    """Wraps `app`, an ASGI app; it is an ASGI app itself. What it does not have, such as `state`, the app has.

    `prefix`: below which path the inspector is found. `enabled`: whether it records and answers at all; by default
    unless the environment says that this is production, and `ECHOSCOPE_ENABLED` goes before both (`production`).
    `settings`: by name, over those of the environment; `token` opens the inspector to others than this machine.
    Raises `TypeError` for what is no app and `SettingsError` for a value that cannot be used.

    `recording` can be set to False to pause. An Echoscope inside another one does not record a second time: it notes
    for the outer one what the middleware between them has changed.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        prefix: str = "/-",
        enabled: bool | None = None,
        environ: Mapping[str, str] = os.environ,
        **settings: Any,
    ) -> None:
        check_app(app, "asgi", "echoscope.wsgi.Echoscope")
        self.app = app
        self._place = Place(prefix)
        self.prefix = self._place.prefix
        self.settings = settings_of(environ, settings)
        self.is_enabled = self.recording = is_enabled(enabled, environ)
        if not self.is_enabled:
            return
        self.logs, self._inspector = inspected_logs(self.settings, self._place, self)
        self.recorder = Recorder(
            self._inside,
            self.logs.main,
            Budget(self.settings.max_bytes_in_flight),
            kept_body_bytes=self.settings.kept_body_bytes,
            max_events=self.settings.max_events,
            proxies=named(self.settings.trusted_proxies),
            recording_type=AppRecording,
        )
        routes.ask(app)
        listen_to_logging()

    def __getattr__(self, name: str) -> Any:
        if name == "app":  # not there yet, as in a copy that is being made
            raise AttributeError(name)
        return getattr(self.app, name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.is_enabled or scope["type"] not in _RECORDED or is_paused.get():
            await self.app(scope, receive, send)
        elif (outer := _outer(scope)) is not None:
            await self._within(outer, scope, receive, send)
        elif self._place.has(scope):
            await self._inspector(self._place.inspected(scope), receive, send)
        elif self.recording:
            await self.recorder(scope, receive, send)
        else:
            token = is_paused.set(True)
            try:
                await self.app(scope, receive, send)
            finally:
                is_paused.reset(token)

    async def _inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Between the recorder and the app."""
        recording = self.recorder.in_flight[scope[ID_KEY]]
        assert isinstance(recording, AppRecording), "the recorder's type of recordings"
        recording.called_with, recording.route_of = scope, routes.in_scope
        token = listening.set(recording)
        try:
            await self.app(scope, receive, send)
            if recording.has_news:
                await recording.keep_news()
        finally:
            listening.reset(token)

    async def _within(self, outer: AppRecording, scope: Scope, receive: Receive, send: Send) -> None:
        recording = outer.within(scope, receive, send)
        outer.called_with = scope
        try:
            await self.app(scope, recording.receive, recording.send)
        except Exception as error:
            recording.note_error(error)
            raise
        finally:
            if not recording.is_finished:
                await recording.finish("disconnected")


def _outer(scope: Scope) -> AppRecording | None:
    """The recording of an Echoscope around this one, of the same request: an app may also call another one, or itself,
    while it answers."""
    listener = listening.get()
    return listener if isinstance(listener, AppRecording) and scope.get(ID_KEY) == listener.id else None

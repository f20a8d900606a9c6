"""`app = Echoscope(app)`: around any WSGI app, as `ownapp.app` is around one of ASGI.

The app is called in the server's thread, as it would be without; recording takes notes there. Log and inspector live on
an event loop in a thread of each process, which starts with the first request, so that a server may fork before.
"""

import asyncio
import os
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from ..assembly.ownapp import routes
from ..assembly.ownapp.logs import listen_to_logging, listening
from ..assembly.ownapp.parts import check_app, inspected_logs, is_enabled, is_paused, settings_of
from ..assembly.ownapp.place import Place
from ..assembly.ownapp.recording import AppRecording
from ..base.settings import Settings
from ..capture.recorder import Recorder
from ..capture.recording import Recording
from ..exchange.model import ID_KEY
from ..http.forwarding import named
from ..log.store import Captured
from ..server.budget import Budget
from .application import MANY_PROCESSES, MAX_SUBSCRIBERS, loop_in_thread, refuse, why_not_live
from .bridge import Call, StartResponse, length_of
from .environ import KEY, http_scope
from .passing import Input, Passing, WsgiApp, take

if TYPE_CHECKING:
    from ..web.inspector.recording import Switch


class Echoscope:
    """Wraps `app`, a WSGI app; it is a WSGI app itself. What it does not have, such as `config`, the app has.

    The options are those of `echoscope.Echoscope`, and so are the errors. `recording` can be set to False to pause.
    """

    def __init__(
        self,
        app: WsgiApp,
        *,
        prefix: str = "/-",
        enabled: bool | None = None,
        environ: Mapping[str, str] = os.environ,
        **settings: Any,
    ) -> None:
        check_app(app, "wsgi", "echoscope.Echoscope")
        self.app = app
        self._place = Place(prefix)
        self.settings = settings_of({"ECHOSCOPE_MAX_SUBSCRIBERS": MAX_SUBSCRIBERS, **environ}, settings)
        self.is_enabled = self.recording = is_enabled(enabled, environ)
        if not self.is_enabled:
            return
        self._lock = Lock()
        self._running: _Running | None = None
        routes.ask(app)
        listen_to_logging()

    def __getattr__(self, name: str) -> Any:
        if name == "app":  # not there yet, as in a copy that is being made
            raise AttributeError(name)
        return getattr(self.app, name)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if not self.is_enabled or is_paused.get():
            return self.app(environ, start_response)
        outer = listening.get()
        if isinstance(outer, AppRecording) and environ.get(ID_KEY) == outer.id:
            return self._within(outer, environ, start_response)
        if self._place.prefix in environ.get("PATH_INFO", ""):
            scope = dict(http_scope(environ))
            if self._place.has(scope):
                return self._inspect(scope, environ, start_response)
        return (self._record if self.recording else self._pass_on)(environ, start_response)

    def _record(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        recorder = self._running_here(environ).recorder
        scope, body = _scope_and_body(environ)
        recording = body.recording = AppRecording(next(recorder.ids), scope, body.receive, take, recorder)
        environ = {**environ, "wsgi.input": body, ID_KEY: recording.id}
        recording.called_with, recording.route_of = environ, routes.in_environ
        recorder.watch(recording)
        return Passing(recording, holds_context=True).call(self.app, environ, start_response)

    def _pass_on(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        token = is_paused.set(True)
        try:
            return self.app(environ, start_response)
        finally:
            is_paused.reset(token)

    def _within(self, outer: AppRecording, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        scope, body = _scope_and_body(environ)
        body.recording = outer.within(scope, body.receive, take)
        outer.called_with = environ = {**environ, "wsgi.input": body}
        return Passing(body.recording, holds_context=False).call(self.app, environ, start_response)

    def _inspect(
        self, scope: dict[str, Any], environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        inspected = self._place.inspected(scope)
        if inspected["path"].endswith("/-/live") and (reason := why_not_live(environ)):
            return refuse(reason, start_response)
        running = self._running_here(environ)
        return Call(environ, inspected, running.loop).answer(running.inspector, start_response)

    def _running_here(self, environ: dict[str, Any]) -> "_Running":
        running = self._running
        if running is None or running.process != os.getpid():
            with self._lock:
                running = self._running
                if running is None or running.process != os.getpid():
                    running = self._running = _Running(self.settings, self._place, self)
                    if environ["wsgi.multiprocess"]:
                        print(f"echoscope: {MANY_PROCESSES}", file=environ["wsgi.errors"], flush=True)
        return running


class _Running:
    """Log and inspector, and their event loop, in the process `process`."""

    def __init__(self, settings: Settings, place: Place, switch: "Switch") -> None:
        self.process = os.getpid()
        self.loop = loop_in_thread()
        self.logs, self.inspector = inspected_logs(settings, place, switch)
        self.recorder = _Recorder(self.loop, self.logs.main, settings)


class _Recorder(Recorder):
    """Keeps from any thread. What is put before a client asks is in the log before its request for that is looked at:
    the loop does things in the order in which it is told them."""

    def __init__(self, loop: asyncio.AbstractEventLoop, log: Any, settings: Settings) -> None:
        super().__init__(
            _calls_nothing,
            log,
            Budget(settings.max_bytes_in_flight),
            kept_body_bytes=settings.kept_body_bytes,
            max_events=settings.max_events,
            proxies=named(settings.trusted_proxies),
        )
        self._loop = loop

    def keep(self, exchange: Captured) -> None:
        if exchange.state != "open":
            self.in_flight.pop(exchange.id, None)
        self._loop.call_soon_threadsafe(super().keep, exchange)

    def watch(self, recording: Recording) -> None:
        """Show the exchange while it is open, if it stays open for long."""
        self.in_flight[recording.id] = recording
        if self._sweeper is None:
            self._loop.call_soon_threadsafe(self._begin_to_sweep)

    def _begin_to_sweep(self) -> None:
        if self._sweeper is None:
            self._sweeper = asyncio.create_task(self._sweep())


async def _calls_nothing(*_: Any) -> None: ...


def _scope_and_body(environ: dict[str, Any]) -> tuple[dict[str, Any], Input]:
    scope = dict(http_scope(environ))
    del scope[KEY]
    return scope, Input(environ["wsgi.input"], length_of(environ))

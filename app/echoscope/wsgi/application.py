"""The WSGI callable: an Echoscope of its own in each process, on an event loop in a thread."""

import asyncio
import atexit
import os
from collections.abc import Iterable, Mapping
from threading import Lock, Thread
from typing import Any, Final

from starlette.types import Message, Scope

from ..base.paths import RESERVED, local_path
from ..base.settings import Settings, load
from ..main import Echoscope, announce
from ..web.echo.app import Echo
from ..web.problem import problem_body
from .bridge import Call, StartResponse
from .echo import EnvironEcho
from .environ import Environ, http_scope

LIVE: Final = RESERVED + "live"

MAX_SUBSCRIBERS: Final = "2"
"""Readers of the feed, where ECHOSCOPE_MAX_SUBSCRIBERS says nothing: each of them holds a thread of the server, and
servers start with four."""

WAIT_S: Final = 10.0
"""How long the app may take to start or to stop."""

NO_WEBSOCKET: Final = (
    "A WSGI server passes no WebSocket on. The same stream is here as server-sent events: Accept: text/event-stream."
)
ONE_THREAD: Final = (
    "A live stream would hold the one thread of this WSGI server; start it with more: gunicorn --threads 8."
)
MANY_PROCESSES: Final = (
    "each process of this server keeps its own log, so the inspector shows the requests of whichever answers it; "
    "start one process with threads: gunicorn --workers 1 --threads 8"
)


class Application:
    """The app. Nothing runs before the first request, so that a server may fork after it has loaded it."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self.settings = load({"ECHOSCOPE_MAX_SUBSCRIBERS": MAX_SUBSCRIBERS, **environ})
        self._lock = Lock()
        self._running: Running | None = None

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        scope = http_scope(environ)
        if local_path(scope["path"], scope["root_path"]) == LIVE and (reason := why_not_live(environ)):
            return refuse(reason, start_response)
        running = self._running_here(environ)
        return Call(environ, scope, running.loop).answer(running.app, start_response)

    def _running_here(self, environ: Environ) -> "Running":
        running = self._running
        if running is None or running.process != os.getpid():
            with self._lock:
                running = self._running
                if running is None or running.process != os.getpid():
                    running = self._running = Running(self.settings)
                    if environ["wsgi.multiprocess"] and not running.app.logs.main.takes_time:
                        print(f"echoscope: {MANY_PROCESSES}", file=environ["wsgi.errors"], flush=True)
        return running


def why_not_live(environ: Environ) -> str | None:
    """Why the feed cannot be had over this server, as a sentence."""
    if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
        return NO_WEBSOCKET
    return None if environ["wsgi.multithread"] else ONE_THREAD


def refuse(reason: str, start_response: StartResponse) -> Iterable[bytes]:
    """The answer to who asks for the feed all the same."""
    content = problem_body(501, reason)
    headers = {
        "content-type": "application/problem+json",
        "content-length": str(len(content)),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    start_response("501 Not Implemented", list(headers.items()))
    return [content]


def loop_in_thread() -> asyncio.AbstractEventLoop:
    """An event loop that runs for as long as the process does."""
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, name="echoscope", daemon=True).start()
    return loop


class WsgiEchoscope(Echoscope):
    """The ASGI app, with the echo of a WSGI app."""

    def _echo(self) -> Echo:
        return EnvironEcho(
            self.budget,
            max_body_bytes=self.settings.body_limit,
            kept_body_bytes=self.settings.kept_body_bytes,
            max_events=self.settings.max_events,
        )


class Running:
    """An Echoscope that has started, and its event loop, in the process `process`."""

    def __init__(self, settings: Settings) -> None:
        self.process = os.getpid()
        self.loop = loop_in_thread()
        self._life = asyncio.run_coroutine_threadsafe(self._start(settings), self.loop).result(WAIT_S)
        atexit.register(self._stop)

    async def _start(self, settings: Settings) -> "Lifespan":
        """On the loop, whose objects some of the parts hold."""
        self.app = announce(WsgiEchoscope(settings))
        life = Lifespan(self.app)
        await life.say("startup")
        return life

    def _stop(self) -> None:
        if os.getpid() == self.process:
            asyncio.run_coroutine_threadsafe(self._life.say("shutdown"), self.loop).result(WAIT_S)


class Lifespan:
    """The server's side of an app's lifespan."""

    def __init__(self, app: Echoscope) -> None:
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        self._answers: asyncio.Queue[Message] = asyncio.Queue()
        scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
        self._task = asyncio.create_task(self._run(app, scope))

    async def _run(self, app: Echoscope, scope: Scope) -> None:
        await app(scope, self._said.get, self._answers.put)

    async def say(self, event: str) -> None:
        """Raises RuntimeError when the app says that it has failed."""
        self._said.put_nowait({"type": f"lifespan.{event}"})
        answer: dict[str, Any] = dict(await self._answers.get())
        if answer["type"].endswith(".failed"):
            raise RuntimeError(answer.get("message", f"the {event} has failed"))

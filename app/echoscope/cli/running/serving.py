"""Our server around a wrapped app, with what it says on the terminal."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from socket import socket
from typing import Any, Final

import click
from msgspec import Struct

from ... import __version__
from ...assembly.doors.refused import refused_exchange
from ...assembly.ownapp.app import Echoscope
from ...server.answers import Refused
from ...server.limits import Limits
from ...server.server import serve
from ..console import follow, say
from ..transport import Transport

LIMITS: Final = Limits(
    max_head_bytes=64 << 10,
    max_body_bytes=1 << 40,
    body_idle_timeout=600,
    body_total_timeout=86_400,
    half_closed_s=2,
    write_timeout=600,
    max_websocket_bytes=16 << 20,
)
"""What a client may take is for the app to say: here are bounds that only a broken client reaches. A client that has
closed its side has mostly left, and an app may wait for that."""


class Serving(Struct, frozen=True, kw_only=True):
    """Where and how to serve. `title`: what is served, for the first line. `sockets`: those to listen on, where any are
    open."""

    title: str
    transport: Transport
    port: int = 8000
    root_path: str = ""
    quiet: bool = False
    grace_s: float = 10.0
    sockets: Sequence[socket] = ()
    options: dict[str, Any] = {}


def serve_wrapped(app: Echoscope, serving: Serving) -> None:
    """Serve until Ctrl-C or SIGTERM. Raises OSError for an address that cannot be listened on."""
    console: list[asyncio.Task[None]] = []
    notes: list[str] = []

    def started(urls: list[str]) -> None:
        say(_welcome(app, serving, urls[0].rstrip("/"), notes) + "\n")
        if app.is_enabled and not serving.quiet:
            console.append(asyncio.create_task(follow(app.logs.main, say, time.time_ns())))

    async def stopping() -> None:
        say("Stopping: requests in flight may finish …\n")
        if app.is_enabled:
            await app.logs.end_feeds()
        for task in console:
            task.cancel()

    with serving.transport.options(notes) as transport:
        serve(
            app,
            host=serving.transport.host,
            port=serving.port,
            limits=LIMITS,
            grace_s=serving.grace_s,
            on_started=started,
            on_stopping=stopping,
            sockets=list(serving.sockets) or None,
            on_refused=_recorder_of_refused(app) if app.is_enabled else None,
            root_path=serving.root_path,
            **serving.options,
            **transport,
        )
    say("Stopped.\n")


def _recorder_of_refused(app: Echoscope) -> Any:
    def record(refused: Refused) -> None:
        app.recorder.keep(refused_exchange(next(app.recorder.ids), refused, app.recorder.proxies))

    return record


def _welcome(app: Echoscope, serving: Serving, origin: str, notes: Iterable[str]) -> str:
    lines = [
        f"Echoscope {__version__} {serving.title}",
        f"  app        {click.style(origin + serving.root_path + '/', bold=True)}",
    ]
    if app.is_enabled:
        inspector = origin + serving.root_path + app.prefix + "/"
        lines.append(f"  inspector  {click.style(inspector, bold=True)}  watch requests arrive")
    if app.is_enabled and app.settings.token:
        lines.append("  sign in    with the token that was set")
    return "\n".join([*lines, *notes, "Ctrl-C stops."])

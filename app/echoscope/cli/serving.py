"""`echoscope serve`: settings in, a server that runs until it is told to stop."""

import asyncio
import gc
import os
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from ipaddress import ip_network
from itertools import chain
from multiprocessing.connection import Connection
from socket import socket
from typing import Any, Final

import click
from msgspec.structs import replace

from .. import __version__
from ..base.paths import IMPORT, RESERVED
from ..base.settings import Setting, Settings, declared, load, unknown_variables
from ..main import Echoscope
from ..server.limits import Limits
from ..server.listen import listen_for
from ..server.server import serve as run_server
from ..web.operations.logs import message_line, set_up
from ..web.operations.metrics import shared_figures
from .console import follow, say
from .ending import ending_in_one_line
from .transport import Transport
from .workers.engine import EngineError, running_engine
from .workers.supervisor import Supervisor, Work


def _with_settings(command: Callable[..., None]) -> Callable[..., None]:
    for setting in reversed(declared()):
        command = click.option(_written(setting), setting.name, **_option(setting))(command)
    return command


def _written(setting: Setting) -> str:
    """The option; of a flag that is on unless somebody turns it off, both ways to write it."""
    return f"{setting.option}/--no-{setting.option[2:]}" if setting.default is True else setting.option


def _option(setting: Setting) -> dict[str, Any]:
    """Values stay text here: `settings.load` is where they are checked, wherever they come from."""
    if setting.kind == "flag":
        return {"is_flag": True, "default": None, "help": setting.help}
    default = f"  [{setting.default_text}]" if setting.default_text else ""
    if setting.repeats:
        return {"multiple": True, "metavar": "TEXT", "help": setting.help}
    return {"metavar": setting.kind.upper() if setting.kind.isalpha() else setting.kind, "help": setting.help + default}


@click.command("serve")
@_with_settings
def serve_command(**options: str | tuple[str, ...] | None) -> None:
    """Serve until Ctrl-C, SIGTERM or SIGHUP. Every option can also be set as ECHOSCOPE_NAME in the environment."""
    given = {name: value for name, value in options.items() if value not in (None, ())}
    texts = {name: ",".join(one) if isinstance(one, tuple) else one for name, one in given.items()}
    settings = load(os.environ, **texts)
    for warning in unknown_variables(os.environ):
        click.echo(f"echoscope: {warning}", err=True)
    set_up(as_json=settings.log_format == "json")
    try:
        if settings.workers > 1:
            _serve_with_workers(settings)
        else:
            _Running(settings).serve()
    except EngineError as error:
        raise click.ClickException(str(error)) from error
    _tell("Stopped.\n", settings)


def _serve_with_workers(settings: Settings) -> None:
    """The same in several processes, which listen on one port and share one log."""
    sockets = listen_for(settings.workers, settings.host, settings.port)
    with ExitStack() as until_stopped:
        for listener in chain(*sockets):
            until_stopped.enter_context(listener)
        notes = [f"  workers    {settings.workers} processes"]
        until_stopped.enter_context(shared_figures())
        engine = None
        if not settings.store:
            engine = until_stopped.enter_context(running_engine())
            settings = replace(settings, store=engine.address)
        certificate = until_stopped.enter_context(_transport(settings).certificate(notes))
        if certificate is not None:
            settings = replace(settings, certfile=str(certificate.certfile), keyfile=str(certificate.keyfile))
        _Running(settings).check()
        works: list[Work] = [partial(_work, settings, own, notes, number) for number, own in enumerate(sockets)]
        code = Supervisor(works, settings.shutdown_grace + _END_S, engine).run()
    if code:
        sys.exit(code)


_END_S: Final = 5.0
"""What a worker may take beyond the grace of its requests."""


def _work(
    settings: Settings, sockets: list[socket], notes: list[str], number: int, line: Connection, is_first: bool
) -> None:
    """One worker. The first prints lines for all, since each of them follows the same log; JSON is of each its own."""
    is_voice = number == 0
    set_up(as_json=settings.log_format == "json")
    settings = replace(settings, quiet=settings.quiet or not (is_voice or settings.log_format == "json"))
    is_silent = not (is_voice and is_first)
    ending_in_one_line(
        lambda: _Running(settings, sockets, notes, on_started=lambda: line.send("ready"), is_silent=is_silent).serve()
    )


class _Running:
    """One server run: what is printed, and what happens around it.

    `sockets`: to listen on, where they are open. `on_started`: called once requests are answered. `is_silent`: whether
    nothing is said of start and end.
    """

    def __init__(
        self,
        settings: Settings,
        sockets: list[socket] | None = None,
        notes: Iterable[str] = (),
        *,
        on_started: Callable[[], object] | None = None,
        is_silent: bool = False,
    ) -> None:
        self.settings = settings
        self.app = Echoscope(settings)
        self._sockets = sockets
        self._on_started = on_started
        self._is_silent = is_silent
        self._console: asyncio.Task[None] | None = None
        self._loading: asyncio.Task[None] | None = None
        self._notes = list(notes)

    def check(self) -> None:
        """Raise what `serve` would raise for settings that cannot be used."""
        with _transport(self.settings).options([]):
            pass

    def serve(self) -> None:
        settings = self.settings
        gc.freeze()  # what is loaded now stays: the collector need not look at it again
        gc.set_threshold(50_000, 20, 20)  # and requests leave no cycles behind that it would have to find soon
        with _transport(settings).options(self._notes) as transport:
            run_server(
                self.app,
                host=settings.host,
                port=settings.port,
                limits=limits_of(settings),
                grace_s=settings.shutdown_grace,
                on_started=self._started,
                on_stopping=self._stopping,
                sockets=self._sockets,
                **self.app.server_options,
                root_path=settings.root_path,
                ws_per_message_deflate=settings.websocket_compression == "on",
                **transport,
            )

    def _started(self, urls: list[str]) -> None:
        if not self._is_silent:
            _tell(_welcome(urls[0], self.app, self._notes) + "\n", self.settings)
            if self.settings.effective_profile == "public" and not self.app.is_token_known:
                self.app.on_token = lambda: _tell(_sign_in(urls[0], self.app) + "\n", self.settings)
        if not self.settings.quiet and self.settings.log_format == "text":
            self._console = asyncio.create_task(follow(self.app.logs.main, say, time.time_ns()))
        self._loading = asyncio.create_task(self._load())
        if self._on_started is not None:
            self._on_started()

    async def _load(self) -> None:
        """What the first who looks would wait for otherwise; requests are answered meanwhile."""
        await self.app.inspector.load()
        await asyncio.to_thread(import_module, ".server.websocket", "echoscope")
        gc.freeze()  # this stays, too

    async def _stopping(self) -> None:
        """Dashboards are told before their connections end."""
        self.app.operations.readiness.is_stopping = True
        if not self._is_silent:
            _tell("Stopping: requests in flight may finish …\n", self.settings)
        await self.app.logs.end_feeds()
        for task in (self._console, self._loading):
            if task is not None:
                task.cancel()


def _transport(settings: Settings) -> Transport:
    return Transport(
        host=settings.host,
        tls=settings.tls,
        certfile=settings.certfile,
        keyfile=settings.keyfile,
        http2=settings.http2,
        names=settings.hosts,
    )


_OWN_ADDRESSES = ("127.0.0.0/8", "::1")
"""From which proxies on this machine, and its supervisors, come."""


def _welcome(url: str, app: Echoscope, notes: list[str]) -> str:
    origin = url.rstrip("/")
    inspector = origin + RESERVED
    lines = [
        f"Echoscope {__version__}",
        f"  echo       {click.style(url, bold=True)}  any path, any method: curl it, or open it",
        f"  inspector  {click.style(inspector, bold=True)}  watch requests arrive",
    ]
    if app.settings.effective_profile == "public":
        lines.append(_sign_in(url, app) if app.is_token_known else "  sign in    when the store is there")
        if app.settings.profile == "auto":
            lines.append(f"  profile    public, since {app.settings.reason_for_public}")
    if app.settings.store:
        lines.append(f"  store      {app.logs.place.name}")
    return "\n".join([*lines, *notes, "Ctrl-C stops."])


def _sign_in(url: str, app: Echoscope) -> str:
    token = "  with the token that was set" if app.settings.token else ""
    return f"  sign in    {url.rstrip('/')}{app.sign_in}{token}"


def limits_of(settings: Settings) -> Limits:
    """A limit has the name of the setting that it is; those that no setting says alone stand here."""
    named = {name: getattr(settings, name) for name in Limits.__struct_fields__ if name in Settings.__struct_fields__}
    derived: dict[str, Any] = {
        "max_body_bytes": settings.body_limit,
        "body_bytes_of_paths": {
            (root + IMPORT).encode(): settings.max_import_bytes for root in ("", settings.root_path)
        },
        "max_connections_per_client": settings.connections_of_client,
        "shared_addresses": tuple(
            ip_network(name, strict=False) for name in (*_OWN_ADDRESSES, *settings.trusted_proxies)
        ),
        "reserved": RESERVED.encode(),
        "websocket_idle_timeout": settings.websocket_idle_s,
    }
    return Limits(**named | derived)


def _tell(text: str, settings: Settings) -> None:
    """Say it in the form of the lines that are logged."""
    say(text if settings.log_format == "text" else message_line(click.unstyle(text)))

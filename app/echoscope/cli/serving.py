"""`echoscope serve`: settings in, a server that runs until it is told to stop."""

import asyncio
import gc
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from .. import __version__
from ..console import follow
from ..main import Echoscope
from ..paths import IMPORT, RESERVED
from ..server.config import Config
from ..server.limits import Limits
from ..server.server import serve as run_server
from ..settings import Setting, Settings, declared, load, unknown_variables
from ..tls import Certificate, self_signed, server_context


def _with_settings(command: Callable[..., None]) -> Callable[..., None]:
    for setting in reversed(declared()):
        command = click.option(setting.option, setting.name, **_option(setting))(command)
    return command


def _option(setting: Setting) -> dict[str, Any]:
    """Values stay text here: `settings.load` is where they are checked, wherever they come from."""
    if setting.kind == "flag":
        return {"is_flag": True, "default": None, "help": setting.help}
    default = f"  [{setting.default_text}]" if setting.default_text else ""
    return {"metavar": setting.kind.upper() if setting.kind.isalpha() else setting.kind, "help": setting.help + default}


@click.command("serve")
@_with_settings
def serve_command(**options: str | None) -> None:
    """Serve until Ctrl-C. Every option can also be set as ECHOSCOPE_NAME in the environment."""
    settings = load(os.environ, **{name: value for name, value in options.items() if value is not None})
    for warning in unknown_variables(os.environ):
        click.echo(f"echoscope: {warning}", err=True)
    _Running(settings).serve()


class _Running:
    """One server run: what is printed, and what happens around it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app = Echoscope(settings)
        self._console: asyncio.Task[None] | None = None
        self._notes: list[str] = []

    def serve(self) -> None:
        settings = self.settings
        gc.freeze()  # what is loaded now stays: the collector need not look at it again
        gc.set_threshold(50_000, 20, 20)  # and requests leave no cycles behind that it would have to find soon
        with ExitStack() as until_stopped:
            run_server(
                self.app,
                host=settings.host,
                port=settings.port,
                limits=_limits(settings),
                grace_s=settings.shutdown_grace,
                on_started=self._started,
                on_stopping=self._stopping,
                config_class=_config_class(settings),
                **self.app.server_options,
                root_path=settings.root_path,
                **self._tls(until_stopped),
            )
        _say("Stopped.\n")

    def _tls(self, until_stopped: ExitStack) -> dict[str, Any]:
        """uvicorn's option for the certificate; one made for this run goes when the server has stopped."""
        settings = self.settings
        if settings.certfile:
            certificate = Certificate(Path(settings.certfile), Path(settings.keyfile or settings.certfile))
        elif settings.tls:
            names = [*settings.hosts, *([] if settings.host in _EVERYWHERE else [settings.host])]
            certificate = until_stopped.enter_context(self_signed(names))
            self._notes.append(f"  certificate  {certificate.certfile}  self-signed, for this run: curl -k or --cacert")
        else:
            if settings.http2:
                self._notes.append("HTTP/2 without TLS is for clients told so: curl --http2-prior-knowledge")
            return {}
        context = server_context(certificate, http2=settings.http2)
        return {"ssl_context_factory": lambda _config, _default: context}

    def _started(self, urls: list[str]) -> None:
        _say(_welcome(urls[0], self.app, self._notes) + "\n")
        if not self.settings.quiet:
            self._console = asyncio.create_task(follow(self.app.logs.main, _say))

    async def _stopping(self) -> None:
        """Dashboards are told before their connections end."""
        _say("Stopping: requests in flight may finish …\n")
        await self.app.logs.end_feeds()
        if self._console is not None:
            self._console.cancel()


_EVERYWHERE = ("", "0.0.0.0", "::")


def _config_class(settings: Settings) -> type[Config]:
    if not settings.http2:
        return Config
    try:
        from ..server.versions import Http2Config
    except ImportError as error:
        raise click.ClickException("--http2 needs the package zttp: pip install 'echoscope[http2]'") from error
    return Http2Config


def _welcome(url: str, app: Echoscope, notes: list[str]) -> str:
    origin = url.rstrip("/")
    inspector = origin + RESERVED
    lines = [
        f"Echoscope {__version__}",
        f"  echo       {click.style(url, bold=True)}  any path, any method: curl it, or open it",
        f"  inspector  {click.style(inspector, bold=True)}  watch requests arrive",
    ]
    if app.settings.effective_profile == "public":
        lines.append(f"  sign in    {origin}{app.sign_in}")
    return "\n".join([*lines, *notes, "Ctrl-C stops."])


def _limits(settings: Settings) -> Limits:
    return Limits(
        head_bytes=settings.max_head_bytes,
        head_lines=settings.max_head_lines,
        head_timeout_s=settings.head_timeout,
        max_body_bytes=settings.body_limit,
        body_bytes_of_paths={(root + IMPORT).encode(): settings.max_import_bytes for root in ("", settings.root_path)},
        body_idle_timeout_s=settings.body_idle_timeout,
        body_total_timeout_s=settings.body_total_timeout,
        write_timeout_s=settings.write_timeout,
        ws_max_size=settings.max_websocket_bytes,
    )


def _say(text: str) -> None:
    """On standard output; a server does not end because nobody reads that any more."""
    try:
        click.echo(text, nl=False)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

"""The command line: `echoscope serve`, and `echoscope` alone for the same with defaults.

A mistake of the caller's is one line on standard error and exit code 2, never a traceback.
"""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

import click

from . import __version__
from .console import follow
from .main import Echoscope
from .operations.logs import message_line, set_up
from .paths import IMPORT, RESERVED
from .server.config import Config
from .server.limits import Limits
from .server.server import serve as run_server
from .settings import Setting, Settings, SettingsError, declared, load, unknown_variables
from .tls import Certificate, TlsError, self_signed, server_context


class _Group(click.Group):
    """`serve` is the command when none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ("--help", "-h", "--version")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Echoscope shows what your client, proxy or webhook really sent.

    Without a command it serves with the defaults: the same as `echoscope serve`.
    """


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


@cli.command()
@_with_settings
def serve(**options: str | None) -> None:
    """Serve until Ctrl-C. Every option can also be set as ECHOSCOPE_NAME in the environment."""
    settings = load(os.environ, **{name: value for name, value in options.items() if value is not None})
    for warning in unknown_variables(os.environ):
        click.echo(f"echoscope: {warning}", err=True)
    set_up(as_json=settings.log_format == "json")
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
        self._tell("Stopped.\n")

    def _tell(self, text: str) -> None:
        _say(text if self.settings.log_format == "text" else message_line(click.unstyle(text)))

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
        self._tell(_welcome(urls[0], self.app, self._notes) + "\n")
        if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # a terminal that is closed; `nohup` has it ignored
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, signal.raise_signal, signal.SIGTERM)
        if not self.settings.quiet and self.settings.log_format == "text":
            self._console = asyncio.create_task(follow(self.app.logs.main, _say))

    async def _stopping(self) -> None:
        """Dashboards are told before their connections end."""
        self._tell("Stopping: requests in flight may finish …\n")
        self.app.operations.readiness.is_stopping = True
        await self.app.logs.end_feeds()
        if self._console is not None:
            self._console.cancel()


_EVERYWHERE = ("", "0.0.0.0", "::")


def _config_class(settings: Settings) -> type[Config]:
    if not settings.http2:
        return Config
    try:
        from .server.versions import Http2Config
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
        token = "  with the token that was set" if app.settings.token else ""
        lines.append(f"  sign in    {origin}{app.sign_in}{token}")
        if app.settings.profile == "auto":
            lines.append(f"  profile    public, since {app.settings.reason_for_public}")
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


def main() -> NoReturn:
    """The entry point of the `echoscope` command."""
    try:
        cli(prog_name="echoscope", standalone_mode=False)
    except click.ClickException as error:
        _fail(error.format_message())
    except (SettingsError, TlsError, OSError) as error:
        _fail(str(error.strerror or error) if isinstance(error, OSError) else str(error))
    except click.Abort:
        sys.exit(130)
    sys.exit(0)


def _fail(reason: str) -> NoReturn:
    click.echo(f"echoscope: {reason}", err=True)
    sys.exit(2)

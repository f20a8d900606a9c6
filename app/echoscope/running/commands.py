"""`echoscope run` and `echoscope proxy`, for the command line (`cli`)."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from socket import socket
from typing import Any, Final

import click

from ..ownapp import routes
from ..ownapp.app import Echoscope
from ..server.listen import listen
from .loading import LoadError, load_app
from .reloading import GRACE_S, Reloader, own_command
from .serving import Serving, serve_wrapped


def _with_address(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both commands have."""
    for option in reversed(
        (
            click.option("--host", default="127.0.0.1", help="Address to listen on.  [127.0.0.1]"),
            click.option("--port", default=8000, type=click.IntRange(0, 65535), help="0 takes a free one.  [8000]"),
            click.option("--prefix", default="/-", help="Path below which the inspector is.  [/-]"),
            click.option("--root-path", default="", help="Path prefix under which a proxy serves this."),
            click.option("--token", default="", help="Opens the inspector to whoever has it; 16 characters or more."),
            click.option("--max-exchanges", help="Exchanges kept; the oldest go first.  [1000]"),
            click.option("--max-bytes", help="Memory that the kept exchanges may take.  [64MiB]"),
            click.option("--kept-body-bytes", help="How much of a body is kept, for each direction.  [256KiB]"),
            click.option("--quiet", is_flag=True, help="Print no line per request."),
        )
    ):
        command = option(command)
    return command


@click.command()
@click.argument("target", metavar="MODULE:APP")
@click.option("--factory", is_flag=True, help="APP is a function that makes the app.")
@click.option("--app-dir", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Where MODULE is.  [.]")
@click.option("--reload", is_flag=True, help="Start anew when Python code changes.")
@click.option(
    "--reload-dir",
    "reload_dirs",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="What to watch, instead of where MODULE is; may be given several times.",
)
@click.option("--fd", "descriptors", multiple=True, type=int, hidden=True)
@_with_address
def run(
    target: str,
    factory: bool,
    app_dir: Path | None,
    reload: bool,
    reload_dirs: tuple[Path, ...],
    descriptors: tuple[int, ...],
    host: str,
    port: int,
    root_path: str,
    quiet: bool,
    **options: str | None,
) -> None:
    """Serve an app of yours and watch what it receives, without touching its code.

    MODULE:APP is written as for uvicorn: shop:app is `app` in shop.py. Apps of ASGI and, with the package a2wsgi, of
    WSGI are served, for development. The inspector is at /-/ beside the app.
    """
    folder = (app_dir or Path()).resolve()
    if reload:
        sys.exit(_reload(host, port, [path.resolve() for path in reload_dirs] or [folder]))
    try:
        app = load_app(target, folder=folder, is_factory=factory)
    except LoadError as error:
        raise click.ClickException(str(error)) from error
    serving = Serving(
        title=f"around {target}",
        host=host,
        port=port,
        root_path=root_path,
        quiet=quiet,
        grace_s=GRACE_S if descriptors else 10.0,
        sockets=[socket(fileno=number) for number in descriptors],
    )
    serve_wrapped(_wrapped(app, options), serving)


def _reload(host: str, port: int, folders: list[Path]) -> int:
    if os.name != "posix":
        raise click.ClickException("--reload needs a system on which a process can leave its sockets to another one")
    sockets = listen(host, port)
    try:
        return Reloader(own_command(sys.argv[1:]), sockets, folders).run()
    finally:
        for listener in sockets:
            listener.close()


def _wrapped(app: Any, options: dict[str, str | None]) -> Echoscope:
    """The app in Echoscope, unless it is in one already. Whoever gives the command has said that it is to be on."""
    if isinstance(app, Echoscope):
        return app
    given: dict[str, Any] = {name: value for name, value in options.items() if value}
    try:
        wrapper = Echoscope(app, enabled=True, **given)
    except (TypeError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    routes.ask(getattr(app, "app", app))  # what stands inside a bridge
    return wrapper


COMMANDS: Final = (run,)

"""The command `echoscope check`."""

import asyncio
import inspect
import os
import sys
from typing import Any, Final

import click
from uvicorn.importer import ImportFromStringError, import_from_string

from .apps import check_app
from .outcome import CannotStart
from .servers import check_server

FAILED: Final = 1
"""The exit code when something is against the specification. 0 means that nothing is, 2 that nothing was checked."""


@click.command(name="check")
@click.argument("app", metavar="[MODULE:APP]", required=False)
@click.option("--server", metavar="NAME", help="Check a server instead: uvicorn, hypercorn, granian, daphne, each with options behind it, or a command with {port} and {app} in it.")  # fmt: skip # noqa: E501
@click.option(
    "--path", "paths", metavar="PATH", multiple=True, help="Path to ask the app for; may be given several times.  [/]"
)
@click.option("--factory", is_flag=True, help="APP is a function that makes the app.")
@click.option("--app-dir", metavar="DIRECTORY", default="", help="Where to look for MODULE.  [the current directory]")
@click.option("--timeout", metavar="SECONDS", type=click.FloatRange(0.1, 600), default=5.0, help="How long the app may take for one request.  [5]")  # fmt: skip # noqa: E501
@click.option("--strict", is_flag=True, help="Fail also for what the specification only advises.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(
    app: str | None,
    server: str | None,
    paths: tuple[str, ...],
    factory: bool,
    app_dir: str,
    timeout: float,
    strict: bool,
    as_json: bool,
) -> None:
    """Hold an app, or a server, against the ASGI specification.

    Exit codes: 0, nothing is against it; 1, something is; 2, it could not be checked.
    """
    if (app is None) == (server is None):
        raise click.UsageError("Name either an app, as MODULE:APP, or a server, by --server.")
    if bad := [path for path in paths if not path.startswith("/") or not path.isascii() or "?" in path]:
        raise click.UsageError(f"--path must begin with a slash and have no query, not {bad[0]!r}.")
    try:
        if server is not None:
            report = check_server(server)
        else:
            loaded = _load(str(app), app_dir, factory=factory)
            report = asyncio.run(check_app(loaded, str(app), paths or ("/",), timeout))
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    click.echo(report.json() if as_json else report.text(), nl=False)
    if report.count("error") or (strict and report.count("warning")):
        sys.exit(FAILED)


def _load(name: str, app_dir: str, *, factory: bool) -> Any:
    """The app of this name, as servers find it. Raises `ClickException`."""
    sys.path.insert(0, os.path.abspath(app_dir))
    try:
        app = import_from_string(name)
        app = app() if factory else app
    except ImportFromStringError as error:
        raise click.ClickException(str(error)) from error
    except Exception as error:
        raise click.ClickException(f"{name} cannot be imported: {type(error).__name__}: {error}") from error
    if not callable(app):
        raise click.ClickException(f"{name} is no app: it cannot be called")
    if inspect.isclass(app):
        raise click.ClickException(f"{name} is a class, as of ASGI 2; with --factory it is called to make the app")
    return app

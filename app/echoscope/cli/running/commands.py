"""`echoscope run` and `echoscope proxy`, for the command line (`cli`)."""

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from socket import socket
from typing import Any

import click

from ...assembly.ownapp import routes
from ...assembly.ownapp.app import Echoscope
from ...sender import AddressError, parse_address
from ...server.listen import listen
from ..console import say
from ..transport import Transport, with_transport
from .loading import LoadError, load_app
from .reloading import GRACE_S, Reloader, own_command
from .serving import Serving, serve_wrapped


def _with_address(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both commands have."""
    for option in reversed(
        (
            click.option("--host", default="127.0.0.1", help="Address to listen on.  [127.0.0.1]"),
            click.option(
                "--port", default=8000, type=click.IntRange(0, 65535), help="Port; 0 takes a free one.  [8000]"
            ),
            click.option("--prefix", default="/-", help="Path below which the inspector is.  [/-]"),
            click.option("--root-path", default="", help="Path prefix under which a proxy serves this instance."),
            click.option("--token", default="", help="Token that opens the inspector, 16 characters or more."),
            click.option("--max-exchanges", help="Exchanges kept; the oldest go first.  [1000]"),
            click.option("--max-bytes", help="Memory that the kept exchanges may take.  [64MiB]"),
            click.option("--kept-body-bytes", help="How much of a body is kept, for each direction.  [256KiB]"),
            click.option("--quiet", is_flag=True, help="Print no line per request."),
        )
    ):
        command = option(command)
    return with_transport(command)


def _served(options: dict[str, Any]) -> dict[str, Any]:
    """Take the options of the server out of `options`; gives them as `Serving` has them."""
    transport = Transport(**{name: options.pop(name) for name in ("host", "tls", "certfile", "keyfile", "http2")})
    if transport.keyfile and not transport.certfile:
        raise click.ClickException(f"--keyfile: {transport.keyfile!r} cannot be used without --certfile")
    return {"transport": transport, **{name: options.pop(name) for name in ("port", "root_path", "quiet")}}


@click.command()
@click.argument("target", metavar="MODULE:APP")
@click.option("--factory", is_flag=True, help="APP is a function that makes the app.")
@click.option("--app-dir", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Where MODULE is.  [.]")
@click.option("--reload", is_flag=True, help="Start again when Python code changes.")
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
    **options: Any,
) -> None:
    """Serve an app of yours and watch what it receives, without touching its code.

    MODULE:APP is written as for uvicorn: shop:app is `app` in shop.py. Apps of ASGI and, with the package a2wsgi, of
    WSGI are served, for development. The inspector is at /-/ beside the app.
    """
    folder, served = (app_dir or Path()).resolve(), _served(options)
    if reload:
        folders = [path.resolve() for path in reload_dirs] or [folder]
        sys.exit(_reload(served["transport"], served["port"], folders))
    if descriptors:  # under --reload: what is compiled is told from a change of the same second only by its size
        sys.dont_write_bytecode = True
    try:
        app = load_app(target, folder=folder, is_factory=factory)
    except LoadError as error:
        raise click.ClickException(str(error)) from error
    serving = Serving(
        title=f"around {target}",
        grace_s=GRACE_S if descriptors else 10.0,
        sockets=[socket(fileno=number) for number in descriptors],
        **served,
    )
    serve_wrapped(_wrapped(app, options), serving)


def _reload(transport: Transport, port: int, folders: list[Path]) -> int:
    if os.name != "posix":
        raise click.ClickException("--reload needs a POSIX system, where one process can leave its sockets to another")
    command, notes = own_command(sys.argv[1:]), list[str]()
    with transport.certificate(notes) as certificate, ExitStack() as until_stopped:
        if certificate is not None:  # the same for all that follow each other
            command += ["--certfile", str(certificate.certfile), "--keyfile", str(certificate.keyfile)]
        sockets = [until_stopped.enter_context(listener) for listener in listen(transport.host, port)]
        say("".join(f"{note.strip()}\n" for note in notes))
        return Reloader(command, sockets, folders).run()


def _wrapped(app: Any, options: dict[str, str | None]) -> Echoscope:
    """The app, wrapped unless it is already. Whoever gives the command wants it on, so no setting turns it off."""
    if isinstance(app, Echoscope):
        return app
    given: dict[str, Any] = {name: value for name, value in options.items() if value}
    try:
        wrapper = Echoscope(app, enabled=True, **given)
    except (TypeError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    routes.ask(getattr(app, "app", app))  # what stands inside a bridge
    return wrapper


@click.command()
@click.argument("upstream", metavar="URL")
@click.option("--keep-host", is_flag=True, help="Send the client's Host on, not that of URL.")
@click.option(
    "--http",
    type=click.Choice(["auto", "1.1", "2"]),
    default="auto",
    help="HTTP version to speak with URL; without TLS, 2 is not negotiated.  [auto]",
)
@click.option("--insecure", is_flag=True, help="Do not check the certificate of URL.")
@click.option("--no-forwarded", is_flag=True, help="Add no Forwarded and X-Forwarded fields.")
@_with_address
def proxy(
    upstream: str,
    keep_host: bool,
    http: Any,
    insecure: bool,
    no_forwarded: bool,
    **options: Any,
) -> None:
    """Stand in front of a server that speaks HTTP, and watch what is sent on and what comes back.

    URL is such as http://localhost:3000, or 3000 for short. Point your client at this address in its place.
    """
    try:
        from ...assembly.proxy import in_front_of
    except ImportError as error:
        raise click.ClickException("proxy needs the package httpcore: pip install 'echoscope[proxy]'") from error
    try:
        address = parse_address(upstream)
    except AddressError as error:
        raise click.ClickException(str(error)) from error
    app = in_front_of(address, http=http, verifies=not insecure, keeps_host=keep_host, tells=not no_forwarded)
    serving = Serving(title=f"in front of {address}", options={"date_header": False}, **_served(options))
    serve_wrapped(_wrapped(app, options), serving)

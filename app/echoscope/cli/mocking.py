"""`echoscope mock`: a captured session as a server that answers as was answered."""

from pathlib import Path

import click

from ..assembly.replaying.captured import exchanges
from ..assembly.replaying.mock import Mock
from ..files.reading import ImportFault
from ..server.server import serve
from .asking import MISTAKE, Fault


@click.command("mock")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--host", default="127.0.0.1", help="Address to listen on.  [127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, help="Port to listen on; 0: a free one.  [8001]")
@click.option("--timed", is_flag=True, help="Let each answer take as long as it took when it was captured.")
def mock_command(file: Path, host: str, port: int, timed: bool) -> None:
    """Answer requests as they were answered in FILE, an export in JSON Lines or HAR, until Ctrl-C.

    An answer is found by method, path and query of the request, or else by method and path. Several answers to the
    same request come in their order, and the last one is given from then on.
    """
    try:
        mock = Mock(exchanges(file.read_bytes()), is_timed=timed)
    except ImportFault as error:
        raise Fault(f"{file} cannot be read as an export: {error}", MISTAKE) from error
    for exchange_id, reason in mock.left_out.items():
        click.echo(f"— {exchange_id} is left out: {reason}", err=True)
    if not mock.count:
        raise Fault(f"{file} holds no answer.", MISTAKE)
    serve(
        mock,
        host=host,
        port=port,
        on_started=lambda urls: click.echo(f"{mock.count} answers of {file.name} at {urls[0]}   Ctrl-C stops."),
    )

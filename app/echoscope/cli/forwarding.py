"""`echoscope forward`: what arrives at an Echoscope is sent on to a server that it cannot reach itself."""

import asyncio
from typing import TYPE_CHECKING, Any, Final, Unpack
from urllib.parse import urlsplit

import click

from ..base.settings import is_loopback
from ..base.trust import unchecked
from .asking import SEARCH, Server, asks, connection, looked_at, translated
from .watching import place_of

if TYPE_CHECKING:
    from ..sender import Address


def origin_of(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """The value of `--to`, checked."""
    if value is None:
        return None
    with translated():
        from ..sender import parse_origin

        try:
            parse_origin(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
    return value


TO: Final[dict[str, Any]] = {
    "metavar": "ORIGIN",
    "callback": origin_of,
    "help": "Whom to send to, such as http://localhost:3000; nobody else is.",
}


BELOW_BIN: Final = click.option(
    "--below-bin", is_flag=True, help="Send the path below the bin: /orders for /~hooks/orders."
)


@click.command("forward")
@SEARCH
@click.option("--to", required=True, **TO)
@click.option("--after", type=click.IntRange(min=0), help="Begin after this seq; 0 begins with all that is kept.")
@click.option("--epoch", help="The epoch of --after; a log with another one is read from its beginning.")
@click.option("--keep-host", is_flag=True, help="Send the Host of the request, not that of --to.")
@BELOW_BIN
@click.option(
    "--timeout", "timeout_s", type=click.FloatRange(0.1), default=30.0, help="Seconds an answer may take.  [30]"
)
@click.option(
    "--retry", "retry_s", type=click.FloatRange(0), default=10.0, help="Seconds to retry while --to is away.  [10]"
)
@click.option("--to-insecure", is_flag=True, help="Do not check the certificate of --to.")
@asks
def forward_command(
    search: tuple[str, ...],
    to: str,
    after: int | None,
    epoch: str | None,
    keep_host: bool,
    below_bin: bool,
    timeout_s: float,
    retry_s: float,
    to_insecure: bool,
    **server: Unpack[Server],
) -> None:
    """Send what arrives on, those requests alone that SEARCH finds, until Ctrl-C.

    Each goes on once it is over here, with the bytes, order and repeats that it came with; what concerns one connection
    is made anew. The answers go nowhere: their status and time are shown.
    """
    with translated():
        from ..client import AsyncClient
        from ..sender import parse_origin
        from .forwarder import Forwarder

        q, place = looked_at(search, server)
        arguments = connection(place)
        origin = parse_origin(to)

        async def run() -> None:
            async with AsyncClient(**arguments) as client:
                if _is_same(origin, client.url):
                    raise click.UsageError(f"{to} is this Echoscope: what it sent there would arrive here, for ever.")
                forwarder = Forwarder(
                    client,
                    origin,
                    keeps_host=keep_host,
                    is_below_bin=below_bin,
                    timeout_s=timeout_s,
                    retry_s=retry_s,
                    context=unchecked() if to_insecure else None,
                )
                await forwarder.run(q, place_of(after, epoch))

        asyncio.run(run())


def _is_same(origin: "Address", url: str) -> bool:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    hosts = (origin.host, parts.hostname or "")
    return port == origin.port and (hosts[0] == hosts[1] or all(map(is_loopback, hosts)))

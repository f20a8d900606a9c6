"""`echoscope replay`: a captured request once more, to a server over the wire or into an ASGI app without one."""

import asyncio
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from ..assembly.replaying.captured import exchanges, recorded_reply
from ..assembly.replaying.compare import Reply, differences
from ..assembly.replaying.fixture import FixtureFault, read_fixture
from ..assembly.replaying.run import Outcome, RunFault, run_app
from ..base.trust import unchecked
from ..exchange.model import Exchange
from ..files.reading import ImportFault
from .asking import MISTAKE, NOT_SO, Fault, Server, asking, asks, translated
from .forwarding import BELOW_BIN, TO
from .running.loading import LoadError, load_app
from .watching import id_of

if TYPE_CHECKING:
    from ..sender import Answer


@click.command("replay")
@click.argument("what", metavar="ID|FILE")
@click.argument("app", required=False, metavar="[MODULE:APP]")
@click.option("--to", **TO)
@click.option("--compare", is_flag=True, help="Show how the answer differs from the captured one; exit 1 if so.")
@click.option("--app-dir", default=".", help="Where MODULE is looked for.  [.]", type=click.Path(file_okay=False))
@click.option("--keep-host", is_flag=True, help="Send the Host of the request, not that of --to.")
@BELOW_BIN
@click.option("--timeout", "timeout_s", type=click.FloatRange(0.1), default=30.0, help="Seconds for the answer.  [30]")
@click.option("--to-insecure", is_flag=True, help="Do not check the certificate of --to.")
@asks
def replay_command(
    what: str,
    app: str | None,
    to: str | None,
    compare: bool,
    app_dir: str,
    keep_host: bool,
    below_bin: bool,
    timeout_s: float,
    to_insecure: bool,
    **server: Unpack[Server],
) -> int:
    """Send a captured request again and show the answer.

    The request is that of the exchange ID (`last`: the newest one), or of a FILE: an ASGI fixture, as
    `show --code asgi` prints it, or an export with one exchange. It goes to the server --to, with the bytes
    that it came with, or into the ASGI app MODULE:APP, without any server.
    """
    if (app is None) == (to is None):
        raise click.UsageError("Name either a server to send the request to (--to ORIGIN), or an app (MODULE:APP).")
    exchange = _exchange(what, server)
    with translated():
        if to is not None:
            how = {"keeps_host": keep_host, "is_below_bin": below_bin}
            reply = _to_server(exchange, to, timeout_s, unchecked() if to_insecure else None, **how)
        else:
            reply = _into_app(exchange, app or "", app_dir, timeout_s)
        return _compared(exchange, reply) if compare else 0


def _exchange(what: str, server: Server) -> Exchange:
    """From the file of this name, where there is one, or from the Echoscope."""
    file = Path(what)
    try:
        if file.is_file():
            return read_fixture(file.read_bytes())
        if file.suffix in (".json", ".jsonl", ".har"):
            raise Fault(f"There is no file {what}.", MISTAKE)
        with asking(server) as client:
            content = b"".join(client.export(ids=[id_of(client, what)], reveal=True))
        (exchange,) = exchanges(content)
    except (FixtureFault, ImportFault) as error:
        raise Fault(f"{what} cannot be replayed: {error}", MISTAKE) from error
    return exchange


def _to_server(exchange: Exchange, to: str, timeout_s: float, context: ssl.SSLContext | None, **how: bool) -> Reply:
    """`how`: the options of `outgoing`."""
    from ..base.figures import milliseconds
    from ..sender import CannotSend, SendFault, outgoing, parse_origin, send
    from .printing import tell

    origin = parse_origin(to)
    try:
        request = outgoing(exchange, origin.authority, **how)
        answer: Answer = asyncio.run(send(request, origin, timeout_s=timeout_s, context=context))
    except CannotSend as reason:
        raise Fault(f"This request is not sent: {reason}.", NOT_SO) from reason
    except SendFault as reason:
        raise Fault(f"{to} gave no answer: {reason}.", NOT_SO) from reason
    reply = Reply(answer.status, answer.headers, answer.body)
    _show(reply)
    tell(f"{request.method} to {origin}: {answer.status} in {milliseconds(answer.took_s * 1000)}")
    if answer.is_cut:
        tell(f"the answer is longer than the {len(answer.body):,} bytes that were read")
    return reply


def _into_app(exchange: Exchange, name: str, app_dir: str, timeout_s: float) -> Reply:
    from .printing import say, tell, websocket_lines

    try:
        app = load_app(name, folder=Path(app_dir).resolve())
        outcome: Outcome = asyncio.run(run_app(app, exchange, timeout_s=timeout_s))
    except LoadError as error:
        raise Fault(str(error), MISTAKE) from error
    except RunFault as error:
        raise Fault(f"{name} {error}", NOT_SO) from error
    if exchange.scope["type"] == "websocket":
        say(websocket_lines(outcome.messages))
    else:
        _show(outcome.reply)
    if outcome.error:
        tell(f"{name} raised, behind its answer: {outcome.error}")
    return outcome.reply


def _show(reply: Reply) -> None:
    from .printing import body, headers, lines, say, status

    say(lines([status(reply.status), headers(reply.headers)]))
    content = body(reply.body, reply.headers, len(reply.body))
    if content is not None:
        say(lines([type(content)(), content]))


def _compared(exchange: Exchange, reply: Reply) -> int:
    from .printing import say, shown, tell

    recorded = recorded_reply(exchange)
    if recorded is None:
        raise Fault("There is nothing to compare with: no answer was captured, or not all of it.", NOT_SO)
    lines = differences(recorded, reply)
    if not lines:
        tell("the answer is the captured one")
        return 0
    for one in lines:
        say(shown(one, "green" if one.startswith("+") else "red" if one.startswith("-") else "bold"))
    return NOT_SO

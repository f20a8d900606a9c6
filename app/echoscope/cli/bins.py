"""`echoscope bin`: making bins, looking at them, and saying what they answer and how their senders sign."""

import sys
from typing import TYPE_CHECKING, Any, Final, Unpack

import click
import msgspec

from .asking import Server, Site, asking, asks, asks_site

if TYPE_CHECKING:
    from ..client import Client, NewBin

JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
NAME: Final = click.argument("name")
FAULTS: Final = ("close", "reset", "hang", "half")


@click.group("bin")
def bin_group() -> None:
    """Make bins, and say what they answer. A bin is an address of its own with a log of its own."""


@bin_group.command("create")
@click.argument("name", required=False)
@click.option("--new-key", metavar="TEXT", help="The key that opens the bin, in the public profile.  [one is made]")
@click.option("--preset", metavar="ID", help="What it answers: a preset, such as slack.")
@click.option("--answers", "file", type=click.File("rb"), help="What it answers: JSON, such as `bin answer` prints.")
@JSON
@asks_site
def create_command(
    name: str | None, new_key: str | None, preset: str | None, file: Any, as_json: bool, **server: Unpack[Site]
) -> None:
    """Make a bin, under NAME or a name that nobody guesses.

    In the public profile it has a key, which is printed this once. There a bin without NAME needs no token.
    """
    if preset is not None and file is not None:
        raise click.UsageError("--preset and --answers exclude each other.")
    with asking(server) as client:
        from .bin_printing import print_new

        wanted = None if file is None else _definition(file.read())
        made = client.create_bin(name, key=new_key)
        if preset is not None or wanted is not None:
            _set(client, made, preset, wanted)
        print_new(made, as_json=as_json)


def _set(client: "Client", made: "NewBin", preset: str | None, wanted: dict[str, Any] | None) -> None:
    """What a new bin answers. A bin that cannot answer so is not left behind."""
    with client.at_bin(made.name, made.key) as own:
        try:
            own.set_answers(made.name, _preset(own, preset or "") if wanted is None else wanted)
        except BaseException:
            own.delete_bin(made.name)
            raise
    made.has_answers = True


@bin_group.command("list")
@JSON
@asks_site
def list_command(as_json: bool, **server: Unpack[Site]) -> None:
    """List all bins, the newest first; with --json a line for each."""
    with asking(server) as client:
        from .bin_printing import print_list

        print_list(client.bins(), as_json=as_json)


@bin_group.command("show")
@NAME
@JSON
@asks_site
def show_command(name: str, as_json: bool, **server: Unpack[Site]) -> None:
    """Show the bin NAME: its addresses, its age, what it keeps and what is set."""
    with asking(server) as client:
        from .bin_printing import print_bin

        print_bin(client.bin(name), as_json=as_json)


@bin_group.command("delete")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@asks_site
def delete_command(names: tuple[str, ...], **server: Unpack[Site]) -> None:
    """Delete bins with all that they keep."""
    with asking(server) as client:
        for name in names:
            client.delete_bin(name)


@bin_group.command("rotate")
@NAME
@JSON
@asks_site
def rotate_command(name: str, as_json: bool, **server: Unpack[Site]) -> None:
    """Give the bin NAME another key, and print it this once; the old one opens nothing any more."""
    with asking(server) as client:
        from .printing import json_text, say

        key = client.renew_key(name)
        say(json_text({"name": name, "key": key}) if as_json else key)


@bin_group.command("answer")
@NAME
@click.option("--status", type=click.IntRange(200, 599), help="Answer with this status.")
@click.option("--header", "-H", "headers", multiple=True, metavar="NAME:VALUE", help="Answer with this header.")
@click.option("--body", help="Answer with this body, which may take values of the request: {{ json.challenge }}.")
@click.option("--delay", type=click.FloatRange(min=0), help="Answer after this many seconds.")
@click.option("--fault", type=click.Choice(FAULTS), help="Answer with this fault.")
@click.option("--preset", metavar="ID", help="Answer as a preset says; `bin presets` lists them.")
@click.option("--file", type=click.File("rb"), help="Answers and rules as JSON; - is standard input.")
@click.option("--echo", is_flag=True, help="Echo again, without answers and rules.")
@click.option("--preview", metavar="ID", help="Set nothing: show what the exchange ID, or `last`, would get.")
@click.option("--number", type=click.IntRange(min=1), default=1, help="With --preview: the place in a sequence.  [1]")
@JSON
@asks_site
def answer_command(
    name: str, preset: str | None, file: Any, echo: bool, preview: str | None, number: int, as_json: bool, **more: Any
) -> None:
    """Say what the bin NAME answers, in the place of what was said before; without options show it.

    The options from --status to --fault make one answer. Sequences and rules come from a file, a preset or the
    inspector.
    """
    server, single = _parted(more)
    if sum((bool(single), preset is not None, file is not None, echo)) > 1:
        raise click.UsageError("An answer, --preset, --file and --echo exclude each other.")
    with asking(server) as client, client.at_bin(name) as own:
        from .bin_printing import print_answers, print_preview

        wanted: dict[str, Any] | None = None
        if single:
            wanted = {"answers": [single]}
        elif file is not None:
            wanted = _definition(file.read())
        elif preset is not None:
            wanted = _preset(own, preset)
        elif echo:
            wanted = {}
        if preview is not None:
            from .watching import id_of

            answers = own.answers(name) if wanted is None else wanted
            print_preview(own.preview(name, answers, id_of(own, preview), number=number), as_json=as_json)
            return
        print_answers(own.answers(name) if wanted is None else own.set_answers(name, wanted), as_json=as_json)


def _parted(options: dict[str, Any]) -> tuple[Site, dict[str, Any]]:
    """The options of the server, and those of one answer, as JSON has it."""
    fields = {name: options.pop(name) for name in ("status", "headers", "body", "delay", "fault")}
    answer = {name: value for name, value in fields.items() if value not in (None, ())}
    pairs = [header.partition(":") for header in fields["headers"]]
    if any(not separator for _, separator, _ in pairs):
        raise click.BadParameter("A header is NAME:VALUE.", param_hint="--header")
    if pairs:
        answer["headers"] = [[name.strip(), value.strip()] for name, _, value in pairs]
    server: Any = options
    return server, answer


def _definition(document: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(document, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"This is no JSON object that says what a bin answers: {error}.") from error


def _preset(client: "Client", preset_id: str) -> dict[str, Any]:
    presets = {preset.id: preset.answers for preset in client.presets()}
    if preset_id not in presets:
        raise click.UsageError(f"There is no preset {preset_id!r}; the presets are {', '.join(presets)}.")
    return presets[preset_id]


@bin_group.command("presets")
@JSON
@asks
def presets_command(as_json: bool, **server: Unpack[Server]) -> None:
    """List answers that are ready: the handshakes of senders, and faults; with --json a line for each."""
    with asking(server) as client:
        from .bin_printing import print_presets

        print_presets(client.presets(), as_json=as_json)


@bin_group.command("signature")
@NAME
@click.option("--scheme", metavar="ID", help="How the sender signs, such as github; `bin schemes` lists them.")
@click.option(
    "--secret", metavar="TEXT", envvar="ECHOSCOPE_SECRET", help="The secret.  [ECHOSCOPE_SECRET, or asked for]"
)
@click.option("--secret-file", type=click.File("r"), help="The file with the secret; - is standard input.")
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="An option of the scheme.")
@click.option("--forget", is_flag=True, help="Forget scheme and secret.")
@JSON
@asks_site
def signature_command(
    name: str,
    scheme: str | None,
    secret: str | None,
    secret_file: Any,
    options: tuple[str, ...],
    forget: bool,
    as_json: bool,
    **server: Unpack[Site],
) -> None:
    """Say how the sender of the bin NAME signs, so that each exchange shows whether it did; without options show it.

    A secret on a command line is seen by others on this machine. Nothing shows it again.
    """
    if forget and scheme is not None:
        raise click.UsageError("--forget and --scheme exclude each other.")
    if scheme is None and (secret_file is not None or options):
        raise click.UsageError("--secret-file and --option need --scheme.")
    for pair in options:
        if "=" not in pair:
            raise click.BadParameter(f"An option is NAME=VALUE, not {pair[:50]!r}.", param_hint="--option")
    pairs = {option: value for option, _, value in (pair.partition("=") for pair in options)}
    with asking(server) as client:
        from .bin_printing import print_signature

        if forget:
            client.forget_signature(name)
        elif scheme is not None:
            if secret_file is not None:
                secret = secret_file.read().rstrip("\r\n")
            elif secret is None:
                secret = _asked_secret()
            client.set_signature(name, scheme, secret, pairs)
        print_signature(client.signature(name), as_json=as_json)


def _asked_secret() -> str:
    """What somebody types at a terminal. Raises `click.UsageError` where there is none."""
    if not sys.stdin.isatty():
        raise click.UsageError(
            "The secret can be typed only at a terminal. Give it by --secret-file (- is standard input) or "
            "ECHOSCOPE_SECRET."
        )
    secret: str = click.prompt("Secret", hide_input=True, err=True)
    return secret


@bin_group.command("schemes")
@JSON
@asks
def schemes_command(as_json: bool, **server: Unpack[Server]) -> None:
    """List the ways of signing that can be checked; with --json a line for each."""
    with asking(server) as client:
        from .bin_printing import print_schemes

        print_schemes(client.signature_schemes(), as_json=as_json)

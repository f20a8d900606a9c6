"""The command line: `echoscope serve`, which is `echoscope` alone, and the commands that ask one that serves.

A mistake of the caller's is one line on standard error and exit code 2, never a traceback. Each command is imported
when it is called: to serve needs nothing of what asks, and the other way round.
"""

import os
import sys
from importlib import import_module
from typing import Any, Final, NoReturn

import click

from .. import __version__
from ..settings import SettingsError
from ..tls import TlsError
from .asking import MISTAKE, Fault

COMMANDS: Final = {
    "serve": ("serving", "Serve until Ctrl-C."),
    "wait": ("watching", "Wait for a request that a search finds."),
    "tail": ("watching", "Show requests as they come."),
    "show": ("watching", "Show one exchange."),
    "forward": ("forwarding", "Send what arrives on to another server."),
    "replay": ("replaying", "Send a captured request again, or give it to an app."),
    "mock": ("mocking", "Answer as it was answered in a capture."),
    "export": ("files", "Write exchanges to a file."),
    "import": ("files", "Take exchanges from files."),
}
"""The commands with their modules, and what the help says of each."""


class _Group(click.Group):
    """`serve` is the command when none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ("--help", "-h", "--version")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f".{COMMANDS[cmd_name][0]}", __name__)
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Echoscope shows what your client, proxy or webhook really sent.

    Without a command it serves with the defaults: the same as `echoscope serve`.
    """


def main() -> NoReturn:
    """The entry point of the `echoscope` command."""
    try:
        sys.exit(_code(cli(prog_name="echoscope", standalone_mode=False)))
    except click.ClickException as error:
        _fail(error.format_message(), error.code if isinstance(error, Fault) else MISTAKE)
    except BrokenPipeError:  # who reads the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except (SettingsError, TlsError, OSError) as error:
        _fail(str(error.strerror or error) if isinstance(error, OSError) else str(error), MISTAKE)
    except click.Abort:
        sys.exit(130)


def _code(result: Any) -> int:
    """A command returns its exit code, or nothing for success."""
    return result if isinstance(result, int) else 0


def _fail(reason: str, code: int) -> NoReturn:
    click.echo(f"echoscope: {reason}", err=True)
    sys.exit(code)

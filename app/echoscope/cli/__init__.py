"""The command line: `echoscope serve`, which is `echoscope` alone, and the commands that ask one that serves.

A mistake of the caller's is one line on standard error and exit code 2, never a traceback. Each command is imported
when it is called: to serve needs nothing of what asks, and the other way round.
"""

import sys
from importlib import import_module
from typing import Final, NoReturn

import click

from .. import __version__
from .ending import ending_in_one_line

COMMANDS: Final = {
    "serve": (".serving:serve_command", "Serve until Ctrl-C."),
    "run": (".running.commands:run", "Serve your own app, recorded from inside."),
    "proxy": (".running.commands:proxy", "Stand in front of a server and record what passes."),
    "check": (".check.command:check", "Hold an app or a server against the ASGI specification."),
    "wait": (".watching:wait_command", "Wait for a request that a search finds."),
    "tail": (".watching:tail_command", "Show requests as they come."),
    "show": (".watching:show_command", "Show one exchange."),
    "forward": (".forwarding:forward_command", "Send what arrives on to another server."),
    "replay": (".replaying:replay_command", "Send a captured request again, or give it to an app."),
    "mock": (".mocking:mock_command", "Answer as it was answered in a capture."),
    "export": (".files:export_command", "Write exchanges to a file."),
    "import": (".files:import_command", "Take exchanges from files."),
    "bin": (".bins:bin_group", "Make bins, and say what they answer."),
    "mcp": (".agents:mcp_command", "Serve what is captured to an agent, over MCP."),
}
"""Where each command is, `module:name` from here, and what the help says of it."""


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
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module, __name__), name)
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
    sys.exit(ending_in_one_line(lambda: cli(prog_name="echoscope", standalone_mode=False)))

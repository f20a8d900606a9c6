"""What the commands share that ask an Echoscope: where it is, whether they may, and their exit codes."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypedDict, TypeVar

import click

if TYPE_CHECKING:
    from ..client import Client

PACKAGES: Final = ("h11", "httpx", "mcp", "rich")
"""What the extras `client` and `mcp` bring."""

NOT_SO: Final = 1
"""What was asked for did not come about: nothing came, an answer differs, a request could not be sent."""

MISTAKE: Final = 2
"""The command line or a setting is wrong."""

AWAY: Final = 3
"""There is no Echoscope to ask."""

REFUSED: Final = 4
"""The Echoscope refused: the token, the id, a bound."""


class Site(TypedDict):
    """The options of `asks_site`, as a command gets them."""

    url: str | None
    token: str | None
    cacert: str | None
    insecure: bool


class Server(Site):
    """The options of `asks`."""

    bin: str | None


Command = TypeVar("Command", bound=Callable[..., Any])

_BIN: Final = click.option("--bin", metavar="NAME", help="Ask about this bin.")

_OPTIONS: Final = (
    click.option("--url", metavar="URL", help="The Echoscope to ask.  [ECHOSCOPE_URL, or http://127.0.0.1:8000]"),
    click.option(
        "--token", "--key", metavar="TEXT", help="Its operator token, or the key of the bin.  [ECHOSCOPE_TOKEN]"
    ),
    click.option("--cacert", metavar="FILE", type=click.Path(), help="Trust the certificates in this PEM file."),
    click.option("--insecure", is_flag=True, help="Do not check the certificate of the Echoscope."),
)


def asks(command: Command) -> Command:
    """Give a command the options by which an Echoscope is found, and a log of it."""
    return _BIN(asks_site(command))


def asks_site(command: Command) -> Command:
    """Give a command the options by which an Echoscope is found."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


class Fault(click.ClickException):
    """One line on standard error, and an exit code that says what kind of fault it is."""

    def __init__(self, reason: str, code: int) -> None:
        super().__init__(reason)
        self.code = code


def trust(cacert: str | None, *, insecure: bool) -> ssl.SSLContext | bool:
    """How certificates are checked. Raises `click.BadParameter` for a file that holds none."""
    if insecure:
        return False
    if cacert is None:
        return True
    try:
        return ssl.create_default_context(cafile=cacert)
    except (OSError, ssl.SSLError) as error:
        reason = (
            error.strerror if not isinstance(error, ssl.SSLError) else None
        ) or "it holds no certificate in PEM form"
        raise click.BadParameter(f"{cacert!r} cannot be used: {reason}", param_hint="--cacert") from error


def connection(server: Site) -> dict[str, Any]:
    """The arguments of a client. Raises `click.UsageError` for an address or a token that is none."""
    arguments: dict[str, Any] = {
        "url": server["url"],
        "token": server["token"],
        "bin": server.get("bin"),
        "verify": trust(server["cacert"], insecure=server["insecure"]),
    }
    from ..client.address import Address

    try:
        Address(**arguments)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return arguments


@contextmanager
def asking(server: Site) -> "Iterator[Client]":
    """A client, whose errors become those of the command line."""
    with translated():
        from ..client import Client

        with Client(**connection(server)) as client:
            yield client


@contextmanager
def translated(extra: str = "client") -> Iterator[None]:
    """Turns errors of the client into faults of the command, with the same words and an exit code. A missing package is
    such a fault too; `extra` is the extra that installs it."""
    try:
        from ..client import EchoscopeError, NotAllowed, NotEchoscope, Refused, Unreachable

        try:
            yield
        except (Unreachable, NotEchoscope) as error:
            raise Fault(str(error), AWAY) from error
        except NotAllowed as error:
            hint = " --token or ECHOSCOPE_TOKEN gives it." if error.status == 401 else ""
            raise Fault(f"{error.detail}{hint}", REFUSED) from error
        except Refused as error:
            raise Fault(error.detail, MISTAKE if error.status == 400 else REFUSED) from error
        except EchoscopeError as error:
            raise Fault(str(error), NOT_SO) from error
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in PACKAGES:
            raise
        raise Fault(f"This needs the package {package}: pip install 'echoscope[{extra}]'", MISTAKE) from error


def search_text(words: tuple[str, ...]) -> str:
    """The search that the words of a command line make."""
    return " ".join(words)


def looked_at(words: tuple[str, ...], server: Server) -> tuple[str, Server]:
    """The search, and whom to ask. The first word may be the address of a bin or of a feed; the rest is the search."""
    first, rest = (words[0], words[1:]) if words else ("", ())
    if first.startswith(("http://", "https://")):
        return search_text(rest), {**server, "url": first}
    if first.startswith("/~"):
        return search_text(rest), {**server, "bin": first.removeprefix("/~").partition("/")[0]}
    return search_text(words), server


SEARCH: Final = click.argument("search", nargs=-1, metavar="[BIN] [SEARCH]...")
"""The address of a bin, and terms of the search language. One that begins with a hyphen comes after `--`."""

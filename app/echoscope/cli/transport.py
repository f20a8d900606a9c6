"""How a server of the command line speaks: over TLS, with a certificate that was given or one for this run, and HTTP/2.

The options are those of `echoscope serve`, for whichever command serves.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
from msgspec import Struct

from ..server.certificates import Certificate, self_signed, server_context
from ..server.config import Config

_EVERYWHERE: Final = ("", "0.0.0.0", "::")


class Transport(Struct, frozen=True, kw_only=True):
    """`names`: more names that a certificate for this run is for."""

    host: str
    tls: bool = False
    certfile: str = ""
    keyfile: str = ""
    http2: bool = False
    names: tuple[str, ...] = ()

    @property
    def config_class(self) -> type[Config]:
        """Raises `click.ClickException` where HTTP/2 needs a package more."""
        if not self.http2:
            return Config
        try:
            from ..server.versions import Http2Config
        except ImportError as error:
            raise click.ClickException("--http2 needs the package zttp: pip install 'echoscope[http2]'") from error
        return Http2Config

    @contextmanager
    def certificate(self, notes: list[str]) -> Iterator[Certificate | None]:
        """None without TLS. One for this run goes when the server has stopped; `notes` get a line on it."""
        if self.certfile:
            yield Certificate(Path(self.certfile), Path(self.keyfile or self.certfile))
        elif self.tls:
            with self_signed([*self.names, *([] if self.host in _EVERYWHERE else [self.host])]) as certificate:
                notes.append(f"  certificate  {certificate.certfile}  self-signed, for this run: curl -k or --cacert")
                yield certificate
        else:
            yield None

    @contextmanager
    def options(self, notes: list[str]) -> Iterator[dict[str, Any]]:
        """What `server.serve` is told. Raises what makes a certificate one that cannot be used."""
        with self.certificate(notes) as certificate:
            options: dict[str, Any] = {"config_class": self.config_class}
            if certificate is not None:
                context = server_context(certificate, http2=self.http2)
                options["ssl_context_factory"] = lambda _config, _default: context
            elif self.http2:
                notes.append("HTTP/2 without TLS is for clients told so: curl --http2-prior-knowledge")
            yield options


def with_transport(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a command that has no settings."""
    options: Iterable[Callable[[Callable[..., None]], Callable[..., None]]] = (
        click.option("--http2", is_flag=True, help="Speak HTTP/2 beside HTTP/1.1; browsers want it over TLS."),
        click.option("--tls", is_flag=True, help="Serve over TLS; without --certfile, with one made for this run."),
        click.option("--certfile", default="", help="TLS certificate with its chain, a PEM file."),
        click.option("--keyfile", default="", help="Private key of --certfile, a PEM file, unless both are one."),
    )
    for option in options:
        command = option(command)
    return command

"""The servers that Echoscope runs on: how each is started here, and which versions of HTTP it speaks then."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from echoscope.server.certificates import Certificate
from tests import programs
from tests.ports import free_port
from tests.servers import HOST
from tests.systems.process import Process, python

Protocol = Literal["HTTP/1.1", "HTTP/2", "HTTP/3"]

APP = "echoscope.main:app"


@dataclass(frozen=True)
class Place:
    """Where a server listens: on a TCP port, or on a Unix socket where the system can have one.

    `tls_port`: the same over TLS, and over QUIC, for versions of HTTP that want it. `root_path`: what the app is
    told that it is mounted under.
    """

    port: int
    tls_port: int
    certificate: Certificate
    socket: Path | None = None
    root_path: str = ""

    @property
    def address(self) -> tuple[str, int] | str:
        return str(self.socket) if self.socket else (HOST, self.port)


@dataclass(frozen=True)
class System:
    """One server. `command`: its arguments for a place. `packages`: what has to be installed, the server first.

    `over_tls`: versions that are spoken over TLS alone. `has_sockets`: whether it can listen on a Unix socket.
    """

    name: str
    packages: tuple[str, ...]
    command: Callable[[Place], list[str]]
    protocols: tuple[Protocol, ...] = ("HTTP/1.1",)
    over_tls: tuple[Protocol, ...] = ()
    has_sockets: bool = True

    @property
    def versions(self) -> dict[str, str | None]:
        """The installed version of each package, None of one that is missing."""
        return {name: version_of(name) for name in self.packages}

    def require(self) -> None:
        """Skip the test, or fail it where nothing may be skipped, when a package is missing."""
        for name, installed in self.versions.items():
            if installed is None:
                programs.missing(f"the package {name}", programs.PYTHON_PACKAGES)

    def start(self, place: Place) -> Process:
        """A running one, which listens."""
        process = Process(self.command(place), is_gentle=False)
        process.wait_until_listening(place.address)
        return process

    def place(self, certificate: Certificate, socket: Path | None = None, root_path: str = "") -> Place:
        return Place(free_port(), free_port(), certificate, socket, root_path)


def version_of(package: str) -> str | None:
    """The installed version of a distribution, None when it is missing."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _echoscope(place: Place) -> list[str]:
    command = python("-m", "echoscope", "--quiet", "--http2", "--port", str(place.port))
    return [*command, "--root-path", place.root_path] if place.root_path else command


def _uvicorn(*options: str) -> Callable[[Place], list[str]]:
    def command(place: Place) -> list[str]:
        where = ["--uds", str(place.socket)] if place.socket else ["--port", str(place.port)]
        return python("-m", "uvicorn", *options, *where, "--root-path", place.root_path, APP)

    return command


def _hypercorn(place: Place) -> list[str]:
    tls = f"{HOST}:{place.tls_port}"
    plain = ["--insecure-bind", f"unix:{place.socket}" if place.socket else f"{HOST}:{place.port}"]
    certificate = ["--certfile", str(place.certificate.certfile), "--keyfile", str(place.certificate.keyfile)]
    root = ["--root-path", place.root_path] if place.root_path else []
    return python("-m", "hypercorn", *plain, "--bind", tls, "--quic-bind", tls, *certificate, *root, APP)


def _granian(place: Place) -> list[str]:
    where = ["--uds", str(place.socket)] if place.socket else ["--port", str(place.port)]
    root = ["--url-path-prefix", place.root_path] if place.root_path else []
    return python("-m", "granian", "--interface", "asgi", *where, *root, APP)


def _daphne(place: Place) -> list[str]:
    where = ["-u", str(place.socket)] if place.socket else ["-b", HOST, "-p", str(place.port)]
    certificate = f"privateKey={place.certificate.keyfile}:certKey={place.certificate.certfile}"
    tls = f"ssl:{place.tls_port}:interface={HOST}:{certificate}"
    root = ["--root-path", place.root_path] if place.root_path else []
    return python("-m", "daphne", *where, "-e", tls, *root, APP)


def _gunicorn(worker: str, *options: str) -> Callable[[Place], list[str]]:
    def command(place: Place) -> list[str]:
        bind = f"unix:{place.socket}" if place.socket else f"{HOST}:{place.port}"
        root = ["--root-path", place.root_path] if place.root_path else []
        return python("-m", "gunicorn", "--no-control-socket", "-k", worker, *options, "--bind", bind, *root, APP)

    return command


SYSTEMS = (
    System("echoscope serve", ("uvicorn", "zttp"), _echoscope, ("HTTP/1.1", "HTTP/2"), has_sockets=False),
    System("uvicorn, httptools", ("uvicorn", "httptools"), _uvicorn("--http", "httptools")),
    System("uvicorn, h11", ("uvicorn", "h11"), _uvicorn("--http", "h11")),
    System("uvicorn, zttp", ("uvicorn", "zttp"), _uvicorn("--http", "zttp", "--http2"), ("HTTP/1.1", "HTTP/2")),
    System(
        "hypercorn",
        ("hypercorn", "aioquic"),
        _hypercorn,
        ("HTTP/1.1", "HTTP/2", "HTTP/3"),
        over_tls=("HTTP/3",),
    ),
    System("granian", ("granian",), _granian, ("HTTP/1.1", "HTTP/2")),
    System("daphne", ("daphne", "twisted"), _daphne, ("HTTP/1.1", "HTTP/2"), over_tls=("HTTP/2",)),
    System(
        "gunicorn, asgi",
        ("gunicorn", "h2"),
        _gunicorn("asgi", "--http-protocols", "h2,h1", "--http2-cleartext", "both"),
        ("HTTP/1.1", "HTTP/2"),
    ),
    System("gunicorn, uvicorn", ("gunicorn", "uvicorn-worker"), _gunicorn("uvicorn_worker.UvicornWorker")),
)

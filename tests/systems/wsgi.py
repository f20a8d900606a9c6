"""The WSGI servers that Echoscope runs on, and what they make of a request, in words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests import programs
from tests.ports import free_port
from tests.servers import HOST, NO_TLS, WAIT_S
from tests.systems.catalogue import version_of
from tests.systems.clients import Answer, Request, over_http1
from tests.systems.process import Process, python

APP = "echoscope.wsgi:app"

WSGIREF = (
    "import sys; from wsgiref.simple_server import make_server; from echoscope.wsgi import app; "
    "make_server(sys.argv[1], int(sys.argv[2]), app).serve_forever()"
)

EVENT_STREAM = {"accept": "text/event-stream"}


@dataclass(frozen=True)
class WsgiSystem:
    """One server. `has_threads`: whether a request can be answered while another one is."""

    name: str
    package: str
    command: Callable[[int], list[str]]
    has_threads: bool

    @property
    def versions(self) -> dict[str, str | None]:
        return {self.package: version_of(self.package)} if self.package else {}

    def require(self) -> None:
        if self.package and version_of(self.package) is None:
            programs.missing(f"the package {self.package}", programs.PYTHON_PACKAGES)

    def start(self) -> "WsgiServer":
        return WsgiServer(self)


class WsgiServer(Process):
    """A running one."""

    def __init__(self, system: WsgiSystem) -> None:
        self.port = free_port()
        super().__init__(system.command(self.port), is_gentle=False)
        self.wait_until_listening((HOST, self.port))

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"

    def ask(self, request: Request) -> Answer:
        return over_http1((HOST, self.port), request)


def _gunicorn(*options: str) -> Callable[[int], list[str]]:
    return lambda port: python("-m", "gunicorn", "--no-control-socket", *options, "--bind", f"{HOST}:{port}", APP)


def _waitress(port: int) -> list[str]:
    return python("-m", "waitress", f"--listen={HOST}:{port}", APP)


def _wsgiref(port: int) -> list[str]:
    return python("-c", WSGIREF, HOST, str(port))


WSGI_SYSTEMS = (
    WsgiSystem("gunicorn", "gunicorn", _gunicorn(), has_threads=False),
    WsgiSystem("gunicorn, threads", "gunicorn", _gunicorn("--threads", "8"), has_threads=True),
    WsgiSystem("waitress", "waitress", _waitress, has_threads=True),
    WsgiSystem("wsgiref", "", _wsgiref, has_threads=False),
)

FIELDS = [(b"X-B", b"1"), (b"A", b"2"), (b"X-B", b"3"), (b"X_Under", b"1")]


def wsgi_row(system: WsgiSystem) -> list[str]:
    """The row of the table `WSGI`, from a server of its own."""
    with system.start() as server:
        environ = server.ask(Request("POST", b"/a%20b?q=%20", FIELDS, (b"hello", b"world"))).json()
        return [system.name, *wsgi_facts(environ), _live(server)]


def wsgi_facts(environ: dict[str, Any]) -> list[str]:
    kinds = [kind for kind in ("multithread", "multiprocess") if environ[f"wsgi.{kind}"]]
    target = [key for key in ("RAW_URI", "REQUEST_URI") if environ.get(key) == "/a%20b?q=%20"]
    return [
        ", ".join(f"`{kind}`" for kind in kinds) or "neither",
        f"`{environ['HTTP_X_B']}`",
        f"`{environ['HTTP_X_UNDER']}`" if "HTTP_X_UNDER" in environ else "dropped",
        f"`{target[0]}`" if target else "none",
        "arrives" if environ["body"]["content"] == "helloworld" else "lost",
        "text" if isinstance(environ.get("REMOTE_PORT"), str) else "no key",
    ]


def _live(server: WsgiServer) -> str:
    with httpx.stream(
        "GET", f"{server.origin}/-/live", headers=EVENT_STREAM, timeout=WAIT_S, trust_env=False, verify=NO_TLS
    ) as made:
        return "yes" if made.status_code == 200 else f"`{made.status_code}`, says how"

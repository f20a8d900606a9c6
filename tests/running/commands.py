"""The commands of `running`, mostly as processes of their own."""

import os
import ssl
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from tests.cli.program import called
from tests.servers import NO_TLS, WAIT_S
from tests.systems.process import Process, environment, python

SHOP = """
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

app = Starlette(routes=[Route("/orders/{number:int}", lambda request: PlainTextResponse("a book"))])
number = 3


def make():
    return app


def wants(something):
    return app


def fails():
    raise LookupError("no settings")


async def no_app(one, two, three, four):
    pass


class Old:
    def __init__(self, scope):
        self.scope = scope

    async def __call__(self, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"old"})


def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"over WSGI"]
"""


def write_shop(folder: Path) -> None:
    """Unless the test has written its own."""
    if not (folder / "shop.py").exists():
        (folder / "shop.py").write_text(SHOP, encoding="utf-8")


class Command(Process):
    """`echoscope` with these arguments, in a folder with `shop.py`."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        write_shop(folder)
        super().__init__(python("-m", "echoscope", *arguments), environment(**variables), folder=folder)

    @property
    def client(self) -> httpx.Client:
        """Of the address that it told."""
        return self.client_of()

    def client_of(self, **options: Any) -> httpx.Client:
        """With options of `httpx.Client`. It trusts the certificate that was made for the run."""
        self.wait_for("Ctrl-C stops")
        origin = self.wait_for(r"app +(https?://\S+[^/\s])/")[1]
        options["verify"] = NO_TLS
        if origin.startswith("https"):
            options["verify"] = ssl.create_default_context(cafile=self.wait_for(r"certificate +(\S+)")[1])
        return httpx.Client(base_url=origin, timeout=WAIT_S, trust_env=False, **options)


def ended(folder: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Exit code and output of a command that ends by itself."""
    with Command(folder, *arguments, **variables) as command:
        code = command.wait()
        return code, command.output


def told(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and output of a command that ends at a mistake, in this process, which forgets the modules of the
    folder."""
    write_shop(folder)
    try:
        with chdir(folder), patch.object(sys, "path", [*sys.path]):
            command = called(*arguments)
    finally:
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None)).startswith(f"{folder}{os.sep}"):
                del sys.modules[name]
    return command.returncode, command.stdout + command.stderr


@contextmanager
def serving(folder: Path, *arguments: str, **variables: str) -> Iterator[tuple[Command, httpx.Client]]:
    with Command(folder, *arguments, **variables) as command, command.client as client:
        yield command, client

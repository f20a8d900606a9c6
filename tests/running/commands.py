"""The commands of `running` as processes of their own."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.servers import WAIT_S
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


class Command(Process):
    """`echoscope` with these arguments, in a folder with `shop.py`."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        if not (folder / "shop.py").exists():
            (folder / "shop.py").write_text(SHOP, encoding="utf-8")
        super().__init__(python("-m", "echoscope", *arguments), environment(**variables), folder=folder)

    @property
    def client(self) -> httpx.Client:
        """Of the address that it told."""
        return self.client_of()

    def client_of(self, **options: Any) -> httpx.Client:
        """With options of `httpx.Client`. It trusts the certificate that was made for the run."""
        self.wait_for("Ctrl-C stops")
        origin = self.wait_for(r"app +(https?://\S+[^/\s])/")[1]
        if origin.startswith("https"):
            options["verify"] = ssl.create_default_context(cafile=self.wait_for(r"certificate +(\S+)")[1])
        return httpx.Client(base_url=origin, timeout=WAIT_S, trust_env=False, **options)


def ended(folder: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Exit code and output of a command that ends by itself."""
    with Command(folder, *arguments, **variables) as command:
        code = command.wait()
        return code, command.output


@contextmanager
def serving(folder: Path, *arguments: str, **variables: str) -> Iterator[tuple[Command, httpx.Client]]:
    with Command(folder, *arguments, **variables) as command, command.client as client:
        yield command, client

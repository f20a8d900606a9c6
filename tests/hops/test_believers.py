"""What is said of servers and frameworks is what the real ones answer."""

# ruff: noqa: E501  a row is a row

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.exchanges import made_exchange
from tests.ports import free_port
from tests.programs import NODE_PACKAGES, PYTHON_PACKAGES, missing, require
from tests.servers import HOST, WAIT_S, read_all
from tests.systems.catalogue import version_of
from tests.systems.process import Process, python
from tests.told import read_hops

APPS = Path(__file__).parent / "believers"
NODE = Path(__file__).parents[1] / "browser"

Lines = list[tuple[str, str]]

XFF, XFP, XFH = "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"

SAID: dict[str, Lines] = {
    "nothing": [],
    "one proxy": [(XFF, "203.0.113.7"), (XFP, "https"), (XFH, "shop.example")],
    "plain HTTP": [(XFF, "203.0.113.7"), (XFP, "http")],
    "two proxies": [(XFF, "203.0.113.7, 198.51.100.2"), (XFP, "https")],
    "a private proxy behind": [(XFF, "203.0.113.7, 10.0.0.3")],
    "a forged entry in front": [(XFF, "1.2.3.4, 203.0.113.7, 10.0.0.3")],
    "the peer in the list": [(XFF, "203.0.113.7, 127.0.0.1")],
    "only the peer": [(XFF, "127.0.0.1")],
    "only private ones": [(XFF, "10.0.0.9, 192.168.1.1")],
    "two lines": [(XFF, "203.0.113.7"), (XFF, "198.51.100.2")],
    "an empty list": [(XFF, "")],
    "an empty entry": [(XFF, "203.0.113.7, ")],
    "no address": [(XFF, "unknown")],
    "a name in the list": [(XFF, "203.0.113.7, proxy.internal")],
    "with a port": [(XFF, "203.0.113.7:4711")],
    "IPv6": [(XFF, "2001:db8::7")],
    "IPv6 in brackets": [(XFF, "[2001:db8::7]:4711")],
    "a scheme in capitals": [(XFP, "HTTPS")],
    "a list of schemes": [(XFP, "https, http")],
    "a scheme that is none": [(XFP, "gopher")],
    "ssl on": [("X-Forwarded-Ssl", "on")],
    "protocol ssl": [("X-Forwarded-Protocol", "ssl")],
    "schemes that contradict each other": [(XFP, "https"), ("X-Forwarded-Ssl", "off")],
    "two schemes": [(XFP, "https"), (XFP, "http")],
    "X-Forwarded-Scheme": [("X-Forwarded-Scheme", "https"), (XFP, "http")],
    "a list of hosts": [(XFH, "a.example, b.example")],
    "a host with a port": [(XFH, "shop.example:8443")],
    "a host that is none": [(XFH, "sh_op.example")],
    "Forwarded alone": [("Forwarded", "for=203.0.113.7;proto=https;host=shop.example")],
    "Client-Ip as well": [("Client-Ip", "203.0.113.7"), (XFF, "203.0.113.7, 10.0.0.3")],
    "Client-Ip that is another": [("Client-Ip", "1.2.3.4"), (XFF, "203.0.113.7")],
    "Client-Ip alone": [("Client-Ip", "203.0.113.7")],
    "Cloudflare": [("CF-Connecting-IP", "203.0.113.7"), (XFF, "203.0.113.7"), (XFP, "https"), ("CF-Visitor", '{"scheme":"https"}')],
    "nginx": [("X-Real-IP", "203.0.113.7"), (XFF, "203.0.113.7"), (XFP, "https"), (XFH, "shop.example")],
}  # fmt: skip

PEERS = ("127.0.0.1", "127.0.0.2")
"""One that servers trust unasked, and one that they do not."""


def _gunicorn(port: int, *options: str) -> list[str]:
    where = f"{HOST}:{port}"
    return python(
        "-m", "gunicorn", "--no-control-socket", *options, "--bind", where, "tests.hops.believers.gunicorn_app:app"
    )


def _uvicorn(port: int, *options: str) -> list[str]:
    return python("-m", "uvicorn", "--port", str(port), *options, "tests.hops.believers.uvicorn_app:app")


def _node(port: int, *options: str) -> list[str]:
    if not (NODE / "node_modules" / "express").is_dir():
        missing("the npm package express", NODE_PACKAGES)
    return [require("node"), str(APPS / "express_app.mjs"), str(NODE), str(port), *options]


def _ruby(port: int, *options: str) -> list[str]:
    require("rackup")
    return [require("ruby"), str(APPS / "rails_app.rb"), str(port), *options]


def _django(port: int, *options: str) -> list[str]:
    if version_of("django") is None:
        missing("the package django", PYTHON_PACKAGES)
    return python("-m", "tests.hops.believers.django_app", str(port), *options)


def _trusting(option: str) -> Callable[[str], list[str]]:
    return lambda peer: [f"{option}{peer}"]


BELIEVERS: dict[str, tuple[Callable[..., list[str]], Callable[[str], list[str]]]] = {
    "uvicorn": (_uvicorn, _trusting("--forwarded-allow-ips=")),
    "gunicorn": (_gunicorn, _trusting("--forwarded-allow-ips=")),
    "Django": (_django, lambda _: ["trust"]),
    "Rails": (_ruby, _trusting("")),
    "Express": (_node, _trusting("")),
}


@pytest.fixture(scope="module")
def started() -> Iterator[Callable[[list[str], int], int]]:
    """Starts each command once; the port on which it listens."""
    with ExitStack() as until_the_end:
        ports: dict[str, int] = {}

        def start(command: list[str], port: int) -> int:
            key = " ".join(command).replace(str(port), "PORT")
            if key not in ports:
                process = until_the_end.enter_context(Process(command, is_gentle=False))
                process.wait_until_listening((HOST, port))
                ports[key] = port
            return ports[key]

        yield start


def answer(port: int, peer: str, lines: Lines) -> dict[str, Any] | int:
    """What the server believes; its status, where it does not answer."""
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    with socket.create_connection((HOST, port), WAIT_S, source_address=(peer, 0)) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: front.example\r\n{head}Connection: close\r\n\r\n".encode())
        received = read_all(connection)
    status = int(received.split(b" ", 2)[1])
    body = received.partition(b"\r\n\r\n")[2]
    if status != 200:
        return status
    begin, end = body.index(b"{"), body.rindex(b"}") + 1  # it may be in one chunk
    believed: dict[str, Any] = json.loads(body[begin:end])
    return believed


def believed(who: str, peer: str, lines: Lines, *, trusts: bool) -> dict[str, Any] | int:
    """What we say that it believes."""
    headers = [(b"host", b"front.example"), *((name.lower().encode(), value.encode()) for name, value in lines)]
    exchange = made_exchange(headers=headers, client=(peer, 50000), server=(HOST, 80), scheme="http")
    rows = [row for row in read_hops(exchange)["beliefs"] if row["who"] == who]
    row = next(row for row in rows if bool(row["setting"]) == trusts)
    if row["refused"] is not None:
        return int(row["refused"].partition(":")[0])
    return {key: row[key] for key in ("client", "scheme", "host")}


@pytest.mark.parametrize("trusts", [False, True], ids=["as it comes", "trusting its peer"])
@pytest.mark.parametrize("who", BELIEVERS)
def test_what_is_said_of_it_is_what_it_believes(
    who: str, trusts: bool, started: Callable[[list[str], int], int]
) -> None:
    command, trusting = BELIEVERS[who]
    wrong = {}
    for peer in PEERS:
        port = free_port()
        port = started(command(port, *(trusting(peer) if trusts else [])), port)
        for name, lines in SAID.items():
            real, said = answer(port, peer, lines), believed(who, peer, lines, trusts=trusts)
            if real != said:
                wrong[f"{name}, from {peer}"] = {"real": real, "said": said}
    assert wrong == {}

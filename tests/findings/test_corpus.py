"""Ordinary requests, on a real server and in front of many others: nothing is called odd that is not."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import requests

from echoscope.exchange.model import Exchange
from echoscope.insight.findings import findings
from tests.eventually import eventually
from tests.findings.corpus import HANDSHAKES, PROXIES, SAMPLES, Sample, chunks, filled, lines
from tests.findings.made import AT_S, exchange, session
from tests.programs import require
from tests.servers import Running, echoscope

CLIENT = "203.0.113.7"
HOST = "api.example.com"
ALLOWED = [
    ("access-control-allow-origin", "https://app.example.org"),
    ("access-control-allow-credentials", "true"),
    ("access-control-allow-methods", "PUT, PATCH, DELETE"),
    ("access-control-allow-headers", "authorization, content-type, x-requested-with"),
    ("vary", "Origin"),
]
OF_THE_ANSWER = frozenset({"accept-not-met", "range"})
"""Findings that are about the answer of a real server, which made ones do not have."""


def times(at_s: float) -> dict[str, Any]:
    moment = datetime.fromtimestamp(at_s, UTC)
    return {"now": int(at_s), "iso": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "aws": f"{moment:%Y%m%dT%H%M%SZ}"}


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with echoscope() as running:
        yield running


def head_of(connection: socket.socket) -> dict[str, str]:
    """The header fields of the answer, read to its end where it tells its length."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        assert piece, received
        received += piece
    head, _, rest = received.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        head, _, rest = _more(connection, rest)
    pairs = (line.partition(b": ") for line in head.split(b"\r\n")[1:])
    return {name.decode().lower(): value.decode("latin-1") for name, _, value in pairs}


def _more(connection: socket.socket, received: bytes) -> tuple[bytes, bytes, bytes]:
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    return received.partition(b"\r\n\r\n")


def recorded(server: Running, sample: Sample) -> list[dict[str, Any]]:
    """The findings of the sample as a server records it and the API tells them."""
    authority = f"localhost:{server.port}"
    sent = [("Host", authority), *filled(sample, origin=f"http://{authority}", **times(time.time()))]
    is_chunked = ("Transfer-Encoding", "chunked") in sent
    if (sample.body or sample.method in ("POST", "PUT", "PATCH")) and not is_chunked:
        sent.append(("Content-Length", str(len(sample.body))))
    head = f"{sample.method} {sample.target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in sent)
    with server.connect() as connection:
        connection.sendall(head.encode() + b"\r\n" + (chunks(sample.body) if is_chunked else sample.body))
        exchange_id = head_of(connection)["x-echoscope-id"]
    found: list[dict[str, Any]] = server.client.get(f"/-/api/exchanges/{exchange_id}").json()["findings"]
    return found


def test_what_a_server_records_of_ordinary_clients_has_the_expected_findings(server: Running) -> None:
    said = {sample.name: {finding["rule"] for finding in recorded(server, sample)} for sample in SAMPLES}
    assert said == {sample.name: sample.expected for sample in SAMPLES}


def test_there_are_enough_samples() -> None:
    assert len({sample.name for sample in SAMPLES}) == len(SAMPLES) > 1_000


PER_HOP = frozenset({"connection", "upgrade", "http2-settings", "keep-alive", "te"})
"""Fields that concern one hop: a proxy takes them off, and HTTP/2 has none of them."""


def made_of(sample: Sample, extra: list[tuple[str, str]], **scope: Any) -> Exchange:
    """The sample as one that came for `HOST`, through a proxy or over HTTP/2 where the arguments say so."""
    sent = [("host", HOST), *filled(sample, origin=f"https://{HOST}", **times(AT_S))]
    sent = [(name.lower(), value) for name, value in sent]
    is_framed = scope.get("http_version") in ("2", "3")
    if extra or is_framed:
        sent = [(name, value) for name, value in sent if name not in PER_HOP]
    if is_framed:
        sent = [(name, value) for name, value in sent if name not in ("transfer-encoding", "expect")]
    return exchange(
        sample.method,
        sample.target,
        [*sent, *((name.lower(), value) for name, value in extra)],
        sample.body,
        status=204,
        answer=ALLOWED if ("Origin", "https://app.example.org") in sample.lines else [],
        agent=None,
        **scope,
    )


THROUGH = {proxy: SAMPLES[number % 3 :: 3] for number, proxy in enumerate(PROXIES)}
"""The samples that go through each proxy: a third, so that each sample goes through many."""


def mistakes(
    samples: list[Sample], extra: list[tuple[str, str]], *more: str, gone: tuple[str, ...] = (), **scope: Any
) -> dict[str, Any]:
    """Samples whose findings are others than the expected ones without `gone` and with `more`."""
    wrong = {}
    for sample in samples:
        expected = (sample.expected - OF_THE_ANSWER).difference(gone).union(more)
        rules = {finding.rule for finding in findings(made_of(sample, extra, **scope))}
        if rules != expected:
            wrong[sample.name] = sorted(rules ^ expected)
    return wrong


@pytest.mark.parametrize("version", ["1.1", "2", "3"])
def test_the_same_over_tls_from_the_internet_is_no_odder(version: str) -> None:
    gone = ("h2c-upgrade", "transfer-encoding", "expect") if version != "1.1" else ()
    assert mistakes(SAMPLES, [], http_version=version, client=[CLIENT, 50000], gone=gone) == {}


@pytest.mark.parametrize("proxy", PROXIES)
def test_behind_a_proxy_that_is_trusted_nothing_else_is_odd(proxy: str) -> None:
    assert mistakes(THROUGH[proxy], added_by(proxy), gone=("h2c-upgrade",), client=[CLIENT, 0]) == {}


PEERS: list[Any] = [["127.0.0.1", 41000], ["172.17.0.1", 1], ["fd00::5", 41000], None]


@pytest.mark.parametrize(
    ("proxy", "peer"),
    [*((name, ["10.0.0.5", 41000]) for name in PROXIES), *(("nginx", peer) for peer in PEERS)],
    ids=str,
)
def test_behind_a_proxy_that_is_not_trusted_that_is_what_is_said(proxy: str, peer: Any) -> None:
    gone = ("h2c-upgrade",)
    assert mistakes(THROUGH[proxy], added_by(proxy), "proxy-not-trusted", gone=gone, scheme="http", client=peer) == {}


def added_by(proxy: str) -> list[tuple[str, str]]:
    return filled(Sample(proxy, "GET", "/", lines(PROXIES[proxy])), client=CLIENT, host=HOST)


CLOSE = b"\x88\x82\x00\x00\x00\x00\x03\xe8"
"""A masked close frame with the code 1000."""


@pytest.mark.parametrize("name", HANDSHAKES)
def test_handshakes_of_ordinary_clients_have_no_findings(server: Running, name: str) -> None:
    sample = Sample(name, "GET", "/chat?room=1", lines(HANDSHAKES[name]))
    authority = f"localhost:{server.port}"
    sent = [("Host", authority), *filled(sample, origin=f"http://{authority}")]
    with server.connect() as connection:
        head = f"GET {sample.target} HTTP/1.1\r\n" + "".join(f"{key}: {value}\r\n" for key, value in sent)
        connection.sendall(head.encode() + b"\r\n")
        head_of(connection)
        connection.sendall(CLOSE)
        while connection.recv(65536):
            pass

    def newest() -> dict[str, Any]:
        item: dict[str, Any] = server.client.get("/-/api/exchanges?limit=1").json()["items"][0]
        return item

    eventually(lambda: newest()["type"] == "websocket" and newest()["state"] == "done")
    assert server.client.get(f"/-/api/exchanges/{newest()['id']}").json()["findings"] == []


@pytest.mark.parametrize("proxy", PROXIES)
def test_sessions_behind_a_proxy_that_is_trusted_have_no_findings(proxy: str) -> None:
    added = [(key.lower(), value) for key, value in added_by(proxy) if key != "Connection"]
    for name, text in HANDSHAKES.items():
        handshake = filled(Sample(name, "GET", "/", lines(text)), origin=f"https://{HOST}")
        sent = [(key.lower(), value) for key, value in handshake]
        protocol = next((value.partition(",")[0] for key, value in sent if key == "sec-websocket-protocol"), None)
        end = {"type": "websocket.disconnect", "code": 1000}
        made = session([*sent, *added], end, accept={"subprotocol": protocol}, client=[CLIENT, 0])
        assert [finding.rule for finding in findings(made)] == [], name


NODE = """
const send = async (options) => console.log((await fetch(process.argv[1], options)).headers.get("x-echoscope-id"));
await send({});
await send({method: "POST", body: JSON.stringify({a: 1}), headers: {"content-type": "application/json"}});
await send({method: "POST", body: new URLSearchParams({a: "b c"})});
"""


def printed(*command: str) -> list[str]:
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return run.stdout.split()


def ids_of_real_clients(server: Running) -> Iterator[str]:
    """Requests of programs that are installed beside the tests, with their own defaults."""
    address = f"{server.origin}/items?q=a%20b"
    answers: list[httpx.Response | requests.Response] = [
        httpx.get(address, trust_env=False),
        httpx.post(address, json={"a": 1}, trust_env=False),
        httpx.post(address, files={"f": ("a.txt", b"text")}, trust_env=False),
        requests.get(address, timeout=10),
        requests.post(address, data={"a": "1"}, timeout=10),
        requests.put(address, json=[1], auth=("user", "pass"), timeout=10),
    ]
    yield from (answer.headers["x-echoscope-id"] for answer in answers)
    curl = (require("curl"), "-s", "-o", os.devnull, "-w", "%header{x-echoscope-id}\n")
    for options in ((), ("-d", "a=1"), ("--json", "{}"), ("-F", "a=1"), ("-I",), ("--compressed",)):
        yield from printed(*curl, *options, address)
    yield from printed(require("node"), "--input-type=module", "-e", NODE, address)


def test_real_clients_have_no_findings(server: Running) -> None:
    ids = list(ids_of_real_clients(server))
    assert len(ids) == len(set(ids)) == 15
    for exchange_id in ids:
        document = server.client.get(f"/-/api/exchanges/{exchange_id}").json()
        assert document["findings"] == [], document["scope"]

"""A port on which TLS is spoken: who begins otherwise is told, and a handshake that fails is recorded."""

import json
import socket
import ssl
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from echoscope.base.settings import load
from echoscope.main import create_app
from echoscope.server import Limits
from echoscope.server.certificates import Certificate, self_signed, server_context
from tests import programs
from tests.conftest import Serve
from tests.eventually import eventually
from tests.server.wire import get, parse
from tests.servers import Running, read_all


@pytest.fixture(scope="module")
def certificate() -> Iterator[Certificate]:
    with self_signed() as own:
        yield own


@pytest.fixture(params=["asyncio", "uvloop"])
def server(request: pytest.FixtureRequest, serve: Serve, certificate: Certificate) -> Running:
    return tls_server(serve, certificate, loop=request.param)


def tls_server(serve: Serve, certificate: Certificate, **options: Any) -> Running:
    context = server_context(certificate, http2=True)
    settings = {"kind": "http2", "ssl_context_factory": lambda _config, _default: context}
    return serve(create_app(load({})), **settings, **options)


def trusting(server: Running, certificate: Certificate) -> httpx.Client:
    trust = ssl.create_default_context(cafile=certificate.certfile)
    return httpx.Client(base_url=f"https://localhost:{server.port}", verify=trust, trust_env=False, timeout=20)


def exchanges(server: Running, certificate: Certificate, count: int) -> list[dict[str, Any]]:
    with trusting(server, certificate) as client:

        def items() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = client.get("/-/api/exchanges").json()["items"]
            return found

        eventually(lambda: len(items()) == count)
        return [client.get(f"/-/api/exchanges/{item['id']}").json() for item in items()]


PLAIN = {
    "a request": (get("/a/b?token=secret"), "ask for https://test/a/b instead"),
    "a request with a body": (get("/", b"Content-Length: 100000\r\n", method="POST"), "ask for https://test/ instead"),
    "the target of a proxy": (get("http://test/x"), "ask for https://test instead"),
    "an impossible host": (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "ask with https:// instead of http://"),
    "no host": (b"GET / HTTP/1.0\r\n\r\n", "ask with https:// instead of http://"),
}


@pytest.mark.parametrize(("sent", "words"), PLAIN.values(), ids=PLAIN)
def test_plain_http_is_told_to_use_https(server: Running, certificate: Certificate, sent: bytes, words: str) -> None:
    (answer,) = parse(server.raw(sent))
    assert (answer.status, answer.header("content-type")) == (400, "application/problem+json")
    assert answer.json()["detail"] == f"This port speaks TLS: {words}."
    (document,) = exchanges(server, certificate, 1)
    assert (document["state"], document["status"], document["scope"]["scheme"]) == ("refused", 400, "http")
    assert document["reason"] == answer.json()["detail"]


def test_curl_shows_what_to_do(server: Running) -> None:
    command = [programs.require("curl"), "-s", f"http://localhost:{server.port}/x"]
    shown = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout)
    assert shown["detail"] == f"This port speaks TLS: ask for https://localhost:{server.port}/x instead."


def test_a_head_keeps_its_bounds_there_too(serve: Serve, certificate: Certificate) -> None:
    server = tls_server(serve, certificate, limits=Limits(head_timeout=0.3, max_head_bytes=1_000))
    assert parse(server.raw(b"GET / HT"))[0].status == 408
    assert parse(server.raw(get(lines=b"X: " + b"x" * 2_000 + b"\r\n")))[0].status == 431
    assert parse(server.raw(bytes(100)))[0].status == 400


def test_a_client_that_says_nothing_is_closed(serve: Serve, certificate: Certificate) -> None:
    server = tls_server(serve, certificate, limits=Limits(head_timeout=0.3))
    assert server.raw(b"") == b""
    assert server.raw(b"\x16\x03\x01\x02\x00") == b""
    with trusting(server, certificate) as client:
        assert client.get("/-/api/exchanges").json()["items"] == []


def test_a_client_that_does_not_trust_the_certificate_is_recorded(server: Running, certificate: Certificate) -> None:
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"https://localhost:{server.port}/", trust_env=False, verify=ssl.create_default_context())
    (document,) = exchanges(server, certificate, 1)
    assert (document["state"], document["status"], document["method"]) == ("refused", None, "")
    assert document["scope"]["scheme"] == "https"
    assert document["reason"].startswith("The TLS handshake failed: ")
    assert "unknown ca" in document["reason"]


def test_a_client_with_no_cipher_for_the_certificate_is_recorded(server: Running, certificate: Certificate) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
    with server.connect() as connection, pytest.raises(OSError, match=r"(?i)ssl|tls|reset|eof"):
        old.wrap_socket(connection)
    (document,) = exchanges(server, certificate, 1)
    assert document["reason"] == "The TLS handshake failed: no shared cipher."


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_many_handshakes_at_once_are_each_done(serve: Serve, certificate: Certificate, loop: str) -> None:
    server = tls_server(serve, certificate, loop=loop, limits=Limits(head_timeout=60))
    trust = ssl.create_default_context(cafile=certificate.certfile)
    connections = [server.connect() for _ in range(120)]
    for connection in connections:
        with trust.wrap_socket(connection, server_hostname="localhost") as over_tls:
            over_tls.sendall(get(lines=b"Connection: close\r\n"))
            assert read_all(over_tls).startswith(b"HTTP/1.1 200 ")


def test_a_connection_counts_from_its_first_moment(serve: Serve, certificate: Certificate) -> None:
    limits = Limits(max_connections=2, reserved=b"/-/", head_timeout=20)
    server = tls_server(serve, certificate, limits=limits)
    silent = [server.connect() for _ in range(2)]
    eventually(lambda: len(server._server.server_state.connections) == 2)
    with trusting(server, certificate) as client:
        refused = client.get("/x")
        assert (refused.status_code, refused.json()["detail"]) == (503, "More than 2 connections are open.")
        assert client.get("/-/health").status_code == 200
        for connection in silent:
            connection.close()
        eventually(lambda: client.get("/x").status_code == 200)


def test_a_stopping_server_cuts_what_has_said_nothing(serve: Serve, certificate: Certificate) -> None:
    server = tls_server(serve, certificate, limits=Limits(head_timeout=60))
    with server.connect() as silent, server.connect() as halting:
        halting.sendall(b"\x16\x03\x01\x02\x00")
        eventually(lambda: len(server._server.server_state.connections) == 2)
        server.stop()
        assert ended(silent)
        assert ended(halting)


def ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(100) == b""
    except ConnectionError:
        return True

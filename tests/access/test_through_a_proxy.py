"""A server on loopback takes itself for local; behind a proxy it is everybody's, and then it asks for the token."""

import logging
from typing import Any

import pytest

from echoscope.base.settings import load
from echoscope.log.shelf import MemoryShelf
from echoscope.web.visitors.access import Access
from tests import wire
from tests.asgi import http_scope
from tests.conftest import Serve
from tests.servers import HOST, Running

from .conftest import SECRET, TOKEN

PLACES = ["/-/", "/-/api/info", "/-/api/exchanges", "/-/exchanges/x", "/-/live", "/-/api/export.har"]

SIGNS = [
    "X-Forwarded-For: 203.0.113.9",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Host: debug.example.com",
    "X-Forwarded-Server: a",
    "Forwarded: for=203.0.113.9",
    "Via: 1.1 proxy",
    "X-Real-IP: 203.0.113.9",
    "CF-Connecting-IP: 203.0.113.9",
    "True-Client-IP: 203.0.113.9",
    "Fly-Client-IP: 203.0.113.9",
    "X-Envoy-External-Address: 203.0.113.9",
    "x-forwarded-for:",
]


@pytest.mark.parametrize("line", SIGNS)
@pytest.mark.parametrize("path", PLACES)
def test_what_comes_through_a_proxy_is_asked_for_the_token(local: Running, path: str, line: str) -> None:
    answer = wire.ask(local, "GET", path, line)
    assert answer.status == 401
    assert answer.header("www-authenticate") == 'Bearer realm="echoscope"'
    assert SECRET.encode() not in answer.body


def test_the_answer_says_why_and_what_can_be_done(local: Running) -> None:
    answer = wire.ask(local, "GET", "/-/api/exchanges", SIGNS[0])
    for word in (b"X-Forwarded-For", b"through a proxy", b"operator token", b"--profile local"):
        assert word in answer.body


@pytest.mark.parametrize("line", [None, *SIGNS])
def test_deleting_too(local: Running, line: str | None) -> None:
    answer = wire.ask(local, "DELETE", "/-/api/exchanges/unknown", *[line] if line else [])
    assert answer.status == (401 if line else 404)


def test_a_websocket_too(local: Running) -> None:
    for lines, status in ((wire.UPGRADE, b"101"), ([*wire.UPGRADE, SIGNS[0]], b"401")):
        with local.connect() as connection:
            connection.sendall(wire.request(target="/-/live", headers=lines, host="localhost"))
            assert connection.recv(12) == b"HTTP/1.1 " + status


def test_a_proxy_that_adds_nothing_is_known_by_its_version(local: Running) -> None:
    """nginx without any `proxy_set_header` asks under our own address, over HTTP/1.0."""
    request = f"GET /-/api/exchanges HTTP/1.0\r\nHost: {HOST}:{local.port}\r\nConnection: close\r\n\r\n"
    answer = wire.Answer(local.raw(request.encode()))
    assert answer.status == 401
    assert b"HTTP/1.0" in answer.body


def test_a_browser_is_led_to_a_login_that_says_why(local: Running) -> None:
    answer = wire.ask(local, "GET", "/-/", SIGNS[0], "Accept: text/html")
    assert (answer.status, answer.header("location")) == (303, "/-/login?next=/-/")
    page = wire.ask(local, "GET", "/-/login?next=/-/", SIGNS[0], "Accept: text/html")
    assert b"came through a proxy: it has the header X-Forwarded-For" in page.body
    assert b"through a proxy" not in wire.ask(local, "GET", "/-/login").body


@pytest.mark.parametrize("path", ["/-/health", "/-/login", "/-/endpoints", "/-/openapi.json", "/-/systems", "/echo"])
def test_what_tells_of_no_request_stays_open(local: Running, path: str) -> None:
    assert wire.ask(local, "GET", path, SIGNS[0]).status == 200


def test_the_token_lets_the_operator_in(serve: Serve) -> None:
    server = serve(token=TOKEN)
    assert wire.ask(server, "GET", "/-/api/info", SIGNS[0], f"Authorization: Bearer {TOKEN}").status == 200
    answer = server.client.post("/-/login", data={"token": TOKEN}, headers={"x-forwarded-for": "203.0.113.9"})
    cookie = answer.headers["set-cookie"].partition(";")[0]
    assert wire.ask(server, "GET", "/-/api/info", SIGNS[0], f"Cookie: {cookie}").status == 200
    assert wire.ask(server, "GET", "/-/api/info", SIGNS[0], f"Cookie: {cookie}x").status == 401


def test_the_operator_is_told_once_how_to_get_in(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = serve()
    with caplog.at_level(logging.WARNING, "echoscope.web.visitors.access"):
        for _ in range(3):
            wire.ask(server, "GET", "/-/api/info", SIGNS[0])
    (text,) = [record.getMessage() for record in caplog.records if record.name == "echoscope.web.visitors.access"]
    assert "X-Forwarded-For" in text
    token = text.partition("/-/login#token=")[2].partition(",")[0]
    assert wire.ask(server, "GET", "/-/api/info", SIGNS[0], f"Authorization: Bearer {token}").status == 200


def test_a_token_that_the_operator_has_set_is_not_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(token=TOKEN)
    with caplog.at_level(logging.WARNING, "echoscope.web.visitors.access"):
        wire.ask(server, "GET", "/-/api/info", SIGNS[0])
    assert "Sign in at /-/login," in caplog.text
    assert TOKEN not in caplog.text


def test_who_asks_for_the_local_profile_by_name_gets_it(serve: Serve) -> None:
    server = serve(profile="local", hosts="debug.example.com", root_path="/debug")
    for line in SIGNS:
        assert wire.ask(server, "GET", "/-/api/exchanges", line).status == 200


@pytest.mark.parametrize(
    ("settings", "profile", "reason"),
    [
        pytest.param({}, "local", None, id="nothing said"),
        pytest.param({"hosts": "dev.localhost,127.0.0.2"}, "local", None, id="names of this machine"),
        pytest.param({"hosts": "debug.example.com"}, "public", "--hosts debug.example.com", id="another name"),
        pytest.param({"hosts": "localhost,10.0.0.7"}, "public", "--hosts 10.0.0.7", id="another address"),
        pytest.param({"root_path": "/debug"}, "public", "--root-path /debug", id="a prefix"),
        pytest.param({"trusted_proxies": "127.0.0.1"}, "public", "--trusted-proxies 127.0.0.1", id="proxies"),
        pytest.param({"host": "0.0.0.0"}, "public", "--host 0.0.0.0", id="every address"),
        pytest.param({"host": "0.0.0.0", "profile": "local"}, "local", "--host 0.0.0.0", id="local by name"),
        pytest.param({"profile": "public"}, "public", None, id="public by name"),
    ],
)
def test_what_says_that_strangers_come_makes_it_public(
    settings: dict[str, Any], profile: str, reason: str | None
) -> None:
    loaded = load({}, **settings)
    assert loaded.effective_profile == profile
    assert (loaded.reason_for_public or "").startswith(reason or "")
    assert (loaded.reason_for_public is None) == (reason is None)


def test_a_server_that_is_told_of_a_root_path_says_so_to_a_local_instance() -> None:
    """Other servers than ours have an option of their own for it. Below a mount, the prefix is no proxy's."""
    access = Access(load({}), TOKEN, MemoryShelf())
    headers = [(b"host", b"localhost")]
    assert access.way_in(http_scope(headers=headers, root_path="/debug")) is not None
    assert access.way_in(http_scope(headers=headers, root_path="/debug", app_root_path="")) is None


@pytest.mark.parametrize("host", ["[::1]evil", "localhost:80:evil", "localhost:evil", "[::1", "[[::1]]", "127.0.0.1]"])
async def test_what_is_no_host_is_no_name_of_this_machine(host: str) -> None:
    """Our own server refuses it before; others hand it on."""
    access = Access(load({}), TOKEN, MemoryShelf())
    refusal = await access.refusal(http_scope(method="GET", headers=[(b"host", host.encode())]))
    assert refusal is not None
    assert refusal.status == 421

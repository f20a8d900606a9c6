"""Below a prefix that a proxy serves: every link and cookie carries it, whoever takes it off the path."""

import re

import pytest

from echoscope.base.settings import load
from echoscope.main import create_app
from tests.asgi import Wire, http_scope, request
from tests.conftest import Serve


def test_every_link_of_every_page_carries_the_prefix(serve: Serve) -> None:
    server = serve(root_path="/tools", profile="local")
    exchange_id = server.client.get("/x").headers["x-echoscope-id"]
    for path in ("/-/", f"/-/exchanges/{exchange_id}", "/-/exchanges/none", "/-/nothing", "/x"):
        page = server.client.get(path, headers={"accept": "text/html"}).text
        links = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
        assert links
        assert [link for link in links if not link.startswith("/tools/")] == []


def test_a_stranger_is_led_to_the_login_below_the_prefix_and_gets_his_cookie_there(serve: Serve) -> None:
    server = serve(root_path="/tools", profile="public", token="operator-token-of-this-test")
    answer = server.client.get("/-/", headers={"accept": "text/html"})
    assert answer.headers["location"].startswith("/tools/-/login?next=")
    answer = server.client.post("/-/login", data={"token": "operator-token-of-this-test", "next": "/-/exchanges/x"})
    assert answer.headers["location"] == "/tools/-/exchanges/x"
    assert "; Path=/tools/-/" in answer.headers["set-cookie"]


@pytest.mark.parametrize("path", ["/tools/-/api/info", "/-/api/info"], ids=["kept", "taken off"])
async def test_it_does_not_matter_whether_a_server_keeps_the_prefix_in_the_path(path: str) -> None:
    scope = http_scope(method="GET", path=path, raw_path=path.encode(), root_path="/tools", query_string=b"")
    start, body = await Wire(request()).call(create_app(load({}, root_path="/tools", profile="local")), scope)
    assert start["status"] == 200
    assert b'"name":"Echoscope"' in body["body"]


@pytest.mark.parametrize("path", ["/toolshed/-/api/info", "/tool/-/api/info", "/x/tools/-/api/info"])
async def test_a_path_that_only_looks_like_the_prefix_is_echoed(path: str) -> None:
    scope = http_scope(method="GET", path=path, raw_path=path.encode(), root_path="/tools")
    _, body = await Wire(request()).call(create_app(load({}, root_path="/tools")), scope)
    assert b'"events"' in body["body"]


async def test_a_server_that_says_no_scheme_speaks_http() -> None:
    """The scheme is optional in a scope."""
    headers = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
    scope = http_scope(method="DELETE", path="/-/api/exchanges", query_string=b"", headers=headers)
    scope["raw_path"] = b"/-/api/exchanges"
    del scope["scheme"]
    start, _ = await Wire(request()).call(create_app(load({})), scope)
    assert start["status"] == 200

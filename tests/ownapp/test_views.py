"""The page of an exchange without JavaScript, and the searches, for what was seen inside an app."""

import html

import httpx
import pytest

from tests.conftest import Serve
from tests.ownapp.shop import shop
from tests.servers import NO_TLS, Running


@pytest.fixture
def server(serve: Serve) -> Running:
    server = serve(shop(), kind="httptools")
    for path in ("/orders/7", "/orders/0", "/"):
        httpx.get(server.origin + path, headers={"accept-encoding": "gzip"}, trust_env=False, verify=NO_TLS)
    return server


def page_of(server: Running, path: str) -> str:
    (one,) = server.client.get("/-/api/exchanges", params={"q": f"path:={path}"}).json()["items"]
    return server.client.get(f"/-/exchanges/{one['id']}").text


def test_the_page_of_an_exchange_tells_what_was_seen_inside(server: Running) -> None:
    text = html.unescape(page_of(server, "/orders/7"))
    for words in (
        "Inside the app",
        "/orders/{number:int}",
        "tests.ownapp.shop:order",
        "content-encoding",
        "for the client",
    ):
        assert words in text
    assert "<b>7</b> is looked up" not in page_of(server, "/orders/7"), "a log record is text"
    assert "order <b>7</b> is looked up" in text


def test_the_page_of_a_failure_has_its_traceback(server: Running) -> None:
    assert "LookupError: there is no order 0" in page_of(server, "/orders/0")


def test_the_report_tells_it_too(server: Running) -> None:
    text = html.unescape(server.client.get("/-/api/export.html", params={"q": "path:/orders/7"}).text)
    for words in ("Inside the app", "tests.ownapp.shop:order", "order <b>7</b> is looked up", "content-encoding"):
        assert words in text


def test_an_exchange_with_our_own_app_has_nothing_inside(serve: Serve) -> None:
    server = serve()
    server.client.get("/hello")
    assert "Inside the app" not in page_of(server, "/hello")


@pytest.mark.parametrize(
    ("q", "paths"),
    [
        ("route:/orders", ["/orders/0", "/orders/7"]),
        ("route:shop:order", ["/orders/0", "/orders/7"]),
        ("route:=/", ["/"]),
        ("-route:/orders", ["/"]),
        ("log:looked", ["/orders/0", "/orders/7"]),
        ("log:warning", ["/orders/0", "/orders/7"]),
        ('log:"order <b>7"', ["/orders/7"]),
        ("log:", ["/orders/0", "/orders/7"]),
        ("-log:", ["/"]),
        ("error:LookupError", ["/orders/0"]),
        ("error:lookuperror path:/orders", ["/orders/0"]),
        ("-error:", ["/", "/orders/7"]),
        ("error:nothing", []),
    ],
)
def test_searches_find_what_was_seen_inside(server: Running, q: str, paths: list[str]) -> None:
    items = server.client.get("/-/api/exchanges", params={"q": q}).json()["items"]
    assert [item["path"] for item in items] == paths

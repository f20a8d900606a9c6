"""What holds for every answer below `/-/`: one shape of errors, headers that keep browsers from mischief, methods."""

from typing import Any

import pytest

from echoscope.base.settings import load
from echoscope.log.memory import MemoryStore
from echoscope.log.store import Captured, Found, Record
from echoscope.main import create_app
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import Running

ERRORS = [
    ("GET", "/-/nothing", 404),
    ("GET", "/-/api", 404),
    ("GET", "/-/api/", 404),
    ("GET", "/-/api/nothing", 404),
    ("GET", "/-/api/exchanges/", 404),
    ("GET", "/-/api/exchanges/x/y", 404),
    ("GET", "/-//", 404),
    ("GET", "/-/%2e%2e/", 404),
    ("GET", "/-/static/none/js/main.js", 404),
    ("POST", "/-/", 405),
    ("PUT", "/-/api/exchanges", 405),
    ("POST", "/-/api/exchanges", 405),
    ("PATCH", "/-/api/exchanges/x", 405),
    ("POST", "/-/api/exchanges/x/body", 405),
    ("DELETE", "/-/api/info", 405),
    ("POST", "/-/live", 405),
    ("POST", "/-/health", 405),
    ("OPTIONS", "/-/api/exchanges", 405),
    ("TRACE", "/-/api/exchanges", 405),
    ("GET", "/-/api/exchanges?limit=x", 400),
]


@pytest.mark.parametrize(("method", "path", "status"), ERRORS, ids=lambda value: str(value))
def test_every_error_is_the_one_shape(shared: Running, method: str, path: str, status: int) -> None:
    answer = shared.client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["detail"].endswith(".")


@pytest.mark.parametrize(("method", "path", "status"), ERRORS, ids=lambda value: str(value))
def test_every_error_is_a_page_for_who_prefers_one(shared: Running, method: str, path: str, status: int) -> None:
    answer = shared.client.request(method, path, headers={"accept": "text/html"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert str(status) in answer.text


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/-/api/exchanges", {"GET", "HEAD", "DELETE"}),
        ("/-/api/exchanges/x", {"GET", "HEAD", "DELETE"}),
        ("/-/api/info", {"GET", "HEAD"}),
        ("/-/login", {"GET", "HEAD", "POST"}),
    ],
)
def test_a_method_that_is_not_allowed_is_told_which_are(shared: Running, path: str, allowed: set[str]) -> None:
    answer = shared.client.put(path)
    assert answer.status_code == 405
    assert {method.strip() for method in answer.headers["allow"].split(",")} == allowed


GOOD = ["/-/", "/-", "/-/health", "/-/login", "/-/api/info", "/-/api/exchanges", "/-/api/exchanges/{id}", "/-/api/pins"]
GOOD += ["/-/api/exchanges/{id}/body", "/-/exchanges/{id}", "/-/exchanges/none"]


@pytest.mark.parametrize("path", GOOD)
def test_no_answer_may_be_sniffed_kept_or_read_by_other_origins(shared: Running, path: str) -> None:
    exchange_id = shared.client.get("/x").headers["x-echoscope-id"]
    answer = shared.client.get(path.format(id=exchange_id), headers={"origin": "https://evil.test"})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert [name for name in answer.headers if name.startswith("access-control-")] == []
    assert "server" not in answer.headers


@pytest.mark.parametrize("path", ["/-/", "/-/login", "/-/exchanges/{id}", "/-/exchanges/none", "/-/nothing"])
def test_every_page_has_the_strict_policy_and_cannot_be_framed(shared: Running, path: str) -> None:
    exchange_id = shared.client.get("/x").headers["x-echoscope-id"]
    headers = shared.client.get(path.format(id=exchange_id), headers={"accept": "text/html"}).headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("before", ["x", "-1", "9" * 5_000, "٣", "²", "1e5"], ids=ascii)
def test_the_page_of_the_list_takes_any_nonsense(shared: Running, before: str) -> None:
    for params in ({"before": before[:5_000]}, {"q": '"open ' + before}):
        answer = shared.client.get("/-/", params=params)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_the_page_of_the_list_works_without_javascript(shared: Running) -> None:
    for number in range(120):
        shared.client.get(f"/{number}")
    first = shared.client.get("/-/").text
    assert 'href="/-/exchanges/' in first
    assert "/119" in first
    assert "/-/?before=" in first
    searched = shared.client.get("/-/", params={"q": "path:/117"}).text
    assert "/117" in searched
    assert "/118" not in searched


def test_the_short_address_leads_to_the_inspector(serve: Serve) -> None:
    assert serve().client.get("/-").headers["location"] == "/-/"
    assert serve(root_path="/tools", profile="local").client.get("/-").headers["location"] == "/tools/-/"


def test_health_answers_anybody_under_any_name(serve: Serve) -> None:
    for settings in ({}, {"profile": "public"}):
        answer = serve(**settings).client.get("/-/health", headers={"host": "anything"})
        assert (answer.status_code, answer.text) == (200, "ok\n")


def test_assets_are_kept_for_ever_and_not_sniffed(shared: Running) -> None:
    page = shared.client.get("/-/").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = shared.client.get(address)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2fetc/passwd",
        "%2e%2e/%2e%2e/etc/passwd",
        "..%5c..%5cetc",
        "%00",
        "js/main.js%00.css",
        "/etc/passwd",
        "../../pyproject.toml",
        "js",
        "js/",
        "",
    ],
)
def test_no_name_leads_out_of_the_assets(shared: Running, name: str) -> None:
    folder = shared.client.get("/-/").text.split('rel="stylesheet" href="')[1].split("css/")[0]
    answer = shared.raw(f"GET {folder}{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"root:" not in answer


class Failing(MemoryStore):
    """A store that can be written but not read."""

    def put(self, exchange: Captured) -> None: ...

    async def read_back(self, before: int | None, limit: int) -> list[Record]:
        raise RuntimeError("secret detail")

    async def get(self, exchange_id: str) -> Found | None:
        raise RuntimeError("secret detail")


@pytest.mark.parametrize("path", ["/-/", "/-/api/exchanges", "/-/api/exchanges/x", "/-/exchanges/x"])
def test_our_own_failure_is_one_shape_too_and_tells_nothing(
    serve: Serve, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    server: Any = serve(create_app(load({}), Failing()))
    answer = server.client.get(path)
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in answer.text
    eventually(lambda: any(record.exc_info for record in caplog.records))
    assert server.client.get("/-/health").text == "ok\n"


def test_an_app_that_fails_is_answered_with_the_id_and_nothing_else(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("echoscope.web.echo.page.render", lambda *values: 1 / 0)
    server = serve()
    answer = server.client.get("/echo", headers={"accept": "text/html"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "ZeroDivisionError" not in answer.text
    found = server.client.get(f"/-/api/exchanges/{answer.json()['exchange']}").json()
    assert (found["state"], found["status"]) == ("error", 500)
    assert "ZeroDivisionError" in found["error"]

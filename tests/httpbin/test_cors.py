"""Who may read the endpoints from other origins."""

import httpx
import pytest

from .conftest import running


@pytest.mark.parametrize("path", ["/get", "/status/500", "/delay/x", "/bytes/5", "/stream/1", "/response-headers?a=b"])
def test_at_home_the_origin_is_reflected_with_credentials(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"Origin": "https://example.org"})
    assert answer.headers["access-control-allow-origin"] == "https://example.org"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "origin" in answer.headers["vary"]
    without = client.get(path)
    assert without.headers["access-control-allow-origin"] == "*"
    assert without.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "DELETE"])
def test_a_stranger_has_no_credentials(stranger: httpx.Client, method: str) -> None:
    answer = stranger.request(method, "/get", headers={"Origin": "https://example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("profile", "cors", "origin", "credentials"),
    [("public", "credentials", "https://example.org", "true"), ("local", "any", "*", None)],
)
def test_a_setting_says_otherwise(profile: str, cors: str, origin: str, credentials: str | None) -> None:
    with running(profile=profile, cors=cors) as server:
        answer = server.client.get("/get", headers={"Origin": "https://example.org"})
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers.get("access-control-allow-credentials") == credentials


def test_no_preflight_headers_where_none_were_asked_for(client: httpx.Client) -> None:
    assert "access-control-allow-headers" not in client.options("/get").headers
    assert "access-control-allow-methods" not in client.get("/get").headers


@pytest.mark.parametrize("origin", ["null", "origin", "http://a b", "https://example.org, https://example.com"])
def test_any_origin_is_reflected_as_it_is(client: httpx.Client, origin: str) -> None:
    assert client.get("/get", headers={"Origin": origin}).headers["access-control-allow-origin"] == origin

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
    assert "origin" in without.headers["vary"]
    assert without.headers["access-control-allow-origin"] == "*"
    assert without.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize(
    ("path", "name"), [("/image", "accept"), ("/cookies", "cookie"), ("/user-agent", "user-agent")]
)
def test_an_answer_that_one_header_decides_says_so(stranger: httpx.Client, path: str, name: str) -> None:
    """RFC 9110, section 12.5.5."""
    assert stranger.get(path).headers["vary"] == name


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


@pytest.mark.parametrize("method", ["PROPFIND", "QUERY", "PURGE", "REPORT", "HEAD"])
@pytest.mark.parametrize("path", ["/anything", "/get", "/basic-auth/a/b"])
def test_any_method_that_is_asked_for_is_allowed(client: httpx.Client, path: str, method: str) -> None:
    answer = client.options(path, headers={"Origin": "https://example.org", "Access-Control-Request-Method": method})
    assert method in answer.headers["access-control-allow-methods"].split(", ")
    assert "access-control-request-method" in answer.headers["vary"]


def test_a_method_is_allowed_once(client: httpx.Client) -> None:
    answer = client.options("/anything", headers={"Access-Control-Request-Method": "PUT"})
    assert answer.headers["access-control-allow-methods"] == "GET, POST, PUT, DELETE, PATCH, OPTIONS"


@pytest.mark.parametrize(
    "path", ["/etag/abc", "/response-headers?X-One=1&X-Two=2", "/sse?count=1&duration=0", "/status/418"]
)
def test_scripts_may_read_every_header_of_the_answer(client: httpx.Client, stranger: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"Origin": "https://example.org"})
    exposed = set(answer.headers["access-control-expose-headers"].split(", "))
    ours = {"access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers", "vary"}
    of_server = {"date", "server", "transfer-encoding", "x-content-type-options"}
    of_sandbox = {"content-security-policy", "referrer-policy"}
    assert set(answer.headers) - ours - of_server - of_sandbox <= exposed
    assert stranger.get(path, headers={"Origin": "https://example.org"}).headers["access-control-expose-headers"] == "*"


def test_a_client_may_compose_what_is_exposed(stranger: httpx.Client) -> None:
    answer = stranger.get("/response-headers?Access-Control-Expose-Headers=X-A&X-A=1")
    assert answer.headers.get_list("access-control-expose-headers") == ["X-A", "*"]


def test_no_preflight_headers_where_none_were_asked_for(client: httpx.Client) -> None:
    assert "access-control-allow-headers" not in client.options("/get").headers
    assert "access-control-allow-methods" not in client.get("/get").headers


@pytest.mark.parametrize("origin", ["null", "origin", "http://a b", "https://example.org, https://example.com"])
def test_any_origin_is_reflected_as_it_is(client: httpx.Client, origin: str) -> None:
    assert client.get("/get", headers={"Origin": origin}).headers["access-control-allow-origin"] == origin

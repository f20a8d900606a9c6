"""Answers that clients compose: the headers and bodies they ask for, and those that they must not have."""

import httpx
import pytest

from echoscope.web.endpoint.fields import MAX_FIELDS
from tests import wire
from tests.servers import Running, echoscope

from .conftest import assert_problem, running

SANDBOX = "sandbox; default-src 'none'"

NEVER = [
    "X-Accel-Redirect", "X-Accel-Buffering", "X-Sendfile", "X-Lighttpd-Send-File", "X-LiteSpeed-Location",
    "X-Reproxy-URL", "Refresh", "Service-Worker-Allowed", "Clear-Site-Data", "Strict-Transport-Security",
    "Content-Security-Policy", "Access-Control-Allow-Origin", "Alt-Svc", "NEL", "Report-To", "Content-Length",
    "Transfer-Encoding", "Connection", "Upgrade", "Trailer", "TE", "Keep-Alive", "Date", "Server",
    "X-Content-Type-Options", "X-Echoscope-Id", "transfer-ENCODING",
]  # fmt: skip
NOT_FOR_STRANGERS = ["Set-Cookie", "Location", "Link", "Content-Encoding", "X-Mine"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_headers_are_sent_and_listed(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/response-headers?animal=dog&animal=cat&X-One=a%20b")
    assert answer.headers.get_list("animal") == ["dog", "cat"]
    assert answer.headers["x-one"] == "a b"
    assert answer.json() == {"animal": ["dog", "cat"], "X-One": "a b"}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-security-policy"] == SANDBOX
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("asgi_only", [False, True])
def test_a_link_that_is_asked_for_is_the_only_one(asgi_only: bool) -> None:
    with echoscope(asgi_only=asgi_only) as server:
        answer = server.client.get("/response-headers?Link=a&Link=b")
        assert answer.headers.get_list("link") == ["a", "b"]
        assert answer.headers["x-echoscope-id"]
        assert "rel=describedby" in server.client.get("/response-headers?X=a").headers["link"]


def test_a_content_type_replaces_ours_and_is_sandboxed(client: httpx.Client) -> None:
    answer = client.get("/response-headers?Content-Type=text/html&x=%3Cimg/src/onerror=alert(1)%3E")
    assert answer.headers.get_list("content-type") == ["text/html"]
    assert answer.headers["content-security-policy"] == SANDBOX
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", NEVER)
@pytest.mark.parametrize("path", ["/response-headers?{name}=x", "/mix/h={name}:x"])
def test_some_headers_are_never_sent_on_demand(client: httpx.Client, path: str, name: str) -> None:
    assert_problem(client.get(path.format(name=name)), 400, name)


@pytest.mark.parametrize("name", NOT_FOR_STRANGERS)
def test_some_are_sent_at_home_and_not_to_strangers(client: httpx.Client, stranger: httpx.Client, name: str) -> None:
    assert_problem(stranger.get(f"/response-headers?{name}=x"), 400, name)
    assert "x" in client.head(f"/response-headers?{name}=x").headers.get_list(name)


def test_an_operator_may_let_scripts_run_but_not_in_our_origin_nor_lift_the_framing() -> None:
    with running(profile="public", unsafe_responses=True) as server:
        answer = server.client.get("/response-headers?Refresh=5&Set-Cookie=a%3Db&Content-Type=text/html")
        assert answer.headers["refresh"] == "5"
        assert answer.headers["set-cookie"] == "a=b"
        policy = answer.headers["content-security-policy"].split()
        assert "sandbox" in policy
        assert "allow-scripts" in policy
        assert "allow-same-origin" not in policy
        answer = server.client.get("/response-headers?Content-Security-Policy=sandbox+allow-scripts+allow-same-origin")
        policies = answer.headers.get_list("content-security-policy")
        assert any("allow-same-origin" not in policy for policy in policies), "all policies hold together"
        assert_problem(server.client.get("/response-headers?Transfer-Encoding=chunked"), 400)


BAD_VALUES = [
    "X=a%0d%0aSet-Cookie:%20p=1", "X=a%00", "X=a%0a", "X=a%0d", "X=a%1b", "X=a%7f", "X=a%85", "X=a%C2%85", "X=%20a",
    "X=a%09", "X%20Y=a", "X%3A=a", "X%0d%0aY=a", "=a", "X%C3%A9=a", "X%00=a", "name:%20=x",
]  # fmt: skip


@pytest.mark.parametrize("query", BAD_VALUES)
def test_no_header_is_split_or_broken(local: Running, query: str) -> None:
    received = local.raw(wire.request("GET", f"/response-headers?{query}", close=True))
    assert wire.Answer(received).status == 400
    assert b"\r\nSet-Cookie" not in received
    assert b"\r\nset-cookie" not in received


@pytest.mark.parametrize("value", ["", "a%09b", "%C3%BC", "%E2%9C%93", "%22%3C%3E", "x" * 4000])
def test_every_other_value_is_sent(client: httpx.Client, value: str) -> None:
    answer = client.get(f"/response-headers?X={value}")
    assert answer.status_code == 200
    assert dict(answer.headers.raw)[b"x"].decode() == answer.json()["X"]


def test_headers_are_bounded(client: httpx.Client) -> None:
    assert client.get("/response-headers?" + "&".join(f"x{n}=1" for n in range(MAX_FIELDS))).status_code == 200
    assert_problem(client.get("/response-headers?" + "&".join(f"x{n}=1" for n in range(MAX_FIELDS + 1))), 400, "50")
    assert_problem(client.get("/response-headers?x=" + "1" * 9000), 400, "8192")


@pytest.mark.parametrize(
    "path",
    [
        "/mix/s=201/h=X-Name:a%2Fb/h=X-Name:c/c=k:v/cd=old/b64=aGVsbG8/end/s=500",
        "/mix?s=201&h=X-Name:a/b&h=X-Name:c&c=k:v&cd=old&b64=aGVsbG8&end&s=500",
    ],
)
def test_an_answer_is_mixed_of_its_parts(client: httpx.Client, path: str) -> None:
    answer = client.post(path)
    assert answer.status_code == 201
    assert answer.headers.get_list("x-name") == ["a/b", "c"]
    assert answer.text == "hello"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-security-policy"] == SANDBOX
    set_cookies = answer.headers.get_list("set-cookie")
    assert set_cookies[0] == "k=v; Path=/"
    assert set_cookies[1].startswith("old=; ")


@pytest.mark.parametrize(
    ("path", "status", "header", "value"),
    [
        ("/mix", 200, "content-length", "0"),
        ("/mix/", 200, "content-length", "0"),
        ("/mix/r=%2Fget", 307, "location", "/get"),
        ("/mix/r=%2Fget/s=302", 302, "location", "/get"),
        ("/mix/s=404:1,500:0", 404, "content-length", "0"),
        ("/mix/h=content-type:text%2Fhtml/b64=PGI-", 200, "content-type", "text/html"),
        ("/mix?h=X:a+b%2B", 200, "x", "a b+"),
    ],
)
def test_parts_have_their_defaults(client: httpx.Client, path: str, status: int, header: str, value: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers[header]) == (status, value)


def test_a_status_without_a_body_stays_without_one(client: httpx.Client) -> None:
    answer = client.get("/mix/s=204/b64=aGVsbG8")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-length" not in answer.headers

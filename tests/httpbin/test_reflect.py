"""What a client sent, told back in httpbin's dialect: the head."""

import re
import uuid

import httpx
import pytest

from echoscope import __version__
from tests import wire
from tests.servers import Running

from .conftest import assert_problem


def test_get_is_httpbins_form_of_json(client: httpx.Client) -> None:
    answer = client.get("/get?b=1&a=2", headers={"User-Agent": "test", "Accept": "*/*"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.text.startswith('{\n  "args": {\n    "a": "2",\n    "b": "1"\n  },\n  "headers": {')
    assert answer.text.endswith("}\n")
    assert list(answer.json()) == ["args", "headers", "method", "origin", "url"]


@pytest.mark.parametrize(
    ("query", "args"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a=1&a=2&b=3", {"a": ["1", "2"], "b": "3"}),
        ("a=1&a=2&a=3", {"a": ["1", "2", "3"]}),
        ("a=&b", {"a": "", "b": ""}),
        ("a=%C3%A4+b%20c%26", {"a": "ä b c&"}),
        ("a=%FF", {"a": "\ufffd"}),
        ("a[]=1&a[]=2", {"a[]": ["1", "2"]}),
    ],
    ids=["none", "one", "repeated", "three", "empty", "encoded", "no UTF-8", "brackets"],
)
def test_arguments_are_strings_and_lists_only_where_repeated(client: httpx.Client, query: str, args: object) -> None:
    assert client.get(f"/get?{query}").json()["args"] == args


def test_header_names_are_in_title_case_and_repeats_joined(local: Running) -> None:
    answer = wire.ask(
        local, "GET", "/headers", "x-b3-traceid: 1", "DNT: 1", "X-One: a", "x-one: b", "Cookie: a=1", "Cookie: b=2"
    )
    assert b'"X-B3-Traceid": "1"' in answer.body
    assert b'"Dnt": "1"' in answer.body
    assert b'"X-One": "a,b"' in answer.body
    assert b'"Cookie": "a=1; b=2"' in answer.body


@pytest.mark.parametrize(
    ("sent", "shown"), [(b"gr\xc3\xbc\xc3\x9f", "grüß"), (b"gr\xfc\xdf", "grüß")], ids=["UTF-8", "Latin-1"]
)
def test_header_values_that_are_not_ascii_are_text(local: Running, sent: bytes, shown: str) -> None:
    answer = wire.ask(local, "GET", "/headers", b"X-Text: " + sent)
    assert f'"X-Text": "{shown}"'.encode() in answer.body


def test_nothing_that_a_proxy_added_is_hidden(client: httpx.Client) -> None:
    added = {"Via": "1.1 proxy", "X-Forwarded-Port": "443", "X-Request-Id": "7", "X-Real-Ip": "203.0.113.9"}
    assert added.items() <= client.get("/headers", headers=added).json()["headers"].items()


@pytest.mark.parametrize(
    ("headers", "origin", "scheme"),
    [
        ({}, "127.0.0.1", "http"),
        ({"X-Forwarded-For": "203.0.113.9, 10.0.0.1"}, "203.0.113.9, 10.0.0.1", "http"),
        ({"X-Forwarded-Proto": "https"}, "127.0.0.1", "https"),
        ({"X-Forwarded-Protocol": "https"}, "127.0.0.1", "https"),
        ({"X-Forwarded-Ssl": "on"}, "127.0.0.1", "https"),
        ({"X-Forwarded-Proto": "javascript"}, "127.0.0.1", "http"),
    ],
    ids=["direct", "for", "proto", "protocol", "ssl", "no scheme"],
)
def test_origin_and_url_follow_the_forwarding_headers(
    client: httpx.Client, headers: dict[str, str], origin: str, scheme: str
) -> None:
    told = client.get("/get?x=%2F", headers={**headers, "Host": "example.org"}).json()
    assert told["origin"] == origin
    assert told["url"] == f"{scheme}://example.org/get?x=%2F"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_anything_tells_method_and_path(client: httpx.Client, method: str) -> None:
    told = client.request(method, "/anything/a%2Fb/c%0Ad?x=1").json()
    assert told["method"] == method
    assert told["url"].endswith("/anything/a%2Fb/c%0Ad?x=1")
    assert told["args"] == {"x": "1"}


def test_the_small_ones(client: httpx.Client) -> None:
    assert client.get("/ip").json() == {"origin": "127.0.0.1"}
    assert client.get("/ip.txt").text == client.get("/ip?format=text").text == "127.0.0.1\n"
    assert client.get("/user-agent", headers={"User-Agent": "me"}).json() == {"user-agent": "me"}
    assert client.get("/version").json() == {"service": "echoscope", "version": __version__}
    assert client.get("/hostname").json() == {"hostname": "test-host"}


def test_a_missing_user_agent_is_null(local: Running) -> None:
    assert wire.ask(local, "GET", "/user-agent").body == b'{\n  "user-agent": null\n}\n'


def test_a_stranger_does_not_learn_the_name_of_the_machine(stranger: httpx.Client) -> None:
    assert stranger.get("/hostname").json() == {"hostname": "echoscope"}


def test_uuids_are_random_and_of_version_4(client: httpx.Client) -> None:
    first, second = (uuid.UUID(client.get("/uuid").json()["uuid"]) for _ in range(2))
    assert first.version == second.version == 4
    assert first != second


def test_env_tells_only_what_was_meant_for_it(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPBIN_ENV_COLOUR", "teal")
    monkeypatch.setenv("SECRET", "x")
    assert client.get("/env").json() == {"env": {"HTTPBIN_ENV_COLOUR": "teal"}}


def test_a_dump_keeps_order_and_body(local: Running) -> None:
    sent = wire.request("POST", "/dump/request?a=1", ("Z: 1", "A: 2", "Z: 3"), b"\x00body", close=True)
    answer = wire.Answer(local.raw(sent))
    assert answer.header("content-type") == "text/plain; charset=utf-8"
    assert answer.header("content-security-policy") == "sandbox; default-src 'none'"
    expected = b"POST /dump/request?a=1 HTTP/1.1\r\nhost: localhost\r\nz: 1\r\na: 2\r\nz: 3\r\n"
    assert answer.body.startswith(expected)
    assert answer.body.endswith(b"\r\n\r\n\x00body")


def test_payload_sends_the_body_back_under_its_type(client: httpx.Client) -> None:
    answer = client.post("/payload", content=b"<b>\xff", headers={"Content-Type": "text/html; charset=x"})
    assert answer.content == b"<b>\xff"
    assert answer.headers["content-type"] == "text/html; charset=x"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    refused = client.post("/payload", content=b"a", headers={"Content-Type": "multipart/x-mixed-replace; boundary=a"})
    assert_problem(refused, 400, "Content-Type")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_upload_counts(client: httpx.Client, method: str) -> None:
    told = client.request(method, "/upload", content=(b"x" * 1000 for _ in range(300))).json()
    assert told["bytes_received"] == 300_000
    assert "data" not in told


def test_the_form_posts_what_httpbins_form_posts(client: httpx.Client) -> None:
    page = client.get("/forms/post")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert re.search(r'<form[^>]* method="post" action="/post"', page.text)
    names = set(re.findall(r' name="([a-z]+)"', page.text)) - {"viewport", "referrer", "robots"}
    assert names == {"custname", "custtel", "custemail", "size", "topping", "delivery", "comments"}
    assert "form-action 'self'" in page.headers["content-security-policy"]

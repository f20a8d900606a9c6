"""What a client sent, told back in httpbin's dialect: the head."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from echoscope import __version__
from echoscope.http.forwarding import Proxies, client_address
from tests import wire
from tests.servers import Running, echoscope

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
        ({"X-Forwarded-Proto": "https, http"}, "127.0.0.1", "https"),
        ({"X-Forwarded-Proto": "HTTPS"}, "127.0.0.1", "https"),
        ({"Forwarded": "for=192.0.2.60;proto=https;by=203.0.113.43"}, "192.0.2.60", "https"),
        ({"Forwarded": 'For="[2001:db8::1]:4711", for=192.0.2.43;proto=https'}, "2001:db8::1", "https"),
    ],
    ids=["direct", "for", "proto", "protocol", "ssl", "no scheme", "list", "capitals", "Forwarded", "Forwarded list"],
)
def test_origin_and_url_follow_the_forwarding_headers(
    client: httpx.Client, headers: dict[str, str], origin: str, scheme: str
) -> None:
    told = client.get("/get?x=%2F", headers={**headers, "Host": "example.org"}).json()
    assert told["origin"] == origin
    assert told["url"] == f"{scheme}://example.org/get?x=%2F"


@pytest.mark.parametrize(
    ("headers", "site"),
    [
        ({"X-Forwarded-Host": "example.com"}, "http://example.com"),
        ({"X-Forwarded-Host": "example.com:8443, inner", "X-Forwarded-Proto": "https"}, "https://example.com:8443"),
        ({"Forwarded": 'host="example.com:8443";proto=https, host=inner'}, "https://example.com:8443"),
        ({"X-Forwarded-Host": "[2001:db8::1]:80"}, "http://[2001:db8::1]:80"),
        ({"X-Forwarded-Host": "a b/c"}, "http://localhost"),
        ({"X-Forwarded-Host": "", "X-Forwarded-Proto": ""}, "http://localhost"),
        ({"Host": "a/b?c"}, "{server}"),
        ({"Host": "user@example.com"}, "{server}"),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/get", "/absolute-redirect/1"])
def test_the_site_is_the_one_that_the_client_asked_for(
    local: Running, client: httpx.Client, headers: dict[str, str], site: str, path: str
) -> None:
    answer = client.get(path, headers={"Host": "localhost", **headers})
    told = answer.headers["location"] if answer.status_code == 302 else answer.json()["url"]
    assert told == site.format(server=local.origin) + "/get"


FORWARDED = {"X-Forwarded-For": "9.9.9.9, 10.0.0.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}


def test_a_stranger_is_not_believed() -> None:
    with echoscope(profile="public") as server:
        assert server.client.get("/ip", headers=FORWARDED).json() == {"origin": "127.0.0.1"}
        told = server.client.get("/get", headers={**FORWARDED, "Forwarded": "for=9.9.9.9;host=evil.example"}).json()
        assert (told["origin"], told["url"]) == ("127.0.0.1", f"{server.origin}/get")
        assert told["headers"]["X-Forwarded-For"] == "9.9.9.9, 10.0.0.7"
        place = server.client.get("/absolute-redirect/2", headers=FORWARDED).headers["location"]
        assert place == f"{server.origin}/absolute-redirect/1"


@pytest.mark.parametrize("profile", ["local", "public"])
@pytest.mark.parametrize(
    ("trusted", "origin", "site"),
    [
        ("127.0.0.1", "10.0.0.7", "https://evil.example"),
        ("127.0.0.0/8,10.0.0.0/8", "9.9.9.9", "https://evil.example"),
        ("0.0.0.0/0", "9.9.9.9", "https://evil.example"),
        ("192.0.2.1", "127.0.0.1", "http://localhost"),
    ],
)
def test_the_proxies_that_are_named_are_believed(profile: str, trusted: str, origin: str, site: str) -> None:
    with echoscope(profile=profile, trusted_proxies=trusted) as server:
        headers = {**FORWARDED, "Host": "localhost"}
        assert server.client.get("/ip", headers=headers).json() == {"origin": origin}
        assert server.client.get("/ip.txt", headers=headers).text == f"{origin}\n"
        assert server.client.get("/get", headers=headers).json()["url"] == f"{site}/get"


def test_the_address_as_text_is_one_address(client: httpx.Client) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9, 10.0.0.1"}
    assert client.get("/ip?format=text", headers=headers).text == "203.0.113.9\n"


@pytest.mark.parametrize(
    ("told", "peer", "trusted", "client"),
    [
        ("1.1.1.1, 2.2.2.2", "3.3.3.3", ("3.3.3.3",), "2.2.2.2"),
        ("1.1.1.1, 2.2.2.2", "3.3.3.3", ("2.2.2.2", "3.3.3.3"), "1.1.1.1"),
        ("1.1.1.1, 2.2.2.2", "3.3.3.3", ("2.2.2.2",), "3.3.3.3"),
        ("1.1.1.1, 2.2.2.2", "::ffff:3.3.3.3", ("2.0.0.0/7",), "1.1.1.1"),
        ("1.1.1.1:80, [2001:db8::2]:81", "2001:db8::3", ("2001:db8::/32",), "1.1.1.1"),
        ("1.1.1.1, 2.2.2.2, unknown", "3.3.3.3", ("3.3.3.3",), "3.3.3.3"),
        ("1.1.1.1, <script>, 2.2.2.2", "3.3.3.3", ("2.0.0.0/7",), "2.2.2.2"),
        ("1.1.1.1, fe80::1%<script>", "3.3.3.3", ("3.3.3.3",), "3.3.3.3"),
        ("_hidden", "3.3.3.3", ("3.3.3.3",), "3.3.3.3"),
        ("", "3.3.3.3", ("3.3.3.3",), "3.3.3.3"),
        ("1.1.1.1", "", ("3.3.3.3",), ""),
    ],
)
def test_the_client_is_the_first_behind_the_proxies(
    told: str, peer: str, trusted: tuple[str, ...], client: str
) -> None:
    assert client_address({b"x-forwarded-for": told.encode()}, peer, Proxies(trusted)) == client


def test_a_limit_for_each_client_tells_clients_behind_a_proxy_apart() -> None:
    settings = {"profile": "public", "trusted_proxies": "127.0.0.1", "max_slow_requests_per_client": 1}
    with echoscope(**settings) as server, ThreadPoolExecutor(4) as pool:

        def slow(address: str) -> int:
            return server.client.get("/delay/0.5", headers={"X-Forwarded-For": address}).status_code

        assert set(pool.map(slow, ["192.0.2.1", "192.0.2.2", "192.0.2.3"])) == {200}
        assert sorted(pool.map(slow, ["192.0.2.1", "192.0.2.1"])) == [200, 429]


@pytest.mark.parametrize(
    "path", ["/get?a=1", "/anything", "/cache", "/etag/x", "/gzip", "/range/9", "/headers", "/image"]
)
def test_head_has_the_length_of_get(client: httpx.Client, path: str) -> None:
    """RFC 9110, section 8.6."""
    head, get = client.head(path), client.get(path)
    assert head.headers["content-length"] == get.headers["content-length"]


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

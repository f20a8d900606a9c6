"""The echo as JSON: the scope as the server gave it, complete and in order."""

import base64
import json
from typing import Any

import pytest

from tests import wire
from tests.servers import Running, echoscope


def echo_of(server: Running, request: bytes) -> dict[str, Any]:
    answer = wire.Answer(server.raw(request))
    assert answer.status == 200, answer.head
    assert answer.header("content-type") == "application/json"
    found: dict[str, Any] = json.loads(answer.body)
    return found


def echoed(server: Running, target: str | bytes = "/echo", *headers: str | bytes) -> dict[str, Any]:
    return echo_of(server, wire.request(target=target, headers=headers, close=True))


def test_the_scope_is_the_top_level_in_the_order_of_the_spec(any_server: Running) -> None:
    assert list(echoed(any_server)) == [
        "type",
        "asgi",
        "http_version",
        "method",
        "scheme",
        "path",
        "raw_path",
        "query_string",
        "root_path",
        "headers",
        "client",
        "server",
        "events",
    ]


def test_every_key_says_what_the_server_said(any_server: Running) -> None:
    found = echoed(any_server, "/a%20b?x=1&y=%20", "X-A: 1")
    client = found.pop("client")
    assert client[0] == "127.0.0.1"
    assert 0 < client[1] < 65536
    assert found.pop("asgi")["version"] == "3.0"
    assert found == {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/a b",
        "raw_path": "/a%20b",
        "query_string": "x=1&y=%20",
        "root_path": "",
        "headers": [["host", "localhost"], ["x-a", "1"], ["connection", "close"]],
        "server": ["127.0.0.1", any_server.port],
        "events": [{"type": "http.request", "body": "", "more_body": False}],
    }


def test_it_is_indented_by_two_and_ends_with_a_line_feed(server: Running) -> None:
    text = server.client.get("/echo").text
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
    assert text.startswith('{\n  "type": "http",\n  "asgi": {\n    "version"')


PATHS = {
    "a line feed": (b"/a%0ab", "/a\nb"),
    "a line feed at the end": (b"/a%0a", "/a\n"),
    "two slashes": (b"//x", "//x"),
    "nothing but slashes": (b"///", "///"),
    "a byte that is no text": (b"/%ff", "/\ufffd"),
    "half a character": (b"/%ed%a0%80", "/\ufffd\ufffd\ufffd"),
    "text": (b"/%C3%A9", "/é"),
    "a zero byte": (b"/%00", "/\0"),
    "a slash in disguise": (b"/a%2fb", "/a/b"),
    "a percent sign": (b"/%25", "/%"),
    "an escape that is none": (b"/%zz%", "/%zz%"),
    "dots": (b"/a/../b/./c", "/a/../b/./c"),
    "dots in disguise": (b"/%2e%2e/x", "/../x"),
    "a semicolon": (b"/a;b=c", "/a;b=c"),
    "markup": (b"/<script>", "/<script>"),
    "nearly reserved": (b"/-x", "/-x"),
    "nearly reserved with a slash": (b"/--/", "/--/"),
    "reserved further down": (b"/x/-/api/exchanges", "/x/-/api/exchanges"),
    "reserved after two slashes": (b"//-/api/exchanges", "//-/api/exchanges"),
}


@pytest.mark.parametrize(("target", "path"), PATHS.values(), ids=PATHS)
def test_any_path_is_echoed(any_server: Running, target: bytes, path: str) -> None:
    found = echoed(any_server, target)
    assert (found["path"], found["raw_path"]) == (path, target.decode())


QUERIES = {
    "none": (b"/echo", ""),
    "an empty one": (b"/echo?", ""),
    "question marks": (b"/echo?a?b=?", "a?b=?"),
    "escapes stay": (b"/echo?a=%20%ff+", "a=%20%ff+"),
    "markup": (b"/echo?<img src=x>".replace(b" ", b"%20"), "<img%20src=x>"),
}


@pytest.mark.parametrize(("target", "query"), QUERIES.values(), ids=QUERIES)
def test_the_query_is_echoed_as_it_came(any_server: Running, target: bytes, query: str) -> None:
    assert echoed(any_server, target)["query_string"] == query


def test_repeated_headers_keep_their_order(any_server: Running) -> None:
    found = echoed(any_server, "/echo", "X-B: 1", "X-A: 2", "X-B: 3", "x-a: 4", "X-Empty:")
    assert found["headers"][1:-1] == [["x-b", "1"], ["x-a", "2"], ["x-b", "3"], ["x-a", "4"], ["x-empty", ""]]


def test_header_bytes_that_are_text_are_text_and_others_base64(any_server: Running) -> None:
    found = echoed(any_server, "/echo", "X-Text: é ✓".encode(), b"X-Latin: caf\xe9", b"X-Bytes: \xff\xfe")
    assert found["headers"][1:-1] == [
        ["x-text", "é ✓"],
        ["x-latin", {"base64": base64.b64encode(b"caf\xe9").decode()}],
        ["x-bytes", {"base64": "//4="}],
    ]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY"])
def test_any_method_is_echoed(server: Running, method: str) -> None:
    assert echo_of(server, wire.request(method, "/echo", close=True))["method"] == method


def test_options_of_the_server_itself_are_echoed(server: Running) -> None:
    found = echo_of(server, wire.request("OPTIONS", "*", close=True))
    assert (found["method"], found["path"], found["raw_path"]) == ("OPTIONS", "*", "*")


def test_head_has_the_headers_of_get_and_no_body(any_server: Running) -> None:
    requests = [wire.request("HEAD", "/echo"), wire.request("GET", "/echo", close=True)]
    answers = wire.pipeline(any_server, requests)
    head, rest = answers.split(b"\r\n\r\n", 1)
    assert rest.startswith(b"HTTP/1.1 200 OK")
    assert int(wire.Answer(head).header("content-length") or 0) > 100
    assert wire.Answer(head).header("content-type") == "application/json"


def test_what_proxies_add_is_shown(any_server: Running) -> None:
    found = echoed(any_server, "/echo", "X-Forwarded-For: 9.9.9.9", "Forwarded: for=9.9.9.9", "Via: 1.1 x")
    assert [pair[1] for pair in found["headers"][1:4]] == ["9.9.9.9", "for=9.9.9.9", "1.1 x"]


def test_forwarding_headers_do_not_change_the_client_on_our_server(server: Running) -> None:
    found = echoed(server, "/echo", "X-Forwarded-For: 9.9.9.9", "X-Forwarded-Proto: https")
    assert found["client"][0] == "127.0.0.1"
    assert found["scheme"] == "http"


def test_secrets_of_the_one_who_asks_are_his_own_to_see(server: Running) -> None:
    found = echoed(server, "/echo", "Authorization: Bearer S2", "Cookie: c=S3")
    assert found["headers"][1:3] == [["authorization", "Bearer S2"], ["cookie", "c=S3"]]


def test_the_root_path_is_shown_and_leads_the_links() -> None:
    with echoscope(root_path="/tools") as server:
        answer = server.client.get("/echo")
    assert (answer.json()["root_path"], answer.json()["path"]) == ("/tools", "/tools/echo")
    assert answer.headers["link"].startswith("</tools/-/exchanges/")


def test_the_answer_names_its_exchange(any_server: Running) -> None:
    answer = any_server.client.get("/echo")
    exchange_id = answer.headers["x-echoscope-id"]
    assert answer.headers["link"] == f"</-/exchanges/{exchange_id}>; rel=describedby"
    assert any_server.client.get(f"/-/api/exchanges/{exchange_id}").json()["path"] == "/echo"
    assert any_server.client.get(f"/-/exchanges/{exchange_id}").status_code == 200


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_anybody_may_read_it_and_nobody_keep_it(any_server: Running, accept: str) -> None:
    headers = any_server.client.get("/echo", headers={"accept": accept, "origin": "https://evil.test"}).headers
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers
    assert headers["cache-control"] == "no-store"
    assert "accept" in headers["vary"].lower()
    assert headers["x-content-type-options"] == "nosniff"


def test_a_preflight_gets_what_it_asks_for(any_server: Running) -> None:
    asked = {
        "origin": "https://app.test",
        "access-control-request-method": "PURGE",
        "access-control-request-headers": "x-a, x-b",
    }
    headers = any_server.client.options("/echo", headers=asked).headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["access-control-allow-methods"] == "PURGE"
    assert headers["access-control-allow-headers"] == "x-a, x-b"
    assert headers["access-control-max-age"] == "600"

"""What the code says about what its client changes, and how long it takes to write."""

import time
from typing import Any

import msgspec
import pytest

from echoscope.exchange.sides import DECODED_KEY
from echoscope.insight.code import write
from tests.exchanges import made_exchange

from .test_safety import HTTP, ORIGIN


def test_go_sends_a_path_of_two_slashes_as_a_path() -> None:
    exchange = made_exchange(path="//a//b", raw_path=b"//a//b%2f", query_string=b"x=1", method="GET")
    code = write(exchange, "go", ORIGIN).decode()
    assert 'Host: "127.0.0.1:8000", Path: "//a//b/", RawPath: "//a//b%2f", RawQuery: "x=1"}' in code
    assert "Opaque" not in code
    assert "escapes" not in code
    odd = write(made_exchange(path='//"', raw_path=b'//"'), "go", ORIGIN).decode()
    assert "// Go may write this path with other escapes.\n" in odd


LENGTH_ALONE: dict[str, Any] = {"method": "OPTIONS", "headers": [[b"content-length", b"0"]]}

REMARKS: dict[str, tuple[str, dict[str, Any], str]] = {
    "httpie method": ("httpie", {"method": "patch"}, "HTTPie sends the method in capitals."),
    "wget method": ("wget", {"method": "Get"}, "Wget sends the method in capitals."),
    "powershell method": ("powershell", {"method": "PoSt"}, "PowerShell sends the method in capitals."),
    "fetch method": ("fetch", {"method": "get"}, "fetch sends this method in capitals."),
    "fetch repeats": ("fetch", {"headers": [[b"a", b"1"], [b"a", b"2"]]}, "fetch sends a header once: it joins"),
    "fetch order": ("fetch", {"headers": [[b"b", b"1"], [b"a", b"2"]]}, "fetch sends headers sorted by name."),
    "fetch in node": ("fetch", {"headers": [[b"accept", b"a"]]}, "Node adds headers that were not there: accept-enc"),
    "fetch condition": ("fetch", {"headers": [[b"if-none-match", b"*"]]}, "With a condition, cache-control and pragma"),
    "fetch half a cache": (
        "fetch",
        {"headers": [[b"if-range", b'"a"'], [b"cache-control", b"no-cache"]]},
        "With a condition, cache-control and pragma are added too.",
    ),
    "fetch expect": ("fetch", {"headers": [[b"expect", b"a"]]}, "fetch does not send expect."),
    "httpie order": ("httpie", {"headers": [[b"a", b""], [b"b", b""], [b"a", b""]]}, "HTTPie sends repeated headers"),
    "requests repeats": ("requests", {"headers": [[b"a", b"1"], [b"a", b"2"]]}, "requests sends a header once"),
    "wget repeats": ("wget", {"headers": [[b"a", b"1"], [b"a", b"2"]]}, "Wget sends a header once"),
    "wget adds": ("wget", {}, "Wget adds headers that were not there: accept, accept-encoding"),
    "powershell repeats": ("powershell", {"headers": [[b"a", b"1"], [b"a", b"2"]]}, "PowerShell sends a header once"),
    "powershell beyond ascii": ("powershell", {"headers": [[b"a", b"\xe9"]]}, "none but printable ASCII: 1."),
    "httpx length": ("httpx", {"method": "PATCH"}, "httpx adds a header that was not there: content-length."),
    "requests length": ("requests", {"method": "DELETE"}, "requests adds a header that was not there: content-length."),
    "httpie length": ("httpie", {"method": "DELETE"}, "HTTPie adds a header that was not there: content-length."),
    "wget length": ("wget", {"method": "PUT"}, "accept, accept-encoding, content-length."),
    "fetch length": ("fetch", {"method": "QUERY"}, "sec-fetch-mode, user-agent, content-length."),
    "go length": ("go", {"method": "PUT"}, "Go adds a header that was not there: content-length."),
    "powershell length": ("powershell", {"method": "PURGE"}, "accept-encoding, user-agent, content-length."),
    "fetch no length": ("fetch", LENGTH_ALONE, "fetch leaves out a header that was there: content-length."),
    "httpie no length": ("httpie", LENGTH_ALONE, "HTTPie leaves out a header that was there: content-length."),
    "go no length": ("go", LENGTH_ALONE, "Go leaves out a header that was there: content-length."),
    "powershell no length": (
        "powershell",
        LENGTH_ALONE,
        "PowerShell leaves out a header that was there: content-length.",
    ),
    "requests escapes": ("requests", {"query_string": b"a=%zz"}, "requests may write this address with other escapes."),
    "another version": ("curl", {"http_version": "2"}, "This came over HTTP/2;"),
    "one connection": ("curl", {"headers": [[b"te", b"trailers"]]}, "they concern one connection only: 1."),
}


@pytest.mark.parametrize("name", REMARKS)
def test_what_a_client_changes_is_said_and_only_then(name: str) -> None:
    language, changes, remark = REMARKS[name]
    assert remark in write(made_exchange(**changes), language, ORIGIN, reveal=True).decode()
    headers = [[b"accept", b"*/*"], [b"accept-encoding", b"gzip"], [b"user-agent", b"u"], [b"content-length", b"0"]]
    assert remark not in write(made_exchange(method="POST", headers=headers), language, ORIGIN, reveal=True).decode()


@pytest.mark.parametrize("method", ["patch", "get", "PoSt"])
@pytest.mark.parametrize("language", ["curl", "httpx", "requests", "go", "nc"])
def test_a_method_in_small_letters_stays_so_without_a_word(method: str, language: str) -> None:
    code = write(made_exchange(method=method), language, ORIGIN).decode()
    assert method in code
    assert "capitals" not in code


@pytest.mark.parametrize(("language", "method"), [("httpx", "DELETE"), ("httpx", "GET"), ("requests", "HEAD")])
def test_an_empty_body_is_announced_again_where_the_client_would_not(language: str, method: str) -> None:
    code = write(made_exchange(**LENGTH_ALONE | {"method": method}), language, ORIGIN).decode().lower()
    assert code.count("content-length") == 1


def test_a_range_alone_leaves_the_cache_of_fetch_as_it_is() -> None:
    assert "cache-control" not in write(made_exchange(headers=[[b"range", b"a"]]), "fetch", ORIGIN).decode()


def test_cookie_crumbs_of_http_2_become_one_field() -> None:
    headers = [[b"cookie", b"a=1"], [b"x", b"1"], [b"cookie", b"b=2"]]
    code = write(made_exchange(http_version="2", headers=headers), "curl", ORIGIN, reveal=True).decode()
    assert "-H 'cookie: a=1; b=2' \\\n  -H 'x: 1'" in code
    assert code.count("-H 'cookie: ") == 1
    assert "they are joined" in code
    code = write(made_exchange(http_version="1.1", headers=headers), "curl", ORIGIN, reveal=True).decode()
    assert code.count("-H 'cookie: ") == 2


@pytest.mark.parametrize(
    ("value", "is_compressed"),
    [(b"gzip, br", True), (b"*", True), (b"identity", False), (b"gzip;q=0", False), (b"gzip;q=0.5", True)],
)
def test_curl_undoes_a_coding_only_where_one_was_asked_for(value: bytes, is_compressed: bool) -> None:
    headers = [[b"accept-encoding", value]]
    assert (b"--compressed" in write(made_exchange(headers=headers), "curl", ORIGIN)) == is_compressed
    assert b"--compressed" not in write(made_exchange(method="HEAD", headers=headers), "curl", ORIGIN)


def test_a_body_that_is_known_without_its_coding_is_sent_so() -> None:
    exchange = made_exchange(body=b"{}", headers=[[b"content-encoding", b"gzip"], [b"x", b"1"]])
    (event,) = exchange.events
    decoded = msgspec.structs.replace(event, message={**event.message, DECODED_KEY: True})
    code = write(msgspec.structs.replace(exchange, events=[decoded]), "curl", ORIGIN).decode()
    assert "Content-Encoding is left out." in code
    assert "content-encoding:" not in code


def test_netcat_is_openssl_over_tls() -> None:
    code = write(made_exchange(body=b"a"), "nc", "https://[::1]:8443").decode()
    assert code.endswith("} | openssl s_client -quiet -connect '[::1]:8443'\n")
    code = write(made_exchange(), "nc", "https://example.com").decode()
    assert code.endswith("| openssl s_client -quiet -connect example.com:443 -servername example.com\n")
    assert write(made_exchange(), "nc", "http://[::1]:80").decode().endswith("} | nc ::1 80\n")


def test_nothing_in_powershell_ends_a_literal() -> None:
    exchange = made_exchange(body=b"a'; b", headers=[[b"x", b"$(id) `id` ' \""]], path="/'", raw_path=b"/'")
    code = write(exchange, "powershell", ORIGIN).decode()
    assert "    'x' = '$(id) `id` '' \"'\n" in code
    assert "  Body = 'a''; b'\n" in code
    assert "  Uri = 'http://127.0.0.1:8000/'''\n" in code
    binary = write(made_exchange(body=b"\xff" * 900), "powershell", ORIGIN).decode()
    assert "FromBase64String('////" in binary
    assert "' +\n    '" in binary


@pytest.mark.parametrize("language", [*HTTP, "raw"])
def test_four_times_the_headers_take_about_four_times_the_time(language: str) -> None:
    def seconds(count: int) -> float:
        exchange = made_exchange(headers=[[b"a", b"b"]] * count)
        started = time.process_time()
        write(exchange, language, ORIGIN)
        return time.process_time() - started

    seconds(100)
    bound = 8 * max(0.02, min(seconds(4_000) for _ in range(3)))
    assert any(seconds(16_000) < bound for _ in range(3))

"""What ordinary clients send, as they document it or were seen to send it: requests of which few things are odd.

A sample is a request without Host and Content-Length, with the names of the findings that are expected of it. Where a
signature needs a time, `{now}` stands for seconds and `{iso}` for a date of RFC 3339.
"""

# ruff: noqa: E501  a header is a line

import gzip
import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any, NamedTuple

Lines = list[tuple[str, str]]


class Sample(NamedTuple):
    """`body`: as it is sent, in chunks where the lines say so."""

    name: str
    method: str
    target: str
    lines: Lines
    body: bytes = b""
    expected: frozenset[str] = frozenset()


def lines(text: str) -> Lines:
    """Header lines of a text that has one in each line."""
    pairs = (line.strip().partition(": ") for line in text.strip().splitlines() if line.strip())
    return [(name.rstrip(":"), value) for name, _, value in pairs]


# Browsers

WINDOWS, MAC, LINUX = "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
AGENTS = {
    "chrome-windows": (f"Mozilla/5.0 ({WINDOWS}) {WEBKIT} Chrome/142.0.0.0 Safari/537.36", "Windows", "?0"),
    "chrome-mac": (f"Mozilla/5.0 ({MAC}) {WEBKIT} Chrome/142.0.0.0 Safari/537.36", "macOS", "?0"),
    "chrome-linux": (f"Mozilla/5.0 ({LINUX}) {WEBKIT} Chrome/142.0.0.0 Safari/537.36", "Linux", "?0"),
    "chrome-android": (
        f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36",
        "Android",
        "?1",
    ),
    "chrome-tablet": (f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/142.0.0.0 Safari/537.36", "Android", "?0"),
    "chrome-os": (
        f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/142.0.0.0 Safari/537.36",
        "Chrome OS",
        "?0",
    ),
    "edge-windows": (f"Mozilla/5.0 ({WINDOWS}) {WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Windows", "?0"),
    "samsung": (
        f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
        "Android",
        "?1",
    ),
    "firefox-windows": ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "", ""),
    "firefox-linux": ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "", ""),
    "firefox-android": ("Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "", ""),
    "safari-mac": (
        f"Mozilla/5.0 ({MAC}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
        "",
        "",
    ),
    "safari-iphone": (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
        "",
        "",
    ),
}
PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
PAGE_OF_OTHERS = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89"
UPLOAD = (
    b'------WebKitFormBoundary7MA4YWxkTrZu0gW\r\nContent-Disposition: form-data; name="title"\r\n\r\nna\xc3\xafve\r\n'
    b'------WebKitFormBoundary7MA4YWxkTrZu0gW\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
    b"Content-Type: image/png\r\n\r\n" + PNG + b"\r\n------WebKitFormBoundary7MA4YWxkTrZu0gW--\r\n"
)


def _fetched(site: str, mode: str, dest: str) -> Lines:
    return [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", dest)]


def _by_browsers() -> Iterator[Sample]:
    for name, (agent, platform, mobile) in AGENTS.items():
        hints = [("sec-ch-ua", '"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"')] if platform else []
        hints += [("sec-ch-ua-mobile", mobile), ("sec-ch-ua-platform", f'"{platform}"')] if platform else []
        own = [
            *hints,
            ("User-Agent", agent),
            ("Accept-Encoding", "gzip, deflate, br, zstd"),
            ("Accept-Language", "de-DE,de;q=0.9,en;q=0.8"),
        ]
        page = PAGE if platform else PAGE_OF_OTHERS
        image = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
        origin = ("Origin", "{origin}")
        for kind, method, target, extra, body, expected in (
            (
                "navigation",
                "GET",
                "/",
                [
                    ("Upgrade-Insecure-Requests", "1"),
                    ("Accept", page),
                    *_fetched("none", "navigate", "document"),
                    ("Sec-Fetch-User", "?1"),
                ],
                b"",
                (),
            ),
            (
                "link",
                "GET",
                "/caf%C3%A9/men%C3%BC?filter%5Bname%5D=a%20b&x=%F0%9F%98%80",
                [("Accept", page), ("Referer", "{origin}/"), *_fetched("same-origin", "navigate", "document")],
                b"",
                (),
            ),
            (
                "reload",
                "GET",
                "/hello",
                [
                    ("Cache-Control", "max-age=0"),
                    ("If-None-Match", 'W/"5d8c72a5edda8d6a"'),
                    ("Accept", page),
                    *_fetched("none", "navigate", "document"),
                ],
                b"",
                (),
            ),
            (
                "hard-reload",
                "GET",
                "/hello",
                [("Pragma", "no-cache"), ("Cache-Control", "no-cache"), ("Accept", page)],
                b"",
                (),
            ),
            (
                "image",
                "GET",
                "/a.png?v=2",
                [("Accept", image), ("Referer", "{origin}/"), *_fetched("same-origin", "no-cors", "image")],
                b"",
                (),
            ),
            (
                "style",
                "GET",
                "/a.css",
                [("Accept", "text/css,*/*;q=0.1"), *_fetched("same-origin", "no-cors", "style")],
                b"",
                (),
            ),
            ("script", "GET", "/a.js", [("Accept", "*/*"), *_fetched("cross-site", "no-cors", "script")], b"", ()),
            (
                "favicon",
                "GET",
                "/favicon.ico",
                [("Accept", image), *_fetched("same-origin", "no-cors", "image")],
                b"",
                (),
            ),
            (
                "fetch",
                "GET",
                "/api/items?page=2",
                [("Accept", "*/*"), ("Referer", "{origin}/"), *_fetched("same-origin", "cors", "empty")],
                b"",
                (),
            ),
            (
                "fetch-json",
                "POST",
                "/api/items",
                [
                    ("Accept", "application/json"),
                    ("Content-Type", "application/json"),
                    origin,
                    *_fetched("same-origin", "cors", "empty"),
                ],
                b'{"a": [1, null, "\\u00e9"]}',
                (),
            ),
            (
                "fetch-cross",
                "GET",
                "/api/items",
                [("Accept", "*/*"), ("Origin", "https://app.example.org"), *_fetched("cross-site", "cors", "empty")],
                b"",
                (),
            ),
            (
                "form",
                "POST",
                "/login",
                [
                    ("Content-Type", "application/x-www-form-urlencoded"),
                    ("Accept", page),
                    origin,
                    *_fetched("same-origin", "navigate", "document"),
                ],
                b"name=Zo%C3%AB&note=a+b%26c",
                (),
            ),
            (
                "upload",
                "POST",
                "/upload",
                [
                    ("Content-Type", "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW"),
                    ("Accept", page),
                    origin,
                ],
                UPLOAD,
                (),
            ),
            (
                "beacon",
                "POST",
                "/collect",
                [
                    ("Content-Type", "text/plain;charset=UTF-8"),
                    ("Accept", "*/*"),
                    origin,
                    *_fetched("same-origin", "no-cors", "empty"),
                ],
                b"t=1\nv=2",
                (),
            ),
            (
                "events",
                "GET",
                "/events",
                [
                    ("Accept", "text/event-stream"),
                    ("Cache-Control", "no-cache"),
                    *_fetched("same-origin", "cors", "empty"),
                ],
                b"",
                ("accept-not-met",),
            ),
            (
                "video",
                "GET",
                "/a.mp4",
                [("Accept", "*/*"), ("Range", "bytes=0-"), *_fetched("same-origin", "no-cors", "video")],
                b"",
                ("range",),
            ),
            (
                "cookies",
                "GET",
                "/",
                [
                    ("Accept", page),
                    ("Cookie", "session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; _ga=GA1.1.1234567890.1700000000"),
                ],
                b"",
                (),
            ),
            (
                "delete",
                "DELETE",
                "/api/items/1",
                [("Accept", "*/*"), origin, *_fetched("same-origin", "cors", "empty")],
                b"",
                (),
            ),
        ):
            yield Sample(f"{name}-{kind}", method, target, [*extra, *own], body, frozenset(expected))
        for kind, first, accept, fetched, more, body in OF_PAGES:
            method, _, target = first.partition(" ")
            extra = [("Accept", accept), *_fetched(*fetched.split()), *lines(more)]
            yield Sample(f"{name}-{kind}", method, target, [*extra, *own], body)


OF_PAGES = [
    ("font", "GET /fonts/a.woff2", "*/*", "same-origin cors font", "Origin: {origin}", b""),
    ("manifest", "GET /site.webmanifest", "*/*", "same-origin cors manifest", "", b""),
    (
        "frame",
        "GET /embed?id=1",
        "text/html,*/*;q=0.8",
        "cross-site navigate iframe",
        "Upgrade-Insecure-Requests: 1",
        b"",
    ),
    ("worker", "GET /worker.js", "*/*", "same-origin same-origin worker", "Service-Worker: script", b""),
    ("module", "GET /js/app.mjs?v=3", "*/*", "same-origin cors script", "Origin: {origin}\nReferer: {origin}/", b""),
    ("prefetch", "GET /next", "text/html,*/*;q=0.8", "same-origin navigate document", "Sec-Purpose: prefetch", b""),
    (
        "xhr",
        "GET /api/items?_=1795338000",
        "application/json, text/javascript, */*; q=0.01",
        "same-origin cors empty",
        "X-Requested-With: XMLHttpRequest",
        b"",
    ),
    (
        "put",
        "PUT /api/items/1",
        "application/json",
        "same-origin cors empty",
        "Origin: {origin}\nContent-Type: application/json",
        b'{"done": true}',
    ),
    (
        "patch",
        "PATCH /api/items/1",
        "application/json",
        "same-origin cors empty",
        "Origin: {origin}\nContent-Type: application/json",
        b'{"a": 1}',
    ),
]
"""What else a page fetches: a name, the request, what is accepted, how it is fetched, more lines, a body."""


# Programs

BASIC = "Basic dXNlcjpwYXNzd29yZA=="
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
PROGRAMS: dict[str, str] = {
    "curl": "User-Agent: curl/8.14.1\nAccept: */*",
    "wget": "User-Agent: Wget/1.25.0\nAccept: */*\nAccept-Encoding: identity\nConnection: Keep-Alive",
    "httpie": "User-Agent: HTTPie/3.2.4\nAccept-Encoding: gzip, deflate, br, zstd\nAccept: */*\nConnection: keep-alive",
    "httpx": "Accept: */*\nAccept-Encoding: gzip, deflate, br, zstd\nConnection: keep-alive\nUser-Agent: python-httpx/0.28.1",
    "requests": "User-Agent: python-requests/2.32.5\nAccept-Encoding: gzip, deflate\nAccept: */*\nConnection: keep-alive",
    "aiohttp": "Accept: */*\nAccept-Encoding: gzip, deflate, br\nUser-Agent: Python/3.13 aiohttp/3.13.2",
    "urllib": "Accept-Encoding: identity\nUser-Agent: Python-urllib/3.13\nConnection: close",
    "node": "accept: */*\naccept-language: *\nsec-fetch-mode: cors\nuser-agent: node\naccept-encoding: gzip, deflate\nconnection: keep-alive",
    "axios": "Accept: application/json, text/plain, */*\nUser-Agent: axios/1.13.2\nAccept-Encoding: gzip, compress, deflate, br\nConnection: keep-alive",
    "got": "user-agent: got (https://github.com/sindresorhus/got)\naccept-encoding: gzip, deflate, br",
    "go": "User-Agent: Go-http-client/1.1\nAccept-Encoding: gzip",
    "okhttp": "Connection: Keep-Alive\nAccept-Encoding: gzip\nUser-Agent: okhttp/5.3.0",
    "apache": "Accept-Encoding: gzip, x-gzip, deflate\nConnection: keep-alive\nUser-Agent: Apache-HttpClient/5.5 (Java/21.0.5)",
    "ruby": "Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\nAccept: */*\nUser-Agent: Ruby",
    "faraday": "User-Agent: Faraday v2.14.0\nAccept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\nAccept: */*\nConnection: keep-alive",
    "guzzle": "User-Agent: GuzzleHttp/7",
    "postman": "User-Agent: PostmanRuntime/7.49.1\nAccept: */*\nCache-Control: no-cache\nPostman-Token: 0d9e5c5c-3b0e-4c57-9a5f-5a3c2b1d0e9f\nAccept-Encoding: gzip, deflate, br\nConnection: keep-alive",
    "insomnia": "User-Agent: insomnia/11.6.1\nAccept: */*",
    "powershell": "User-Agent: Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.26100.1\nConnection: Keep-Alive",
    "k6": "User-Agent: k6/1.4.0 (https://k6.io/)",
    "deno": "accept: */*\naccept-language: *\nuser-agent: Deno/2.5.6\naccept-encoding: gzip,br",
    "bun": "Connection: keep-alive\nUser-Agent: Bun/1.3.3\nAccept: */*\nAccept-Encoding: gzip, deflate, br, zstd",
    "dart": "User-Agent: Dart/3.10 (dart:io)\nAccept-Encoding: gzip",
    "urlsession": "Accept: */*\nUser-Agent: Example/1 CFNetwork/3826.600.41 Darwin/24.6.0\nAccept-Language: de-DE,de;q=0.9\nAccept-Encoding: gzip, deflate\nConnection: keep-alive",
    "lwp": "TE: deflate,gzip;q=0.3\nConnection: TE, close\nUser-Agent: libwww-perl/6.81",
}
PART = b'--4d5f1c1a\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\na,b\r\n1,2\r\n\r\n--4d5f1c1a--\r\n'
UTF16 = "naïve".encode("utf-16")


def _by_programs() -> Iterator[Sample]:
    for name, text in PROGRAMS.items():
        own = lines(text)
        for kind, method, target, extra, body in (
            ("get", "GET", "/items/42?q=a%20b&tag=x&tag=y&empty=&flag", [], b""),
            ("head", "HEAD", "/items", [], b""),
            ("json", "POST", "/items", [("Content-Type", JSON)], json.dumps({"name": "Zoë", "price": 1.5}).encode()),
            ("form", "POST", "/items", [("Content-Type", FORM)], b"a=1&b=x+y&c=%7B%7D"),
            ("multipart", "POST", "/items", [("Content-Type", "multipart/form-data; boundary=4d5f1c1a")], PART),
            ("basic", "GET", "/private", [("Authorization", BASIC)], b""),
            ("patch", "PATCH", "/items/42", [("Content-Type", "application/merge-patch+json")], b'{"a": null}'),
            (
                "gzip",
                "POST",
                "/logs",
                [("Content-Type", JSON), ("Content-Encoding", "gzip")],
                gzip.compress(b'{"a": 1}' * 3)[:0] + gzip.compress(b'{"a": 1}'),
            ),
        ):
            yield Sample(f"{name}-{kind}", method, target, [*own, *extra], body)
        for kind, first, text, body, *expected in ORDINARY:
            method, _, target = first.partition(" ")
            yield Sample(f"{name}-{kind}", method, target, [*own, *lines(text)], body, frozenset(expected))


ORDINARY: list[tuple[Any, ...]] = [
    ("delete", "DELETE /items/42", "", b""),
    ("options", "OPTIONS /items", "", b""),
    ("deep", "GET /v1/a/b/c.json?since=2026-01-01T00%3A00%3A00Z&fields=a,b,c&sort=-name", "", b""),
    ("tag", "GET /items/42", 'If-None-Match: "5d8c72a5edda8d6a"', b""),
    ("since", "GET /items/42", "If-Modified-Since: Wed, 21 Oct 2015 07:28:00 GMT", b""),
    ("if-match", "PUT /items/42", 'Content-Type: application/json\nIf-Match: "5d8c72a5edda8d6a"', b'{"a": 1}'),
    ("range", "GET /a.bin", "Range: bytes=0-99", b"", "range"),
    ("bearer", "GET /me", "Authorization: Bearer mF_9.B5f-4.1JqM", b""),
    ("key", "GET /me", "X-API-Key: 3f1c0f7e5b6a4d2c", b""),
    ("cookies", "GET /me", "Cookie: sid=31d4d96e407aad42; lang=en-US", b""),
    ("traced", "GET /items", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", b""),
    (
        "named",
        "POST /orders",
        "Content-Type: application/json\nIdempotency-Key: 8e03978e-40d5-43dd\nX-Request-ID: a1b2",
        b"{}",
    ),
    ("nothing", "POST /items/42/archive", "", b""),
    ("text", "PUT /notes/1", "Content-Type: text/plain; charset=utf-8", "naïve – „quoted“ 日本".encode()),
    ("octets", "PUT /blobs/1", "Content-Type: application/octet-stream", bytes(range(256))),
    ("xml", "POST /orders", "Content-Type: application/xml", b'<?xml version="1.0"?><order id="1"/>'),
    ("lines", "POST /_bulk", "Content-Type: application/x-ndjson", b'{"index": {}}\n{"a": 1}\n'),
    ("graphql", "POST /graphql", "Content-Type: application/json", b'{"query": "{ me { id } }", "variables": {}}'),
    (
        "chunks",
        "POST /items",
        "Content-Type: application/json\nTransfer-Encoding: chunked",
        b'{"a": 1}',
        "transfer-encoding",
    ),
]
"""What programs are told to send: a name, the request, header lines of its own, a body, the findings."""


def _sample(name: str, first: str, text: str, body: bytes = b"", *expected: str) -> Sample:
    method, _, target = first.partition(" ")
    return Sample(name, method, target, lines(text), body, frozenset(expected))


CURL = PROGRAMS["curl"] + "\n"
SHA_ABC = hashlib.sha256(b"abc").hexdigest()
SOAP = b'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"/>'
TRACE = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\ntracestate: a=b\n"
SPECIAL = [
    _sample("curl-expect", "PUT /a", CURL + "Expect: 100-continue\nContent-Type: application/octet-stream", b"abc", "expect"),
    _sample("curl-stdin", "PUT /a", CURL + "Transfer-Encoding: chunked\nContent-Type: text/csv", b"a,b\n", "transfer-encoding"),
    _sample("curl-h2c", "GET /", CURL + "Connection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA", b"", "h2c-upgrade"),
    _sample("java", "GET /", "Connection: Upgrade, HTTP2-Settings\nHTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\nUpgrade: h2c\nUser-Agent: Java-http-client/21.0.5", b"", "h2c-upgrade"),
    _sample("curl-d-json", "POST /a", CURL + f"Content-Type: {FORM}", b'{"a": 1}', "type-contradicted"),
    _sample("curl-json-option", "POST /a", "User-Agent: curl/8.14.1\nContent-Type: application/json\nAccept: application/json", b'{"a": 1}'),
    _sample("curl-resume", "GET /a", CURL + "Range: bytes=10-", b"", "range"),
    _sample("dotnet", "GET /", TRACE, b"", "no-user-agent"),
    _sample("reqwest", "GET /", "accept: */*", b"", "no-user-agent"),
    _sample("kube-probe", "GET /health", "User-Agent: kube-probe/1.34\nAccept: */*\nConnection: close", b"", "crawler"),
    _sample("elb", "GET /", "User-Agent: ELB-HealthChecker/2.0\nAccept-Encoding: gzip, compressed\nConnection: close", b"", "crawler"),
    _sample("googlebot", "GET /robots.txt", "User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)\nAccept: text/html,application/xhtml+xml,application/signed-exchange;v=b3,application/xml;q=0.9,*/*;q=0.8\nFrom: googlebot(at)googlebot.com\nAccept-Encoding: gzip, deflate, br", b"", "crawler"),
    _sample("scanner", "GET /.env", "User-Agent: Mozilla/5.0 zgrab/0.x\nAccept: */*", b"", "scanner", "probe"),
    _sample("prometheus", "GET /metrics", "User-Agent: Prometheus/3.7.3\nAccept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2\nAccept-Encoding: gzip\nX-Prometheus-Scrape-Timeout-Seconds: 10"),
    _sample("remote-write", "POST /api/v1/write", "User-Agent: Prometheus/3.7.3\nContent-Encoding: snappy\nContent-Type: application/x-protobuf\nX-Prometheus-Remote-Write-Version: 0.1.0", b"\x0a\x24\x0a\x1f"),
    _sample("otlp", "POST /v1/traces", "User-Agent: OTel-OTLP-Exporter-Python/1.38.0\nContent-Type: application/x-protobuf\nContent-Encoding: gzip\n" + TRACE, gzip.compress(b"\x0a\x00")),
    _sample("git", "GET /repo.git/info/refs?service=git-upload-pack", "User-Agent: git/2.51.0\nAccept: */*\nAccept-Encoding: deflate, gzip, br, zstd\nAccept-Language: C, *;q=0.9\nPragma: no-cache\nGit-Protocol: version=2"),
    _sample("git-pack", "POST /repo.git/git-upload-pack", "User-Agent: git/2.51.0\nAccept-Encoding: deflate, gzip\nContent-Type: application/x-git-upload-pack-request\nAccept: */*", b"0014command=ls-refs\n0000"),
    _sample("pip", "GET /simple/echoscope/", 'User-Agent: pip/25.3 {"ci":null,"cpu":"x86_64","implementation":{"name":"CPython","version":"3.13.9"}}\nAccept-Encoding: gzip, deflate\nAccept: application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01\nConnection: keep-alive\nCache-Control: max-age=0'),
    _sample("npm", "GET /@scope%2fname", "user-agent: npm/11.6.2 node/v24.11.1 linux x64 workspaces/false\naccept: application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*\nnpm-command: install\npacote-req-type: packument\nConnection: keep-alive"),
    _sample("apt", "GET /debian/dists/stable/InRelease", "User-Agent: Debian APT-HTTP/1.3 (3.0.3)\nCache-Control: max-age=0\nAccept: text/*\nIf-Modified-Since: Sat, 15 Nov 2025 10:20:30 GMT"),
    _sample("s3", "PUT /bucket/a%20b.txt", f"User-Agent: Boto3/1.41.0 md/Botocore#1.41.0 ua/2.1\nX-Amz-Date: {{aws}}\nX-Amz-Content-SHA256: {SHA_ABC}\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=fe5f80\nContent-MD5: {b64encode(hashlib.md5(b'abc').digest()).decode()}\nContent-Type: binary/octet-stream", b"abc"),
    _sample("graphql", "POST /graphql", CURL + "Content-Type: application/json", b'{"query": "{ items { id } }", "variables": {}}'),
    _sample("soap", "POST /soap", 'User-Agent: Apache-CXF/4.1.3\nContent-Type: text/xml; charset=UTF-8\nAccept: */*\nSOAPAction: ""', SOAP),
    _sample("propfind", "PROPFIND /calendars/", "User-Agent: DAVx5/4.5.5\nContent-Type: application/xml; charset=utf-8\nDepth: 1\nAccept-Encoding: gzip", b'<?xml version="1.0"?><propfind xmlns="DAV:"/>'),
    _sample("tus", "PATCH /files/24e5", CURL + "Tus-Resumable: 1.0.0\nUpload-Offset: 70\nContent-Type: application/offset+octet-stream", b"\x1f\x8b\x08data"),
    _sample("bulk", "POST /_bulk", CURL + "Content-Type: application/x-ndjson", b'{"index": {}}\n{"a": 1}\n'),
    _sample("csp-report", "POST /csp", f"User-Agent: {AGENTS['chrome-mac'][0]}\nContent-Type: application/csp-report\nAccept: */*", b'{"csp-report": {"document-uri": "https://a.example/"}}'),
    _sample("reports", "POST /reports", f"User-Agent: {AGENTS['chrome-mac'][0]}\nContent-Type: application/reports+json", b'[{"age": 1, "type": "csp-violation"}]'),
    _sample("image", "PUT /a.png", CURL + "Content-Type: image/png", PNG),
    _sample("jpeg", "PUT /a.jpg", CURL + "Content-Type: image/jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01" + bytes(16)),
    _sample("svg", "PUT /a.svg", CURL + "Content-Type: image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    _sample("pdf", "PUT /a.pdf", CURL + "Content-Type: application/pdf", b"%PDF-1.7\n%\xe2\xe3"),
    _sample("docx", "PUT /a.docx", CURL + "Content-Type: application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04rest"),
    _sample("tar", "PUT /a.tgz", CURL + "Content-Type: application/gzip", gzip.compress(b"x")),
    _sample("octets", "PUT /a.bin", CURL + "Content-Type: application/octet-stream", bytes(range(256))),
    _sample("utf16", "PUT /a.txt", CURL + "Content-Type: text/plain; charset=utf-16", UTF16),
    _sample("latin1", "PUT /a.txt", CURL + "Content-Type: text/plain; charset=iso-8859-1", b"caf\xe9"),
    _sample("sjis", "PUT /a.txt", CURL + "Content-Type: text/plain; charset=Shift_JIS", "日本".encode("shift_jis")),
    _sample("empty-post", "POST /items/42/publish", CURL),
    _sample("oauth", "POST /token", CURL + f"Authorization: {BASIC}\nContent-Type: {FORM}", b"grant_type=client_credentials&scope=a"),
    _sample("callback", "GET /callback?code=4%2F0Ab&state=eyJhIjoxfQ%3D%3D&next=https%3A%2F%2Fa.example%2Fx%3Fq%3Da%2520b", f"User-Agent: {AGENTS['safari-mac'][0]}\nAccept: {PAGE_OF_OTHERS}"),
    _sample("percent", "GET /search?q=100%25&w=50%25+off", CURL),
    _sample("token", "GET /", CURL + "Authorization: Bearer ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
    _sample("digest-auth", "GET /", CURL + 'Authorization: Digest username="u", realm="r", nonce="n", uri="/", response="6629fae49393a05397450978507c4ef1", qop=auth, nc=00000001, cnonce="c"'),
    _sample("if-match", "PUT /items/42", CURL + 'If-Match: "33a64df5"\nContent-Type: application/json', b"{}"),
    _sample("trailers", "GET /", CURL + "TE: trailers"),
    _sample("options", "OPTIONS /items", CURL),
    _sample("ascii-json", "POST /a", CURL + "Content-Type: application/json; charset=us-ascii", b'"\\u00e9"'),
    _sample("number-json", "POST /a", CURL + "Content-Type: application/json", b" 42\n"),
    _sample("problem", "POST /a", CURL + "Content-Type: application/problem+json", b'{"title": "x"}'),
    _sample("digest", "POST /a", CURL + f"Content-Digest: sha-256=:{b64encode(hashlib.sha256(b'abc').digest()).decode()}:\nContent-Type: text/plain", b"abc"),
    _sample("ab", "GET /", "User-Agent: ApacheBench/2.3\nAccept: */*\nConnection: close"),
    _sample("wrk", "GET /", "", b"", "no-user-agent"),
    _sample("jquery", "POST /a", f"User-Agent: {AGENTS['firefox-linux'][0]}\nAccept: application/json, text/javascript, */*; q=0.01\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\nX-Requested-With: XMLHttpRequest", b"a%5B%5D=1&a%5B%5D=2"),
    _sample("feed-reader", "GET /feed.xml", "User-Agent: Feedly/1.0\nAccept: application/atom+xml, application/rss+xml;q=0.9, */*;q=0.1\nA-IM: feed\nIf-None-Match: \"33a64df5\"\nIf-Modified-Since: Sat, 15 Nov 2025 10:20:30 GMT"),
    _sample("old-browser", "GET /", "User-Agent: Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)\nAccept: image/gif, image/jpeg, image/pjpeg, application/x-ms-application, */*\nConnection: Keep-Alive"),
    _sample("image-proxy", "GET /pixel.gif?id=1", "User-Agent: Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"),
    _sample("json-charset", "POST /a", CURL + "Content-Type: application/json; charset=utf-8", '{"name": "Zoë 😀"}'.encode()),
    _sample("dav-lock", "LOCK /a.txt", "User-Agent: Microsoft Office Core Storage Infrastructure/1.0\nContent-Type: text/xml; charset=\"utf-8\"\nTimeout: Second-3600", b'<?xml version="1.0" encoding="utf-8"?><D:lockinfo xmlns:D="DAV:"/>'),
    _sample("chunked-json", "POST /a", "User-Agent: Go-http-client/1.1\nTransfer-Encoding: chunked\nContent-Type: application/json\nAccept-Encoding: gzip", b"{}", "transfer-encoding"),
    _sample("csv", "POST /a", CURL + "Content-Type: text/csv; charset=windows-1252", b"name\r\nZo\xeb\r\n"),
    _sample("azure-grid", "POST /hooks", "User-Agent: EventGrid\naeg-event-type: Notification\naeg-delivery-count: 0\nContent-Type: application/json; charset=utf-8", b'[{"id": "1"}]'),
    _sample("tasks-retry", "POST /tasks", "User-Agent: Google-Cloud-Tasks\nX-CloudTasks-TaskName: a\nX-CloudTasks-TaskRetryCount: 2\nContent-Type: application/octet-stream", b"x", "webhook-attempt"),
    _sample("gitea", "POST /hooks", "User-Agent: Go-http-client/1.1\nX-GitHub-Delivery: f6266f16\nX-GitHub-Event: push\nX-Gitea-Delivery: f6266f16\nX-Gitea-Event: push\nX-Hub-Signature-256: sha256=0a\nContent-Type: application/json", b"{}", "webhook"),
    _sample("grpc-web", "POST /pkg.Svc/Get", "User-Agent: grpc-web-javascript/0.1\nX-Grpc-Web: 1\nContent-Type: application/grpc-web+proto\nAccept: application/grpc-web+proto, */*;q=0.1", b"\0\0\0\0\0"),
]  # fmt: skip


# Webhooks, by the documents of their vendors

HOOK = "Accept: */*\nContent-Type: application/json\n"
WEBHOOKS = {
    "github": "User-Agent: GitHub-Hookshot/044aadd\nX-GitHub-Delivery: 72d3162e-cc78-11e3-81ab-4c9367dc0958\nX-GitHub-Event: issues\nX-GitHub-Hook-ID: 292430182\nX-Hub-Signature: sha1=7d38\nX-Hub-Signature-256: sha256=d57c",
    "stripe": "User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\nCache-Control: no-cache\nStripe-Signature: t={now},v1=5257a869e7,v0=6ffbb59b2300",
    "slack": "User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\nX-Slack-Signature: v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503\nX-Slack-Request-Timestamp: {now}",
    "shopify": "User-Agent: Shopify-Captain-Hook\nX-Shopify-Topic: orders/create\nX-Shopify-Hmac-Sha256: XWmrwMey6OsLMeiZKwP4FppHH3cmAiiJJAweH5Jo4bM=\nX-Shopify-Shop-Domain: a.myshopify.com\nX-Shopify-Webhook-Id: b54557e4",
    "sendgrid": "User-Agent: SendGrid Event API\nX-Twilio-Email-Event-Webhook-Signature: MEUCIGHQVtGj\nX-Twilio-Email-Event-Webhook-Timestamp: {now}",
    "gitlab": "User-Agent: GitLab/18.5.1\nX-Gitlab-Event: Push Hook\nX-Gitlab-Token: s3cr3t-token-value\nX-Gitlab-Event-UUID: 13792a34\nIdempotency-Key: f5e57a64",
    "zoom": "User-Agent: Zoom Marketplace/1.0a\nclientid: Ks2FVK7VS2KDZHzUPFUhzw\nx-zm-request-timestamp: {now}\nx-zm-signature: v0=fe9db4",
    "discord": "User-Agent: Discord-Interactions/1.0 (+https://discord.com)\nX-Signature-Ed25519: 1f2e\nX-Signature-Timestamp: {now}",
    "svix": "User-Agent: Svix-Webhooks/1.80.0\nsvix-id: msg_p5jXN8AQM9LWM0D4loKWxJek\nsvix-timestamp: {now}\nsvix-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    "standard": "User-Agent: example/1\nwebhook-id: msg_1\nwebhook-timestamp: {now}\nwebhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    "paddle": "User-Agent: Paddle\nPaddle-Signature: ts={now};h1=eb4d0dc8",
    "square": "User-Agent: Square Connect v2\nx-square-hmacsha256-signature: 2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og=\nsquare-environment: Production",
    "paypal": "User-Agent: PayPal/AUHD-214.0-58417034\nPAYPAL-TRANSMISSION-ID: 69cd13f0\nPAYPAL-TRANSMISSION-TIME: {iso}\nPAYPAL-TRANSMISSION-SIG: jsAqMfDR\nPAYPAL-CERT-URL: https://api.paypal.com/v1/notifications/certs/CERT-360caa42\nPAYPAL-AUTH-ALGO: SHA256withRSA",
    "meta": "User-Agent: facebookexternalua\nX-Hub-Signature: sha1=01\nX-Hub-Signature-256: sha256=02",
    "twitch": "User-Agent: Go-http-client/2.0\nTwitch-Eventsub-Message-Id: e76c6bd4\nTwitch-Eventsub-Message-Retry: 0\nTwitch-Eventsub-Message-Type: notification\nTwitch-Eventsub-Message-Signature: sha256=03\nTwitch-Eventsub-Message-Timestamp: {iso}",
    "linear": "User-Agent: Linear-Webhook\nLinear-Delivery: 234d1a4e\nLinear-Event: Issue\nLinear-Signature: 766e1d90",
    "bitbucket": "User-Agent: Bitbucket-Webhooks/2.0\nX-Event-Key: repo:push\nX-Hook-UUID: a7a4\nX-Request-UUID: b8b5\nX-Attempt-Number: 1\nX-Hub-Signature: sha256=04",
    "hubspot": "User-Agent: HubSpot Connect 2.0 (http://dev.hubspot.com/) - WebHooks\nX-HubSpot-Signature-v3: qo0=\nX-HubSpot-Request-Timestamp: {now}000",
    "typeform": "User-Agent: Typeform Webhooks\nTypeform-Signature: sha256=AAAA",
    "calendly": "User-Agent: Calendly\nCalendly-Webhook-Signature: t={now},v1=05",
    "zendesk": "User-Agent: Zendesk Webhook\nX-Zendesk-Webhook-Signature: QUJD\nX-Zendesk-Webhook-Signature-Timestamp: {iso}",
    "docusign": "User-Agent: DocuSign-Connect\nX-DocuSign-Signature-1: QUJD",
    "dropbox": "User-Agent: DropboxWebhooks/1.0\nX-Dropbox-Signature: 06",
    "line": "User-Agent: LineBotWebhook/2.0\nx-line-signature: QUJD",
    "telegram": "X-Telegram-Bot-Api-Secret-Token: abc_DEF-123\nAccept-Encoding: gzip, deflate\nUser-Agent: telegram",
    "vercel": "User-Agent: Vercel Webhook\nx-vercel-signature: 07",
    "woocommerce": "User-Agent: WooCommerce/10.3.4 Hookshot (WordPress/6.8.3)\nX-WC-Webhook-Topic: order.created\nX-WC-Webhook-Signature: QUJD",
    "pagerduty": "User-Agent: PagerDuty-Webhook/V3.0\nX-PagerDuty-Signature: v1=08",
    "sentry": "User-Agent: sentry/25\nSentry-Hook-Resource: issue\nSentry-Hook-Timestamp: {now}\nSentry-Hook-Signature: 09",
}
MAILGUN = b'{"signature": {"timestamp": "1795338000", "token": "e0b5", "signature": "12d9"}, "event-data": {"event": "opened"}}'


def _by_senders() -> Iterator[Sample]:
    for name, text in WEBHOOKS.items():
        yield Sample(
            f"webhook-{name}", "POST", "/hooks", lines(HOOK + text), b'{"id": "evt_1", "n": 1}', frozenset({"webhook"})
        )
    form = lines(
        f"User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\nAccept: application/json,*/*\nContent-Type: {FORM}\nX-Slack-Signature: v0=0a\nX-Slack-Request-Timestamp: {{now}}"
    )
    yield Sample(
        "webhook-slack-command",
        "POST",
        "/slack",
        form,
        b"token=x&command=%2Fweather&text=94070",
        frozenset({"webhook"}),
    )
    again = [*lines(HOOK + WEBHOOKS["slack"]), ("X-Slack-Retry-Num", "1"), ("X-Slack-Retry-Reason", "http_timeout")]
    yield Sample("webhook-slack-again", "POST", "/slack", again, b"{}", frozenset({"webhook", "webhook-attempt"}))
    twilio = lines(
        f"User-Agent: TwilioProxy/1.1\nAccept: */*\nX-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=\nI-Twilio-Idempotency-Token: a\nContent-Type: {FORM}; charset=UTF-8"
    )
    yield Sample(
        "webhook-twilio", "POST", "/sms", twilio, b"From=%2B14158675309&Body=Hi+%F0%9F%91%8B", frozenset({"webhook"})
    )
    github_form = [*lines("Accept: */*\n" + WEBHOOKS["github"]), ("Content-Type", FORM)]
    yield Sample(
        "webhook-github-form",
        "POST",
        "/hooks",
        github_form,
        b"payload=%7B%22ref%22%3A%22refs%2Fheads%2Fmain%22%7D",
        frozenset({"webhook"}),
    )
    yield Sample(
        "webhook-mailgun",
        "POST",
        "/hooks",
        lines(HOOK + "User-Agent: Go-http-client/1.1"),
        MAILGUN,
        frozenset({"webhook"}),
    )
    sns = lines(
        "x-amz-sns-message-type: Notification\nContent-Type: text/plain; charset=UTF-8\nUser-Agent: Amazon Simple Notification Service Agent"
    )
    yield Sample(
        "webhook-sns", "POST", "/hooks", sns, b'{"Type": "Notification"}', frozenset({"webhook", "type-contradicted"})
    )
    unsigned = [line for line in lines(HOOK + WEBHOOKS["github"]) if not line[0].startswith("X-Hub")]
    yield Sample("webhook-github-unsigned", "POST", "/hooks", unsigned, b"{}", frozenset({"webhook-unsigned"}))
    meta_check = lines("User-Agent: facebookplatform/1.0 (http://developers.facebook.com)\nAccept: */*")
    yield Sample(
        "webhook-meta-check",
        "GET",
        "/hooks?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock",
        meta_check,
    )


def _preflights() -> Iterator[Sample]:
    for name in ("chrome-windows", "firefox-linux", "safari-mac", "chrome-android"):
        for wants, asked in (
            ("PUT", "content-type"),
            ("POST", "authorization,content-type"),
            ("DELETE", ""),
            ("PATCH", "x-requested-with"),
        ):
            text = f"Origin: https://app.example.org\nAccess-Control-Request-Method: {wants}\nAccept: */*\nUser-Agent: {AGENTS[name][0]}\nSec-Fetch-Mode: cors\nSec-Fetch-Site: cross-site\nSec-Fetch-Dest: empty"
            text += f"\nAccess-Control-Request-Headers: {asked}" if asked else ""
            yield Sample(
                f"preflight-{name}-{wants}", "OPTIONS", "/api/items", lines(text), b"", frozenset({"cors-preflight"})
            )


SAMPLES = [*_by_browsers(), *_by_programs(), *SPECIAL, *_by_senders(), *_preflights()]

UPGRADE = (
    "Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
)
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
HANDSHAKES = {
    "chrome": f"Connection: Upgrade\nPragma: no-cache\nCache-Control: no-cache\nUser-Agent: {AGENTS['chrome-mac'][0]}\nUpgrade: websocket\nOrigin: {{origin}}\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n{DEFLATE}",
    "firefox": f"User-Agent: {AGENTS['firefox-linux'][0]}\nAccept: */*\nConnection: keep-alive, Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nOrigin: {{origin}}\nSec-Fetch-Dest: empty\nSec-Fetch-Mode: websocket\nSec-Fetch-Site: same-origin\nSec-WebSocket-Extensions: permessage-deflate",
    "safari": f"{UPGRADE}\nOrigin: {{origin}}\nUser-Agent: {AGENTS['safari-iphone'][0]}\nSec-WebSocket-Extensions: permessage-deflate",
    "websockets": f"{UPGRADE}\n{DEFLATE}\nUser-Agent: Python/3.13 websockets/15.0.1",
    "ws": f"{UPGRADE}\n{DEFLATE}",
    "gorilla": f"User-Agent: Go-http-client/1.1\n{UPGRADE}",
    "graphql": f"{UPGRADE}\nSec-WebSocket-Protocol: graphql-transport-ws",
    "two": f"{UPGRADE}\nSec-WebSocket-Protocol: v2.chat, v1.chat\nCookie: session=abc",
}  # fmt: skip
"""Handshakes by their clients, without Host."""

PROXIES: dict[str, str] = {
    "nginx": "X-Real-IP: {client}\nX-Forwarded-For: {client}\nX-Forwarded-Proto: https\nX-Forwarded-Host: {host}\nConnection: close",
    "caddy": "X-Forwarded-For: {client}\nX-Forwarded-Host: {host}\nX-Forwarded-Proto: https\nVia: 2.0 Caddy",
    "traefik": "X-Forwarded-For: {client}\nX-Forwarded-Host: {host}\nX-Forwarded-Port: 443\nX-Forwarded-Proto: https\nX-Forwarded-Server: 3f0a\nX-Real-Ip: {client}",
    "alb": "X-Forwarded-For: {client}\nX-Forwarded-Proto: https\nX-Forwarded-Port: 443\nX-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678",
    "cloudflare": 'CF-Ray: 230b030023ae2822-SJC\nCF-Connecting-IP: {client}\nCF-Visitor: {"scheme":"https"}\nX-Forwarded-For: {client}\nX-Forwarded-Proto: https\nCDN-Loop: cloudflare; loops=1\nCF-IPCountry: DE',
    "envoy": "X-Forwarded-For: {client}\nX-Forwarded-Proto: https\nX-Envoy-External-Address: {client}\nX-Request-Id: 4bf92f35-77b3-4da6-a3ce-929d0e0e4736",
    "heroku": "X-Request-Id: 1\nX-Forwarded-For: {client}\nX-Forwarded-Proto: https\nX-Forwarded-Port: 443\nVia: 1.1 heroku-router\nX-Request-Start: 1795338000000",
    "fly": "Fly-Client-IP: {client}\nX-Forwarded-For: {client}\nFly-Forwarded-Proto: https\nX-Forwarded-Proto: https\nX-Forwarded-Ssl: on\nX-Forwarded-Port: 443\nFly-Region: ams\nVia: 2 fly.io",
    "haproxy": "X-Forwarded-For: {client}\nX-Forwarded-Proto: https",
    "forwarded": "Forwarded: for={client};host={host};proto=https",
    "ingress": "X-Request-ID: 1f\nX-Real-IP: {client}\nX-Forwarded-For: {client}\nX-Forwarded-Host: {host}\nX-Forwarded-Port: 443\nX-Forwarded-Proto: https\nX-Forwarded-Scheme: https\nX-Scheme: https",
    "azure": "X-Forwarded-For: {client}:51234\nX-ARR-SSL: 2048|256|CN=a\nX-Forwarded-Proto: https\nX-ARR-LOG-ID: 1\nX-SITE-DEPLOYMENT-ID: a",
    "cloud-run": 'X-Forwarded-For: {client}\nForwarded: for="{client}";proto=https\nX-Forwarded-Proto: https\nX-Cloud-Trace-Context: 105445aa7843bc8bf206b12000100000/1',
    "ngrok": "X-Forwarded-For: {client}\nX-Forwarded-Host: {host}\nX-Forwarded-Proto: https",
}  # fmt: skip
"""What proxies add to a request of `{client}` for `{host}` over https."""


def chunks(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"


def filled(sample: Sample, **values: Any) -> Lines:
    """The lines with their placeholders filled in."""
    made = []
    for name, value in sample.lines:
        for key, text in values.items():
            value = value.replace(f"{{{key}}}", str(text))
        made.append((name, value))
    return made

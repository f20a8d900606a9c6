"""Both doors give the same answer, byte for byte, and the same document."""

import random

import pytest

from echoscope.web.httpbin.routes import ROUTES
from tests import wire

from .conftest import Doors
from .exchanges import Outcome, ask

CURL = ("User-Agent: curl/8.14.1", "Accept: */*")
BROWSER = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-GB,en;q=0.9",
    "Cookie: session=5f1d7a84c3b94e0d9a1c; theme=dark",
    "Origin: https://app.example",
)

TARGETS = [
    "/", "//", "//a//b", "/a/b?c=d", "/a?", "/a?b?c", "/?a=1&a=2&token=hunter2222", "/%C3%A9", "/%ff", "/a%2Fb", "/%00",
    '/"quoted"', "/back\\slash", "/{}|^`~<>", "/a?q=\"x\\y\"&z=%22", "/a;b=c", "/-", "/-x", "/_/x", "/a%20b",
    "/a+b?c+d", "/%E2%80%A8", "/%5C%22", "/get/", "/get/more", "/status", "/%2d/api",
]  # fmt: skip

HEADS = {
    "curl": CURL,
    "a browser": BROWSER,
    "none": (),
    "repeats": ("X-A: 1", "X-B: 2", "X-A: 3", "Cookie: a=1", "Cookie: b=2"),
    "white space": ("X-A:v", "X-B:   v   ", "X-C:\tv\t", "X-D:"),
    "odd names": ("x-lower: 1", "X_Under: 2", "!#$%&'*+-.^`|~: 3", "ACCEPT: application/json"),
    "bytes beyond ASCII": (b"X-A: \xc3\xa9", b"X-B: caf\xe9"),
    "quotes": ('X-A: "a\\b"', "X-B: a\tb"),
    "secrets": ("Authorization: Bearer hunter2hunter2", "X-Api-Key: hunter2hunter2"),
    "a preflight": (
        "Origin: https://a.example",
        "Access-Control-Request-Method: PURGE",
        "Access-Control-Request-Headers: x",
    ),
    "shaped": ("X-Echoscope-Status: 418",),
    "shaped badly": ("X-Echoscope-Status: 9",),
    "forwarded": ("X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https"),
    "credentials": ("Authorization: Basic dXNlcjpzZWNyZXQ=",),
    "a condition": ('If-None-Match: "abc"', "Range: bytes=0-4"),
    "expecting": ("Expect: 100-continue",),
    "an upgrade": ("Connection: Upgrade", "Upgrade: h2c"),
    "closing": ("Connection: close",),
    "keep-alive": ("Connection: keep-alive",),
}

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get")

UNEQUAL = (
    "/uuid",
    "/status",
    "/bytes",
    "/stream-bytes",
    "/unstable",
    "/delay",
    "/drip",
    "/digest-auth",
    "/sse",
    "/jsonl",
    "/cache",
    "/links",
)
"""Endpoints whose answers chance or a clock decides, and those that take their time."""

EXAMPLES = [
    route.example
    for family in ROUTES.values()
    for route in family
    if route.example.startswith("/") and not route.path.startswith(UNEQUAL)
]


def same(doors: Doors, *requests: bytes) -> Outcome:
    direct, asgi = ask(doors.direct, *requests), ask(doors.asgi, *requests)
    assert direct.answers == asgi.answers
    assert direct.documents == asgi.documents
    return direct


@pytest.mark.parametrize("target", TARGETS)
def test_any_target(doors: Doors, target: str) -> None:
    request = wire.request("GET", target, CURL)
    outcome = same(doors, request, request, request)
    assert len(outcome.documents) == (0 if target == "/-" else 3)


@pytest.mark.parametrize("lines", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("target", ["/a?b=c", "/get?b=c", "/headers", "/anything/x", "/status/204"])
def test_any_head(doors: Doors, target: str, lines: tuple[str | bytes, ...]) -> None:
    request = wire.request("GET", target, lines)
    count = 1 if "Connection: close" in lines else 3
    assert len(same(doors, *[request] * count).documents) == count


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("target", ["/a?b=c", "/get?b=c", "/post", "/anything", "/status/404", "/cookies"])
def test_any_method(doors: Doors, method: str, target: str) -> None:
    request = wire.request(method, target, CURL)
    assert len(same(doors, request, request).documents) == 2


BODIES = {
    "text": b"hello",
    "JSON": b'{"a": [1, "\xc3\xa9"]}',
    "a form": b"a=1&b=2",
    "no text": b"\xff\x00\xfe",
    "half a character": b"\xc3",
    "a control": b"a\x00b\r\n\r\nGET / HTTP/1.1",
    "8 KiB": b"x" * 8192,
    "20 kB": b"y" * 20_000,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("target", ["/a", "/post", "/anything", "/get", "/status/201"])
def test_any_body(doors: Doors, target: str, body: bytes) -> None:
    request = wire.request("POST", target, (*CURL, "Content-Type: application/x-www-form-urlencoded"), body)
    assert len(same(doors, request, request).documents) == 2


@pytest.mark.parametrize("example", EXAMPLES)
def test_any_endpoint(doors: Doors, example: str) -> None:
    requests = [wire.request(method, example, (*CURL, "Accept-Encoding: gzip")) for method in ("GET", "HEAD", "GET")]
    assert len(same(doors, *requests).documents) == 3


@pytest.mark.parametrize("seed", range(30))
def test_a_mixture_on_one_connection(doors: Doors, seed: int) -> None:
    chance = random.Random(seed)
    kept = [lines for name, lines in HEADS.items() if name not in ("closing", "expecting")]
    requests = []
    lines = chance.choice(kept)
    for _ in range(25):
        if chance.random() < 0.3:
            lines = chance.choice(kept)
        method = chance.choice(METHODS[:7])
        body = chance.choice(list(BODIES.values())[:6]) if method in ("POST", "PUT", "PATCH") else b""
        requests.append(wire.request(method, chance.choice([*TARGETS, *EXAMPLES[:12]]), lines, body))
    same(doors, *requests)


VARYING = {
    "Traceparent": [f"00-4bf92f3577b34da6a3ce929d0e0e{number:04x}-00f067aa0ba902b7-01" for number in range(6)],
    "Accept": ["*/*", "application/json", "text/html", "text/html;q=0.1", "image/png", "*/*"],
    "Content-Type": ["a/b", "application/json", "text/plain", "x", "a/b", "c/d"],
    "User-Agent": ["a/1", "b/2", "c/3", "d/4", "e/5", "f/6"],
    "Cookie": ["a=1", "a=2", "a=3;b=4", "b", "c=", "a=1"],
    "Origin": ["https://a.example", "https://b.example", "null", "https://c.example", "x", "y"],
    "X-Forwarded-For": ["1.2.3.4", "5.6.7.8", "::1", "x", "9.9.9.9", "1.1.1.1"],
    "If-None-Match": ['"a"', '"b"', "*", 'W/"c"', "x", '"\\\\"'],
    "X-Echoscope-Status": ["201", "418", "200", "x", "404", "503"],
    "X-Echoscope-Content-Type": ["a/b", "text/html", "x/y", "text/plain", "c/d", "e/f"],
    "Range": ["bytes=0-1", "bytes=2-3", "bytes=4-5", "x", "bytes=0-", "bytes=-1"],
}


@pytest.mark.parametrize("name", VARYING)
@pytest.mark.parametrize("target", ["/a?b=c", "/get?b=c", "/headers", "/anything/x", "/range/9", "/ip", "/cookies"])
def test_one_value_that_is_new_in_each_request_of_a_connection(doors: Doors, target: str, name: str) -> None:
    requests = [wire.request("GET", target, ("X-A: 1", f"{name}: {value}", "X-B: 2")) for value in VARYING[name]]
    assert len(same(doors, *requests).documents) == len(requests)


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Forwarded-Host", "Origin", "X-A"])
@pytest.mark.parametrize("target", ["/get?b=c", "/headers", "/anything/x", "/response-headers?content-type=a/b"])
def test_lines_that_are_repeated_and_then_others(doors: Doors, target: str, name: str) -> None:
    values = ["a.example", "a.example", "a.example", "b.example", "b.example", "a.example"]
    outcome = same(doors, *(wire.request("GET", target, (f"{name}: {value}",)) for value in values))
    seen = [dict(document["scope"]["headers"])[name.lower()] for document in outcome.documents]
    assert seen == values


def test_two_values_that_are_new_in_each_request_of_a_connection(doors: Doors) -> None:
    requests = [
        wire.request("POST", "/a", (f"X-A: {number}", "X-B: 1", f'X-C: "{number}\\'), b"hello") for number in range(9)
    ]
    outcome = same(doors, *requests)
    assert [dict(document["scope"]["headers"])["x-c"] for document in outcome.documents] == [
        f'"{number}\\' for number in range(9)
    ]


def test_what_is_plain_says_that_its_messages_were_derived(doors: Doors) -> None:
    for server, is_derived in ((doors.direct, True), (doors.asgi, False)):
        exchange_id = server.client.get("/plain").headers["x-echoscope-id"]
        document = server.client.get(f"/-/api/exchanges/{exchange_id}").json()
        assert document["is_derived"] is is_derived
        assert [event["type"] for event in document["events"]] == [
            "http.request", "http.response.start", "http.response.body",
        ]  # fmt: skip
        times = [event["at_ms"] for event in document["events"]]
        assert times == sorted(times)
        assert 0 < times[-1] <= document["duration_ms"]

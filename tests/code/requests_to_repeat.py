"""Requests as bytes of the wire, ordinary and hostile, and what of a capture must come back when they are repeated."""

import time
from typing import Any

from tests.servers import WAIT_S, Running


def wire(line: bytes, *headers: bytes, body: bytes | None = None) -> bytes:
    """A request of HTTP/1.1; a body, an empty one too, comes with its length."""
    length = [] if body is None else [b"Content-Length: %d" % len(body)]
    return b"\r\n".join([line + b" HTTP/1.1", b"Host: h", *headers, *length, b"", body or b""])


TABLE = {
    "plain get": wire(b"GET /hello?a=1&b=2", b"User-Agent: test/1", b"Accept: */*"),
    "nothing but host": wire(b"GET /"),
    "json": wire(b"POST /orders", b"Content-Type: application/json", body=b'{"a": "it\'s"}'),
    "repeats": wire(b"GET /r", b"X-A: 1", b"X-B: 0", b"X-A: 2", b"Cookie: a=1", b"X-Empty:"),
    "shell in header": wire(b"GET /s", b"X: '; touch {pwned}; '", b"Y: $(touch {pwned}) `touch {pwned}` !! \\"),
    "shell in path": wire(b"GET /$(touch%20x);touch&|%27[1-9]{a,b}?q='`id`'&x[]=1"),
    "at sign": wire(b"POST /at", b"X: @/etc/passwd", b"Y: =1", body=b"@/etc/passwd"),
    "format": wire(b"POST /f", b"X: 100% \\n %s", body=b"%s%n\\n\n\n"),
    "all at once": wire(
        b"PUT /all/at/once?a=1",
        *(b"X-A: @/etc/passwd", b"X-A: =1", b"X-Empty:", b"Y: '$(id)' \"b\" %s \\n", b"Z: caf\xc3\xa9"),
        body=bytes(range(256)),
    ),
    "quotes": wire(b"POST /q", b'X: "a" \'b\' \\"c\\', body=b"\"'\\'\"\\\\'\""),
    "all bytes": wire(b"PUT /bytes", body=bytes(range(256))),
    "beyond ascii": wire(b"POST /u", b"X: caf\xc3\xa9", body=b"\xe2\x82\xac\xff\n\x00"),
    "tab in value": wire(b"GET /t", b"X: a\tb"),
    "dots": wire(b"GET /a/../b/./c/%2e%2E/d?x=/../y"),
    "escapes": wire(b"GET /user%7e/%41%2f?q=%zz+%20"),
    "odd characters": wire(b'GET /a"b<c>d|e^f`g\\h?i"j<k>l'),
    "double slash": wire(b"GET //x//y"),
    "empty body": wire(b"POST /empty", body=b""),
    "form": wire(b"POST /form", b"Content-Type: application/x-www-form-urlencoded", body=b"a=1&b=2"),
    "lower-case method": wire(b"patch /lower", body=b"x"),
    "lower-case get": wire(b"get /lower-get"),
    "mixed-case method": wire(b"PoSt /mixed", body=b"x"),
    "no coding wanted": wire(b"GET /i", b"Accept-Encoding: identity, gzip;q=0"),
    "body with get": wire(b"GET /g", body=b"abc"),
    "head": wire(b"HEAD /head"),
    "other method": wire(b"REPORT /m", body=b"ab"),
    "chunked": wire(b"POST /c", b"Transfer-Encoding: chunked") + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    "compressed answer": wire(b"GET /z", b"Accept-Encoding: gzip, br", b"User-Agent: u"),
    "credentials": wire(b"GET /k?token=abcdef", b"Authorization: Bearer t0p-s3cret"),
    "long body": wire(b"POST /long", body=b"0123456789abcde\n" * 12_500),
    "long lines": wire(b"POST /lines", b"Content-Type: text/plain", body=b"x" * 9000),
}

LEFT_TO_CLIENTS = frozenset({"host", "content-length", "connection", "transfer-encoding", "expect"})


def capture(server: Running, request: bytes) -> str:
    """Send a request as it is; the id of its exchange."""
    head, end, body = request.partition(b"\r\n\r\n")
    answer = server.raw(head + b"\r\nConnection: close" + end + body)
    fields = answer.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
    return next(field.split(b": ")[1].decode() for field in fields if field.startswith(b"x-echoscope-id"))


def code_of(server: Running, exchange_id: str, language: str) -> str:
    answer = server.client.get(f"/-/api/exchanges/{exchange_id}/code/{language}", params={"reveal": "1"})
    assert answer.status_code == 200, answer.text
    assert answer.text.isascii()
    return answer.text


def newest(server: Running, path: str) -> dict[str, Any]:
    """The document of the newest exchange, which must be for this path."""
    deadline = time.monotonic() + WAIT_S
    while True:
        items = server.client.get("/-/api/exchanges", params={"limit": 1}).json()["items"]
        if items and items[0]["state"] != "open":
            break
        assert time.monotonic() < deadline
    assert items[0]["path"] == path
    return document(server, items[0]["id"])


def document(server: Running, exchange_id: str) -> dict[str, Any]:
    return dict(server.client.get(f"/-/api/exchanges/{exchange_id}?bodies=1").json())


def seen(made: dict[str, Any], *, joined: bool = False, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What the server saw of a request, but for what every client sets itself."""
    skipped = LEFT_TO_CLIENTS | without
    headers = [(name, value) for name, value in made["scope"]["headers"] if name not in skipped]
    return {
        "method": made["method"],
        "path": made["scope"]["raw_path"],
        "query": made["scope"]["query_string"],
        "headers": dict_of(headers) if joined else headers,
        "body": made["request"]["body"]["content"],
    }


def dict_of(headers: list[tuple[str, str]]) -> dict[str, str]:
    """Repeats joined by commas, as some clients send them."""
    made: dict[str, str] = {}
    for name, value in headers:
        made[name] = f"{made[name]}, {value}" if name in made else value
    return made

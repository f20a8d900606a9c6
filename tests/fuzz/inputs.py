"""Strategies for hostile input: what a client sends, broken in a few places. What is all noise does not get far."""

import itertools
import json
import struct
from typing import Any, Final, NamedTuple

from hpack import Encoder
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.server.frames import HANDSHAKE

BINS: Final = ("hooks", "orders", "a", "A", "a.b", "-", "..", "é", "x" * 64, "x" * 65, "a/b", "")

TEXT: Final = st.text(max_size=20) | st.sampled_from((
    "\ud800", "\x00", "\x1b[2J", "\u202e", "<script>", "{{ json.a }}", "%ff", "\r\n", "a" * 5_000, "NaN", "-1",
    "1e999", "٣",
))  # fmt: skip
BYTES: Final = st.binary(max_size=60) | st.sampled_from((
    b"\xff\xfe", b"\xed\xa0\x80", b"\x00", b'{"a":"\\ud800"}', b'{"a":NaN}', b"[" * 3_000, b"9" * 5_000,
    b'{"a":' + b"[" * 300 + b"]" * 300 + b"}", b'{"a":1e999}',
    b"\x1f\x8b\x08\x00",
    b"a=1&a=2&&=", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--\r\n", b"\r\n" * 500,
))  # fmt: skip


def mutated(whole: SearchStrategy[bytes]) -> SearchStrategy[bytes]:
    """The bytes with up to three places cut, doubled or overwritten."""
    change = st.tuples(st.sampled_from(("cut", "double", "write")), st.integers(0, 400), st.integers(1, 8), BYTES)
    return st.builds(_mutate, whole, st.lists(change, max_size=3))


def _mutate(data: bytes, changes: list[tuple[str, int, int, bytes]]) -> bytes:
    for how, at, size, other in changes:
        start = at % (len(data) + 1)
        part = data[start : start + size]
        replacement = {"cut": b"", "double": part + part, "write": other}[how]
        data = data[:start] + replacement + data[start + size :]
    return data


class Sent(NamedTuple):
    """What goes over a connection, in pieces. `ending`: how the client leaves."""

    pieces: list[bytes]
    ending: str


def sent(whole: SearchStrategy[bytes]) -> SearchStrategy[Sent]:
    cuts = st.lists(st.integers(0, 300), max_size=3)
    return st.builds(_cut, whole, cuts, st.sampled_from(("read", "half", "leave", "reset")))


def _cut(data: bytes, cuts: list[int], ending: str) -> Sent:
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return Sent([data[start:end] for start, end in itertools.pairwise(places) if start < end], ending)


# HTTP/1.1

METHODS: Final = st.sampled_from((
    b"GET", b"POST", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE", b"CONNECT", b"PRI", b"QUERY",
    b"get", b"G\xff",
    b"", b"A" * 200,
))  # fmt: skip
TARGETS: Final = st.sampled_from((
    b"/", b"/get", b"/post", b"/anything/x", b"/~hooks/", b"/~hooks/a/b", b"/~%ff/", b"/status/418", b"/bytes/100",
    b"/drip?duration=0",
    b"/stream/3", b"/response-headers?a=b", b"/cookies/set?a=b", b"/redirect-to?url=//evil", b"/base64/YWJj", b"/-/",
    b"/-/live",
    b"/-/api/exchanges", b"/-/api/exchanges?q=body:a", b"/-/exchanges/x", b"/-/static/x", b"/-/health",
    b"/-/metrics", b"*",
    b"http://evil.test/x", b"//evil.test", b"/%2d/api/exchanges", b"/a%0ab", b"/\xff", b"/?\xff=%",
    b"example.com:80", b"",
    b"/" + b"a" * 9_000,
))  # fmt: skip
LINES: Final = st.sampled_from((
    b"Host: localhost", b"Host: evil.test", b"Host:", b"Connection: close", b"Connection: upgrade",
    b"Upgrade: websocket",
    b"Upgrade: h2c", b"Content-Length: 5", b"Content-Length: 99999999999999999999", b"Content-Length: -1",
    b"Content-Length: 5, 5",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: \x0bchunked",
    b"Expect: 100-continue",
    b"TE: trailers", b"Trailer: x", b"Accept: text/html", b"Accept: text/event-stream",
    b"Accept-Encoding: gzip, br;q=2",
    b"Cookie: a=b; a=c; =", b"Cookie: \xff", b"Content-Type: multipart/form-data; boundary=x",
    b"Content-Type: application/json",
    b"Content-Encoding: gzip", b"Authorization: Basic !!", b"Authorization: Digest a=", b"Range: bytes=0-,-5",
    b"If-None-Match: \"",
    b"X-Forwarded-For: \x1b[2J", b"Forwarded: for=\"[::1]\";by", b"Origin: null", b"Sec-Fetch-Site: cross-site",
    b"X: \xff\x80",
    b"X" * 300 + b": a", b"X: " + b"a" * 20_000, b" folded", b"no colon", b": no name", b"X : space", b"X:\x00",
    b"Sec-WebSocket-Key: x",
    b"Sec-WebSocket-Version: 13",
))  # fmt: skip
CHUNKED: Final = st.sampled_from((
    b"5\r\nhello\r\n0\r\n\r\n", b"5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n", b"0\r\n\r\n", b"fffffffffffffffff\r\n",
    b"-1\r\n", b"5\r\nhel", b"5\nhello\n0\n\n",
))  # fmt: skip


def _head(method: bytes, target: bytes, version: bytes, lines: list[bytes], body: bytes) -> bytes:
    return b"\r\n".join([b"%b %b %b" % (method, target, version), *lines]) + b"\r\n\r\n" + body


VERSIONS: Final = st.sampled_from((b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.1 ", b""))
REQUEST: Final = st.builds(_head, METHODS, TARGETS, VERSIONS, st.lists(LINES, max_size=6), BYTES | CHUNKED)
REQUESTS: Final = sent(mutated(st.lists(REQUEST, min_size=1, max_size=3).map(b"".join)))


# WebSocket


def _frame(opcode: int, flags: int, payload: bytes, mask: bytes | None, length: int | None) -> bytes:
    size = len(payload) if length is None else length
    masked = 0x80 if mask is not None else 0
    head = bytes([flags << 4 | opcode])
    if size < 126:
        head += bytes([masked | size])
    elif size < 1 << 16:
        head += struct.pack("!BH", masked | 126, size)
    else:
        head += struct.pack("!BQ", masked | 127, size)
    key = mask or b""
    return head + key + bytes(byte ^ key[index % 4] if key else byte for index, byte in enumerate(payload))


MESSAGE: Final = BYTES | TEXT.map(lambda text: text.encode("utf-8", "replace")) | st.sampled_from((
    b"\x03\xe8", b"\x03\xe8\xff", b"\x00\x00", b"\x03", b"a" * 200, b"a" * 70_000,
))  # fmt: skip
FRAME: Final = st.builds(
    _frame,
    st.sampled_from((0, 1, 1, 2, 2, 3, 8, 9, 10, 11, 15)),
    st.sampled_from((8, 8, 8, 0, 12, 15)),
    MESSAGE,
    st.sampled_from((b"\0\0\0\0", b"abcd", b"\xff\0\xff\0", None)),
    st.sampled_from((None, None, None, None, 0, 5, 126, 65_536, (1 << 31) + 1, (1 << 63) + 1)),
)
WEBSOCKET_TARGETS: Final = st.sampled_from((
    b"/", b"/~hooks/", b"/websocket/echo", b"/-/live", b"/-/live?after=0", b"/-/live?q=path:a&after=-1",
    b"/-/live?bin=hooks", b"/x?\xff",
))  # fmt: skip


def _session(target: bytes, lines: list[bytes], frames: bytes) -> bytes:
    more = b"".join(line + b"\r\n" for line in lines)
    return b"GET %b HTTP/1.1\r\nHost: localhost\r\n%b%b\r\n%b" % (target, HANDSHAKE, more, frames)


WEBSOCKET_LINES: Final = st.lists(st.sampled_from((
    b"Sec-WebSocket-Protocol: a, b", b"Sec-WebSocket-Extensions: permessage-deflate", b"Sec-WebSocket-Extensions: ;",
    b"Origin: null",
    b"Content-Length: 5", b"X: \xff",
)), max_size=1)  # fmt: skip
FRAMES: Final = st.lists(FRAME, max_size=5).map(b"".join)
SESSIONS: Final = sent(st.builds(_session, WEBSOCKET_TARGETS, WEBSOCKET_LINES, mutated(FRAMES)))


# HTTP/2

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def _http2_frame(kind: int, flags: int, stream: int, payload: bytes, length: int | None) -> bytes:
    size = len(payload) if length is None else length
    return struct.pack("!I", size)[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def _block(method: bytes, target: bytes, pairs: list[tuple[bytes, bytes]]) -> bytes:
    head = [(b":method", method), (b":scheme", b"http"), (b":authority", b"localhost"), (b":path", target)]
    return bytes(Encoder().encode([*head, *pairs]))


PAIRS: Final = st.lists(
    st.tuples(
        st.sampled_from((b"x", b"X", b":path", b":odd", b"connection", b"te", b"content-length", b"cookie", b"host",
        b"", b"a\xff", b"expect")),
        st.sampled_from((b"a", b"", b"5", b"-1", b"close", b"gzip", b"\xff\x80", b"\r\n", b"a" * 5_000,
        b"100-continue")),
    ),
    max_size=3,
)  # fmt: skip
BLOCKS: Final = st.builds(_block, METHODS, TARGETS, PAIRS)
WORDS: Final = st.integers(0, (1 << 32) - 1).map(lambda number: struct.pack("!I", number))
STREAMS: Final = st.sampled_from((0, 1, 1, 1, 3, 3, 5, 2, (1 << 31) - 1, 1 << 31 | 1))
LENGTHS: Final = st.sampled_from((None, None, None, None, 0, 1, 4, 8, 20_000))
HTTP2_FRAME: Final = st.one_of(
    st.builds(_http2_frame, st.just(1), st.sampled_from((4, 5, 5, 0, 1, 0x2D)), STREAMS, mutated(BLOCKS) | BLOCKS,
    LENGTHS),
    st.builds(_http2_frame, st.just(0), st.sampled_from((0, 1, 8, 9)), STREAMS, BYTES, LENGTHS),
    st.builds(_http2_frame, st.sampled_from((2, 3, 5, 7, 8, 9)), st.sampled_from((0, 1, 4)), STREAMS, BYTES | WORDS,
    LENGTHS),
    st.builds(
        _http2_frame,
        st.just(4),
        st.sampled_from((0, 1)),
        st.sampled_from((0, 0, 1)),
        st.builds(lambda key, value: struct.pack("!H", key) + value, st.integers(0, 9), WORDS),
        LENGTHS,
    ),
    st.builds(_http2_frame, st.just(6), st.sampled_from((0, 1)), st.just(0), st.binary(min_size=8, max_size=8),
    LENGTHS),
    st.builds(_http2_frame, st.integers(10, 255), st.integers(0, 255), STREAMS, BYTES, LENGTHS),
)  # fmt: skip
SETTINGS_FRAME: Final = _http2_frame(4, 0, 0, b"", None)
HTTP2: Final = sent(
    st.builds(
        lambda start, frames: start + frames,
        st.sampled_from((PREFACE + SETTINGS_FRAME, PREFACE + SETTINGS_FRAME, PREFACE, b"")),
        mutated(st.lists(HTTP2_FRAME, max_size=6).map(b"".join)),
    )
)


# The API


class Call(NamedTuple):
    """`exchange`: which of the newest exchanges stands for `ID` in the path."""

    method: str
    path: str
    params: list[tuple[str, str]]
    content: bytes
    exchange: int


VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
TERMS: Final = st.sampled_from((
    "path:/a", "-path:*", "method:POST", "status:5xx", "status:200-299", "status:>400", "header.x:a", "header.:",
    "query.a:", "body:a",
    "json.a:1", "json.a[0]:x", "since:5m", "since:-1", "size:>1k", "duration:<5ms", "is:error", "OR", "AND", "NOT",
    "(", ")", "-", "\"",
    "\"a b\"", "/re(/", "a:b:c", "state:open", "type:websocket", "id:x", "client:::1", "pinned:yes", "note:a",
    "seq:1-",
))  # fmt: skip
SEARCHES: Final = st.lists(TERMS | TEXT, max_size=6).map(" ".join)

TEMPLATES: Final = st.sampled_from((
    "ok", "{{ json.challenge }}", "{{ json }}", "{{ query.a | json }}", "{{ headers.x-id | url | html | base64 }}",
    "{{ body | hmac_sha256 }}",
    "{{", "}}", "{{ }}", "{{ nope }}", "{{ json.a[0][\"b c\"] }}", "{{ json[9999999999999999999] }}",
    "{{ form.a }}{{ cookies.b }}", "\ud800",
    "{{ \"{{\" }}", "{{ body }}" * 50,
))  # fmt: skip
ANSWER: Final = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from((200, 204, 304, 418, 599, 99, 600, "200", None)),
        "headers": st.lists(
            st.tuples(
                st.sampled_from(("content-type", "x-a", "set-cookie", "location", "content-length",
                "transfer-encoding", "", "a b", "é")),
                TEMPLATES | st.sampled_from(("text/html", "application/json", "multipart/x-mixed-replace",
                "a\r\nb: c", "//evil.test", "5")),
            ),
            max_size=3,
        ),
        "body": TEMPLATES | st.sampled_from(({"base64": "AA=="}, {"base64": "!"}, 5, "a" * 70_000)),
        "delay": st.sampled_from((0, 0.001, -1, 1e9, "1")),
        "fault": st.sampled_from((None, "close", "reset", "half", "nope")),
        "times": st.sampled_from((1, 2, 0, 10**7, -1)),
        "echo": st.booleans(),
        "nope": st.just(1),
    },
)  # fmt: skip
PATTERNS: Final = st.dictionaries(
    st.sampled_from(("a", "x-a", "a.b", "[0]", "a[", "é", "")),
    st.sampled_from(("*", "a*", "**a**b*", "", "é")),
    max_size=2,
)
RULE: Final = st.fixed_dictionaries(
    {},
    optional={
        "method": st.sampled_from(("GET", "POST, PUT", "", "\x00", ",")),
        "path": st.sampled_from(("/", "/a*", "a", "*" * 50, "")),
        "headers": PATTERNS,
        "query": PATTERNS,
        "json": PATTERNS,
        "signature": st.sampled_from(("valid", "invalid", "", "nope")),
        "answers": st.lists(ANSWER, max_size=2),
    },
)
ANSWERS: Final = st.fixed_dictionaries(
    {}, optional={"rules": st.lists(RULE, max_size=2), "answers": st.lists(ANSWER, max_size=3)}
)
SIGNATURES: Final = st.fixed_dictionaries({
    "scheme": st.sampled_from((
        "github", "stripe", "slack", "shopify", "twilio", "standard-webhooks", "mailgun", "zoom", "discord", "aws",
        "hmac", "nope", "",
    )),
    "secret": st.sampled_from(("hush", "whsec_aGVsbG8=", "whsec_!", "", "ab" * 32, "é", "\ud800", " a ")),
    "options": st.dictionaries(
        st.sampled_from(("header", "prefix", "algorithm", "encoding", "key", "message", "timestamp", "url", "nope")),
        st.sampled_from(("x", "sha256", "md5", "base64", "hex", "{timestamp}.{body}", "{", "{nope}", "{header:}",
        "http://a/", "")),
        max_size=3,
    ),
})  # fmt: skip
PREVIEWS: Final = st.fixed_dictionaries(
    {"answers": ANSWERS},
    optional={
        "request": st.dictionaries(st.sampled_from(("method", "path", "query", "body", "headers", "nope")),
        TEMPLATES, max_size=4),
        "exchange": st.sampled_from(("x", "", "\ud800")),
        "number": st.sampled_from((1, 0, -1, 10**30)),
    },
)  # fmt: skip

_NO_MESSAGE: Final = {"headers": [], "cookies": [], "headersSize": -1, "bodySize": 0, "httpVersion": "HTTP/1.1"}
EXCHANGE: Final = {
    "id": "f62122b3-1",
    "state": "done",
    "type": "http",
    "started_at": "2026-11-27T11:57:52.000Z",
    "duration_ms": 1.5,
    "status": 200,
    "received_bytes": 3,
    "sent_bytes": 0,
    "is_event_stream": False,
    "scope": {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/x",
        "raw_path": "/x",
        "query_string": "",
        "headers": [["host", "a"]],
    },
    "events": [
        {
            "channel": "receive",
            "type": "http.request",
            "at_ms": 0,
            "size": 3,
            "truncated": False,
            "message": {"type": "http.request", "body": "abc"},
        }
    ],
}
ENTRY: Final = {
    "startedDateTime": "2026-11-27T11:57:52.000Z",
    "time": 1,
    "request": {
        "method": "POST",
        "url": "http://a/x?b=c",
        "queryString": [],
        "postData": {"mimeType": "text/plain", "text": "abc"},
        **_NO_MESSAGE,
    },
    "response": {
        "status": 200,
        "statusText": "OK",
        "content": {"size": 2, "mimeType": "text/plain", "text": "ok"},
        "redirectURL": "",
        **_NO_MESSAGE,
    },
    "cache": {},
    "timings": {"send": 0, "wait": 1, "receive": 0},
}
LINE: Final = json.dumps(EXCHANGE).encode() + b"\n"
HAR: Final = json.dumps(
    {"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [ENTRY]}}
).encode()
FILES: Final = st.sampled_from((LINE, LINE * 3, HAR, b"", b"{}\n[]\n1\n", b"\xef\xbb\xbf" + HAR))
IMPORTS: Final = mutated(FILES) | BYTES

NUMBERS: Final = st.sampled_from(("0", "1", "5", "-1", "", "x", "1e9", "99999999999999999999999", "٣", "0.001", "nan"))
PARAMS: Final = st.lists(
    st.tuples(st.just("q"), SEARCHES)
    | st.tuples(st.sampled_from(("after", "before", "limit", "hours", "number", "epoch", "bin")), NUMBERS)
    | st.tuples(st.sampled_from(("reveal", "of", "ids", "as", "field", "nope", "charset")), NUMBERS | TEXT),
    max_size=3,
).map(lambda pairs: [(name, value.encode("utf-8", "replace").decode()) for name, value in pairs])

READS: Final = (
    "exchanges", "exchanges/ID", "exchanges/ID/body", "exchanges/ID/body/view", "exchanges/ID/events/0/view",
    "exchanges/ID/headers",
    "exchanges/ID/code", "exchanges/ID/code/curl", "exchanges/ID/code/pytest", "exchanges/ID/code/asgi",
    "exchanges/ID/code/\u202e",
    "exchanges/ID/ways", "exchanges/ID/conformance", "exchanges/ID/hops", "exchanges/ID/wire",
    "exchanges/ID/connection", "exchanges/ID/send",
    "exchanges/\x00", "info", "values", "pins", "presets", "signatures", "sessions", "recording", "bins",
    "export.jsonl", "export.har",
    "export.csv", "export.html", "export.\u202e", "nope",
)  # fmt: skip


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _call(method: str, path: Any, content: Any = b"") -> SearchStrategy[Call]:
    paths = path if isinstance(path, SearchStrategy) else st.just(path)
    contents = content if isinstance(content, SearchStrategy) else st.just(content)
    return st.builds(Call, st.just(method), paths, PARAMS, contents, st.integers(0, 3))


def _of_bin(rest: str) -> SearchStrategy[str]:
    return st.sampled_from(BINS).map(lambda name: f"bins/{name}{rest}")


def _written(values: SearchStrategy[Any]) -> SearchStrategy[bytes]:
    """As JSON, sometimes broken, sometimes something else."""
    whole = values.map(_json)
    return whole | whole | mutated(whole) | VALUES.map(_json) | BYTES


CALLS: Final = st.one_of(
    _call("GET", st.sampled_from(READS)),
    _call("GET", st.just("exchanges/wait")).map(lambda call: call._replace(params=[*call.params, ("timeout", "0")])),
    _call("POST", "bins", _written(st.fixed_dictionaries({}, optional={"name": st.sampled_from(BINS), "key": TEXT}))),
    _call("PUT", _of_bin("/answers"), _written(ANSWERS)),
    _call("POST", _of_bin("/answers/preview"), _written(PREVIEWS)),
    _call("PUT", _of_bin("/signature"), _written(SIGNATURES)),
    _call("POST", _of_bin("/key")),
    _call("GET", _of_bin("") | _of_bin("/answers") | _of_bin("/signature") | _of_bin("/nope")),
    _call("DELETE", _of_bin("") | _of_bin("/answers") | _of_bin("/signature")),
    _call("POST", "exchanges/ID/signature", _written(SIGNATURES)),
    _call("POST", "import", IMPORTS),
    _call("PUT", "exchanges/ID/note", _written(st.fixed_dictionaries({"note": TEXT}))),
    _call("POST", "exchanges/ID/share", _written(st.fixed_dictionaries({"hours": NUMBERS | VALUES}))),
    _call("PUT", "exchanges/ID/pin"),
    _call("DELETE", st.sampled_from(("exchanges/ID/pin", "exchanges/ID", "exchanges", "sessions", "sessions/x"))),
    _call("PATCH", st.sampled_from(("exchanges", "bins", "nope")), BYTES),
)

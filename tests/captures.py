"""Random exchanges from a seed: ordinary values, hostile ones, and mixtures of both."""

import gzip
import json
import random
import zlib
from typing import Any

from echoscope.exchange.facts import NO_FACTS
from echoscope.exchange.model import Event, Exchange, decode_exchange, encode

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'</pre></style>&amp;{{ 7*7 }}"

TEXTS = (
    "", "a", "0", "a b", "é", "日本語", "\U0001f600", "\u2028", "\ufeff", "\x00", "\x1b[31m", "\r\n", "\t",
    "'; touch x; '", '=HYPERLINK("http://evil")', "+1", "-1", "@SUM(A1)", "＝1", "%s%n", "../../etc/passwd",
    "a=1&b=2", "null", "NaN", MARKUP,
)  # fmt: skip
BYTES = (b"", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x00\x01", bytes(range(256)), b"\xef\xbb\xbf{}", b"\r\n--x--\r\n")
NAMES = (
    b"host", b"accept", b"accept-language", b"authorization", b"cookie", b"content-type", b"content-encoding", b"range",
    b"x-forwarded-for", b"forwarded", b"via", b"traceparent", b"if-none-match", b"cache-control", b"x-api-key", b"x",
    b"content-length", b"connection", b"transfer-encoding", b"set-cookie", b"expires", b"date", b"retry-after",
)  # fmt: skip
VALUES = (
    b"text/html;q=0.5, */*;q=2, a;q=", b"Basic dXNlcjpwYXNz", b"Bearer eyJ9.e30.", b"Bearer a.b.c", b"Basic !!",
    b"a=1; a=2; b", b"multipart/form-data; boundary=x", b'multipart/form-data; boundary="', b"gzip, br", b"gzip",
    b"application/json; charset=utf-16", b"zstd", b"bytes=0-,-5", b"bytes=5-1", b'for="[::1]:80";by=_x, for=unknown',
    b"1.1 a, 2 b (c", b"max-age=99999999999", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    b'W/"a", "b', b"Thu, 01 Jan 1970 00:00:00 GMT", b"Fri, 99 Foo 99999 99:99:99 GMT", b"-1",
    b"application/x-www-form-urlencoded", b"text/plain; charset=nope", b"image/png",
)  # fmt: skip


def captures(count: int, seed: int = 1) -> list[Exchange]:
    """The same exchanges for the same seed, as they come back from a store, oldest first."""
    rng = random.Random(seed)
    return [decode_exchange(encode(_exchange(rng, number))) for number in range(1, count + 1)]


def _exchange(rng: random.Random, number: int) -> Exchange:
    is_websocket = rng.random() < 0.15
    events = _frames(rng) if is_websocket else _messages(rng)
    has_answer = any(event.channel == "send" for event in events)
    received, sent = (sum(event.size for event in events if event.channel == side) for side in ("receive", "send"))
    return Exchange(
        id=f"abcdef12-{number:x}",
        state=rng.choice(("done", "done", "disconnected", "error", "open")),
        started_ns=1_795_338_000_000_000_000 + number * 1_000_000,
        duration_ns=rng.choice((0, 1_000, 1_234_000, 90_000_000_000)),
        status=rng.choice((101, 403) if is_websocket else (200, 204, 302, 404, 500, 599, 999)) if has_answer else None,
        received_bytes=received + rng.choice((0, 0, 10)),
        sent_bytes=sent,
        is_event_stream=False,
        facts=NO_FACTS,
        scope=_scope(rng, is_websocket),
        received_sha256=rng.choice((None, "0" * 64)),
        error=rng.choice((None, None, f"Traceback: {_text(rng)}")),
        events_omitted=rng.choice((0, 0, 0, 7)),
        events=events,
    )


def _scope(rng: random.Random, is_websocket: bool) -> dict[str, Any]:
    scope: dict[str, Any] = {
        "type": "websocket" if is_websocket else "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": rng.choice(("1.0", "1.1", "2")),
        "scheme": rng.choice(("ws", "wss") if is_websocket else ("http", "https")),
        "path": f"/{_text(rng)}",
        "query_string": rng.choice((b"", b"a=1&token=hunter2", _bytes(rng))),
        "root_path": "",
        "headers": [[_name(rng), _bytes(rng)] for _ in range(rng.randrange(8))],
        "client": rng.choice((None, ["127.0.0.1", 5], ["::1", 5], ["unix", None])),
        "server": rng.choice((None, ["127.0.0.1", 8000], ["/run/x.sock", None])),
    }
    if rng.random() < 0.7:
        scope["raw_path"] = b"/" + _bytes(rng)
    if not is_websocket:
        scope["method"] = rng.choice(("GET", "POST", "HEAD", "M-SEARCH", _text(rng) or "X"))
    return scope | ({"subprotocols": ["a", _text(rng)]} if is_websocket else {})


def _messages(rng: random.Random) -> list[Event]:
    events = [_body(rng, "receive", "http.request") for _ in range(rng.randrange(1, 4))]
    if rng.random() < 0.85:
        start = {"type": "http.response.start", "status": 200, "headers": _headers(rng)}
        events.append(Event("send", 2_000, 0, start))
        events += [_body(rng, "send", "http.response.body") for _ in range(rng.randrange(1, 3))]
    return events


def _body(rng: random.Random, channel: Any, kind: str) -> Event:
    content = _content(rng)
    return Event(
        channel, rng.randrange(9) * 1_000, len(content) + rng.choice((0, 0, 0, 5)), {"type": kind, "body": content}
    )


def _frames(rng: random.Random) -> list[Event]:
    events = [Event("receive", 0, 0, {"type": "websocket.connect"})]
    events.append(Event("send", 1_000, 0, {"type": "websocket.accept", "subprotocol": None, "headers": _headers(rng)}))
    for _ in range(rng.randrange(4)):
        text, data = _text(rng), _bytes(rng)
        events.append(
            Event("receive", 2_000, len(text.encode()), {"type": "websocket.receive", "text": text, "bytes": None})
        )
        events.append(Event("send", 3_000, len(data), {"type": "websocket.send", "bytes": data}))
    return [*events, Event("receive", 4_000, 0, {"type": "websocket.disconnect", "code": 1000, "reason": _text(rng)})]


def _headers(rng: random.Random) -> list[Any]:
    return [[_name(rng), _bytes(rng)] for _ in range(rng.randrange(6))]


def _name(rng: random.Random) -> bytes:
    return rng.choice(NAMES) if rng.random() < 0.9 else _bytes(rng)


def _content(rng: random.Random) -> bytes:
    content = rng.choice((_bytes(rng), json.dumps({"password": _text(rng), "a": [1, _text(rng)]}).encode(), _part(rng)))
    return rng.choice((lambda data: data, gzip.compress, zlib.compress, lambda data: gzip.compress(data)[:-9]))(content)


def _part(rng: random.Random) -> bytes:
    name = _text(rng).encode()
    return b'--x\r\nContent-Disposition: form-data; name="%b"; filename="%b"\r\n\r\n%b\r\n--x--\r\n' % (
        name,
        name,
        _bytes(rng),
    )


def _text(rng: random.Random) -> str:
    return "".join(rng.choice(TEXTS) for _ in range(rng.randrange(3)))


def _bytes(rng: random.Random) -> bytes:
    kind = rng.random()
    if kind < 0.4:
        return rng.choice(VALUES)
    return rng.choice(BYTES) if kind < 0.6 else _text(rng).encode()

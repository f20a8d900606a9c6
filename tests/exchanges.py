"""Exchanges for tests of what stands behind the recorder."""

from typing import Any
from urllib.parse import unquote

from echoscope.exchange.facts import NO_FACTS
from echoscope.exchange.model import Event, Exchange, State, decode_exchange, encode
from echoscope.exchange.parts import OVERHEAD, Parts, SharedScope
from echoscope.exchange.wire import Peer, Wire, counted_size
from echoscope.web.endpoint.sending import naming_headers


def made_exchange(
    exchange_id: str = "a-1", *, state: State = "done", body: bytes = b"", status: int | None = 200, **scope: Any
) -> Exchange:
    """An exchange as it comes back from a store; `scope` changes keys of its scope."""
    exchange = Exchange(
        id=exchange_id,
        state=state,
        started_ns=1_795_338_000_123_456_789,
        duration_ns=1_500_000,
        status=status,
        received_bytes=len(body),
        sent_bytes=0,
        is_event_stream=False,
        facts=NO_FACTS,
        scope={"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []} | scope,
        received_sha256=None,
        error=None,
        events_omitted=0,
        events=[Event("receive", 1000, len(body), {"type": "http.request", "body": body, "more_body": False})],
    )
    return decode_exchange(encode(exchange))


def plain_exchange(
    exchange_id: str = "a-1",
    target: str = "/",
    *lines: bytes,
    method: str = "GET",
    body: bytes = b"",
    answer: bytes = b"ok\n",
    root_path: str = "",
    client: tuple[str, int | None] | None = ("127.0.0.1", 50_000),
) -> Wire:
    """An exchange that was answered at once, as its bytes; `lines`: header lines besides `Host`."""
    fields = [b"Host: localhost", *lines, *([b"Content-Length: %d" % len(body)] if body else [])]
    values = dict(reversed([(line.split(b":", 1)[0].lower(), line.split(b":", 1)[1].strip()) for line in fields]))
    line = f"{method} {target} HTTP/1.1".encode()
    block = b"".join(field + b"\r\n" for field in fields) + b"\r\n"
    answer_lines = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain"
    content_type, user_agent = values.get(b"content-type"), values.get(b"user-agent")
    listed_bytes = len(content_type or b"") + len(user_agent or b"")
    return Wire(
        exchange_id,
        1_795_338_000_123_456_789,
        1_500_000,
        0,
        False,
        line,
        block,
        body,
        200,
        answer_lines,
        len(answer),
        b"\r\nDate: Fri, 27 Nov 2026 05:02:44 GMT",
        answer,
        content_type,
        user_agent,
        size=counted_size(0, line, block, body, answer_lines, answer, listed_bytes),
        peer=Peer(client, ("127.0.0.1", 8000), "http", root_path, "3.0", "2.4", ("\r\nContent-Length: ",)),
    )


def parts_exchange(
    exchange_id: str = "a-1",
    target: str = "/",
    *headers: tuple[bytes, bytes],
    method: str = "GET",
    answer: bytes = b"ok\n",
    client: tuple[str, int | None] | None = ("127.0.0.1", 50_000),
) -> Parts:
    """An exchange that was answered at once on another server, as its parts; `headers`: of the request, besides
    `Host`."""
    raw_path, _, query = target.encode().partition(b"?")
    fields = (b"host", b"localhost"), *headers
    server = "127.0.0.1", 8000
    shared = SharedScope(
        {"version": "3.0", "spec_version": "2.3"},
        "1.1",
        "http",
        "",
        fields,
        client,
        server,
        None,
        naming_headers(""),
        0,
    )
    sent = ((b"content-type", b"text/plain"),)
    started_ns = 1_795_338_000_123_456_789
    numbers = started_ns, 1_000, 2_000, 1_500_000
    return Parts(
        exchange_id, *numbers, shared, method, unquote(raw_path.decode()), raw_path, query, 200, sent, answer, OVERHEAD
    )

"""What is sent again, byte for byte, and what becomes of the answer."""

import re
import ssl
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from echoscope.client import Client
from echoscope.exchange.model import Event, Exchange
from echoscope.exchange.sides import DECODED_KEY
from echoscope.files.reading import read
from echoscope.sender import AddressError, CannotSend, NoAnswer, NotReached, Outgoing, outgoing, parse_origin, send
from echoscope.server.certificates import self_signed, server_context
from tests.code.requests_to_repeat import TABLE, capture, wire
from tests.exchanges import made_exchange
from tests.ports import free_port
from tests.servers import Running, echoscope

from .target import Target, target

AUTHORITY = "127.0.0.1:3000"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with echoscope() as running:
        yield running


def recorded(server: Running, request: bytes) -> Exchange:
    """The exchange of a request that was sent as it is."""
    exchange_id = capture(server, request)
    with Client(server.origin) as client:
        (entry,) = read(b"".join(client.export("jsonl", ids=[exchange_id], reveal=True)))
    assert entry.exchange
    return entry.exchange


def expected(request: bytes) -> bytes:
    """The same request as it goes on: to another host, on a connection of its own, its body in one piece."""
    head, _, body = request.partition(b"\r\n\r\n")
    if b"Transfer-Encoding: chunked" in head:
        body = b"".join(re.findall(rb"\r\n(?:[0-9a-f]+)\r\n(.*?)(?=\r\n)", b"\r\n" + body))
        head = head.replace(b"Transfer-Encoding: chunked", b"Content-Length: %d" % len(body))
    return head.replace(b"Host: h", b"Host: " + AUTHORITY.encode()) + b"\r\nConnection: close\r\n\r\n" + body


REQUESTS = {name: request for name, request in TABLE.items() if b" /%7e" not in request} | {
    "escapes": wire(b"GET /user/%41%2f?q=%zz+%20")  # the address in the table is that of a bin
}


@pytest.mark.parametrize("name", REQUESTS)
def test_every_byte_is_sent_again_in_its_place(server: Running, name: str) -> None:
    again = outgoing(recorded(server, REQUESTS[name]), AUTHORITY)
    assert again.head + again.body == expected(REQUESTS[name])


def test_what_goes_through_asgi_is_sent_again_alike() -> None:
    with echoscope(asgi_only=True) as server:
        for name in ("repeats", "all at once", "chunked", "escapes", "long body"):
            again = outgoing(recorded(server, REQUESTS[name]), AUTHORITY)
            assert again.head + again.body == expected(REQUESTS[name])


def sent(*headers: tuple[bytes, bytes], **changes: Any) -> list[bytes]:
    """The lines of a request with these headers."""
    exchange = made_exchange(headers=[list(pair) for pair in headers], **changes)
    return outgoing(exchange, AUTHORITY).head.split(b"\r\n")[1:-2]


def test_hop_by_hop_fields_are_made_anew() -> None:
    lines = sent(
        (b"x-a", b"1"),
        (b"connection", b"keep-alive, x-hop"),
        (b"keep-alive", b"timeout=5"),
        (b"x-hop", b"1"),
        (b"te", b"trailers"),
        (b"upgrade", b"h2c"),
        (b"http2-settings", b"AA"),
        (b"proxy-authorization", b"Basic x"),
        (b"transfer-encoding", b"chunked"),
        (b"host", b"example.com"),
        (b"x-b", b"2"),
    )
    assert lines == [
        b"x-a: 1",
        b"Content-Length: 0",
        b"host: 127.0.0.1:3000",
        b"x-b: 2",
        b"Connection: close",
    ]


def test_a_host_can_be_kept_and_is_made_where_there_is_none() -> None:
    exchange = made_exchange(headers=[[b"x", b"1"], [b"host", b"example.com"]])
    assert b"\r\nhost: example.com\r\n" in outgoing(exchange, AUTHORITY, keeps_host=True).head
    assert sent() == [b"Host: 127.0.0.1:3000", b"Connection: close"]
    assert sent((b"host", b"a"), (b"host", b"b"))[:-1] == [b"host: 127.0.0.1:3000"]


def test_a_body_without_a_length_gets_one() -> None:
    lines = sent((b"host", b"h"), body=b"abc", http_version="2")
    assert lines == [b"host: 127.0.0.1:3000", b"Content-Length: 3", b"Connection: close"]


def test_cookies_of_http_2_become_one_field() -> None:
    lines = sent((b"cookie", b"a=1"), (b"x", b"1"), (b"cookie", b"b=2"), http_version="2")
    assert b"cookie: a=1; b=2" in lines
    assert sent((b"cookie", b"a=1"), (b"cookie", b"b=2"))[1:3] == [b"cookie: a=1", b"cookie: b=2"]


def test_nothing_ends_the_request_line() -> None:
    head = outgoing(made_exchange(raw_path=b"/a b\r\nX: 1\xff", path="/"), AUTHORITY).head
    assert head.startswith(b"POST /a%20b%0D%0AX:%201\xff HTTP/1.1\r\n")
    assert outgoing(made_exchange(path="/\u00e9 ", method="GET"), AUTHORITY).head.startswith(
        b"GET /%C3%A9%20 HTTP/1.1\r\n"
    )


def test_a_body_known_without_its_coding_goes_without_the_name_of_it() -> None:
    exchange = made_exchange(body=b"{}", headers=[[b"content-encoding", b"gzip"], [b"content-length", b"22"]])
    (event,) = exchange.events
    decoded = msgspec.structs.replace(event, message={**event.message, DECODED_KEY: True})
    lines = outgoing(msgspec.structs.replace(exchange, events=[decoded]), AUTHORITY).head
    assert b"content-encoding" not in lines
    assert b"content-length: 2\r\n" in lines


UNFINISHED = made_exchange(body=b"ab")
CANNOT: dict[str, tuple[Exchange, str]] = {
    "a WebSocket": (made_exchange(type="websocket"), "it is a WebSocket session"),
    "a refused one": (made_exchange(state="refused"), "the server turned it away"),
    "a tunnel": (made_exchange(method="CONNECT"), "its method is CONNECT"),
    "a method that is none": (made_exchange(method="A\r\nB"), r"its method is A"),
    "a cut body": (msgspec.structs.replace(UNFINISHED, received_bytes=9), "only the first 2 of 9 bytes of its body"),
    "a body without its end": (
        msgspec.structs.replace(
            UNFINISHED, events=[Event("receive", 0, 2, {"type": "http.request", "body": b"ab", "more_body": True})]
        ),
        "its body did not come to its end",
    ),
    "a body that is shorter than announced": (
        made_exchange(body=b"ab", headers=[[b"content-length", b"5"]]),
        "its body did not come to its end",
    ),
    "a value with a line end": (made_exchange(headers=[[b"x", b"a\r\nb: c"]]), "the value of its x has bytes that end"),
}


@pytest.mark.parametrize("name", CANNOT)
def test_what_is_not_known_whole_is_not_sent(name: str) -> None:
    exchange, reason = CANNOT[name]
    with pytest.raises(CannotSend, match=re.escape(reason)):
        outgoing(exchange, AUTHORITY)


# Sending


@pytest.fixture
def other() -> Iterator[Target]:
    with target() as running:
        yield running


REQUEST = Outgoing("POST", b"POST /x HTTP/1.1\r\nX: 1\r\nHost: h\r\nContent-Length: 1\r\n\r\n", b"a")


async def test_the_bytes_reach_the_origin_as_they_are(other: Target) -> None:
    answer = await send(REQUEST, parse_origin(other.origin))
    assert other.requests == [REQUEST.head + REQUEST.body]
    assert (answer.status, answer.reason, answer.body, answer.is_cut) == (200, "OK", b"ok", False)
    assert 0 < answer.took_s < 20


ANSWERS: dict[str, tuple[bytes, int, bytes]] = {
    "a length": (b"HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nabc", 201, b"abc"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", 200, b"abc"),
    "until it closes": (b"HTTP/1.0 200 OK\r\n\r\nabc", 200, b"abc"),
    "none": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "after 100 and 103": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        404,
        b"",
    ),
    "a redirect": (b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n", 302, b""),
    "a status of its own": (b"HTTP/1.1 799 Odd \xff\r\nContent-Length: 0\r\n\r\n", 799, b""),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_is_read_whatever_its_form(other: Target, name: str) -> None:
    written, status, body = ANSWERS[name]
    other.answers = [written]
    answer = await send(REQUEST, parse_origin(other.origin))
    assert (answer.status, answer.body) == (status, body)
    assert len(other.requests) == 1


async def test_an_answer_keeps_its_fields_in_order_and_case(other: Target) -> None:
    other.answers = [b"HTTP/1.1 200 OK\r\nX-B: 1\r\nx-a: 2\r\nX-B: \xff\r\nContent-Length: 0\r\n\r\n"]
    answer = await send(REQUEST, parse_origin(other.origin))
    assert answer.headers[:3] == [(b"X-B", b"1"), (b"x-a", b"2"), (b"X-B", b"\xff")]


async def test_the_answer_to_head_has_no_body(other: Target) -> None:
    other.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"]
    answer = await send(Outgoing("HEAD", b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", b""), parse_origin(other.origin))
    assert (answer.status, answer.body) == (200, b"")


async def test_a_long_answer_is_cut(other: Target) -> None:
    other.answers = [b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 300_000]
    answer = await send(REQUEST, parse_origin(other.origin), max_bytes=100_000)
    assert (len(answer.body), answer.is_cut) == (100_000, True)


NO_ANSWERS = {
    "nothing": (b"", "the connection was closed without an answer"),
    "half a head": (b"HTTP/1.1 200 OK\r\nX:", "the connection was closed without an answer"),
    "half a body": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "its answer broke off: peer closed"),
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n\r\n", "its answer is not HTTP/1.1: "),
    "an upgrade": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "its answer is not HTTP/1.1: "),
    "a head without end": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000, "its answer is not HTTP/1.1: "),
}


@pytest.mark.parametrize("name", NO_ANSWERS)
async def test_what_is_no_answer_is_said(other: Target, name: str) -> None:
    written, reason = NO_ANSWERS[name]
    other.answers = [written]
    with pytest.raises(NoAnswer, match=re.escape(reason)):
        await send(REQUEST, parse_origin(other.origin))


async def test_who_takes_too_long_is_left(other: Target) -> None:
    other.answers = [None]
    with pytest.raises(NoAnswer, match=r"it did not answer within 0\.2 s"):
        await send(REQUEST, parse_origin(other.origin), timeout_s=0.2)


async def test_nobody_there_means_that_nothing_was_sent() -> None:
    with pytest.raises(NotReached, match="refused"):
        await send(REQUEST, parse_origin(f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(NotReached):
        await send(REQUEST, parse_origin("http://no.such.host.invalid"))


async def test_a_certificate_is_checked() -> None:
    with self_signed() as certificate, target(context=server_context(certificate, http2=False)) as other:
        origin = parse_origin(other.origin)
        with pytest.raises(NotReached, match="its certificate is not trusted"):
            await send(REQUEST, origin)
        answer = await send(REQUEST, origin, context=ssl.create_default_context(cafile=certificate.certfile))
        assert answer.body == b"ok"


@pytest.mark.parametrize(
    ("text", "authority", "port"),
    [
        ("http://localhost:3000", "localhost:3000", 3000),
        ("http://localhost:3000/", "localhost:3000", 3000),
        ("https://example.com", "example.com", 443),
        ("https://example.com:443", "example.com", 443),
        ("http://example.com:443", "example.com:443", 443),
        ("http://[::1]:80", "[::1]", 80),
        ("HTTP://Example.com", "example.com", 80),
        ("localhost:3000", "localhost:3000", 3000),
        ("3000", "localhost:3000", 3000),
    ],
)
def test_an_origin_is_read(text: str, authority: str, port: int) -> None:
    origin = parse_origin(text)
    assert (origin.authority, origin.port) == (authority, port)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ftp://x", "begins with ftp"),
        ("http://", "names no host"),
        ("http://x:0", "has the port 0"),
        ("http://x:99999", "is no address"),
        ("http://[::1", "is no address"),
        ("http://a b", "names no host"),
        ("http://x/base", "is more than an origin"),
        ("http://x?a=1", "has a query or a fragment"),
    ],
)
def test_what_is_no_origin_is_named(text: str, reason: str) -> None:
    with pytest.raises(AddressError, match=f"{re.escape(repr(text))} {reason}"):
        parse_origin(text)

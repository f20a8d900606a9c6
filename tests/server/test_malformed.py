"""Bytes in, status out: every answer that the server gives itself, from a raw socket."""

from collections.abc import Iterator

import pytest

from echoscope.server import Limits
from tests.server.apps import report
from tests.server.wire import CLOSE, HOST, ask, ask_once, assert_is_problem, get
from tests.servers import Running

CHUNKED = b"Transfer-Encoding: chunked\r\n"

LIMITS = Limits(max_body_bytes=100_000, head_timeout=2, body_idle_timeout=2)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with Running(report, limits=LIMITS) as running:
        yield running


def post(*parts: bytes) -> bytes:
    return b"POST / HTTP/1.1\r\n" + HOST + b"".join(parts)


REQUEST_LINES = {
    "a method that is no token": (b"G@T / HTTP/1.1\r\n\r\n", 400),
    "a method of 65 characters": (b"A" * 65 + b" / HTTP/1.1\r\n\r\n", 400),
    "a method and a tab": (b"GET\t/ HTTP/1.1\r\n\r\n", 400),
    "an unknown method and no path": (b"ECHO  HTTP/1.1\r\n\r\n", 400),
    "an unknown method and another protocol": (b"ECHO / FTP/1.0\r\n\r\n", 400),
    "an unknown method and an old version": (b"ECHO / HTTP/0.9\r\n\r\n", 505),
    "an unknown method and no host name": (b"ECHO test:80 HTTP/1.1\r\n\r\n", 400),
    "a TLS hello": (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    "a space in the path": (b"GET /a b HTTP/1.1\r\n\r\n", 400),
    "a control in the path": (b"GET /a\x01b HTTP/1.1\r\n\r\n", 400),
    "a byte beyond ASCII in the path": (b"GET /caf\xe9 HTTP/1.1\r\n\r\n", 400),
    "no path": (b"GET foo HTTP/1.1\r\n\r\n", 400),
    "an asterisk for GET": (b"GET * HTTP/1.1\r\n\r\n", 400),
    "an authority for GET": (b"GET test:80 HTTP/1.1\r\n\r\n", 400),
    "a tunnel": (b"CONNECT test:80 HTTP/1.1\r\nHost: test:80\r\n\r\n", 405),
    "a tunnel to a path": (b"CONNECT / HTTP/1.1\r\nHost: test:80\r\n\r\n", 405),
    "bare line feeds": (b"GET / HTTP/1.1\nHost: test\n\n", 400),
    "no version at all": (b"GET /\r\n\r\n", 505),
    "version 0.9": (b"GET / HTTP/0.9\r\n\r\n", 505),
    "version 2.0": (b"GET / HTTP/2.0\r\n\r\n", 505),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "a version that is none": (b"GET / HTTP/x.y\r\n\r\n", 400),
    "another protocol": (b"GET / FTP/1.0\r\n\r\n", 400),
}

HEADERS = {
    "a space before the colon": (get(lines=b"A : b\r\n"), 400),
    "a space in a name": (get(lines=b"A B: c\r\n"), 400),
    "an empty name": (get(lines=b": c\r\n"), 400),
    "no colon": (get(lines=b"abc\r\n"), 400),
    "a folded value": (get(lines=b"A: b\r\n c\r\n"), 400),
    "NUL in a value": (get(lines=b"A: b\x00c\r\n"), 400),
    "ESC in a value": (get(lines=b"A: b\x1bc\r\n"), 400),
    "CR in a value": (get(lines=b"A: b\rc\r\n"), 400),
    "a name beyond ASCII": (get(lines=b"\xc4: b\r\n"), 400),
}

# What a proxy in front and a server behind might read differently.
SMUGGLING = {
    "a length, then chunks": (post(b"Content-Length: 3\r\n", CHUNKED, b"\r\n0\r\n\r\n"), 400),
    "chunks, then a length": (post(CHUNKED, b"Content-Length: 3\r\n", b"\r\n0\r\n\r\n"), 400),
    "two lengths": (post(b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), 400),
    "two equal lengths": (post(b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), 400),
    "a list of lengths": (post(b"Content-Length: 3, 3\r\n\r\nabc"), 400),
    "a signed length": (post(b"Content-Length: +3\r\n\r\nabc"), 400),
    "a negative length": (post(b"Content-Length: -3\r\n\r\nabc"), 400),
    "a hexadecimal length": (post(b"Content-Length: 0x3\r\n\r\nabc"), 400),
    "an empty length": (post(b"Content-Length:\r\n\r\nabc"), 400),
    "a length beyond 64 bits": (post(b"Content-Length: 99999999999999999999\r\n\r\n"), 400),
    "a coding before chunked": (post(b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 501),
    "a coding on a line of its own": (post(b"Transfer-Encoding: gzip\r\n", CHUNKED, b"\r\n0\r\n\r\n"), 501),
    "a coding instead of chunked": (post(b"Transfer-Encoding: gzip\r\n\r\n"), 501),
    "identity": (post(b"Transfer-Encoding: identity\r\n\r\n"), 501),
    "nearly chunked": (post(b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), 501),
    "chunked not last": (post(b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"), 400),
    "chunked twice": (post(CHUNKED, CHUNKED, b"\r\n0\r\n\r\n"), 400),
    "chunked behind a vertical tab": (post(b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"), 400),
    "an empty coding": (post(b"Transfer-Encoding:\r\n\r\n"), 400),
    "chunks in HTTP/1.0": (b"POST / HTTP/1.0\r\n" + CHUNKED + b"\r\n0\r\n\r\n", 400),
}

CHUNKS = {
    "a size that is none": (post(CHUNKED, b"\r\nzz\r\n"), 400),
    "a negative size": (post(CHUNKED, b"\r\n-1\r\n"), 400),
    "a size beyond 64 bits": (post(CHUNKED, b"\r\n" + b"f" * 17 + b"\r\n"), 400),
    "more than the size": (post(CHUNKED, b"\r\n3\r\nabcd\r\n0\r\n\r\n"), 400),
    "bare line feeds in chunks": (post(CHUNKED, b"\r\n3\nabc\n0\n\n"), 400),
    "a length among the trailers": (post(CHUNKED, b"\r\n0\r\nContent-Length: 5\r\n\r\n"), 400),
}

SIZES = {
    "a path of 40 kB": (get("/" + "a" * 40_000), 431),
    "a path of 1 MB": (get("/" + "a" * 1_000_000), 431),
    "a header of 40 kB without an end": (b"GET / HTTP/1.1\r\nA: " + b"a" * 40_000, 431),
    "a header of 8 MB": (get(lines=b"A: " + b"a" * 8_000_000 + b"\r\n"), 431),
    "101 header lines": (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n", 431),
    "200,000 header lines": (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200_000, 431),
    "a chunk extension of 1 MB": (post(CHUNKED, b"\r\n3;" + b"a" * 1_000_000), 431),
    "101 trailers": (post(CHUNKED, b"\r\n0\r\n" + b"A: b\r\n" * 101 + b"\r\n"), 431),
    "100,000 trailers": (post(CHUNKED, b"\r\n3\r\nabc\r\n0\r\n" + b"A: b\r\n" * 100_000), 431),
    "a trailer of 1 MB": (post(CHUNKED, b"\r\n3\r\nabc\r\n0\r\nA: " + b"a" * 1_000_000), 431),
    "a body announced too large": (post(b"Content-Length: 100001\r\n\r\n"), 413),
    "a body announced far too large": (post(b"Content-Length: 9999999999999999999\r\n\r\n"), 413),
    "a body too large that waits for leave": (post(b"Content-Length: 100001\r\nExpect: 100-continue\r\n\r\n"), 413),
    "a body too large that is sent": (post(b"Content-Length: 3000000\r\n\r\n" + b"a" * 3_000_000), 413),
    "chunks one byte too large": (post(CHUNKED, b"\r\n186a1\r\n" + b"a" * 100_001 + b"\r\n0\r\n\r\n"), 413),
    "a chunk far too large": (post(CHUNKED, b"\r\nfffffff\r\n" + b"a" * 3_000_000), 413),
}

HANDSHAKE = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

HANDSHAKES = {
    "no key": (get(lines=HANDSHAKE), 400),
    "a short key": (get(lines=HANDSHAKE + b"Sec-WebSocket-Key: AAAA\r\n"), 400),
    "two keys": (get(lines=HANDSHAKE + KEY + KEY), 400),
    "version 8": (get(lines=b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n" + KEY), 400),
    "a header of 9 kB": (get(lines=HANDSHAKE + KEY + b"Cookie: " + b"a" * 9_000 + b"\r\n"), 431),
    "130 headers": (get(lines=HANDSHAKE + KEY + b"A: b\r\n" * 130), 431),
    "a path of 9 kB": (get("/" + "a" * 9_000, HANDSHAKE + KEY), 414),
    "a body with a length": (get(lines=HANDSHAKE + KEY + b"Content-Length: 4\r\n") + b"abcd", 400),
    "a body in chunks": (get(lines=HANDSHAKE + KEY + CHUNKED) + b"0\r\n\r\n", 400),
}

ROWS = {**REQUEST_LINES, **HEADERS, **SMUGGLING, **CHUNKS, **SIZES, **HANDSHAKES}


@pytest.mark.parametrize(("sent", "status"), ROWS.values(), ids=ROWS)
def test_what_breaks_the_rules_gets_one_answer_in_json_and_the_connection_ends(
    server: Running, sent: bytes, status: int
) -> None:
    assert_is_problem(ask_once(server, sent), status)


def test_the_answer_names_what_is_wrong(server: Running) -> None:
    answer = ask_once(server, get(lines=b"A B: c\r\n"))
    assert answer.json()["detail"] == "The request is malformed: Invalid header token."


def test_the_answer_to_a_tunnel_says_which_methods_there_are(server: Running) -> None:
    answer = ask_once(server, b"CONNECT test:80 HTTP/1.1\r\nHost: test:80\r\n\r\n")
    assert "GET" in (answer.header("allow") or "").split(", ")


def test_nothing_is_read_after_a_broken_request(server: Running) -> None:
    assert_is_problem(ask_once(server, b"GET / HTTP/9.9\r\n\r\n", get(lines=CLOSE)), 505)


def test_a_broken_request_is_answered_after_the_good_ones_before_it(server: Running) -> None:
    first, second, last = ask(server, get("/1"), get("/2"), b"GET /3 HTTP/9.9\r\n\r\n")
    assert (first.json()["path"], second.json()["path"]) == ("/1", "/2")
    assert_is_problem(last, 505)


HOSTS = {
    "none": b"",
    "two": b"Host: a\r\nHost: b\r\n",
    "two that are alike": b"Host: a\r\nHost: a\r\n",
    "a space": b"Host: a b\r\n",
    "a path": b"Host: a/b\r\n",
    "a query": b"Host: a?b\r\n",
    "a user": b"Host: me@a\r\n",
    "a port that is no number": b"Host: a:http\r\n",
    "an open bracket": b"Host: [::1\r\n",
    "more behind an address": b"Host: [::1]evil\r\n",
    "two ports": b"Host: a:80:80\r\n",
    "bytes beyond ASCII": b"Host: \xc3\xa9\r\n",
    "a list": b"Host: a, b\r\n",
}


@pytest.mark.parametrize("lines", HOSTS.values(), ids=HOSTS)
def test_a_request_without_one_possible_host_is_refused(server: Running, lines: bytes) -> None:
    assert_is_problem(ask_once(server, b"GET / HTTP/1.1\r\n" + lines + b"\r\n"), 400)


@pytest.mark.parametrize(
    "value",
    [b"a", b"a:80", b"a:", b"", b"127.0.0.1:8000", b"[::1]", b"[::1]:80", b"a_b.example.", b"xn--bcher-kva.example"],
)
def test_any_name_or_address_with_or_without_a_port_is_a_host(server: Running, value: bytes) -> None:
    answer = ask_once(server, b"GET / HTTP/1.1\r\nHost: " + value + b"\r\nConnection: close\r\n\r\n")
    assert answer.status == 200


def test_http_1_0_needs_no_host_and_has_one_at_most(server: Running) -> None:
    assert ask_once(server, b"GET / HTTP/1.0\r\n\r\n").status == 200
    assert_is_problem(ask_once(server, b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), 400)


@pytest.mark.parametrize("line", [b"GET / RTSP/1.0", b"DESCRIBE / RTSP/1.0", b"GET / ICE/1.0", b"SOURCE / ICE/1.0"])
def test_another_protocol_is_not_taken_for_http(server: Running, line: bytes) -> None:
    assert_is_problem(ask_once(server, line + b"\r\nHost: a\r\n\r\n"), 400)


def test_a_second_request_with_a_large_head_is_refused_after_the_first(server: Running) -> None:
    first, second = ask(server, get("/1"), b"GET /2 HTTP/1.1\r\nA: " + b"a" * 80_000)
    assert first.json()["path"] == "/1"
    assert_is_problem(second, 431)


def test_a_head_refused_for_head_has_no_body(server: Running) -> None:
    received = server.raw(b"HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 501 ")
    assert received.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(("beyond", "status"), [(0, 200), (1, 431)])
def test_a_head_may_have_exactly_as_many_bytes_as_are_allowed(server: Running, beyond: int, status: int) -> None:
    head = b"GET / HTTP/1.1\r\n" + CLOSE + HOST + b"A: "
    filling = b"b" * (LIMITS.max_head_bytes - len(head) - len(b"\r\n\r\n") + beyond)
    assert ask_once(server, head + filling + b"\r\n\r\n").status == status


def test_heads_within_the_limits_pass(server: Running) -> None:
    lines = CLOSE + HOST + b"A: b\r\n" * 97 + b"B: " + b"b" * 20_000 + b"\r\n"
    answer = ask_once(server, b"GET /" + b"a" * 11_000 + b" HTTP/1.1\r\n" + lines + b"\r\n")
    assert answer.status == 200
    assert len(answer.json()["headers"]) == 100  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 100000\r\n\r\n" + b"a" * 100_000,
        CHUNKED + b"\r\n186a0\r\n" + b"a" * 100_000 + b"\r\n0\r\n\r\n",
        CHUNKED + b"\r\n" + b"1\r\na\r\n" * 100_000 + b"0\r\n\r\n",
    ],
    ids=["with a length", "in one chunk", "in 100,000 chunks"],
)
def test_a_body_of_exactly_the_limit_passes(server: Running, body: bytes) -> None:
    answer = ask_once(server, post(CLOSE, body))
    assert answer.json()["body"] == "a" * 100_000


def test_the_limit_of_connections_is_answered_with_a_date_to_come_back() -> None:
    with (
        Running(report, limits=Limits(max_connections=2)) as server,
        server.connect() as first,
        server.connect() as second,
    ):
        for connection in (first, second):
            connection.sendall(get())
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
        answer = ask_once(server, get())
        assert_is_problem(answer, 503)
        assert answer.header("retry-after") == "1"

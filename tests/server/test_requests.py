"""What an app is given: targets, headers, bodies, exactly as they were sent where ASGI lets them be."""

import socket
import time
from collections.abc import Iterator
from queue import SimpleQueue

import pytest
from starlette.types import Message, Receive, Scope, Send

from echoscope.server.limits import DEFAULT_LIMITS
from tests.server.apps import report
from tests.server.wire import CLOSE, ask, ask_once, get, parse, read_until
from tests.servers import WAIT_S, Running, read_all


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with Running(report) as running:
        yield running


TARGETS = {
    "a newline": ("GET", "/a%0ab", "/a\nb", "/a%0ab", ""),
    "two slashes": ("GET", "//x", "//x", "//x", ""),
    "dots": ("GET", "/a/../b/./c", "/a/../b/./c", "/a/../b/./c", ""),
    "a byte that is not UTF-8": ("GET", "/%ff", "/\ufffd", "/%ff", ""),
    "UTF-8": ("GET", "/caf%C3%A9", "/café", "/caf%C3%A9", ""),
    "a bare percent sign": ("GET", "/%", "/%", "/%", ""),
    "an escaped slash": ("GET", "/a%2Fb", "/a/b", "/a%2Fb", ""),
    "brackets and quotes": ("GET", '/"<>\'{}|^`?"<>', "/\"<>'{}|^`", "/\"<>'{}|^`", '"<>'),
    "two question marks": ("GET", "/a?b?c", "/a", "/a", "b?c"),
    "an empty query": ("GET", "/a?", "/a", "/a", ""),
    "a fragment": ("GET", "/a?b#c?d", "/a", "/a", "b"),
    "an asterisk": ("OPTIONS", "*", "*", "*", ""),
    "absolute": ("GET", "http://other:81/a%20b?c=d#e", "/a b", "/a%20b", "c=d"),
    "absolute without a path": ("GET", "http://other", "/", "/", ""),
    "absolute without a path but with a query": ("GET", "http://other?c=d", "/", "/", "c=d"),
}


@pytest.mark.parametrize(("method", "target", "path", "raw_path", "query"), TARGETS.values(), ids=TARGETS)
def test_a_request_target_arrives(
    server: Running, method: str, target: str, path: str, raw_path: str, query: str
) -> None:
    made = ask_once(server, get(target, CLOSE, method=method)).json()
    assert (made["path"], made["raw_path"], made["query_string"]) == (path, raw_path, query)


def test_a_root_path_stands_before_the_path() -> None:
    with Running(report, root_path="/under") as server:
        made = ask_once(server, get("/a%20b", CLOSE)).json()
    assert (made["path"], made["raw_path"]) == ("/under/a b", "/under/a%20b")


def test_repeated_headers_keep_their_order_and_their_bytes(server: Running) -> None:
    made = ask_once(server, get(lines=b"X: 1\r\nY: caf\xe9\r\nx: 2\r\nEmpty:\r\nX: 1\r\n" + CLOSE)).json()
    assert made["headers"] == [
        ["host", "test"], ["x", "1"], ["y", "café"], ["x", "2"], ["empty", ""], ["x", "1"], ["connection", "close"],
    ]  # fmt: skip


def test_trailers_are_not_taken_for_headers(server: Running) -> None:
    chunks = b"3\r\nabc\r\n0\r\nX-Late: 1\r\nContent-Type: text/html\r\n\r\n"
    made = ask_once(server, get(lines=b"Transfer-Encoding: chunked\r\n" + CLOSE, method="POST"), chunks).json()
    assert made["headers"] == [["host", "test"], ["transfer-encoding", "chunked"], ["connection", "close"]]
    assert made["body"] == "abc"


def test_a_head_in_single_bytes_arrives_whole(server: Running) -> None:
    with server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in get("/a?b", b"X: abc\r\n" + CLOSE):
            connection.send(bytes([byte]))
        (answer,) = parse(read_all(connection))
    assert answer.json()["headers"] == [["host", "test"], ["x", "abc"], ["connection", "close"]]


def test_a_head_of_a_later_version_may_be_cut_anywhere(server: Running) -> None:
    head = get("/a", CLOSE).replace(b"HTTP/1.1", b"HTTP/1.9")
    end = head.index(b"\r\n")
    for cut in range(end - 2, end + 3):
        with server.connect() as connection:
            connection.sendall(head[:cut])
            time.sleep(0.02)
            connection.sendall(head[cut:])
            (answer,) = parse(read_all(connection))
        assert answer.json()["path"] == "/a"


METHODS = ["BREW", "get", "GETX", "FLUSH", "TEARDOWN", "QUERY", "M-SEARCH", "X", "a!#$%&'*+-.^_`|~0", "A" * 64]


@pytest.mark.parametrize("method", METHODS)
def test_any_method_arrives(server: Running, method: str) -> None:
    made = ask_once(server, get("/tea?cups=2", b"Content-Length: 3\r\n" + CLOSE, method=method), b"abc").json()
    assert (made["method"], made["path"], made["query_string"], made["body"]) == (method, "/tea", "cups=2", "abc")


def test_the_method_is_that_of_each_request(server: Running) -> None:
    with server.connect() as connection:
        for number, method in enumerate(["POST", "BREW", "GET", "STEEP", "PUT"]):
            connection.sendall(get(f"/{number}", b"Content-Length: 1\r\n", method=method) + b"x")
            (answer,) = parse(read_until(connection, b'"left": false}'))
            made = answer.json()
            assert (made["method"], made["path"], made["body"]) == (method, f"/{number}", "x")


def test_requests_behind_one_of_another_method_are_read(server: Running) -> None:
    brew = get("/1", b"Transfer-Encoding: chunked\r\n", method="BREW") + b"3\r\nabc\r\n0\r\n\r\n"
    first, second = ask(server, brew + get("/2", CLOSE))
    assert (first.json()["method"], first.json()["body"]) == ("BREW", "abc")
    assert (second.json()["method"], second.json()["path"]) == ("GET", "/2")


CHUNKED = get("/1", b"Transfer-Encoding: chunked\r\n", method="POST") + b"3\r\nabc\r\n0\r\n\r\n"


@pytest.mark.parametrize("lines", [b"", b"Transfer-Encoding: chunked\r\n", b"Content-Length: 3\r\n"])
def test_a_head_may_begin_behind_chunks_and_end_in_another_read(server: Running, lines: bytes) -> None:
    body = {b"": b"", b"Content-Length: 3\r\n": b"def"}.get(lines, b"3\r\ndef\r\n0\r\n\r\n")
    second = get("/2", lines, method="POST") + body
    for cut in (1, 10, second.index(b"\r\n\r\n") + 2, len(second) - 1):
        with server.connect() as connection:
            connection.sendall(CHUNKED + second[:cut])
            assert read_until(connection, b'"left": false}').startswith(b"HTTP/1.1 200 ")
            connection.sendall(second[cut:] + get("/3", CLOSE))
            answers = parse(read_all(connection))
        assert [answer.json()["path"] for answer in answers] == ["/2", "/3"]
        assert answers[0].json()["body"] == ("def" if body else "")


def test_a_client_that_asks_to_continue_behind_chunks_is_told_to(server: Running) -> None:
    lines = CLOSE + b"Content-Length: 3\r\nExpect: 100-continue\r\n"
    with server.connect() as connection:
        connection.sendall(CHUNKED + get("/2", lines, method="POST"))
        assert read_until(connection, b"HTTP/1.1 100 Continue\r\n\r\n").count(b"HTTP/1.1 200 ") == 1
        connection.sendall(b"def")
        (answer,) = parse(read_all(connection))
    assert (answer.json()["path"], answer.json()["body"]) == ("/2", "def")


LONG = b"a" * DEFAULT_LIMITS.max_head_bytes


@pytest.mark.parametrize("second", [get("/2", b"X: " + LONG + b"\r\n"), get("/" + LONG.decode())])
def test_a_head_behind_chunks_has_the_same_bound(server: Running, second: bytes) -> None:
    assert [answer.status for answer in ask(server, CHUNKED + second)] == [200, 431]


def test_a_method_that_begins_behind_chunks_is_not_cut_off(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(CHUNKED + b"G")
        assert read_until(connection, b'"left": false}').startswith(b"HTTP/1.1 200 ")
        connection.sendall(get("/2", CLOSE, method="BREW"))
        (answer,) = parse(read_all(connection))
    assert answer.status == 400


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
def test_an_upgrade_behind_chunks_is_refused(server: Running, protocol: bytes) -> None:
    first, second = ask(server, CHUNKED + get("/2", b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\n"))
    assert first.json()["body"] == "abc"
    assert second.status == 400
    assert "An upgrade must wait" in str(second.json()["detail"])


def test_another_method_may_ask_for_an_upgrade(server: Running) -> None:
    lines = b"Connection: Upgrade\r\nUpgrade: something\r\nContent-Length: 3\r\n"
    first, second = ask(server, get("/1", lines, method="BREW") + b"abc", get("/2", CLOSE))
    assert (first.json()["method"], first.json()["body"]) == ("BREW", "abc")
    assert second.json()["method"] == "GET"


def test_another_method_may_stand_anywhere(server: Running) -> None:
    requests = get("/1"), b"\r\n" + get("/2", method="BREW"), get("/3", method="NOTIFYING"), get("/4", CLOSE)
    assert [answer.json()["method"] for answer in ask(server, *requests)] == ["GET", "BREW", "NOTIFYING", "GET"]


@pytest.mark.parametrize(
    "parts", [(b"FO", b"O /x"), (b"G", b"ET", b" /x"), (b"F", b"O", b"O", b" ", b"/x"), (b"GETT", b"ER /x")]
)
def test_a_segment_is_no_boundary_of_a_method(server: Running, parts: tuple[bytes, ...]) -> None:
    with server.connect() as connection:
        for part in (*parts, b" HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r", b"\n"):
            connection.sendall(part)
            time.sleep(0.02)
        (answer,) = parse(read_all(connection))
    assert answer.json()["method"] == b"".join(parts).decode().split(" ")[0]


def test_a_later_minor_version_is_read_as_the_highest_that_is_known(server: Running) -> None:
    first, second = ask(server, get("/1").replace(b"HTTP/1.1", b"HTTP/1.2"), get("/2", CLOSE).replace(b"/1.1", b"/1.9"))
    assert [first.json()["path"], second.json()["path"]] == ["/1", "/2"]


def test_white_space_around_a_value_is_none_of_it(server: Running) -> None:
    (answer,) = ask(server, get("/", b"A:\t v \t\r\nB:w\t\r\nC:  \r\n" + CLOSE))
    assert answer.json()["headers"][1:4] == [["a", "v"], ["b", "w"], ["c", ""]]  # type: ignore[index]


def test_the_authority_of_a_target_stands_for_the_host(server: Running) -> None:
    (answer,) = ask(server, get("http://target.example:81/a?b", CLOSE))
    assert answer.json()["path"] == "/a"
    assert answer.json()["headers"][0] == ["host", "target.example:81"]  # type: ignore[index]


def test_who_closes_the_sending_side_gets_the_answer(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(get("/1") + get("/2"))
        connection.shutdown(socket.SHUT_WR)
        first, second = parse(read_all(connection))
    assert (first.json()["path"], second.json()["path"]) == ("/1", "/2")


@pytest.mark.parametrize(
    "behind",
    [b"", b"GET /2 HT", b"POST /2 HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nabc"],
    ids=["nothing behind it", "half a head behind it", "half a body behind it"],
)
def test_who_closes_the_sending_side_gets_an_answer_that_is_given_in_the_same_turn(
    server: Running, behind: bytes
) -> None:
    for _ in range(20):
        with server.connect() as connection:
            connection.sendall(get("/1") + behind)
            connection.shutdown(socket.SHUT_WR)
            (answer,) = parse(read_all(connection))
        assert answer.json()["path"] == "/1"


def test_a_head_of_another_method_may_come_in_parts(server: Running) -> None:
    with server.connect() as connection:
        for part in (b"BREW /te", b"a HTTP/1.1\r\nHo", b"st: test\r\nConnection: close\r\n\r\n"):
            connection.sendall(part)
            time.sleep(0.05)
        (answer,) = parse(read_all(connection))
    assert (answer.json()["method"], answer.json()["path"]) == ("BREW", "/tea")


UPGRADES = {
    "one that nobody knows": b"Connection: Upgrade\r\nUpgrade: something\r\n",
    "the one of curl --http2": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    "a WebSocket, but by POST": b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
}


@pytest.mark.parametrize("lines", UPGRADES.values(), ids=UPGRADES)
def test_a_body_behind_an_upgrade_that_is_not_acted_on_arrives(server: Running, lines: bytes) -> None:
    first, second = ask(
        server,
        get("/1", lines + b"Content-Length: 3\r\n", method="POST") + b"abc",
        get("/2", lines + b"Transfer-Encoding: chunked\r\n" + CLOSE, method="POST") + b"3\r\nxyz\r\n0\r\n\r\n",
    )
    assert (first.json()["path"], first.json()["body"]) == ("/1", "abc")
    assert (second.json()["path"], second.json()["body"]) == ("/2", "xyz")
    names = [name for name, _ in first.json()["headers"]]  # type: ignore[attr-defined]
    assert names[:3] == ["host", "connection", "upgrade"]


def test_http_1_0_knows_no_upgrade(server: Running) -> None:
    lines = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nContent-Length: 3\r\n"
    answer = ask_once(server, b"GET / HTTP/1.0\r\n" + lines + b"\r\nabc")
    assert (answer.status, answer.json()["body"]) == (200, "abc")


def test_a_connection_that_upgrades_and_closes_closes(server: Running) -> None:
    lines = b"Connection: Upgrade, close\r\nUpgrade: something\r\nContent-Length: 3\r\n"
    answer = ask_once(server, get(lines=lines, method="POST"), b"abc", get("/2"))
    assert answer.json()["body"] == "abc"
    assert answer.header("connection") == "close"


def test_a_client_that_asks_to_continue_is_told_to(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(get(lines=b"Content-Length: 3\r\nExpect: 100-continue\r\n" + CLOSE, method="POST"))
        assert read_until(connection, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        (answer,) = parse(read_all(connection))
    assert answer.json()["body"] == "abc"


def test_http_1_0_knows_no_continue(server: Running) -> None:
    answer = ask_once(server, b"POST / HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc")
    assert answer.json()["body"] == "abc"


def test_what_a_client_sent_before_it_left_is_received() -> None:
    received: SimpleQueue[Message] = SimpleQueue()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(2):
            received.put(await receive())

    with Running(app, lifespan="off") as server:
        with server.connect() as connection:
            connection.sendall(get(lines=b"Content-Length: 9\r\n", method="POST") + b"abc")
        assert received.get(timeout=WAIT_S) == {"type": "http.request", "body": b"abc", "more_body": True}
        assert received.get(timeout=WAIT_S) == {"type": "http.disconnect"}

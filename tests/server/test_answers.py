"""What a client is given: framing, checked heads, errors in place of answers, order."""

import asyncio
from collections.abc import Iterator
from queue import SimpleQueue

import pytest
from starlette.types import Message, Receive, Scope, Send

from echoscope.server import Limits
from echoscope.server.cycle import AT_ONCE_BYTES
from tests.server.apps import Answering, Headers, answer, body, lifespan, report, start
from tests.server.wire import CLOSE, Answer, ask, ask_once, assert_is_problem, get, parse
from tests.servers import WAIT_S, Running, read_all

LENGTH = (b"content-length", b"5")


class Scripted:
    """A server whose app sends what a test says."""

    def __init__(self, app: Answering, server: Running) -> None:
        self.app = app
        self.server = server

    def __call__(self, *messages: dict[str, object], request: bytes = get(lines=CLOSE)) -> Answer:
        return ask_once(self.says(*messages), request)

    def says(self, *messages: dict[str, object]) -> Running:
        self.app.messages = messages
        return self.server


@pytest.fixture(scope="module")
def answered() -> Iterator[Scripted]:
    app = Answering()
    with Running(app) as server:
        yield Scripted(app, server)


@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        (200, "OK"), (404, "Not Found"), (413, "Content Too Large"), (414, "URI Too Long"),
        (416, "Range Not Satisfiable"), (418, "I'm a teapot"), (422, "Unprocessable Content"), (299, ""), (599, ""),
    ],
)  # fmt: skip
def test_a_status_has_the_phrase_of_rfc_9110(answered: Scripted, status: int, phrase: str) -> None:
    received = answered.says(start(status), body()).raw(get(lines=CLOSE))
    assert received.partition(b"\r\n")[0].decode() == f"HTTP/1.1 {status} {phrase}"


def test_an_announced_length_frames_the_body(answered: Scripted) -> None:
    made = answered(start(headers=[LENGTH]), body(b"he", more=True), body(b"", more=True), body(b"llo"))
    assert (made.header("content-length"), made.header("transfer-encoding"), made.body) == ("5", None, b"hello")


@pytest.mark.parametrize(
    "size", [AT_ONCE_BYTES, AT_ONCE_BYTES + 1, 5 * AT_ONCE_BYTES], ids=["one", "and a byte", "five"]
)
@pytest.mark.parametrize("is_announced", [True, False], ids=["of a length", "in chunks"])
def test_a_long_body_arrives_whole_and_in_its_place(answered: Scripted, size: int, *, is_announced: bool) -> None:
    long = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    headers = [(b"content-length", b"%d" % (2 * size + 2))] if is_announced else []
    made = answered(start(headers=headers), body(b"<", more=True), body(long, more=True), body(long + b">"))
    assert made.header("transfer-encoding") == (None if is_announced else "chunked")
    assert made.body == b"<" + long + long + b">"


def test_a_long_body_is_one_chunk(answered: Scripted) -> None:
    received = answered.says(start(), body(b"a" * 1_000_000, more=True), body(b"b")).raw(get(lines=CLOSE))
    chunks = received.partition(b"\r\n\r\n")[2]
    assert chunks == b"f4240\r\n" + b"a" * 1_000_000 + b"\r\n1\r\nb\r\n0\r\n\r\n"


def test_head_has_no_long_body(answered: Scripted) -> None:
    long = b"a" * (2 * AT_ONCE_BYTES)
    received = answered.says(start(headers=[(b"content-length", b"%d" % len(long))]), body(long)).raw(
        get(method="HEAD", lines=CLOSE)
    )
    assert received.endswith(b"\r\n\r\n")


def test_chunks_frame_a_body_of_unknown_length(answered: Scripted) -> None:
    made = answered(start(), body(b"he", more=True), body(b"", more=True), body(b"llo"))
    assert (made.header("content-length"), made.header("transfer-encoding"), made.body) == (None, "chunked", b"hello")


def test_http_1_0_never_gets_chunks(answered: Scripted) -> None:
    made = answered(start(), body(b"he", more=True), body(b"llo"), request=b"GET / HTTP/1.0\r\n\r\n")
    assert (made.header("transfer-encoding"), made.header("connection"), made.body) == (None, "close", b"hello")


def test_framing_is_not_the_apps(answered: Scripted) -> None:
    headers = [(b"Transfer-Encoding", b"gzip, chunked"), (b"Content-Length", b"5"), (b"content-length", b"5")]
    made = answered(start(headers=headers), body(b"hello"))
    assert (made.header("content-length"), made.header("transfer-encoding"), made.body) == ("5", None, b"hello")


@pytest.mark.parametrize("headers", [[LENGTH], []], ids=["with a length", "without"])
def test_an_answer_to_head_has_no_body(answered: Scripted, headers: Headers) -> None:
    server = answered.says(start(headers=headers), body(b"hello"))
    received = server.raw(get(lines=CLOSE, method="HEAD"))
    (made,) = parse(received, without_body=True)
    assert (made.status, made.header("content-length")) == (200, "5" if headers else None)


@pytest.mark.parametrize(("status", "length"), [(204, None), (304, "5")])
def test_a_status_that_has_no_body_gets_none(answered: Scripted, status: int, length: str | None) -> None:
    server = answered.says(start(status, [LENGTH]), body(b"hello"))
    first, second = ask(server, get("/1"), get("/2", CLOSE))
    assert (first.status, first.body, first.header("transfer-encoding")) == (status, b"", None)
    assert first.header("content-length") == length
    assert second.status == status


def test_names_are_lower_case_and_headers_keep_their_order(answered: Scripted) -> None:
    made = answered(start(headers=[(b"X-B", b"1"), (b"X-A", b"2"), (b"x-b", b"\tcaf\xe9")]), body())
    assert made.headers[:3] == [("x-b", "1"), ("x-a", "2"), ("x-b", "\tcafé")]


def test_an_app_can_close_the_connection(answered: Scripted) -> None:
    made = answered(start(headers=[(b"connection", b"Close"), LENGTH]), body(b"hello"), request=get())
    assert made.header("connection") == "Close"


BROKEN_HEADS = {
    "a line break in a value": (200, [(b"x", b"a\r\nset-cookie: b")]),
    "a bare line feed": (200, [(b"x", b"a\nb")]),
    "a bare carriage return": (200, [(b"x", b"a\rb")]),
    "NUL": (200, [(b"x", b"a\0b")]),
    "ESC": (200, [(b"x", b"a\x1bb")]),
    "DEL": (200, [(b"x", b"a\x7fb")]),
    "a colon in a name": (200, [(b"x:y", b"a")]),
    "a line break in a name": (200, [(b"x\r\ny", b"a")]),
    "an empty name": (200, [(b"", b"a")]),
    "a length that is none": (200, [(b"content-length", b"+5")]),
    "two lengths": (200, [(b"content-length", b"5"), (b"content-length", b"6")]),
    "an interim status": (101, []),
    "a status that is none": (600, []),
}


@pytest.mark.parametrize(("status", "headers"), BROKEN_HEADS.values(), ids=BROKEN_HEADS)
def test_a_head_that_must_not_be_sent_becomes_a_500(answered: Scripted, status: int, headers: Headers) -> None:
    assert_is_problem(answered(start(status, headers), body(b"hello"), request=get()), 500)


FAILURES = {
    "nothing": [],
    "a body before a head": [body(b"hello")],
    "a head alone": [start()],
    "a body that is too long": [start(headers=[LENGTH]), body(b"hello!")],
    "a body that is too short": [start(headers=[LENGTH]), body(b"hell")],
}


@pytest.mark.parametrize("messages", FAILURES.values(), ids=FAILURES)
def test_an_app_that_fails_before_a_byte_is_sent_gives_a_500(
    answered: Scripted, messages: list[dict[str, object]]
) -> None:
    assert_is_problem(answered(*messages, request=get()), 500)


def test_an_answer_that_cannot_be_finished_is_cut_off(answered: Scripted) -> None:
    server = answered.says(start(), body(b"hello", more=True))
    received = server.raw(get())
    assert received.endswith(b"\r\n\r\n5\r\nhello\r\n")


def test_an_app_cannot_answer_twice(answered: Scripted) -> None:
    server = answered.says(start(headers=[LENGTH]), body(b"hello"), start(), body(b"again"))
    first, second = ask(server, get("/1"), get("/2", CLOSE))
    assert (first.body, second.body) == (b"hello", b"hello")


async def waits(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends a head, and a body when the client is gone."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    await send(start())
    while (await receive())["type"] != "http.disconnect":
        pass


def test_a_head_does_not_wait_for_a_body_that_is_long_in_coming() -> None:
    with Running(waits) as server, server.connect() as connection:
        connection.sendall(get())
        assert connection.recv(1 << 16).endswith(b"\r\n\r\n")


async def answers_at_once(scope: Scope, receive: Receive, send: Send) -> None:
    """Never reads a body."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    else:
        await answer(send, 200, [LENGTH], b"hello")


@pytest.fixture(scope="module")
def hasty() -> Iterator[Running]:
    with Running(answers_at_once, limits=Limits(max_body_bytes=1_000_000)) as running:
        yield running


def test_a_body_that_nobody_reads_is_passed_over(hasty: Running) -> None:
    first = get("/1", b"Content-Length: 500000\r\n", method="POST") + b"a" * 500_000
    assert [made.body for made in ask(hasty, first, get("/2", CLOSE))] == [b"hello", b"hello"]


def test_a_client_that_was_not_told_to_continue_may_send_what_it_likes(hasty: Running) -> None:
    made = ask_once(hasty, get(lines=b"Content-Length: 5\r\nExpect: 100-continue\r\n", method="POST"))
    assert (made.status, made.header("connection")) == (200, "close")


def test_a_client_that_is_still_sending_can_read_the_last_answer(hasty: Running) -> None:
    head = get(lines=CLOSE + b"Content-Length: 1000000\r\n", method="POST")
    with hasty.connect() as connection:
        connection.sendall(head + b"a" * 1000)
        answers = connection.recv(1 << 16)
        connection.sendall(b"a" * 500_000)
        answers += read_all(connection)
    assert parse(answers)[0].body == b"hello"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with Running(report) as running:
        yield running


def test_3000_requests_at_once_are_answered_in_order(server: Running) -> None:
    requests = b"".join(get(f"/{number}") for number in range(3000))
    answers = ask(server, requests, get("/last", CLOSE))
    assert [made.json()["path"] for made in answers] == [*(f"/{number}" for number in range(3000)), "/last"]


def test_bodies_of_requests_at_once_stay_apart(server: Running) -> None:
    def post(number: int) -> bytes:
        content = b"%d," % number * 3000
        return get(f"/{number}", b"Content-Length: %d\r\n" % len(content), method="POST") + content

    answers = ask(server, *(post(number) for number in range(40)), get("/last", CLOSE))
    assert [made.json()["body"] for made in answers[:-1]] == [f"{number}," * 3000 for number in range(40)]


def test_the_request_that_runs_hears_that_the_client_left_and_not_the_newest_one() -> None:
    heard: SimpleQueue[tuple[str, Message]] = SimpleQueue()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def talk() -> None:
            while True:
                await send(body(b"still there?", more=True))
                await asyncio.sleep(0.001)

        await receive()
        await send(start())
        talking = asyncio.create_task(talk())
        heard.put((scope["path"], await receive()))
        talking.cancel()

    with Running(app, lifespan="off") as running:
        with running.connect() as connection:
            connection.sendall(get("/1") + get("/2"))
            assert connection.recv(1 << 16)
        assert heard.get(timeout=WAIT_S) == ("/1", {"type": "http.disconnect"})

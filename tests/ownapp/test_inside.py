"""What is seen inside an app: its log, its route, its failures, its time, and what its middleware changed."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from echoscope import Echoscope
from echoscope.exchange.document import Plain
from echoscope.exchange.model import LOG_CHARACTERS, MAX_LOG_LINES
from echoscope.files.json_lines.writing import JsonLines
from echoscope.files.reading import Bounds, read
from echoscope.insight.masking import mask
from echoscope.log.store import Found
from tests.asgi import END, START, Wire, http_scope, request, response
from tests.told import document

log = logging.getLogger("shop")


@pytest.fixture(autouse=True)
def level() -> Iterator[None]:
    log.setLevel(logging.INFO)
    yield
    log.setLevel(logging.NOTSET)


async def seen(app: ASGIApp, *messages: Message, fails: bool = False, **scope: Any) -> Plain:
    """The document of a request to the wrapped app."""
    wrapper = app if isinstance(app, Echoscope) else Echoscope(app)
    try:
        await Wire(*(messages or [request()])).call(wrapper, http_scope(**scope))
    except Exception:
        assert fails
    return await newest(wrapper)


async def newest(wrapper: Echoscope) -> Plain:
    (one,) = await found(wrapper, 1)
    return document(one.seq, one.exchange)


async def found(wrapper: Echoscope, count: int) -> list[Found]:
    """The newest exchanges, the oldest of them first."""
    items = (await wrapper.logs.main.page(None, count)).items
    return await wrapper.logs.main.find_many([kept.head.id for _, kept in reversed(items)])


def answering(act: Callable[[], object], status: int = 200) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        act()
        await send({**START, "status": status})
        await send(END)

    return app


# Log records


async def test_log_records_belong_to_the_exchange_in_which_they_were_emitted() -> None:
    both = asyncio.Barrier(2)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        log.info("begin %s", scope["path"])
        await both.wait()
        log.warning("end %s", scope["path"])
        await send(START)
        await send(END)

    wrapper = Echoscope(app)
    await asyncio.gather(*(Wire().call(wrapper, http_scope(path=path)) for path in ("/a", "/b")))
    for one in await found(wrapper, 2):
        made = document(one.seq, one.exchange)
        lines = made["inside"]["logs"]
        assert [(line["level"], line["logger"], line["message"]) for line in lines] == [
            ("INFO", "shop", f"begin {made['path']}"),
            ("WARNING", "shop", f"end {made['path']}"),
        ]
        assert 0 <= lines[0]["at_ms"] <= lines[1]["at_ms"] <= made["duration_ms"]


async def test_log_records_of_threads_with_the_context_are_in_it() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.to_thread(log.info, "from a thread")
        await send(START)
        await send(END)

    made = await seen(app)
    assert [line["message"] for line in made["inside"]["logs"]] == ["from a thread"]


async def test_log_records_behind_the_answer_are_in_it() -> None:
    async def afterwards() -> None:
        await asyncio.sleep(0.02)
        log.info("afterwards")

    async def endpoint(request: Request) -> Response:
        return PlainTextResponse("ok", background=BackgroundTask(afterwards))

    made = await seen(Starlette(routes=[Route("/", endpoint)]), path="/", raw_path=b"/", method="GET")
    (line,) = made["inside"]["logs"]
    assert (made["state"], line["message"]) == ("done", "afterwards")
    assert line["at_ms"] > made["duration_ms"], "the exchange was over by then"


async def test_log_records_outside_an_exchange_are_nobodys() -> None:
    wrapper = Echoscope(answering(lambda: None))
    log.info("before")
    thread = threading.Thread(target=log.info, args=("from a thread of its own",))
    await Wire().call(wrapper, http_scope())
    thread.start()
    thread.join()
    assert (await newest(wrapper))["inside"]["logs"] == []


async def test_levels_and_handlers_of_loggers_stay_as_they_are() -> None:
    handlers = list(logging.getLogger().handlers)
    made = await seen(answering(lambda: log.debug("held back")))
    assert made["inside"]["logs"] == []
    assert logging.getLogger().handlers == handlers


async def test_the_last_log_records_are_kept_and_cut() -> None:
    def act() -> None:
        for number in range(MAX_LOG_LINES + 5):
            log.info("%s%s", number, "x" * LOG_CHARACTERS)

    inside = (await seen(answering(act)))["inside"]
    assert (len(inside["logs"]), inside["logs_omitted"]) == (MAX_LOG_LINES, 5)
    assert inside["logs"][0]["message"].startswith("5x")
    assert {len(line["message"]) for line in inside["logs"]} == {LOG_CHARACTERS}


class Unprintable:
    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("%s \ud800", "a"), "a \\ud800"), (("%d", "no number"), "%d"), (("%s", Unprintable()), "%s")],
    ids=["surrogate", "wrong argument", "failing argument"],
)
async def test_a_log_record_that_is_odd_breaks_nothing(arguments: tuple[Any, ...], message: str) -> None:
    log.propagate = False  # to the test's own handler, which does not forgive it
    made = await seen(answering(lambda: log.info(*arguments)))
    log.propagate = True
    assert [line["message"] for line in made["inside"]["logs"]] == [message]


# Failures


def logs_an_error() -> None:
    try:
        raise LookupError("nothing there")
    except LookupError:
        log.exception("it went wrong")


async def test_an_error_that_was_logged_is_the_exchanges_where_the_answer_is_one_of_failure() -> None:
    made = await seen(answering(logs_an_error, status=500))
    assert made["state"] == "error"
    assert made["error"].endswith("LookupError: nothing there\n")
    assert made["inside"]["logs"][0]["error"] == made["error"]


async def test_an_error_that_was_logged_and_got_over_is_in_the_log_alone() -> None:
    made = await seen(answering(logs_an_error))
    assert (made["state"], made["error"]) == ("done", None)
    assert made["inside"]["logs"][0]["error"].endswith("LookupError: nothing there\n")


async def test_an_exception_that_passes_is_the_exchanges() -> None:
    def fail() -> None:
        raise KeyError("order")

    made = await seen(answering(fail), fails=True)
    assert made["state"] == "error"
    assert made["error"].endswith("KeyError: 'order'\n")


# Routes


async def test_the_route_is_told_with_its_parameters() -> None:
    async def order(request: Request) -> Response:
        return PlainTextResponse("ok")

    app = Starlette(routes=[Mount("/shop", routes=[Route("/orders/{id:uuid}", order)])])
    uuid = "2f1b7cc2-2b8e-4cf6-9c1b-6d1f3e8f0f43"
    path = f"/shop/orders/{uuid}"
    made = await seen(app, path=path, raw_path=path.encode(), method="GET")
    route = made["inside"]["route"]
    assert route["template"] == "/orders/{id:uuid}"
    assert route["endpoint"].endswith("order")
    assert route["parameters"]["id"] == uuid
    assert (await seen(app, path="/none", method="GET"))["inside"]["route"] is None


# Time


class Slow:
    """A client that takes its time; the clock is the loop's own."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        await asyncio.sleep(self.seconds)
        return request(b"body")

    async def send(self, message: Message) -> None:
        await asyncio.sleep(self.seconds)
        self.sent.append(message)


async def test_time_waiting_for_the_client_is_told_from_time_in_the_app() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(START)
        await asyncio.sleep(0.05)
        await send(response(b"a", more_body=True))
        await send(END)

    client = Slow(0.03)
    wrapper = Echoscope(app)
    await wrapper(http_scope(), client.receive, client.send)
    made = await newest(wrapper)
    assert made["inside"]["waited_ms"] >= 3 * 30 - 3
    assert made["inside"]["worked_ms"] >= 50 - 1
    assert made["inside"]["waited_ms"] + made["inside"]["worked_ms"] == pytest.approx(made["duration_ms"], abs=0.01)


async def test_listening_for_the_client_to_leave_is_no_waiting_for_it() -> None:
    """Frameworks do so beside their work, once they have the whole request."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        listening = asyncio.ensure_future(receive())
        await asyncio.sleep(0.05)
        await send(START)
        await send(END)
        listening.cancel()

    made = await seen(app, request())
    assert made["inside"]["worked_ms"] >= 50 - 1


async def test_waiting_for_two_things_at_once_counts_once() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.gather(receive(), send(START))
        await send(END)

    client = Slow(0.05)
    wrapper = Echoscope(app)
    await wrapper(http_scope(), client.receive, client.send)
    made = await newest(wrapper)
    assert made["inside"]["waited_ms"] <= made["duration_ms"]


# Middleware


class Meddling:
    """Changes what it can, each in another way."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [pair for pair in scope["headers"] if pair[0] != b"authorization"] + [(b"x-user", b"ann")]
        scope = {**scope, "headers": headers, "scheme": "https", "user": object(), "tenant": "blue"}
        scope.pop("raw_path", None)

        async def hear() -> Message:
            message = await receive()
            return {**message, "body": message["body"].upper() + b"!"}

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(b"x-served-by", b"me"), *message["headers"]]
                message = {**message, "status": 201, "headers": headers}
            await send(message)

        await self.app(scope, hear, say)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = (await receive())["body"]
    await send(START)
    await send(response(body, more_body=True))
    await send(END)


async def test_what_middleware_changed_is_told_in_the_direction_in_which_it_passed() -> None:
    headers = [(b"authorization", b"Bearer abcdefgh"), (b"x-a", b"1"), (b"x-a", b"2")]
    made = await seen(Echoscope(Meddling(Echoscope(echo))), request(b"hello"), headers=headers)
    changes = [tuple(change.values()) for change in made["inside"]["changes"]]
    assert changes == [
        ("scope", "scheme", "http", "https"),
        ("scope", "raw_path", "/orders", None),
        ("scope", "tenant", None, "blue"),
        ("request header", "authorization", "Bearer abcdefgh", None),
        ("request header", "x-user", None, "ann"),
        ("request body", "bytes", 5, 6),
        ("status", "status", 200, 201),
        ("response header", "x-served-by", None, "me"),
    ]
    inner = made["inside"]["inner"]
    assert inner["scope"]["headers"] == [("x-a", "1"), ("x-a", "2"), ("x-user", "ann")]
    assert [event["message"].get("body") for event in inner["events"]] == ["HELLO!", None, "HELLO!", ""]
    assert made["events"][0]["message"]["body"] == "hello"
    assert (inner["status"], inner["state"], made["status"]) == (200, "done", 201)


async def test_middleware_that_changes_nothing_has_no_changes() -> None:
    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        await inner({**scope}, receive, send)

    inner = Echoscope(echo)
    made = await seen(Echoscope(middleware), request(b"hello"))
    assert made["inside"]["changes"] == []


async def test_middleware_that_answers_itself_has_no_inner_sight() -> None:
    made = await seen(Echoscope(answering(lambda: Echoscope(echo))))
    assert (made["inside"]["inner"], made["inside"]["changes"]) == (None, None)


async def test_compression_by_middleware_shows() -> None:
    async def endpoint(request: Request) -> Response:
        return PlainTextResponse("x" * 2_000)

    app = Echoscope(GZipMiddleware(Echoscope(Starlette(routes=[Route("/", endpoint)]))))
    made = await seen(app, path="/", raw_path=b"/", method="GET", headers=[(b"accept-encoding", b"gzip")])
    changes = {(change["where"], change["name"]): change for change in made["inside"]["changes"]}
    assert changes["response header", "content-encoding"]["after"] == "gzip"
    assert changes["response header", "content-length"]["before"] == "2000"
    assert changes["response body", "bytes"]["before"] == 2_000
    assert made["inside"]["route"]["template"] == "/"


async def test_an_app_that_fails_behind_middleware_is_seen_there() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("inside")

    async def forgives(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await inner(scope, receive, send)
        except ValueError:
            await send({**START, "status": 503})
            await send(END)

    inner = Echoscope(fails)
    made = await seen(Echoscope(forgives))
    assert (made["state"], made["status"]) == ("done", 503)
    assert made["inside"]["inner"]["state"] == "error"
    assert made["inside"]["inner"]["error"].endswith("ValueError: inside\n")


async def test_three_can_stand_in_each_other() -> None:
    made = await seen(Echoscope(Meddling(Echoscope(Meddling(Echoscope(echo))))), request(b"a"))
    middle = made["inside"]["inner"]
    assert middle["events"][0]["message"]["body"] == "A!"
    assert middle["inside"]["inner"]["events"][0]["message"]["body"] == "A!!"


# Files and secrets


async def whole() -> tuple[Echoscope, Plain]:
    def act() -> None:
        log.warning("for %s with password=hunter22", "Bearer abcdefgh")
        logs_an_error()

    async def forgets(scope: Scope, receive: Receive, send: Send) -> None:
        await inner({**scope, "headers": [(b"x-a", b"\xff")]}, receive, send)

    inner = Echoscope(answering(act, status=500))
    wrapper = Echoscope(forgets)
    headers = [(b"authorization", b"Bearer abcdefgh")]
    return wrapper, await seen(wrapper, request(b"hello"), headers=headers)


async def test_what_is_seen_inside_is_written_to_files_and_read_back() -> None:
    wrapper, made = await whole()
    (one,) = await found(wrapper, 1)
    line = JsonLines().item(one.seq, one.exchange, None)
    (imported,) = read(bytearray(line), Bounds())
    assert imported.exchange is not None, imported.fault
    again = document(one.seq, imported.exchange)
    for key in ("inside", "error"):
        assert orjson.dumps(again[key]) == orjson.dumps(made[key])


async def test_secrets_are_masked_in_what_is_seen_inside() -> None:
    wrapper, _ = await whole()
    (one,) = await found(wrapper, 1)
    masked = str(document(one.seq, mask(one.exchange)))
    assert "abcdefgh" not in masked
    assert "hunter22" not in masked
    assert "redacted-" in masked

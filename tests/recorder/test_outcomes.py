"""How an exchange ends, and that it is in the log before its client can know."""

import asyncio
from contextlib import nullcontext

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from echoscope.capture.recorder import Recorder
from echoscope.exchange.model import State
from echoscope.log.log import Log
from echoscope.log.memory import MemoryStore
from echoscope.log.store import Captured, Store
from tests.asgi import DISCONNECT, END, START, Wire, answer_by, http_scope, newest, request, response, websocket_scope
from tests.servers import WAIT_S
from tests.stores import Distant


class Broken(Exception):
    """What the apps here fail with."""


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    await send(START)
    await send(response(b"a", more_body=True))
    await send(END)


async def reads_in_vain(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def fails_at_once(scope: Scope, receive: Receive, send: Send) -> None:
    raise Broken("at once")


async def fails_midway(scope: Scope, receive: Receive, send: Send) -> None:
    await send(START)
    await send(response(b"half", more_body=True))
    raise Broken("midway")


async def fails_after_its_answer(scope: Scope, receive: Receive, send: Send) -> None:
    await answers(scope, receive, send)
    raise Broken("afterwards")


async def fails_because_the_client_left(scope: Scope, receive: Receive, send: Send) -> None:
    await reads_in_vain(scope, receive, send)
    raise Broken("left")


@pytest.mark.parametrize(
    ("app", "messages", "state", "status"),
    [
        pytest.param(answers, [request()], "done", 200, id="an answer"),
        pytest.param(reads_in_vain, [request(b"a", more_body=True), DISCONNECT], "disconnected", None, id="left"),
        pytest.param(fails_at_once, [], "error", None, id="fails at once"),
        pytest.param(fails_midway, [], "error", 200, id="fails midway"),
        pytest.param(fails_after_its_answer, [], "error", 200, id="fails after its answer"),
        pytest.param(fails_because_the_client_left, [DISCONNECT], "error", None, id="fails when the client left"),
    ],
)
async def test_the_outcome(app: ASGIApp, messages: list[Message], state: State, status: int | None) -> None:
    store = MemoryStore()
    with pytest.raises(Broken) if state == "error" else nullcontext():
        await Wire(*messages).call(Recorder(app, Log(store)), http_scope())
    exchange = await newest(store)
    assert (exchange.state, exchange.status) == (state, status)
    assert (exchange.error is None) == (state != "error")
    assert (await store.status()).exchanges == 1


async def test_a_traceback_names_the_line_that_failed() -> None:
    store = MemoryStore()
    with pytest.raises(Broken):
        await Wire().call(Recorder(fails_at_once, Log(store)), http_scope())
    error = (await newest(store)).error or ""
    assert error.startswith("Traceback (most recent call last):")
    assert 'raise Broken("at once")' in error


async def test_of_an_endless_traceback_the_end_is_kept() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise Broken("x" * 1_000_000 + " the end")

    store = MemoryStore()
    with pytest.raises(Broken):
        await Wire().call(Recorder(app, Log(store)), http_scope())
    error = (await newest(store)).error or ""
    assert error.endswith(" the end\n")
    assert len(error) < 100_000


async def test_an_app_that_failed_before_its_answer_is_answered_for() -> None:
    store = MemoryStore()
    wire = Wire()
    with pytest.raises(Broken):
        await wire.call(Recorder(fails_at_once, Log(store), failure_answer=answer_by), http_scope())
    exchange = await newest(store)
    assert wire.sent == list(answer_by(exchange.id))
    assert (exchange.state, exchange.status, exchange.sent_bytes) == ("error", 500, 5)
    assert "Broken: at once" in (exchange.error or "")


@pytest.mark.parametrize("app", [fails_midway, fails_after_its_answer])
async def test_an_app_that_failed_after_its_answer_began_is_not_answered_for(app: ASGIApp) -> None:
    wire = Wire()
    with pytest.raises(Broken):
        await wire.call(Recorder(app, Log(MemoryStore()), failure_answer=answer_by), http_scope())
    assert [message.get("status") for message in wire.sent if "status" in message] == [200]


async def test_a_websocket_that_fails_is_left_to_the_server() -> None:
    store = MemoryStore()
    wire = Wire()
    with pytest.raises(Broken):
        await wire.call(Recorder(fails_at_once, Log(store), failure_answer=answer_by), websocket_scope())
    assert wire.sent == []
    assert (await newest(store)).state == "error"


class Looking:
    """A server's `send` that looks into the log with every message."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.seen: list[tuple[str, State | None]] = []

    async def __call__(self, message: Message) -> None:
        status = await self.store.status()
        self.seen.append((message["type"], (await newest(self.store)).state if status.head else None))


async def seen_by_the_server(app: ASGIApp, scope: Scope, *messages: Message) -> list[tuple[str, State | None]]:
    store = MemoryStore()
    looking = Looking(store)
    await Recorder(app, Log(store))(scope, Wire(*messages).receive, looking)
    return looking.seen


async def test_an_exchange_is_in_the_log_before_the_last_byte_of_its_answer_and_not_earlier() -> None:
    assert await seen_by_the_server(answers, http_scope()) == [
        ("http.response.start", None),
        ("http.response.body", None),
        ("http.response.body", "done"),
    ]


async def test_an_answer_in_place_of_the_app_is_in_the_log_before_its_last_byte() -> None:
    store = MemoryStore()
    looking = Looking(store)
    with pytest.raises(Broken):
        await Recorder(fails_at_once, Log(store), failure_answer=answer_by)(http_scope(), Wire().receive, looking)
    assert looking.seen == [("http.response.start", None), ("http.response.body", "error")]


async def test_a_websocket_session_is_in_the_log_before_its_close_frame() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})

    assert await seen_by_the_server(app, websocket_scope()) == [
        ("websocket.accept", None),
        ("websocket.close", "done"),
    ]


async def test_an_answer_is_not_sent_while_the_store_has_not_taken_its_exchange() -> None:
    class Hesitant(Distant):
        may_go_on = asyncio.Event()

        async def wait_before(self, exchange: Captured) -> None:
            await self.may_go_on.wait()

    store = Hesitant()
    wire = Wire()
    call = asyncio.create_task(wire.call(Recorder(answers, Log(store)), http_scope()))
    for _ in range(20):
        await asyncio.sleep(0)
    assert [message.get("body") for message in wire.sent] == [None, b"a"]
    store.may_go_on.set()
    await asyncio.wait_for(call, WAIT_S)
    assert len(wire.sent) == 3


async def test_cancellation_reaches_the_app_and_the_caller_and_is_recorded() -> None:
    reached = asyncio.Event()
    is_cancelled = False

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal is_cancelled
        await send(START)
        reached.set()
        try:
            await receive()
        except asyncio.CancelledError:
            is_cancelled = True
            raise

    store = MemoryStore()
    call = asyncio.create_task(Wire().call(Recorder(app, Log(store)), http_scope()))
    await asyncio.wait_for(reached.wait(), WAIT_S)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert is_cancelled
    assert (await newest(store)).state == "disconnected"


async def test_a_send_that_fails_fails_in_the_app() -> None:
    caught: list[OSError] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await answers(scope, receive, send)
        except OSError as error:
            caught.append(error)
            raise

    async def gone(message: Message) -> None:
        raise BrokenPipeError("gone")

    with pytest.raises(BrokenPipeError):
        await Recorder(app, Log(MemoryStore()))(http_scope(), Wire().receive, gone)
    assert len(caught) == 1


async def says_nothing(scope: Scope, receive: Receive, send: Send) -> None:
    pass


async def begins(scope: Scope, receive: Receive, send: Send) -> None:
    await send(START)
    await send(response(b"half", more_body=True))


async def accepts(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.accept"})


@pytest.mark.parametrize(
    ("app", "scope", "state", "status"),
    [
        pytest.param(says_nothing, http_scope(), "error", None, id="no answer"),
        pytest.param(begins, http_scope(), "error", 200, id="half an answer"),
        pytest.param(says_nothing, websocket_scope(), "error", None, id="no answer to a handshake"),
        pytest.param(accepts, websocket_scope(), "done", 101, id="a session for the server to close"),
    ],
)
async def test_an_app_that_returns_too_early(app: ASGIApp, scope: Scope, state: State, status: int | None) -> None:
    store = MemoryStore()
    await Wire().call(Recorder(app, Log(store)), scope)
    exchange = await newest(store)
    assert (exchange.state, exchange.status) == (state, status)
    assert ("without completing its answer" in (exchange.error or "")) is (state == "error")
    assert (await store.status()).exchanges == 1


async def test_an_app_that_returns_without_an_answer_is_answered_for() -> None:
    store = MemoryStore()
    wire = Wire()
    await wire.call(Recorder(says_nothing, Log(store), failure_answer=answer_by), http_scope())
    exchange = await newest(store)
    assert wire.sent == list(answer_by(exchange.id))
    assert (exchange.state, exchange.status) == ("error", 500)


@pytest.mark.parametrize("status", ["200", None, True, 99, 1000, 10**30, 200.0])
async def test_a_status_that_is_none_is_kept_as_none(status: object) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({**START, "status": status})
        await send(END)

    store = MemoryStore()
    recorder = Recorder(app, Log(store))
    await Wire().call(recorder, http_scope())
    assert recorder.failures == 0
    assert (await newest(store)).status is None


@pytest.mark.parametrize("headers", [[("content-type", "text/plain")], [(b"a",)], 7], ids=str)
async def test_headers_that_no_server_takes_are_kept_with_the_failure(headers: object) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({**START, "headers": headers})
        except Exception:
            await send(response(b"half", more_body=True))
            raise

    async def strict(message: Message) -> None:
        if message["type"] == START["type"]:
            raise Broken("odd")

    store = MemoryStore()
    recorder = Recorder(app, Log(store))
    with pytest.raises((Broken, TypeError)):
        await recorder(http_scope(), Wire().receive, strict)
    assert recorder.failures == 0
    assert (await newest(store)).state == "error"

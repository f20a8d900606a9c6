"""Apps that do what few do: the record says what happened, and nothing is lost."""

import asyncio
import logging
from http import HTTPStatus

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from websockets.frames import CloseCode

from echoscope.capture.recorder import Recorder
from echoscope.exchange.model import Exchange
from echoscope.log.log import Log
from echoscope.log.memory import MemoryStore
from tests.asgi import DISCONNECT, END, START, Wire, answer_by, http_scope, newest, request, response, websocket_scope
from tests.servers import WAIT_S

ACCEPT: Message = {"type": "websocket.accept"}


def sending(*messages: Message) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    return app


async def recorded(app: ASGIApp, scope: Scope | None = None, *messages: Message) -> Exchange:
    store = MemoryStore()
    recorder = Recorder(app, Log(store))
    await Wire(*messages).call(recorder, scope or http_scope())
    assert recorder.failures == 0
    assert (await store.status()).exchanges == 1
    return await newest(store)


# Clients that leave


class Leaving:
    """A server's `send` that tells by an OSError, after some messages, that the client has left."""

    def __init__(self, after: int) -> None:
        self.left = after

    async def __call__(self, message: Message) -> None:
        if not self.left:
            raise BrokenPipeError
        self.left -= 1


async def streams(scope: Scope, receive: Receive, send: Send) -> None:
    """Until the client leaves, which is no failure."""
    is_http = scope["type"] == "http"
    await send(START if is_http else ACCEPT)
    try:
        while True:
            await send(response(b"a", more_body=True) if is_http else {"type": "websocket.send", "text": "a"})
    except OSError:
        return


@pytest.mark.parametrize("scope", [http_scope(), websocket_scope()], ids=["http", "websocket"])
async def test_an_app_that_ends_because_its_client_left_has_not_failed(scope: Scope) -> None:
    store = MemoryStore()
    await Recorder(streams, Log(store), failure_answer=answer_by)(scope, Wire().receive, Leaving(after=3))
    exchange = await newest(store)
    assert (exchange.state, exchange.error) == ("disconnected", None)


async def test_an_app_that_ends_because_it_was_cancelled_has_not_failed() -> None:
    reached = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.set()
        try:
            await receive()
        except asyncio.CancelledError:
            return

    store = MemoryStore()
    call = asyncio.create_task(Wire().call(Recorder(app, Log(store)), http_scope()))
    await asyncio.wait_for(reached.wait(), WAIT_S)
    call.cancel()
    await call
    assert (await newest(store)).state == "disconnected"


@pytest.mark.parametrize("failure_answer", [None, answer_by])
async def test_an_app_that_fails_when_its_client_has_left_is_recorded_with_its_traceback(failure_answer: None) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        raise ValueError("afterwards")

    store = MemoryStore()
    wire = Wire(request(), DISCONNECT)
    with pytest.raises(ValueError, match="afterwards"):
        await wire.call(Recorder(app, Log(store), failure_answer=failure_answer), http_scope())
    exchange = await newest(store)
    assert exchange.state == "error"
    assert "ValueError: afterwards" in (exchange.error or "")
    assert wire.sent == []


# Apps that end too early, and answers that are begun twice


async def test_that_an_app_was_answered_for_is_logged_since_the_server_finds_no_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = MemoryStore()
    with caplog.at_level(logging.ERROR, "echoscope"):
        await Wire().call(Recorder(sending(), Log(store), failure_answer=answer_by), http_scope())
        await Wire().call(Recorder(sending(), Log(store)), http_scope())
    (line,) = [entry.getMessage() for entry in caplog.records]
    assert "without completing its answer" in line


async def test_an_answer_that_began_with_an_odd_status_is_not_begun_again() -> None:
    store = MemoryStore()
    wire = Wire()
    odd = {**START, "status": 200.0}
    await wire.call(
        Recorder(sending(odd, response(b"half", more_body=True)), Log(store), failure_answer=answer_by), http_scope()
    )
    assert wire.sent == [odd, response(b"half", more_body=True)]
    exchange = await newest(store)
    assert (exchange.state, exchange.status) == ("error", None)


async def test_of_two_starts_the_first_counts() -> None:
    exchange = await recorded(sending(START, {**START, "status": 500}, END))
    assert (exchange.state, exchange.status) == ("done", 200)
    assert [event.message.get("status") for event in exchange.events] == [200, 500, None]


# What apps send


@pytest.mark.parametrize(
    ("messages", "state"),
    [
        pytest.param([{"more_body": False}], "done", id="whole"),
        pytest.param([{}], "done", id="without a word"),
        pytest.param([{"more_body": True}, {}], "done", id="in parts"),
        pytest.param([{"more_body": True}], "error", id="half"),
    ],
)
async def test_an_answer_that_the_server_copies_from_a_file_ends_with_it(messages: list[Message], state: str) -> None:
    parts = [{"type": "http.response.zerocopysend", "file": 3, **message} for message in messages]
    assert (await recorded(sending(START, *parts))).state == state


@pytest.mark.parametrize("code", [CloseCode.POLICY_VIOLATION, 1008])
async def test_codes_may_be_names(code: int) -> None:
    exchange = await recorded(sending(ACCEPT, {"type": "websocket.close", "code": code}), websocket_scope())
    assert exchange.events[-1].message["code"] == 1008
    start = {"type": "http.response.start", "status": HTTPStatus.FORBIDDEN, "headers": [], "trailers": False}
    assert (await recorded(sending(start, END))).status == 403


@pytest.mark.parametrize("kind", ["websocket.accept", "websocket.http.response.start"])
async def test_headers_that_can_be_read_only_once_are_kept_and_reach_the_server(kind: str) -> None:
    store, wire = MemoryStore(), Wire()
    message = {"type": kind, "headers": iter([(b"x-a", b"1")])} | ({"status": 403} if "start" in kind else {})
    await wire.call(Recorder(sending(message), Log(store)), websocket_scope())
    assert wire.sent[0]["headers"] == [(b"x-a", b"1")]
    assert (await newest(store)).events[-1].message["headers"] == [[b"x-a", b"1"]]


async def test_a_buffer_that_is_used_again_is_kept_as_it_was_sent() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        buffer = bytearray(b"first")
        view = memoryview(buffer)
        await send(START)
        await send(response(buffer, more_body=True))  # type: ignore[arg-type]
        await send(response(view, more_body=True))  # type: ignore[arg-type]
        view.release()
        buffer[:] = b"other"
        await send(END)

    exchange = await recorded(app)
    assert [event.message.get("body") for event in exchange.events[1:]] == [b"first", b"first", b""]


async def test_an_error_with_half_a_character_is_kept() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("bad \ud800")

    store = MemoryStore()
    recorder = Recorder(app, Log(store))
    with pytest.raises(ValueError, match="bad"):
        await Wire().call(recorder, http_scope())
    assert recorder.failures == 0
    assert "ValueError: bad \\ud800" in ((await newest(store)).error or "")


@pytest.mark.parametrize("kind", [object(), ["a"], 7, None], ids=["object", "list", "number", "nothing"])
async def test_a_message_of_no_type_does_not_keep_others_from_being_shown(kind: object) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": kind})
        await send(START)
        await receive()

    store = MemoryStore()
    recorder = Recorder(app, Log(store))
    calls = [asyncio.create_task(Wire().call(recorder, http_scope())) for _ in range(2)]
    await asyncio.wait_for(store.wait(1), WAIT_S)
    assert (await newest(store)).state == "open"
    for call in calls:
        call.cancel()
    await asyncio.wait(calls)

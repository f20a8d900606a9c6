"""Messages that an app sends after the end of its answer: noted once, and they change nothing else."""

import pytest
from starlette.types import Message, Receive, Scope, Send

from echoscope.capture.recorder import Recorder
from echoscope.log.log import Log
from echoscope.log.memory import MemoryStore
from tests.asgi import DISCONNECT, END, START, Wire, http_scope, newest, request, response, websocket_scope

ACCEPT: Message = {"type": "websocket.accept"}
CLOSE: Message = {"type": "websocket.close"}


@pytest.mark.parametrize(
    ("scope", "messages", "late"),
    [
        (http_scope(), [START, response(b"a")], response(b"more")),
        (http_scope(), [START, response(b"a")], START),
        (websocket_scope(), [ACCEPT, CLOSE], {"type": "websocket.send", "text": "late"}),
    ],
    ids=["a body", "a second answer", "a frame"],
)
async def test_what_comes_after_the_end_is_noted_once_without_its_payload(
    scope: Scope, messages: list[Message], late: Message
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in [*messages, late, late]:
            await send(message)

    store = MemoryStore()
    wire = Wire()
    await wire.call(Recorder(app, Log(store)), scope)
    exchange = await newest(store)
    assert exchange.state == "done"
    assert [event.message["type"] for event in exchange.events] == [one["type"] for one in [*messages, late]]
    assert not any(exchange.events[-1].message.get(key) for key in ("body", "text"))
    assert len(wire.sent) == len(messages) + 2


async def test_what_is_sent_to_a_client_that_has_left_is_no_overrun() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await receive()
        await send(START)
        await send(END)

    store = MemoryStore()
    await Wire(request(), DISCONNECT).call(Recorder(app, Log(store)), http_scope())
    exchange = await newest(store)
    assert exchange.state == "disconnected"
    assert [event.message["type"] for event in exchange.events] == ["http.request", "http.disconnect"]

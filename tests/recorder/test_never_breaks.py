"""Recording never breaks an answer: neither a store that fails nor data that nobody expects."""

import asyncio
import dataclasses
import datetime
import json
import logging
import uuid
from typing import Any

import orjson
import pytest
from starlette.types import Message, Receive, Scope, Send
from websockets.frames import CloseCode

from echoscope.capture.recorder import Recorder
from echoscope.exchange.model import Exchange
from echoscope.log.commit import PUT_WAIT_S
from echoscope.log.feed import Feed
from echoscope.log.log import Log
from echoscope.log.memory import MemoryStore
from tests.asgi import START, Wire, http_scope, newest, newest_document, request, response, websocket_scope
from tests.stores import Distant, Failing


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send(START)
    await send(response(b"whole"))


@pytest.mark.parametrize(
    "error",
    [OSError("disk full"), RuntimeError("down"), TimeoutError(), ValueError("bad"), TypeError("odd"), OverflowError()],
    ids=lambda error: type(error).__name__,
)
async def test_a_store_that_fails_is_counted_and_logged_and_the_answer_is_whole(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(answers, Log(Failing(error)))
    with caplog.at_level(logging.ERROR, "echoscope"):
        for _ in range(3):
            sent = await Wire(request()).call(recorder, http_scope())
            assert sent == [START, response(b"whole")]
    assert recorder.failures == 3
    assert len(caplog.records) == 3
    assert all("could not be stored" in record.getMessage() for record in caplog.records)


@pytest.mark.usefixtures("clock")
async def test_a_store_that_works_again_is_used_again() -> None:
    store = Distant()
    recorder = Recorder(answers, Log(store))
    store.fault = OSError("for now")
    began = asyncio.get_running_loop().time()
    sent = await Wire(request()).call(recorder, http_scope())
    assert asyncio.get_running_loop().time() - began < 4 * PUT_WAIT_S
    assert sent == [{**START, "headers": [(b"x-echoscope-stored", b"later")]}, response(b"whole")]
    store.fault = None
    assert await Wire(request()).call(recorder, http_scope()) == [START, response(b"whole")]
    status = await store.status()
    assert (status.head, status.waiting, status.lost) == (2, 0, 0)
    await store.close()


@pytest.mark.usefixtures("clock")
async def test_a_store_that_hangs_holds_an_answer_for_a_quarter_of_a_second() -> None:
    store = Distant()
    store.is_hanging = True
    recorder = Recorder(answers, Log(store))
    began = asyncio.get_running_loop().time()
    sent = await asyncio.gather(*(Wire(request()).call(recorder, http_scope()) for _ in range(50)))
    assert asyncio.get_running_loop().time() - began < 4 * PUT_WAIT_S
    assert all((b"x-echoscope-stored", b"later") in start["headers"] for start, _ in sent)
    await store.close()


async def test_what_streams_is_not_held_for_a_store_that_takes_time() -> None:
    store = Distant()
    wire = Wire(request())

    async def streams(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send(response(b"first", more_body=True))
        assert wire.sent == [START, response(b"first", more_body=True)]
        await send(response(b"last"))

    assert len(await wire.call(Recorder(streams, Log(store)), http_scope())) == 3
    await store.close()


async def test_the_head_that_is_held_is_sent_when_the_app_fails_behind_it() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        raise RuntimeError("broken")

    store, wire = Distant(), Wire(request())
    with pytest.raises(RuntimeError):
        await wire.call(Recorder(fails, Log(store)), http_scope())
    assert wire.sent == [START]
    assert (await newest(store)).state == "error"
    await store.close()


@dataclasses.dataclass
class Account:
    """What a framework may put into a scope."""

    password: str = "hunter2"


class Fraction(float):
    pass


class Token(bytes):
    pass


class Name(str):
    pass


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def endless() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["again"] = value
    return value


ODD = {
    "an object": object(),
    "a class": Exchange,
    "a function": nested,
    "a dataclass": Account(),
    "a dict with a class as key": {Exchange: 1, "kept": 2},
    "a dict with bytes as key": {b"bytes": 1, "kept": 2},
    "a dict with numbers as keys": {1: 1, "kept": 2},
    "a set": {1},
    "a time": datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC),
    "a uuid": uuid.UUID(int=1),
    "an iterator": iter([1]),
    "a huge number": 1 << 80,
    "a hugely negative number": -(1 << 80),
    "a number of a kind": CloseCode.POLICY_VIOLATION,
    "a decimal of a kind": Fraction(1.5),
    "bytes of a kind": Token(b"abc"),
    "text of a kind": Name("abc"),
    "no number": float("nan"),
    "infinity": float("-inf"),
    "half a character": "a\ud800b",
    "half a character as key": {"a\ud800b": 1},
    "a zero character": "\0",
    "bytes": b"\xff\x00",
    "a bytearray": bytearray(b"\xff"),
    "a view of memory": memoryview(b"\xff"),
    "deep nesting": nested(100_000),
    "itself": endless(),
    "nothing": None,
}


async def assert_it_can_be_looked_at(store: MemoryStore) -> dict[str, Any]:
    """As strict JSON, in the list, in full and in the feed."""
    found = await newest_document(store)
    encoded = orjson.dumps(found)
    json.loads(encoded, parse_constant=lambda constant: pytest.fail(f"{constant} is not JSON"))
    async for batch in Feed(store).read(after=0):
        if found["id"] in batch.messages[-1]:
            break
    assert b"hunter2" not in encoded
    return found


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
async def test_odd_values_in_a_scope_are_passed_on_and_left_out_or_made_plain(odd: Any) -> None:
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["odd"])
        await answers(scope, receive, send)

    store = MemoryStore()
    recorder = Recorder(app, Log(store))
    scope = http_scope(odd=odd, extensions={"odd": {"value": odd}, "tls": {}})
    assert await Wire(request()).call(recorder, scope) == [START, response(b"whole")]
    assert seen == [odd] or seen[0] is odd
    assert recorder.failures == 0
    found = await assert_it_can_be_looked_at(store)
    assert found["scope"]["extensions"].keys() >= {"tls"}
    assert found["path"] == "/orders"


async def test_odd_values_are_left_out_by_a_store_that_takes_its_time_too() -> None:
    store = Distant()
    await Wire(request()).call(Recorder(answers, Log(store)), http_scope(odd=object()))
    found = await newest_document(store)
    assert (found["state"], found["status"]) == ("done", 200)
    assert "odd" not in found["scope"]


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
async def test_odd_values_in_messages_of_extensions_are_passed_on_and_left_out_or_made_plain(odd: Any) -> None:
    await assert_messages_pass({"type": "http.response.debug", "info": {"odd": odd}}, START, response(b"whole"))


@pytest.mark.parametrize(
    "name", sorted(ODD.keys() - {"a dataclass"})
)  # which an encoder takes apart, where nobody puts one
async def test_odd_values_in_ordinary_messages_are_passed_on_and_left_out_or_made_plain(name: str) -> None:
    await assert_messages_pass({**START, "odd": ODD[name]}, {**response(b"whole"), "odd": ODD[name]})


async def assert_messages_pass(*messages: Message) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    store = MemoryStore()
    recorder = Recorder(app, Log(store))
    sent = await Wire().call(recorder, http_scope())
    assert [id(message) for message in sent] == [id(message) for message in messages]
    assert recorder.failures == 0
    found = await assert_it_can_be_looked_at(store)
    assert found["response"]["body"]["content"] == "whole"


@pytest.mark.parametrize("key", [1, b"bytes", None, Exchange, ("a", "b")], ids=repr)
async def test_keys_that_are_not_text_are_passed_on_and_left_out(key: Any) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope[key] == 1
        await receive()
        await send({**START, key: 1})
        await send(response(b"whole"))

    store = MemoryStore()
    recorder = Recorder(app, Log(store))
    scope: Any = {**http_scope(), key: 1}
    message: Any = {**request(), key: 1}
    sent = await Wire(message).call(recorder, scope)
    assert sent == [{**START, key: 1}, response(b"whole")]
    assert recorder.failures == 0
    found = await assert_it_can_be_looked_at(store)
    assert found["response"]["body"]["content"] == "whole"


@pytest.mark.parametrize("text", ["a\ud800b", "\udcff", "\0", "x" * 10_000], ids=ascii)
async def test_odd_text_in_frames_is_passed_on_and_made_plain(text: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": text})
        await send({"type": "websocket.close", "reason": text})

    store = MemoryStore()
    recorder = Recorder(app, Log(store))
    sent = await Wire({"type": "websocket.connect"}).call(recorder, websocket_scope())
    assert sent[1]["text"] == text
    assert recorder.failures == 0
    await assert_it_can_be_looked_at(store)


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "/a\ud800"},
        {"path": "/\0\n\u202e"},
        {"query_string": b"\xff\xfe"},
        {"headers": [(b"\xff", b"\xff"), (b"content-type", b"\xff"), (b"user-agent", b"\xed\xa0\x80")]},
        {"headers": [[b"list", b"not tuple"]]},
        {"client": None},
        {"client": ("\ud800", 1)},
        {"client": ("/run/socket", None)},
        {"client": ["::1", 1 << 70]},
        {"method": "\ud800"},
        {"raw_path": None},
        {"extensions": None},
        {"http_version": None},
    ],
    ids=lambda changes: ascii(changes)[:50],
)
async def test_odd_requests_are_recorded_and_can_be_looked_at(changes: dict[str, Any]) -> None:
    store = MemoryStore()
    recorder = Recorder(answers, Log(store))
    assert await Wire(request()).call(recorder, http_scope(**changes)) == [START, response(b"whole")]
    assert recorder.failures == 0
    await assert_it_can_be_looked_at(store)


@pytest.mark.parametrize("key", ["path", "raw_path", "query_string", "headers", "client", "http_version", "method"])
async def test_a_scope_that_lacks_something_is_recorded_and_can_be_looked_at(key: str) -> None:
    scope = http_scope()
    del scope[key]
    store = MemoryStore()
    await Wire(request()).call(Recorder(answers, Log(store)), scope)
    await assert_it_can_be_looked_at(store)


async def test_what_an_app_changes_in_its_messages_later_is_not_what_was_noted() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        message["body"] = b"changed"
        await send(START)
        await send(response(b"whole"))

    store = MemoryStore()
    await Wire(request(b"as sent")).call(Recorder(app, Log(store)), http_scope())
    assert (await newest(store)).events[0].message["body"] == b"as sent"

"""What the recorder notes of an exchange: the scope as it came, and every message within bounds."""

import asyncio
import hashlib
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from echoscope.capture.recorder import Recorder
from echoscope.exchange.messages import body_bytes
from echoscope.exchange.model import ID_KEY
from echoscope.log.log import Log
from echoscope.log.memory import MemoryStore
from tests.asgi import (
    DISCONNECT,
    END,
    START,
    Wire,
    http_scope,
    newest,
    newest_document,
    request,
    response,
    websocket_scope,
)


async def read_all_and_answer(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await send(START)
    await send(response(b"hello"))


async def test_the_scope_is_noted_as_it_was_before_anything_touched_it() -> None:
    async def changes_the_scope(scope: Scope, receive: Receive, send: Send) -> None:
        scope["path"] = "/elsewhere"
        scope["app"] = object()
        scope["headers"].append((b"x-trailer", b"late"))
        await read_all_and_answer(scope, receive, send)

    store = MemoryStore()
    await Wire(request()).call(Recorder(changes_the_scope, Log(store)), http_scope())
    scope = (await newest(store)).scope
    assert scope["path"] == "/orders"
    assert scope["headers"] == [[b"host", b"localhost"], [b"x-a", b"1"], [b"x-a", b"2"]]
    assert scope["raw_path"] == b"/orders"
    assert scope["client"] == ["127.0.0.1", 50000]
    assert scope.keys().isdisjoint({"app", "state"})


async def test_the_app_gets_the_scope_of_the_server_with_the_id_of_the_exchange_and_leaves_the_servers_alone() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await read_all_and_answer(scope, receive, send)

    store = MemoryStore()
    scope = http_scope()
    before = dict(scope)
    await Wire(request()).call(Recorder(app, Log(store)), scope)
    assert scope == before
    assert seen == [{**scope, ID_KEY: (await newest(store)).id}]
    assert seen[0]["state"] is scope["state"]


async def test_messages_pass_as_the_same_objects_in_both_directions() -> None:
    received: list[Message] = []
    sent: list[Message] = [START, {"type": "http.response.body", "body": b"x", "more_body": True, "odd": 1}, END]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        received.extend([await receive(), await receive()])
        for message in sent:
            await send(message)

    given = [request(b"a", more_body=True), request(b"b")]
    passed = await Wire(*given).call(Recorder(app, Log(MemoryStore())), http_scope())
    assert [id(message) for message in received] == [id(message) for message in given]
    assert [id(message) for message in passed] == [id(message) for message in sent]


async def test_lifespan_passes_and_is_not_recorded() -> None:
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope, receive, send))

    store = MemoryStore()
    wire = Wire()
    scope = {"type": "lifespan", "asgi": {}}
    await Recorder(app, Log(store))(scope, wire.receive, wire.send)
    assert seen == [(scope, wire.receive, wire.send)]
    assert (await store.status()).head == 0


async def test_every_message_is_noted_with_its_channel_size_and_time() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 201, "headers": [(b"x", b"1")]})
        await receive()
        await send(response(b"one", more_body=True))
        await send(response(b"three", more_body=False))

    store = MemoryStore()
    await Wire(request(b"ab", more_body=True), request(b"cde")).call(Recorder(app, Log(store)), http_scope())
    exchange = await newest(store)
    assert [(event.channel, event.size, event.message) for event in exchange.events] == [
        ("receive", 2, {"type": "http.request", "body": b"ab", "more_body": True}),
        ("send", 0, {"type": "http.response.start", "status": 201, "headers": [[b"x", b"1"]]}),
        ("receive", 3, {"type": "http.request", "body": b"cde", "more_body": False}),
        ("send", 3, {"type": "http.response.body", "body": b"one", "more_body": True}),
        ("send", 5, {"type": "http.response.body", "body": b"three", "more_body": False}),
    ]
    times = [event.at_ns for event in exchange.events]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= exchange.duration_ns
    assert (exchange.state, exchange.status, exchange.received_bytes, exchange.sent_bytes) == ("done", 201, 5, 8)
    assert exchange.events_omitted == 0
    assert exchange.error is None


async def test_messages_without_optional_keys_are_noted_as_they_are() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    store = MemoryStore()
    await Wire({"type": "http.request"}).call(Recorder(app, Log(store)), http_scope())
    found = await newest_document(store)
    assert [event["message"]["type"] for event in found["events"]] == [
        "http.request",
        "http.response.start",
        "http.response.body",
    ]
    assert found["response"]["status"] == 204
    assert found["response"]["headers"] == []


async def test_headers_that_the_app_or_the_server_changes_after_sending_are_noted_as_sent() -> None:
    headers = [(b"x-a", b"1")]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        headers.append((b"x-late", b"1"))
        await send(END)

    store = MemoryStore()
    await Wire().call(Recorder(app, Log(store)), http_scope())
    assert (await newest_document(store))["response"]["headers"] == [("x-a", "1")]


async def test_headers_that_can_be_read_only_once_reach_the_server() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        pairs = ((name, b"1") for name in (b"x-a", b"x-b"))
        await send({"type": "http.response.start", "status": 200, "headers": pairs})
        await send(END)

    store = MemoryStore()
    start, _ = await Wire().call(Recorder(app, Log(store)), http_scope())
    assert list(start["headers"]) == [(b"x-a", b"1"), (b"x-b", b"1")]
    assert (await newest_document(store))["response"]["headers"] == [("x-a", "1"), ("x-b", "1")]


async def test_a_request_body_is_kept_to_the_bound_with_the_true_size_and_digest_of_all_of_it() -> None:
    store = MemoryStore()
    pieces = [request(b"a" * 6, more_body=True), request(b"b" * 6, more_body=True), request(b"c" * 6)]
    await Wire(*pieces).call(Recorder(read_all_and_answer, Log(store), kept_body_bytes=10), http_scope())
    exchange = await newest(store)
    assert [event.message["body"] for event in exchange.events[:3]] == [b"aaaaaa", b"bbbb", b""]
    assert [event.size for event in exchange.events[:3]] == [6, 6, 6]
    assert exchange.received_bytes == 18
    assert exchange.received_sha256 == hashlib.sha256(b"a" * 6 + b"b" * 6 + b"c" * 6).hexdigest()
    found = await newest_document(store)
    assert found["request"]["body"] == {
        "size": 18,
        "kept": 10,
        "truncated": True,
        "content": "aaaaaabbbb",
        "sha256": exchange.received_sha256,
    }
    assert [event["truncated"] for event in found["events"][:3]] == [False, True, True]


async def test_an_answer_is_kept_to_the_bound_and_sent_whole() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send(response(b"a" * 8, more_body=True))
        await send(response(b"b" * 8))

    store = MemoryStore()
    sent = await Wire().call(Recorder(app, Log(store), kept_body_bytes=10), http_scope())
    assert b"".join(message.get("body", b"") for message in sent) == b"a" * 8 + b"b" * 8
    found = await newest_document(store)
    assert found["response"]["body"] == {"size": 16, "kept": 10, "truncated": True, "content": "aaaaaaaabb"}
    assert found["sent_bytes"] == 16


@pytest.mark.parametrize("kept", [5, 6, 7])
async def test_a_body_is_cut_only_when_it_is_larger_than_the_bound(kept: int) -> None:
    store = MemoryStore()
    await Wire(request(b"sixsix")).call(Recorder(read_all_and_answer, Log(store), kept_body_bytes=kept), http_scope())
    exchange = await newest(store)
    assert body_bytes(exchange, "receive") == b"sixsix"[:kept]
    assert exchange.received_bytes == 6


async def test_no_digest_is_given_of_a_body_that_never_became_whole() -> None:
    store = MemoryStore()
    await Wire(request(b"half", more_body=True), DISCONNECT).call(
        Recorder(read_all_and_answer, Log(store)), http_scope()
    )
    exchange = await newest(store)
    assert exchange.received_sha256 is None
    assert (exchange.state, exchange.received_bytes) == ("disconnected", 4)


async def test_of_many_messages_the_first_and_the_last_halves_are_kept() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        for number in range(20):
            await send(response(b"%d" % number, more_body=number < 19))

    store = MemoryStore()
    await Wire().call(Recorder(app, Log(store), max_events=6), http_scope())
    exchange = await newest(store)
    assert [event.message.get("body") for event in exchange.events] == [None, b"0", b"1", b"17", b"18", b"19"]
    assert exchange.events_omitted == 21 - 6
    assert exchange.sent_bytes == 30


@pytest.mark.parametrize(("max_events", "pieces"), [(2, 1), (3, 2), (6, 5), (7, 6)])
async def test_as_many_messages_as_the_bound_allows_are_all_kept(max_events: int, pieces: int) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        for number in range(pieces):
            await send(response(b"x", more_body=number < pieces - 1))

    store = MemoryStore()
    await Wire().call(Recorder(app, Log(store), max_events=max_events), http_scope())
    exchange = await newest(store)
    assert len(exchange.events) == max_events
    assert exchange.events_omitted == 0


async def test_a_body_whose_messages_are_left_out_still_has_its_true_size() -> None:
    store = MemoryStore()
    pieces = [request(b"ab", more_body=number < 9) for number in range(10)]
    await Wire(*pieces).call(Recorder(read_all_and_answer, Log(store), max_events=4), http_scope())
    found = await newest_document(store)
    assert found["request"]["body"]["size"] == 20
    assert found["request"]["body"]["truncated"] is True
    assert found["request"]["body"]["sha256"] == hashlib.sha256(b"ab" * 10).hexdigest()
    assert found["events_omitted"] == 12 - 4


async def test_every_exchange_has_an_id_of_its_own() -> None:
    store = MemoryStore()
    recorders = [Recorder(read_all_and_answer, Log(store)) for _ in range(3)]
    for _ in range(50):
        for recorder in recorders:
            await Wire(request()).call(recorder, http_scope())
    assert (await store.status()).exchanges == 150


@pytest.mark.parametrize("body", [response(b"body"), {"type": "http.response.zerocopysend", "file": 3}], ids=str)
async def test_trailers_of_an_answer_are_noted_and_end_it(body: Message) -> None:
    heads: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({**START, "trailers": True})
        await send(body)
        heads.append((await store.status()).head)
        await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"1")], "more_trailers": True})
        heads.append((await store.status()).head)
        await send({"type": "http.response.trailers", "headers": [(b"x-end", b"\xff")]})

    store = MemoryStore()
    await Wire().call(Recorder(app, Log(store)), http_scope(extensions={"http.response.trailers": {}}))
    found = await newest_document(store)
    assert heads == [0, 0]
    assert found["state"] == "done"
    assert [event["message"]["headers"] for event in found["events"][2:]] == [
        [["x-sum", "1"]],
        [["x-end", {"base64": "/w=="}]],
    ]


@pytest.mark.parametrize(
    ("content_type", "is_event_stream"),
    [
        (b"text/event-stream", True),
        (b"Text/Event-Stream; charset=utf-8", True),
        (b"text/plain", False),
        (b"application/x-text/event-stream", False),
    ],
)
@pytest.mark.usefixtures("clock")
async def test_a_summary_tells_an_event_stream_while_it_runs_and_afterwards(
    content_type: bytes, is_event_stream: bool
) -> None:
    seen: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({**START, "headers": [(b"x-other", b"1"), (b"Content-Type", content_type)]})
        await send({**response(b"data: 1\n\n"), "more_body": True})
        await asyncio.sleep(0.4)
        seen.append((await newest_document(store))["is_event_stream"])
        await send(response(b"data: 2\n\n"))

    store = MemoryStore()
    await Wire().call(Recorder(app, Log(store)), http_scope())
    assert [*seen, (await newest_document(store))["is_event_stream"]] == [is_event_stream] * 2


async def test_an_answer_that_is_a_file_ends_with_the_message_that_names_it() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.pathsend", "path": "/srv/file"})

    store = MemoryStore()
    await Wire().call(Recorder(app, Log(store)), http_scope(extensions={"http.response.pathsend": {}}))
    found = await newest_document(store)
    assert found["state"] == "done"
    assert found["events"][-1]["message"] == {"type": "http.response.pathsend", "path": "/srv/file"}


async def test_hints_before_the_answer_are_noted_and_end_nothing() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.early_hint", "links": [b"</style.css>; rel=preload"]})
        await send(START)
        await send(END)

    store = MemoryStore()
    await Wire().call(Recorder(app, Log(store)), http_scope())
    found = await newest_document(store)
    assert (await store.status()).head == 1
    assert found["events"][0]["message"]["links"] == ["</style.css>; rel=preload"]


async def test_what_an_app_does_after_its_answer_changes_nothing() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await read_all_and_answer(scope, receive, send)
        await receive()

    store = MemoryStore()
    await Wire(request(), DISCONNECT).call(Recorder(app, Log(store)), http_scope())
    exchange = await newest(store)
    assert ((await store.status()).head, exchange.state, len(exchange.events)) == (1, "done", 3)


async def test_a_websocket_session_is_one_exchange_with_its_frames() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "chat", "headers": [(b"x", b"1")]})
        await send({"type": "websocket.send", "text": "grüß"})
        await receive()
        await send({"type": "websocket.send", "bytes": b"\x00\xff"})
        await receive()

    store = MemoryStore()
    wire = Wire(
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "hi", "bytes": None},
        {"type": "websocket.disconnect", "code": 1000, "reason": "bye"},
    )
    await wire.call(Recorder(app, Log(store)), websocket_scope())
    found = await newest_document(store)
    assert (found["state"], found["status"], found["method"], found["type"]) == ("done", 101, None, "websocket")
    assert (found["received_bytes"], found["sent_bytes"]) == (2, 8)
    assert [(event["channel"], event["type"], event["size"]) for event in found["events"]] == [
        ("receive", "websocket.connect", 0),
        ("send", "websocket.accept", 0),
        ("send", "websocket.send", 6),
        ("receive", "websocket.receive", 2),
        ("send", "websocket.send", 2),
        ("receive", "websocket.disconnect", 0),
    ]
    assert found["events"][2]["message"]["text"] == "grüß"
    assert found["events"][4]["message"]["bytes"] == {"base64": "AP8="}
    assert found["events"][5]["message"] == {"type": "websocket.disconnect", "code": 1000, "reason": "bye"}


@pytest.mark.parametrize(("kept", "text"), [(6, "grüß"), (5, "grü"), (3, "gr"), (0, "")])
async def test_a_frame_of_text_is_cut_between_characters(kept: int, text: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "grüß"})
        await send({"type": "websocket.close"})

    store = MemoryStore()
    await Wire({"type": "websocket.connect"}).call(Recorder(app, Log(store), kept_body_bytes=kept), websocket_scope())
    found = await newest_document(store)
    assert found["events"][2]["message"]["text"] == text
    assert found["events"][2]["size"] == 6
    assert found["events"][2]["truncated"] is (text != "grüß")


@pytest.mark.parametrize(
    ("end", "state"),
    [
        pytest.param({"code": 1000, "reason": ""}, "done", id="a normal closure"),
        pytest.param({"code": 1001, "reason": "tab closed"}, "done", id="going away"),
        pytest.param({"code": 1005, "reason": ""}, "done", id="a close frame without a code"),
        pytest.param({"code": 4000}, "done", id="a code of their own"),
        pytest.param({"code": 1006}, "disconnected", id="no close frame"),
        pytest.param({"code": 1005}, "disconnected", id="no close frame, as uvicorn has it"),
    ],
)
async def test_how_a_websocket_ends_shows_in_the_state(end: Message, state: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await receive()

    store = MemoryStore()
    wire = Wire({"type": "websocket.connect"}, {"type": "websocket.disconnect", **end})
    await wire.call(Recorder(app, Log(store)), websocket_scope())
    assert (await newest(store)).state == state


async def test_a_websocket_that_the_app_closes_is_done_with_its_code() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 4321, "reason": "enough"})

    store = MemoryStore()
    await Wire({"type": "websocket.connect"}).call(Recorder(app, Log(store)), websocket_scope())
    found = await newest_document(store)
    assert (found["state"], found["status"]) == ("done", 101)
    assert found["events"][-1]["message"] == {"type": "websocket.close", "code": 4321, "reason": "enough"}


async def test_a_websocket_that_is_refused_has_the_status_that_the_server_gives_it() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.close"})

    store = MemoryStore()
    await Wire({"type": "websocket.connect"}).call(Recorder(app, Log(store)), websocket_scope())
    found = await newest_document(store)
    assert (found["state"], found["status"]) == ("done", 403)


async def test_a_websocket_that_is_refused_with_an_answer_has_its_status_and_body() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        start = {"type": "websocket.http.response.start", "status": 429, "headers": [(b"retry-after", b"5")]}
        await send(start)
        await send({"type": "websocket.http.response.body", "body": b"too", "more_body": True})
        await send({"type": "websocket.http.response.body", "body": b"many"})

    store = MemoryStore()
    scope = websocket_scope(extensions={"websocket.http.response": {}})
    await Wire({"type": "websocket.connect"}).call(Recorder(app, Log(store)), scope)
    found = await newest_document(store)
    assert (found["state"], found["status"], found["sent_bytes"]) == ("done", 429, 7)
    assert found["response"]["headers"] == [("retry-after", "5")]
    assert found["response"]["body"]["content"] == "toomany"

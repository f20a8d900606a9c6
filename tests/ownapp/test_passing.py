"""What passes through the wrapper is what passes without it: bytes, messages, failures and the lifespan."""

import asyncio
import copy
import socket
import warnings
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets.sync.client import connect

from echoscope import Echoscope
from tests.asgi import Wire, http_scope, request, websocket_scope
from tests.servers import Running, echoscope, read_all

with warnings.catch_warnings():  # it wants another httpx than everybody has
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

WORDS = [b"one", b"", b"two\r\n\r\n", b"\x00\xff"]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Each path another way to answer."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "chat", "headers": [(b"x-a", b"1"), (b"x-a", b"2")]})
        while (message := await receive())["type"] == "websocket.receive":
            await send({**message, "type": "websocket.send"})
        return
    headers: list[tuple[bytes, bytes]] = [(b"X-Case", b"1"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    match scope["path"]:
        case "/stream":
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            for word in WORDS:
                await send({"type": "http.response.body", "body": word, "more_body": True})
            await send({"type": "http.response.body"})
        case "/echo":
            body, more = b"", True
            while more:
                message = await receive()
                body, more = body + message.get("body", b""), message.get("more_body", False)
            await send(
                {"type": "http.response.start", "status": 207, "headers": [(b"content-length", b"%d" % len(body))]}
            )
            await send({"type": "http.response.body", "body": body})
        case "/fails":
            raise ValueError("as it wants")
        case "/breaks":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            raise ValueError("as it wants")
        case "/silent":
            return


REQUESTS = {
    "stream": b"GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "HTTP/1.0": b"GET /stream HTTP/1.0\r\nHost: a\r\n\r\n",
    "HEAD": b"HEAD /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "body": b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\n\x00\xffabc",
    "chunks": b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    "failure": b"GET /fails HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "half an answer": b"GET /breaks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "no answer": b"GET /silent HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("data", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize("kind", ["h11", "httptools"])
def test_the_bytes_of_an_answer_are_those_of_the_app_alone(kind: Any, data: bytes) -> None:
    answers = []
    for one in (app, Echoscope(app), Echoscope(Echoscope(app))):
        with Running(one, kind=kind, date_header=False) as server:
            answers.append(server.raw(data))
    assert answers[0]
    assert answers[1:] == [answers[0]] * 2


def test_a_websocket_is_handed_on() -> None:
    with Running(Echoscope(app), kind="httptools") as server:
        with connect(server.websocket_url("/chat"), subprotocols=["chat"]) as socket:  # type: ignore[list-item]
            assert socket.subprotocol == "chat"
            assert socket.response is not None
            assert socket.response.headers.get_all("x-a") == ["1", "2"]
            for message in ("text", b"\x00\xff", ""):
                socket.send(message)
                assert socket.recv() == message
        (one,) = server.client.get("/-/api/exchanges").json()["items"]
    assert (one["type"], one["status"], one["path"]) == ("websocket", 101, "/chat")


async def test_each_message_passes_before_the_next_is_made() -> None:
    """A stream is not gathered: what the app has sent, the server has."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def streams(scope: Scope, receive: Receive, send: Send) -> None:
        for number in range(3):
            await send(
                {"type": "http.response.body", "body": b"x", "more_body": True}
                if number
                else {"type": "http.response.start", "status": 200, "headers": []}
            )
            assert len(sent) == number + 1

    await Echoscope(streams)(http_scope(), Wire(request()).receive, send)
    assert len(sent) == 3


async def test_messages_and_scope_are_handed_on_whatever_they_are() -> None:
    """Keys that nobody knows, extensions, objects of the server: all of it reaches the other side."""
    odd = {"type": "http.request", "body": b"x", "more_body": False, "vendor": object()}
    seen: list[Any] = []

    async def takes(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope, await receive()))
        await send({"type": "http.response.start", "status": 200, "headers": [], "vendor": odd})
        await send({"type": "http.response.body"})

    wire, scope = Wire(odd), http_scope(extensions={"vendor": {"a": 1}}, vendor=odd)
    await Echoscope(takes)(scope, wire.receive, wire.send)
    ((inner, message),) = seen
    assert message is odd
    assert {key: inner[key] for key in scope} == scope
    assert inner["state"] is scope["state"]
    assert wire.sent[0]["vendor"] is odd


@pytest.mark.parametrize(
    "scope",
    [http_scope(), websocket_scope(), {"type": "lifespan"}, {"type": "vendor"}],
    ids=lambda scope: scope["type"],
)
@pytest.mark.parametrize("how", ["paused", "off"])
async def test_an_app_that_is_not_recorded_gets_the_very_objects_of_the_server(how: str, scope: Scope) -> None:
    seen: list[Any] = []

    async def takes(*arguments: Any) -> None:
        seen.append(arguments)

    wrapper = Echoscope(takes, enabled=how != "off")
    wrapper.recording = False
    given = scope, Wire().receive, Wire().send
    await wrapper(*given)
    assert [a is b for a, b in zip(seen[0], given, strict=True)] == [True] * 3


async def test_recording_can_be_paused_and_go_on() -> None:
    wrapper = Echoscope(app)
    for path, recording in (("/stream", True), ("/echo", False), ("/stream", True)):
        wrapper.recording = recording
        await Wire(request()).call(wrapper, http_scope(path=path, raw_path=path.encode()))
    page = await wrapper.logs.main.page(None, 10)
    assert [kept.head.path for _, kept in page.items] == ["/stream", "/stream"]


async def test_while_the_outer_one_of_two_is_paused_the_inner_one_notices_nothing_either() -> None:
    inner = Echoscope(app)
    outer = Echoscope(inner, prefix="/debug")
    for recording in (False, True):
        outer.recording = recording
        for path in ("/stream", "/-/api/info"):
            wire = Wire(request())
            await wire.call(outer, http_scope(path=path, raw_path=path.encode()))
            assert b"Echoscope" not in b"".join(message.get("body", b"") for message in wire.sent), (
                "the prefix is the app's"
            )
    page = await outer.logs.main.page(None, 10)
    assert [kept.head.path for _, kept in page.items] == ["/-/api/info", "/stream"]
    assert (await inner.logs.main.page(None, 10)).items == []


def test_recording_can_be_paused_from_outside() -> None:
    with Running(Echoscope(app), kind="httptools") as server:
        paused = server.client.put("/-/api/recording", json={"recording": False})
        assert paused.json() == server.client.get("/-/api/recording").json() == {"recording": False}
        server.client.get("/stream")
        assert "Recording is paused" in server.client.get("/-/", headers={"accept": "text/html"}).text
        server.client.put("/-/api/recording", json={"recording": True})
        assert server.client.get("/-/api/exchanges").json()["items"] == []
        server.client.get("/stream")
        assert len(server.client.get("/-/api/exchanges").json()["items"]) == 1


@pytest.mark.parametrize("body", ["", "off", "{}", '{"recording": "no"}', '{"recording": 0}', " " * 2_000])
def test_a_wish_that_is_none_is_refused(body: str) -> None:
    wrapper = Echoscope(app)
    with Running(wrapper, kind="httptools") as server:
        answer = server.client.put("/-/api/recording", content=body)
    assert answer.status_code == (413 if len(body) > 1_000 else 400)
    assert '{"recording": false}' in answer.json()["detail"]
    assert wrapper.recording


def test_our_own_service_has_no_recording_to_pause() -> None:
    with echoscope() as server:
        assert server.client.get("/-/api/recording").status_code == 404


def test_a_wrapper_can_be_copied() -> None:
    assert copy.copy(Echoscope(app)).app is app


@pytest.mark.parametrize("answer", ["complete", "failed"])
async def test_the_lifespan_is_the_apps(answer: str) -> None:
    async def lives(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "lifespan.startup"
        scope["state"]["pool"] = 1
        await send({"type": f"lifespan.startup.{answer}"})

    wire, scope = Wire({"type": "lifespan.startup"}), {"type": "lifespan", "state": {}}
    await wire.call(Echoscope(lives), scope)
    assert wire.sent == [{"type": f"lifespan.startup.{answer}"}]
    assert scope["state"] == {"pool": 1}


async def test_an_app_without_a_lifespan_says_so_as_before() -> None:
    async def has_none(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"

    with pytest.raises(AssertionError):
        await Echoscope(has_none)({"type": "lifespan"}, Wire().receive, Wire().send)


async def test_the_failure_of_an_app_is_the_servers_to_see() -> None:
    with pytest.raises(ValueError, match="as it wants"):
        await Wire(request()).call(Echoscope(app), http_scope(path="/fails", raw_path=b"/fails"))


async def test_a_cancelled_app_is_cancelled() -> None:
    reached = asyncio.Event()

    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        reached.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(Wire().call(Echoscope(waits), http_scope()))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_what_the_wrapper_does_not_have_the_app_has() -> None:
    inner = Starlette(routes=[Route("/", lambda request: PlainTextResponse(request.app.state.word))])
    wrapper = Echoscope(inner)
    wrapper.state.word = "hello"
    assert wrapper.state is inner.state
    assert wrapper.routes == inner.routes
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = wrapper.nothing_like_it


def test_test_clients_run_it_in_one_event_loop_after_another() -> None:
    async def greets(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("hello")
        await websocket.close()

    routes = [Route("/", lambda request: PlainTextResponse("hello")), WebSocketRoute("/chat", greets)]
    wrapper = Echoscope(Starlette(routes=routes))
    for _ in range(2):
        with TestClient(wrapper, base_url="http://localhost", client=("127.0.0.1", 1)) as client:
            assert client.get("/").text == "hello"
            with client.websocket_connect("/chat") as socket:
                assert socket.receive_text() == "hello"
    client = TestClient(wrapper, base_url="http://localhost", client=("127.0.0.1", 1))
    assert len(client.get("/-/api/exchanges").json()["items"]) == 4
    with client.websocket_connect("ws://localhost/-/live?after=0") as socket:
        assert socket.receive_json()["head"] == 4


def test_a_mounted_app_can_be_wrapped_too() -> None:
    """The path of a mount stands in `root_path`, so that the inspector is below it."""
    inner = Echoscope(Starlette(routes=[Route("/a", lambda request: PlainTextResponse("a"))]))
    with Running(Starlette(routes=[Mount("/shop", inner)]), kind="httptools") as server:
        assert server.client.get("/shop/a").text == "a"
        (one,) = server.client.get("/shop/-/api/exchanges").json()["items"]
        assert one["path"] == "/shop/a"
        assert server.client.get("/-/api/exchanges").status_code == 404


def test_a_request_from_inside_to_another_app_is_an_exchange_of_its_own() -> None:
    """An app that calls a wrapped one while it answers is no middleware."""
    other = Echoscope(Starlette(routes=[Route("/price", lambda request: PlainTextResponse("3"))]))

    async def asks(request: Any) -> PlainTextResponse:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=other), base_url="http://other") as client:
            return PlainTextResponse((await client.get("/price")).text)

    wrapper = Echoscope(Starlette(routes=[Route("/", asks)]))
    client = TestClient(wrapper)
    assert client.get("/").text == "3"
    for one in (wrapper, other):
        ((_, kept),) = asyncio.run(one.logs.main.page(None, 10)).items
        found = asyncio.run(one.logs.main.find(kept.head.id))
        assert found is not None
        assert found.exchange.inside is not None
        assert found.exchange.inside.inner is None


def test_a_client_that_leaves_ends_its_exchange() -> None:
    async def stream(request: Any) -> StreamingResponse:
        async def words() -> Any:
            while True:
                yield b"word"
                await asyncio.sleep(0.01)

        return StreamingResponse(words())

    with ExitStack() as stack:
        server = stack.enter_context(Running(Echoscope(Starlette(routes=[Route("/", stream)])), kind="httptools"))
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(10)
        connection.close()
        state = "open"
        while state == "open":
            items = server.client.get("/-/api/exchanges").json()["items"]
            state = items[0]["state"] if items else "open"
    assert state == "disconnected"


def test_our_own_server_runs_it_too() -> None:
    apps: list[ASGIApp] = [app, Echoscope(app)]
    answers = []
    for one in apps:
        with Running(one, date_header=False) as server, server.connect() as connection:
            connection.sendall(REQUESTS["stream"])
            answers.append(read_all(connection))
    assert answers[0] == answers[1]

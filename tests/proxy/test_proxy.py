"""`echoscope proxy` in front of real servers: what is sent on, what comes back, and what is seen of both."""

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from echoscope import Echoscope
from echoscope.assembly.proxy import in_front_of
from echoscope.cli.running.serving import LIMITS
from echoscope.sender import parse_address
from echoscope.server.certificates import self_signed, server_context
from tests.eventually import eventually
from tests.ports import free_port
from tests.sender.target import target
from tests.servers import HOST, NO_TLS, Running, read_all

InFront = Callable[..., Running]


@pytest.fixture
def in_front() -> Iterator[InFront]:
    """A proxy in front of an app on a server of its own, or of an address."""
    with ExitStack() as stack:

        def start(behind: ASGIApp | str, *, kind: Any = "echoscope", path: str = "", **options: Any) -> Running:
            if not isinstance(behind, str):
                behind = stack.enter_context(Running(behind, kind=kind, limits=LIMITS)).origin
            app = Echoscope(in_front_of(parse_address(behind + path), **options))
            return stack.enter_context(Running(app, kind="http2", limits=LIMITS, date_header=False))

        yield start


def newest(proxy: Running) -> dict[str, Any]:
    items = proxy.client.get("/-/api/exchanges").json()["items"]
    document: dict[str, Any] = proxy.client.get(f"/-/api/exchanges/{items[0]['id']}").json()
    return document


async def telling(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what it got."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    told = {
        "method": scope["method"],
        "target": (scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")).decode(),
        "version": scope["http_version"],
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]],
        "body": body.decode("latin-1"),
    }
    headers = [
        (b"content-type", b"application/json"), (b"x-a", b"1"), (b"x-a", b"2"), (b"connection", b"x-hop"),
        (b"x-hop", b"1"), (b"keep-alive", b"timeout=5"), (b"server", b"shop/1"),
    ]  # fmt: skip
    await send({"type": "http.response.start", "status": 207, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})


def values(told: dict[str, Any], name: str) -> list[str]:
    return [value for key, value in told["headers"] if key == name]


# What is sent on


def test_a_request_is_sent_on_as_it_was(in_front: InFront) -> None:
    proxy = in_front(telling)
    body = bytes(range(256))
    told = proxy.client.post("/a%2Fb/%C3%A9;c?q=%20&q=+&", content=body, headers={"x-a": "1", "accept": "x/y"}).json()
    assert (told["method"], told["target"], told["body"].encode("latin-1")) == (
        "POST",
        "/a%2Fb/%C3%A9;c?q=%20&q=+&",
        body,
    )
    assert values(told, "content-length") == ["256"]
    assert (values(told, "x-a"), values(told, "accept")) == (["1"], ["x/y"])


def test_fields_of_the_connection_are_not_sent_on(in_front: InFront) -> None:
    proxy = in_front(telling)
    request = (
        b"POST / HTTP/1.1\r\nHost: shop.example\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n"
        b"TE: trailers\r\n"
        b"Proxy-Authorization: Basic eA==\r\nUpgrade: h2c\r\nX-Stays: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n0\r\n\r\n"
    )
    told = json.loads(proxy.raw(request).partition(b"\r\n\r\n")[2].split(b"\r\n")[1])
    names = [name for name, _ in told["headers"]]
    assert told["body"] == "abc"
    assert {"connection", "x-hop", "keep-alive", "te", "proxy-authorization", "upgrade"}.isdisjoint(names)
    assert values(told, "x-stays") == ["1"]
    assert values(told, "transfer-encoding") == ["chunked"]


def test_the_server_behind_learns_who_asked_and_for_what(in_front: InFront) -> None:
    proxy = in_front(telling)
    told = proxy.client.get("/", headers={"host": "shop.example", "x-forwarded-for": "192.0.2.1"}).json()
    upstream = newest(proxy)["inside"]["route"]["endpoint"]
    assert values(told, "host") == [upstream.removeprefix("http://")]
    assert values(told, "x-forwarded-for") == ["192.0.2.1", HOST]
    assert values(told, "x-forwarded-host") == ["shop.example"]
    assert values(told, "x-forwarded-proto") == ["http"]
    assert values(told, "forwarded") == [f'for={HOST};host="shop.example";proto=http']
    (via,) = values(told, "via")
    assert via.startswith("1.1 echoscope-")


def test_the_host_can_be_kept_and_nothing_be_told(in_front: InFront) -> None:
    proxy = in_front(telling, keeps_host=True, tells=False)
    told = proxy.client.get("/", headers={"host": "shop.example"}).json()
    assert values(told, "host") == ["shop.example"]
    assert not [name for name, _ in told["headers"] if "forwarded" in name]


def test_a_path_of_the_server_behind_stands_before_that_of_the_request(in_front: InFront) -> None:
    proxy = in_front(telling, path="/api/v%201")
    assert proxy.client.get("/orders?q=1").json()["target"] == "/api/v%201/orders?q=1"


@pytest.mark.parametrize(
    ("method", "most", "status", "sent_on"),
    [("OPTIONS", "0", 200, None), ("TRACE", "0", 200, None), ("OPTIONS", "3", 207, "2"), ("GET", "0", 207, "0")],
)
def test_max_forwards_is_kept_to(in_front: InFront, method: str, most: str, status: int, sent_on: str | None) -> None:
    proxy = in_front(telling)
    answer = proxy.client.request(method, "/x?y", headers={"max-forwards": most, "authorization": "Bearer abc"})
    assert answer.status_code == status
    if sent_on is not None:
        assert values(answer.json(), "max-forwards") == [sent_on]
    elif method == "TRACE":
        assert answer.text.startswith("TRACE /x?y HTTP/1.1\r\nhost: ")
        assert "abc" not in answer.text


def test_a_circle_is_noticed() -> None:
    port = free_port()
    app = Echoscope(in_front_of(parse_address(f"http://{HOST}:{port}")))
    with Running(app, port=port) as proxy:
        answer = proxy.client.get("/")
        assert answer.status_code == 508
        assert "has been here before" in answer.json()["detail"]


# What comes back


def test_an_answer_comes_back_as_it_was(in_front: InFront) -> None:
    proxy = in_front(telling)
    answer = proxy.client.get("/")
    assert answer.status_code == 207
    assert [value for name, value in answer.headers.multi_items() if name == "x-a"] == ["1", "2"]
    assert answer.headers["server"] == "shop/1"
    assert {"x-hop", "keep-alive"}.isdisjoint(answer.headers)
    assert answer.headers["via"].startswith("1.1 echoscope-")
    assert len(answer.headers.get_list("date")) == 1


@pytest.mark.parametrize("status", [204, 304, 301, 404, 500])
def test_every_status_comes_back(in_front: InFront, status: int) -> None:
    proxy = in_front(Starlette(routes=[Route("/", lambda _: Response(status_code=status, headers={"location": "/x"}))]))
    answer = proxy.client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (status, "/x")


def test_a_compressed_body_is_not_touched(in_front: InFront) -> None:
    data = b"\x1f\x8b not really"
    headers = {"content-encoding": "gzip"}
    proxy = in_front(Starlette(routes=[Route("/", lambda _: Response(data, headers=headers))]))
    assert proxy.raw(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").endswith(b"\r\n\r\n" + data)


def test_the_head_of_an_answer_comes_without_its_body(in_front: InFront) -> None:
    proxy = in_front(Starlette(routes=[Route("/", lambda _: PlainTextResponse("hello"))]))
    answer = proxy.client.head("/")
    assert (answer.headers["content-length"], answer.content) == ("5", b"")


# Streams


def test_an_answer_is_streamed_as_it_is_made(in_front: InFront) -> None:
    may_go_on = asyncio.Event()

    async def stream(request: Request) -> Response:
        async def words() -> Any:
            yield b"first"
            await may_go_on.wait()
            yield b"second"

        return StreamingResponse(words())

    behind = Starlette(routes=[Route("/", stream)])
    with Running(behind, limits=LIMITS) as server:
        proxy = in_front(server.origin)
        with proxy.client.stream("GET", "/") as answer:
            parts = answer.iter_raw()
            assert next(parts) == b"first"
            server.loop.call_soon_threadsafe(may_go_on.set)
            assert b"".join(parts) == b"second"


def test_a_request_is_streamed_as_it_is_sent(in_front: InFront) -> None:
    """The server behind has the first part before the client has sent the second."""
    seen: list[bytes] = []

    async def reads(scope: Scope, receive: Receive, send: Send) -> None:
        more = True
        while more:
            message = await receive()
            seen.append(message.get("body", b""))
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"".join(seen)})

    proxy = in_front(reads)
    with proxy.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 10\r\n\r\nfirst")
        eventually(lambda: b"first" in seen)
        connection.sendall(b"other")
        assert b"firstother" in read_all(connection)


def test_large_bodies_pass_both_ways(in_front: InFront) -> None:
    async def echo(request: Request) -> Response:
        return Response(await request.body())

    proxy = in_front(Starlette(routes=[Route("/", echo, methods=["POST"])]))
    body = bytes(range(256)) * (20 << 10)
    assert proxy.client.post("/", content=body).content == body
    exchange = newest(proxy)
    assert (exchange["received_bytes"], exchange["sent_bytes"]) == (len(body), len(body))


def test_a_client_that_leaves_frees_the_server_behind(in_front: InFront) -> None:
    left: list[str] = []

    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        while (await receive())["type"] != "http.disconnect":
            pass
        left.append("left")

    proxy = in_front(waits)
    with proxy.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        eventually(lambda: proxy.client.get("/-/api/exchanges").json()["items"])
    eventually(lambda: left == ["left"])
    eventually(lambda: newest(proxy)["state"] == "disconnected")


# What goes wrong


def test_a_server_that_is_away_is_told_in_words(in_front: InFront) -> None:
    port = free_port()
    proxy = in_front(f"http://{HOST}:{port}")
    answer = proxy.client.get("/")
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith(f"http://{HOST}:{port} cannot be reached: ")
    assert answer.json()["detail"].endswith("Is it running, and at this address?")
    assert newest(proxy)["status"] == 502


@pytest.mark.parametrize("words", [b"", b"no HTTP at all\r\n\r\n", b"HTTP/1.1 2"], ids=["nothing", "nonsense", "half"])
def test_a_server_that_gives_no_answer_is_told_in_words(in_front: InFront, words: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(words)
        await writer.drain()
        writer.close()

    with Running(telling) as helper:
        server = helper.run(asyncio.start_server(serve, HOST, 0))
        proxy = in_front(f"http://{HOST}:{server.sockets[0].getsockname()[1]}")
        answer = proxy.client.get("/")
        helper.loop.call_soon_threadsafe(server.close)
    assert answer.status_code == 502
    assert "has given no answer" in answer.json()["detail"]


def test_an_answer_that_breaks_off_breaks_off_for_the_client_too(in_front: InFront) -> None:
    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ValueError

    proxy = in_front(breaks)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(proxy.origin, trust_env=False, verify=NO_TLS)
    eventually(lambda: newest(proxy)["state"] == "error")
    assert "has broken its answer off" in newest(proxy)["error"]


# What is seen


def test_both_sides_are_seen(in_front: InFront) -> None:
    proxy = in_front(telling)
    proxy.client.post("/orders", content=b"hello", headers={"te": "trailers", "connection": "te"})
    made = newest(proxy)
    inner = made["inside"]["inner"]
    assert made["path"] == inner["scope"]["path"] == "/orders"
    assert made["inside"]["route"]["endpoint"].startswith(f"http://{HOST}:")
    assert (inner["status"], inner["received_bytes"], inner["sent_bytes"]) == (207, 5, made["sent_bytes"])
    changes = {(change["where"], change["name"]) for change in made["inside"]["changes"]}
    assert {
        ("request header", "host"), ("request header", "te"), ("request header", "via"),
        ("request header", "x-forwarded-for"), ("response header", "x-hop"), ("response header", "via"),
    } <= changes  # fmt: skip
    assert not [where for where, _ in changes if where.endswith("body")]


def test_trailers_that_are_not_passed_on_are_told_in_the_exchange(in_front: InFront) -> None:
    answer = b"HTTP/1.1 200 OK\r\nTrailer: x-sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 7\r\n\r\n"
    with target() as behind:
        behind.answers = [answer]
        proxy = in_front(behind.origin)
        passed = proxy.client.get("/")
    assert (passed.text, "trailer" in passed.headers) == ("ok", False)
    (line,) = newest(proxy)["inside"]["logs"]
    assert (line["level"], line["message"].endswith("does not tell them: x-sum")) == ("INFO", True)


def test_interim_answers_do_not_hide_the_answer(in_front: InFront) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with target() as behind:
        behind.answers = [hints]
        passed = in_front(behind.origin).client.get("/")
    assert (passed.status_code, passed.text) == (200, "ok")


def test_a_client_that_waits_for_a_100_gets_it_and_is_sent_on(in_front: InFront) -> None:
    proxy = in_front(telling)
    with proxy.connect() as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
        )
        assert connection.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 207 ")
    assert b'"body": "hello"' in answer
    assert b'["expect", "100-continue"]' in answer


# HTTP/2


@pytest.mark.parametrize("http", ["auto", "1.1", "2"])
def test_the_version_of_http_is_what_was_asked_for(in_front: InFront, http: str) -> None:
    proxy = in_front(telling, kind="http2", http=http)
    told = proxy.client.post("/a?b", content=b"hello").json()
    assert told["version"] == ("2" if http == "2" else "1.1")
    assert (told["target"], told["body"]) == ("/a?b", "hello")


@pytest.fixture
def over_tls() -> Iterator[Callable[[ASGIApp], str]]:
    """Serves an app over TLS, with HTTP/2 and a certificate that nobody knows; gives its address."""
    with ExitStack() as stack:
        certificate = stack.enter_context(self_signed(["localhost"]))
        context = server_context(certificate, http2=True)

        def start(app: ASGIApp) -> str:
            options: dict[str, Any] = {"ssl_context_factory": lambda _config, _default: context}
            return f"https://localhost:{stack.enter_context(Running(app, kind='http2', limits=LIMITS, **options)).port}"

        yield start


@pytest.mark.parametrize(("http", "version"), [("auto", "2"), ("1.1", "1.1"), ("2", "2")])
def test_over_tls_http2_is_spoken_where_it_is_offered(
    in_front: InFront, over_tls: Callable[[ASGIApp], str], http: str, version: str
) -> None:
    proxy = in_front(over_tls(telling), http=http, verifies=False)
    for _ in range(2):
        told = proxy.client.post("/a?b", content=b"hello").json()
        assert (told["version"], told["target"], told["body"]) == (version, "/a?b", "hello")
    assert newest(proxy)["inside"]["inner"]["scope"]["scheme"] == "https"


def test_a_websocket_over_tls_passes_beside_http2(in_front: InFront, over_tls: Callable[[ASGIApp], str]) -> None:
    proxy = in_front(over_tls(TALKING), verifies=False)
    assert proxy.client.get("/none").status_code == 404
    with connect(proxy.websocket_url("/chat")) as client:
        client.recv()
        client.send("hello")
        assert client.recv() == "hello"


def test_a_certificate_that_nobody_knows_is_told_in_words(
    in_front: InFront, over_tls: Callable[[ASGIApp], str]
) -> None:
    answer = in_front(over_tls(telling)).client.get("/")
    assert answer.status_code == 502
    assert "certificate verify failed" in answer.json()["detail"]


def test_a_client_may_speak_http2(in_front: InFront) -> None:
    proxy = in_front(telling)
    with httpx.Client(http1=False, http2=True, trust_env=False, verify=NO_TLS) as client:
        for body in (b"", b"hello"):
            answer = client.post(proxy.origin + "/a", content=body)
            told = answer.json()
            assert told["body"].encode() == body
            assert values(told, "via")[0].startswith("2 echoscope-")
            assert answer.headers["via"].startswith("1.1 echoscope-"), "in which the server behind has answered"


# WebSockets


async def talks(websocket: WebSocket) -> None:
    if websocket.url.query == "refuse":
        await websocket.send_denial_response(PlainTextResponse("not today", 429, headers={"retry-after": "5"}))
        return
    subprotocol = "chat" if "chat" in websocket.scope["subprotocols"] else None
    await websocket.accept(subprotocol, headers=[(b"x-a", b"1")])
    await websocket.send_json({"headers": [[name, value] for name, value in websocket.headers.items()]})
    while (message := await websocket.receive())["type"] == "websocket.receive":
        if message.get("text") == "end":
            await websocket.close(4001, "as you wish")
            return
        await websocket.send({**message, "type": "websocket.send"})
    closed.append((message["code"], message.get("reason")))


closed: list[tuple[int, str | None]] = []
TALKING = Starlette(routes=[WebSocketRoute("/chat", talks)])


def test_a_websocket_passes_both_ways(in_front: InFront) -> None:
    proxy = in_front(TALKING)
    headers = {"origin": "http://shop.example", "cookie": "a=1"}
    with connect(proxy.websocket_url("/chat"), subprotocols=["other", "chat"], additional_headers=headers) as client:  # type: ignore[list-item]
        assert client.subprotocol == "chat"
        assert client.response is not None
        assert client.response.headers["x-a"] == "1"
        told = dict(json.loads(client.recv())["headers"])
        assert (told["origin"], told["cookie"], told["x-forwarded-for"]) == ("http://shop.example", "a=1", HOST)
        for message in ("text", b"\x00\xff", "", "x" * 100_000):
            client.send(message)
            assert client.recv() == message
        closed.clear()
        client.close(4002, "enough")
        eventually(lambda: closed == [(4002, "enough")])
    made = newest(proxy)
    assert (made["type"], made["status"]) == ("websocket", 101)
    for sight in (made, made["inside"]["inner"]):
        assert sum(event["type"] == "websocket.receive" for event in sight["events"]) == 4
        assert sum(event["type"] == "websocket.send" for event in sight["events"]) == 5


def test_the_server_behind_may_end_a_websocket(in_front: InFront) -> None:
    proxy = in_front(TALKING)
    with connect(proxy.websocket_url("/chat")) as client:
        client.recv()
        client.send("end")
        with pytest.raises(ConnectionClosed) as end:
            client.recv()
    assert end.value.rcvd is not None
    assert (end.value.rcvd.code, end.value.rcvd.reason) == (4001, "as you wish")


def test_a_websocket_that_is_refused_is_refused_alike(in_front: InFront) -> None:
    proxy = in_front(TALKING)
    with pytest.raises(InvalidStatus) as refused, connect(proxy.websocket_url("/chat?refuse")):
        pass
    answer = refused.value.response
    assert (answer.status_code, answer.body, answer.headers["retry-after"]) == (429, b"not today", "5")


def test_a_websocket_to_a_server_that_is_away_is_told_in_words(in_front: InFront) -> None:
    proxy = in_front(f"http://{HOST}:{free_port()}")
    with pytest.raises(InvalidStatus) as refused, connect(proxy.websocket_url("/")):
        pass
    assert refused.value.response.status_code == 502
    assert b"cannot be reached by a WebSocket" in (refused.value.response.body or b"")


def test_a_client_that_is_gone_ends_the_websocket_behind(in_front: InFront) -> None:
    proxy = in_front(TALKING)
    closed.clear()
    with connect(proxy.websocket_url("/chat")) as client:
        client.recv()
        client.socket.shutdown(socket.SHUT_RDWR)
        eventually(lambda: closed == [(1001, "")])

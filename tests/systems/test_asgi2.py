"""The double callable of ASGI 2: Echoscope as one, and the recorder around one."""

import httpx
from starlette.types import Receive, Scope, Send

from echoscope.asgi2 import double_callable, single_callable
from echoscope.capture.recorder import Recorder
from echoscope.log.log import Log
from echoscope.log.memory import MemoryStore
from tests.asgi import Wire, http_scope, newest, request
from tests.conftest import Serve
from tests.ports import free_port
from tests.servers import HOST, NO_TLS, WAIT_S
from tests.systems.process import Process, python


def test_a_server_told_to_call_twice_gets_the_scope_of_asgi_2() -> None:
    port = free_port()
    command = python("-m", "uvicorn", "--interface", "asgi2", "--port", str(port), "echoscope.asgi2:app")
    with (
        Process(command, is_gentle=False) as process,
        httpx.Client(trust_env=False, timeout=WAIT_S, verify=NO_TLS) as client,
    ):
        process.wait_until_listening((HOST, port))
        made = client.post(f"http://{HOST}:{port}/hello", content=b"body")
        assert made.json()["asgi"]["version"] == "2.0"
        assert made.json()["events"][0]["body"] == "body"
        (item,) = client.get(f"http://{HOST}:{port}/-/api/exchanges").json()["items"]
        assert (item["path"], item["id"]) == ("/hello", made.headers["x-echoscope-id"])


class Article:
    """An app in the form of the article: made for one connection, then called with its two channels."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, receive: Receive, send: Send) -> None:
        message = await receive()
        body = f"{self.scope['method']} {self.scope['path']} {len(message['body'])}".encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})


def function(scope: Scope) -> Article:
    """The same as a function that gives the second callable."""
    return Article(scope)


async def test_the_recorder_wraps_an_app_of_asgi_2() -> None:
    for app in (Article, function):
        store = MemoryStore()
        sent = await Wire(request(b"12345")).call(Recorder(single_callable(app), Log(store)), http_scope())
        assert sent[-1]["body"] == b"POST /orders 5"
        exchange = await newest(store)
        assert (exchange.state, exchange.status, exchange.received_bytes) == ("done", 200, 5)


def test_an_app_of_asgi_2_is_served(serve: Serve) -> None:
    server = serve(single_callable(Article), lifespan="off")
    assert server.client.post("/a", content=b"123").text == "POST /a 3"


async def test_a_double_callable_can_be_called_twice_at_once() -> None:
    app = double_callable(single_callable(Article))
    first, second = app(http_scope(path="/1")), app(http_scope(path="/2"))
    wire = Wire(request(b""))
    await second(wire.receive, wire.send)
    assert wire.sent[-1]["body"] == b"POST /2 0"
    wire = Wire(request(b""))
    await first(wire.receive, wire.send)
    assert wire.sent[-1]["body"] == b"POST /1 0"

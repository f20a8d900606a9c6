"""The first door's short way gives the same messages as the way by the recorder, and the same document."""

import asyncio
import gc
import itertools
import re
import tracemalloc
from typing import Any

import msgspec
import pytest
from starlette.types import Message, Receive, Scope, Send

from echoscope.base.settings import load
from echoscope.capture.recorder import Recorder
from echoscope.log.memory import MemoryStore
from echoscope.log.store import Bounds
from echoscope.main import Echoscope, create_app
from tests.asgi import DISCONNECT, Wire, http_scope, newest, newest_document, request

from .test_same import EXAMPLES, HEADS, METHODS, TARGETS

OF_A_RUN = ("seq", "id", "started_at", "duration_ms")


def scope_of(target: str, lines: tuple[str | bytes, ...] = (), method: str = "GET", **changes: Any) -> Scope:
    """As uvicorn makes it of a request."""
    raw_path, _, query = target.encode().partition(b"?")
    pairs = [(line if isinstance(line, bytes) else line.encode()).partition(b":") for line in lines]
    headers = [(name.lower(), value.strip()) for name, _, value in pairs]
    path = re.sub(rb"%(..)", lambda match: bytes.fromhex(match[1].decode()), raw_path).decode("utf-8", "replace")
    known: dict[str, Any] = {"method": method, "path": path, "raw_path": raw_path, "query_string": query}
    return {**http_scope(headers=[(b"host", b"localhost"), *headers]), **known, **changes}


def made(**settings: Any) -> tuple[Echoscope, MemoryStore]:
    """An Echoscope and its log."""
    store = MemoryStore()
    return create_app(load({}, **settings), store), store


async def passed(store: MemoryStore, way: Any, scope: Scope, *messages: Message) -> tuple[Any, dict[str, Any]]:
    """What was sent and what was recorded, without what no two requests share."""
    sent = await Wire(*messages).call(way, scope)
    document = await newest_document(store)
    shown = {key: value for key, value in document.items() if key not in OF_A_RUN}
    told = repr([sent, msgspec.json.decode(msgspec.json.encode(shown))])
    return re.sub(r"[0-9a-f]{8}-\d+", "ID", re.sub(r"'at_ms': [\d.e-]+", "'at_ms': 0", told)), document


def same(*scopes: Scope, messages: tuple[Message, ...] = (request(),), **settings: Any) -> list[dict[str, Any]]:
    """The documents of these requests, which were the same by both ways."""

    async def ask() -> list[dict[str, Any]]:
        app, store = made(**settings)
        documents = []
        for scope in scopes:
            long, _ = await passed(store, app.recorder, {**scope}, *messages)
            for _ in range(3):  # the second and third meet a head that is known
                short, document = await passed(store, app, {**scope}, *messages)
                assert short == long
            documents.append(document)
        return documents

    return asyncio.run(ask())


@pytest.fixture
def only_short(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(recorder: Recorder, scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("the long way was taken")

    monkeypatch.setattr(Recorder, "__call__", fail)


@pytest.mark.parametrize("lines", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("profile", ["local", "public"])
def test_any_head(lines: tuple[str | bytes, ...], profile: str) -> None:
    targets = ("/a?b=c", "/get?b=c", "/headers", "/anything/x", "/status/204", "/response-headers?a=b")
    same(*(scope_of(target, lines) for target in targets), profile=profile)


@pytest.mark.parametrize("method", METHODS)
def test_any_method(method: str) -> None:
    same(*(scope_of(target, method=method) for target in ("/a?b=c", "/get?b=c", "/anything", "/status/404")))


def test_any_target() -> None:
    same(*(scope_of(target) for target in TARGETS if not target.startswith(("/-", "/%2d"))))


def test_any_endpoint() -> None:
    examples = [one for one in EXAMPLES if "%" not in one]
    same(*(scope_of(example, ("Accept: */*",)) for example in examples))


def test_other_clients_with_the_same_head_are_told_apart() -> None:
    scopes = [scope_of("/get"), scope_of("/get", client=("192.0.2.7", 1)), scope_of("/get", server=("b.example", 80))]
    documents = same(*scopes, *({**scope, "path": "/a", "raw_path": b"/a"} for scope in scopes))
    assert [document["client"] for document in documents[1::3]] == ["192.0.2.7:1"] * 2


ODD = {
    "no raw path": {"raw_path": None},
    "a raw path that is no escaped path": {"raw_path": b"/other"},
    "a raw path of other bytes": {"path": "/é", "raw_path": "/é".encode()},
    "HTTP/2": {"http_version": "2"},
    "extensions": {"extensions": {"http.response.trailers": {}}},
    "a framework's own": {"app": object(), "user": "ann"},
    "an iterable of headers": {"headers": ((b"host", b"localhost"), (b"x-a", b"1"))},
    "headers in lists": {"headers": [[b"host", b"localhost"], [b"x-a", b"1"]]},
    "addresses in lists": {"client": ["127.0.0.1", 1], "server": ["127.0.0.1", 2]},
    "no addresses": {"client": None, "server": None},
    "a root path": {"root_path": "/debug", "path": "/debug/a", "raw_path": b"/debug/a"},
}


class Text(str):
    """Text of a type of its own, which no encoder takes."""


NO_DATA = {
    "an object": {"asgi": {"version": "3.0", "lock": object()}},
    "a number that is too large": {"asgi": {"version": "3.0", "number": 1 << 70}},
    "texts of a type of their own": {"root_path": Text(""), "scheme": Text("http"), "http_version": Text("1.1")},
    "a path of a type of its own": {"path": Text("/a"), "raw_path": b"/a"},
    "a method of a type of its own": {"method": Text("GET")},
    "half a character in the method": {"method": "G\ud800"},
    "half a character in the scheme": {"scheme": "http\ud800"},
    "half a character in the path": {"path": "/\ud800", "raw_path": b"/%ff"},
    "half a character in an address": {"server": ("\ud800", 80)},
}


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD)
def test_a_scope_of_another_server(changes: dict[str, Any]) -> None:
    same(scope_of("/a?b=c", **changes), scope_of("/get?b=c", **changes))


@pytest.mark.parametrize("changes", NO_DATA.values(), ids=NO_DATA)
def test_a_scope_with_what_is_no_plain_data(changes: dict[str, Any]) -> None:
    same(scope_of("/a?b=c", **changes))


def test_a_scope_without_keys() -> None:
    scope = scope_of("/a")
    same({key: value for key, value in scope.items() if key != "state"})
    same({key: value for key, value in scope.items() if key != "asgi"})


def test_a_believed_proxy_is_believed() -> None:
    lines = ("X-Forwarded-For: 192.0.2.9", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example.com")
    (document,) = same(scope_of("/a", lines), trusted_proxies=("127.0.0.1",))
    assert document["url"] == "https://shop.example.com/a"


@pytest.mark.parametrize("lines", [("Content-Length: 5",), ("Transfer-Encoding: chunked",), ()])
def test_a_body_is_recorded_whole(lines: tuple[str, ...]) -> None:
    messages = request(b"he", more_body=True), request(b"llo")
    (document,) = same(scope_of("/anything", lines, "POST"), messages=messages)
    assert document["received_bytes"] == 5


@pytest.mark.usefixtures("only_short")
@pytest.mark.parametrize("path", ["/a", "/get", "/status/418", "/headers"])
def test_a_plain_request_takes_the_short_way(path: str) -> None:
    async def ask() -> None:
        app, store = made()
        sent = await Wire(request()).call(app, scope_of(path, ("Accept: */*", "User-Agent: curl/8.14.1")))
        assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
        events = (await newest(store)).events
        assert [event.at_ns for event in events] == sorted(event.at_ns for event in events)

    asyncio.run(ask())


@pytest.mark.parametrize("path", ["/a", "/get"])
@pytest.mark.parametrize("clients", [1, 1_000_000], ids=["one client", "many clients"])
def test_a_log_counts_what_plain_exchanges_take(path: str, clients: int) -> None:
    async def ask() -> None:
        store = MemoryStore(Bounds(max_exchanges=100_000))
        app, numbers = create_app(load({}), store), itertools.count()

        async def pass_some(count: int) -> None:
            for number in itertools.islice(numbers, count):
                scope = scope_of(path, ("X-A: 1", "X-B: 2"), client=("192.0.2.1", number % clients))
                await Wire(request()).call(app, scope)
            gc.collect()

        await pass_some(2_500)  # by then all heads are known that ever are
        tracemalloc.start()
        try:
            counted, taken = store.bytes, tracemalloc.get_traced_memory()[0]
            await pass_some(4_000)
            counted, taken = store.bytes - counted, tracemalloc.get_traced_memory()[0] - taken
        finally:
            tracemalloc.stop()
        assert taken * 0.9 < counted < taken * 1.3

    asyncio.run(ask())


def test_a_client_that_leaves_before_it_is_answered() -> None:
    async def ask() -> None:
        app, store = made()
        assert await Wire(DISCONNECT).call(app, scope_of("/a")) == []
        assert (await newest(store)).state == "disconnected"

    asyncio.run(ask())


@pytest.mark.parametrize("error", [ConnectionResetError("gone"), asyncio.CancelledError()], ids=repr)
def test_a_request_that_ends_while_it_is_waited_for(error: BaseException) -> None:
    async def receive() -> Message:
        raise error

    async def ask() -> None:
        app, store = made()
        with pytest.raises(type(error)):
            await app(scope_of("/a"), receive, Wire().send)
        exchange = await newest(store)
        assert exchange.state == ("error" if isinstance(error, OSError) else "disconnected")
        assert [event.channel for event in exchange.events if event.channel == "receive"] == []

    asyncio.run(ask())


@pytest.mark.parametrize("failing", [1, 2])
@pytest.mark.parametrize(
    ("error", "state"),
    [(OSError("gone"), "disconnected"), (asyncio.CancelledError(), "disconnected"), (RuntimeError("odd"), "error")],
    ids=repr,
)
def test_what_could_not_be_sent_is_recorded_as_not_sent(failing: int, error: BaseException, state: str) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        if len(sent) == failing - 1:
            raise error
        sent.append(message)

    async def ask() -> None:
        app, store = made()
        with pytest.raises(type(error)):
            await app(scope_of("/a"), Wire(request()).receive, send)
        exchange = await newest(store)
        assert exchange.state == state
        assert [event.message["type"] for event in exchange.events] == [
            "http.request",
            "http.response.start",
            "http.response.body",
        ][: failing + 1]
        assert ("odd" in (exchange.error or "")) == (state == "error")
        assert (await store.status()).exchanges == 1

    asyncio.run(ask())


@pytest.mark.parametrize("failing", ["http.response.start", "http.response.body"])
@pytest.mark.parametrize("way", ["short", "long"])
def test_an_exchange_lasts_until_its_answer_could_not_be_sent(way: str, failing: str) -> None:
    async def send(message: Message) -> None:
        if message["type"] == failing:
            await asyncio.sleep(0.02)
            raise ConnectionResetError("gone")

    async def ask() -> None:
        app, store = made()
        with pytest.raises(ConnectionResetError):
            await (app if way == "short" else app.recorder)(scope_of("/a"), Wire(request()).receive, send)
        exchange = await newest(store)
        assert exchange.state == "disconnected"
        assert exchange.duration_ns >= 10_000_000

    asyncio.run(ask())

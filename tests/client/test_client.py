"""The typed client against a real server: what it asks, what it gives, and what it says when it cannot."""

import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from echoscope.base.settings import load
from echoscope.client import Client, Full, NotAllowed, NotEchoscope, NothingCame, NotKept, Refused, Unreachable
from echoscope.main import create_app
from echoscope.server.certificates import self_signed
from tests.conftest import Serve
from tests.ports import free_port
from tests.servers import NO_TLS, WAIT_S, Running

TOKEN = "a-token-of-more-than-16"


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()


@pytest.fixture
def client(server: Running) -> Iterator[Client]:
    with Client(server.origin) as client:
        yield client


def send(server: Running, *paths: str) -> list[str]:
    return [server.client.get(path).headers["x-echoscope-id"] for path in paths]


def test_a_list_is_of_summaries_the_newest_first(server: Running, client: Client) -> None:
    send(server, "/1", "/2?token=hunter2", "/3")
    page = client.list("path:/1 OR path:/2", limit=1)
    assert [(one.path, one.status, one.query_string[:15]) for one in page.items] == [("/2", 200, "token=redacted-")]
    assert client.list(reveal=True).items[1].query_string == "token=hunter2"
    assert [one.path for one in client.list(before=page.next).items] == ["/1"]
    assert page.place == client.place()


def test_an_exchange_has_its_bytes_as_they_were(server: Running, client: Client) -> None:
    sent = httpx.post(
        f"{server.origin}/post?a=1",
        content=bytes(range(256)),
        headers=[("x-a", "1"), ("x-b", "2"), ("x-a", "3")],
        verify=NO_TLS,
    )
    exchange = client.get(sent.headers["x-echoscope-id"])
    assert exchange.content == bytes(range(256))
    assert exchange.headers.get_list("x-a") == ["1", "3"]
    assert (exchange.method, exchange.path, exchange.query_string) == ("POST", "/post", "a=1")
    assert exchange.response
    assert exchange.response.body.content == sent.content
    assert exchange.response.headers["content-type"] == "application/json"
    assert [event.type for event in exchange.events][-1] == "http.response.body"
    assert (exchange.pinned, exchange.note) == (False, None)


def test_json_is_read_and_what_is_none_is_a_value_error(server: Running, client: Client) -> None:
    send_json = server.client.post("/x", json={"paid": True}).headers["x-echoscope-id"]
    assert client.get(send_json).json() == {"paid": True}
    assert client.get(send_json).text == '{"paid":true}'
    other = server.client.post("/x", content=b"{").headers["x-echoscope-id"]
    with pytest.raises(ValueError, match="truncated"):
        client.get(other).json()


def test_findings_are_typed(server: Running, client: Client) -> None:
    exchange_id = server.client.post("/x", content=b"{", headers={"content-type": "application/json"}).headers
    findings = client.get(exchange_id["x-echoscope-id"]).findings
    assert "error" in {finding.level for finding in findings}
    assert all(finding.title and finding.why for finding in findings)


def test_a_wait_gives_what_comes_and_the_place_to_go_on(server: Running, client: Client) -> None:
    place = client.place()
    send(server, "/a", "/b", "/a")
    first = client.wait("path:/a", after=place)
    second = client.wait("path:/a", after=first.place)
    assert [one.exchange.seq for one in (first, second)] == [1, 3]
    with pytest.raises(NothingCame, match=r"Nothing that 'path:/a' finds came within 0\.01 s") as caught:
        client.wait("path:/a", after=second.place, timeout_s=0.01)
    assert caught.value.place == client.place()


def test_a_wait_begins_with_what_comes_next(server: Running, client: Client) -> None:
    send(server, "/before")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(client.wait, timeout_s=WAIT_S)
        while not waiting.done():
            send(server, "/later")
        assert waiting.result().exchange.path == "/later"


def test_a_long_wait_is_several(server: Running, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("echoscope.client.calls.MAX_WAIT_S", 0.02)
    with pytest.raises(NothingCame):
        client.wait("path:/a", timeout_s=0.1)
    send(server, "/b", "/b", "/b", "/a")
    assert client.wait("path:/a", after=0, timeout_s=5).exchange.seq == 4


def test_pins_and_notes(server: Running, client: Client) -> None:
    (exchange_id,) = send(server, "/keep")
    assert client.pin(exchange_id).pinned
    assert client.note(exchange_id, "slow").note == "slow"
    pins = client.pins()
    assert [(one.id, one.note) for one in pins.items] == [(exchange_id, "slow")]
    assert pins.notes == {exchange_id: "slow"}
    client.clear()
    assert client.get(exchange_id).pinned
    assert not client.unpin(exchange_id).pinned


def test_deleting(server: Running, client: Client) -> None:
    first, second = send(server, "/1", "/2")
    client.delete(first)
    with pytest.raises(NotKept, match=first) as caught:
        client.get(first)
    assert caught.value.status == 404
    assert client.get(second).path == "/2"
    client.clear()
    assert client.list().items == []


def test_a_file_goes_out_and_comes_back(server: Running, client: Client, serve: Serve) -> None:
    ids = send(server, "/1", "/2?token=hunter2", "/3")
    file = b"".join(client.export(q="path:/2", reveal=True))
    assert (file.count(b"\n"), b"hunter2" in file) == (1, True)
    assert b"hunter2" not in b"".join(client.export("har"))
    with Client(serve().origin) as other:
        taken = other.import_file(b"".join(client.export(ids=ids[:2])))
        assert (taken.imported, taken.ids) == (2, ids[:2])
        again = other.import_file(b"".join(client.export(ids=ids[:2])) + b"{}\n")
        assert (again.imported, again.already_here, again.skipped_count, again.skipped[0].entry) == (0, 2, 1, 3)
        with pytest.raises(Refused, match="neither a HAR file nor JSON Lines"):
            other.import_file(b"hello")
    with pytest.raises(NotKept, match="None of these"):
        list(client.export(ids=["nothing"]))


def test_code_is_bytes(server: Running, client: Client) -> None:
    (exchange_id,) = send(server, "/x")
    assert client.code(exchange_id, "curl").startswith(b"curl")
    with pytest.raises(NotKept, match="must be one of"):
        client.code(exchange_id, "cobol")


@pytest.mark.parametrize("variable", [True, False], ids=["environment", "argument"])
def test_the_token_comes_from_the_argument_or_the_environment(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, variable: bool
) -> None:
    server = serve(profile="public", token=TOKEN)
    monkeypatch.setenv("ECHOSCOPE_URL", server.origin)
    with Client() as stranger, pytest.raises(NotAllowed, match="operator token is needed"):
        stranger.list()
    if variable:
        monkeypatch.setenv("ECHOSCOPE_TOKEN", TOKEN)
    with Client(token=None if variable else TOKEN) as client:
        assert client.list().items == []
        feed = iter(client.follow(after=0))
        send(server, "/x")
        assert getattr(next(feed), "path", None) == "/x"


def test_a_token_that_is_wrong_ends_the_feed_at_once(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN)
    with Client(server.origin, "x" * 16) as client, pytest.raises(NotAllowed):
        next(iter(client.follow()))


def test_a_prefix_of_a_proxy_is_part_of_the_address(serve: Serve) -> None:
    app = create_app(load({}))

    async def proxy(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "lifespan" or scope["path"].startswith("/base/-/api/")
        path = scope.get("path", "").removeprefix("/base")
        await app({**scope, "path": path, "raw_path": path.encode()}, receive, send)

    server = serve(proxy)
    for url in (f"{server.origin}/base", f"{server.origin}/base/", f"{server.origin}/base/-/"):
        with Client(url) as client:
            assert client.url == f"{server.origin}/base"
            assert client.list().items == []


@pytest.mark.parametrize("is_in_address", [True, False], ids=["address", "argument"])
def test_a_bin_has_a_log_of_its_own(server: Running, is_in_address: bool) -> None:
    for path in ("/~my-hooks/a", "/b", "/~my-hooks/c"):
        server.client.get(path)
    url, name = (f"{server.origin}/-/bins/my-hooks/", None) if is_in_address else (server.origin, "my-hooks")
    with Client(url, bin=name) as client:
        assert [one.path for one in client.list().items] == ["/~my-hooks/c", "/~my-hooks/a"]
        assert client.wait("path:*c", after=0).exchange.seq == 2
        assert getattr(next(iter(client.follow(after=1))), "path", None) == "/~my-hooks/c"


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://x", "http://", "", "http://x/?q=1", "http://u:p@x/", "http://x/#a"]
)
def test_an_address_that_is_none_is_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="address of an Echoscope"):
        Client(url)


def test_a_token_that_cannot_be_sent_is_refused() -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        Client(token="a\r\nb")


def test_nobody_there_is_said_so() -> None:
    port = free_port()
    for ask in CALLS.values():
        with pytest.raises(Unreachable, match=f"The Echoscope at http://127.0.0.1:{port} cannot be reached: "):
            asked(f"http://127.0.0.1:{port}", ask)


def asked(url: str, ask: Callable[[Client], Any], **options: Any) -> None:
    with Client(url, **options) as client:
        ask(client)


CALLS: dict[str, Callable[[Client], Any]] = {
    "list": lambda client: client.list(),
    "get": lambda client: client.get("x"),
    "wait": lambda client: client.wait(timeout_s=0),
    "feed": lambda client: next(iter(client.follow())),
    "export": lambda client: list(client.export()),
    "pin": lambda client: client.pin("x"),
}


async def something_else(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": int(scope["headers"] == []) or 200, "headers": []})
        await send({"type": "http.response.body", "body": b"<h1>Hello</h1>"})
    elif scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "hello"})


@pytest.mark.parametrize("name", [name for name in CALLS if name != "export"])
def test_what_is_no_echoscope_is_said_so(serve: Serve, name: str) -> None:
    server = serve(something_else, lifespan="off")
    with pytest.raises(NotEchoscope, match=f"What answers at {server.origin} is not an Echoscope"):
        asked(server.origin, CALLS[name])


@pytest.mark.parametrize("name", CALLS)
def test_a_page_of_an_error_is_no_echoscope_either(serve: Serve, name: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        kind = "http" if scope["type"] == "http" else "websocket.http"
        await send({"type": f"{kind}.response.start", "status": 404, "headers": []})
        await send({"type": f"{kind}.response.body", "body": b"<h1>Not here</h1>"})

    server = serve(app, lifespan="off")
    with pytest.raises(NotEchoscope, match="it says 404"):
        asked(server.origin, CALLS[name])


def test_a_redirect_is_not_followed(serve: Serve, server: Running) -> None:
    seen: list[Any] = []

    async def elsewhere(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    other = serve(elsewhere, lifespan="off")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        location = [(b"location", f"{other.origin}/".encode())]
        await send({"type": "http.response.start", "status": 302, "headers": location})
        await send({"type": "http.response.body"})

    for ask in (CALLS["list"], CALLS["get"]):
        with pytest.raises(NotEchoscope, match="it says 302"):
            asked(serve(app, lifespan="off").origin, ask, token=TOKEN)
    assert seen == []


def test_bounds_of_the_server_are_an_error_of_their_own(serve: Serve) -> None:
    server = serve(max_subscribers=1)
    with Client(server.origin) as client:
        send(server, "/x")
        feed = iter(client.follow(after=0))
        next(feed)
        with pytest.raises(Full, match="--max-subscribers"):
            next(iter(client.follow()))


def test_a_certificate_is_checked_unless_told_otherwise(serve: Serve) -> None:
    with self_signed() as certificate:
        server = serve(
            create_app(load({})), ssl_certfile=str(certificate.certfile), ssl_keyfile=str(certificate.keyfile)
        )
        url = server.origin.replace("http:", "https:")
        with pytest.raises(Unreachable, match="certificate"):
            asked(url, CALLS["list"])
        with pytest.raises(Unreachable, match="certificate"):
            asked(url, CALLS["feed"])
        trusted = ssl.create_default_context(cafile=certificate.certfile)
        for verify in (trusted, False):
            with Client(url, verify=verify) as client:
                httpx.get(f"{url}/x", verify=False)
                assert client.list().items
                assert getattr(next(iter(client.follow("path:/x", after=0))), "path", None) == "/x"


def test_certificates_are_loaded_only_where_one_can_come(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading those of the world takes longer than a request."""
    loaded = []
    for name in ("load_default_certs", "load_verify_locations"):
        monkeypatch.setattr(ssl.SSLContext, name, lambda *_, name=name, **__: loaded.append(name))
    with Client(serve().origin) as client:
        assert client.list().items == []
    with Client("https://127.0.0.1", verify=False), Client("http://[::1]:8000"):
        pass
    assert loaded == []
    for url in ("https://127.0.0.1", "http://example.com"):  # before the latter may stand a proxy with a certificate
        with Client(url):
            assert loaded
        loaded.clear()


def test_no_proxy_of_the_environment_stands_before_this_machine(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Client(server.origin) as client:
        assert client.list().items == []
        threading.Timer(0, send, (server, "/x")).start()
        assert client.wait(after=0, timeout_s=WAIT_S).exchange.path == "/x"
        assert getattr(next(iter(client.follow(after=0))), "path", None) == "/x"

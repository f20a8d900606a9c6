"""Named proxies are believed everywhere: client, scheme and host are the client's, while the scope shows what came."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from tests.conftest import Serve
from tests.servers import HOST, WAIT_S, Running, echoscope

TOKEN = "operator-token-of-these-tests"
BEARER = {"authorization": f"Bearer {TOKEN}"}

X_FORWARDED = {
    "x-forwarded-for": "198.51.100.1, 203.0.113.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "shop.example.com",
}
FORWARDED = {"forwarded": 'for="203.0.113.9:4711";proto=https;host=shop.example.com'}


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "through ASGI"])
def server(request: pytest.FixtureRequest) -> Iterator[Running]:
    with echoscope(profile="public", token=TOKEN, trusted_proxies="127.0.0.0/8", asgi_only=request.param) as running:
        yield running


def document(server: Running, exchange_id: str) -> dict[str, Any]:
    answer = server.client.get(f"/-/api/exchanges/{exchange_id}", headers=BEARER)
    return dict(answer.json())


@pytest.mark.parametrize("headers", [X_FORWARDED, FORWARDED], ids=["X-Forwarded", "Forwarded"])
def test_the_client_stands_in_list_document_search_and_page(server: Running, headers: dict[str, str]) -> None:
    exchange_id = server.client.get("/pay?a=1", headers=headers).headers["x-echoscope-id"]
    for query in ("ip:203.0.113.9", "ip:203.0.113.0/24", "client:203.0.113"):
        found = server.client.get("/-/api/exchanges", params={"q": query}, headers=BEARER).json()["items"]
        assert (found[0]["id"], found[0]["client"]) == (exchange_id, "203.0.113.9")
    read = document(server, exchange_id)
    assert read["client"] == "203.0.113.9"
    assert read["url"] == "https://shop.example.com/pay?a=1"
    assert read["forwarded"] == {"client": ["203.0.113.9", None], "scheme": "https", "authority": "shop.example.com"}
    page = server.client.get(f"/-/exchanges/{exchange_id}", headers=BEARER | {"accept": "text/html"}).text
    assert "from 203.0.113.9" in page


def test_the_scope_stays_as_it_came(server: Running) -> None:
    exchange_id = server.client.get("/pay", headers=X_FORWARDED).headers["x-echoscope-id"]
    scope = document(server, exchange_id)["scope"]
    assert scope["client"][0] == HOST
    assert (scope["scheme"], scope["server"]) == ("http", [HOST, server.port])
    assert ["x-forwarded-for", X_FORWARDED["x-forwarded-for"]] in scope["headers"]
    assert not [key for key in scope if "forwarded" in key]


def test_the_echo_shows_the_scope_as_it_came(server: Running) -> None:
    echo = server.client.get("/pay", headers=X_FORWARDED).json()
    assert (echo["client"][0], echo["scheme"]) == (HOST, "http")


def test_the_feed_names_the_client(server: Running) -> None:
    address = server.websocket_url("/-/live?q=path:/fed")
    with connect(address, additional_headers=BEARER, open_timeout=WAIT_S, proxy=None) as feed:
        json.loads(feed.recv(WAIT_S))
        server.client.get("/fed", headers=X_FORWARDED)
        message = json.loads(feed.recv(WAIT_S))
    assert [item["client"] for item in message["items"]] == ["203.0.113.9"]


def test_files_tell_it_and_bring_it_back(server: Running, serve: Serve) -> None:
    exchange_id = server.client.get("/to-take-away", headers=X_FORWARDED).headers["x-echoscope-id"]
    har = server.client.get(f"/-/api/export.har?ids={exchange_id}", headers=BEARER).json()
    assert har["log"]["entries"][0]["request"]["url"] == "https://shop.example.com/to-take-away"
    lines = server.client.get(f"/-/api/export.jsonl?ids={exchange_id}", headers=BEARER).content
    other = serve()
    assert other.client.post("/-/api/import", content=lines).json()["imported"] == 1
    copy = other.client.get(f"/-/api/exchanges/{exchange_id}").json()
    original = document(server, exchange_id)
    assert [copy[key] for key in ("client", "url", "forwarded", "scope")] == [
        original[key] for key in ("client", "url", "forwarded", "scope")
    ]


def test_a_websocket_s_address_is_wss(server: Running) -> None:
    with connect(server.websocket_url("/chat"), additional_headers=X_FORWARDED, proxy=None) as chat:
        chat.recv(WAIT_S)
    found = server.client.get("/-/api/exchanges?q=type:websocket%20path:/chat", headers=BEARER).json()["items"]
    assert document(server, found[0]["id"])["url"] == "wss://shop.example.com/chat"


def test_no_finding_says_that_the_proxy_is_not_trusted(server: Running) -> None:
    exchange_id = server.client.get("/pay", headers=X_FORWARDED).headers["x-echoscope-id"]
    assert "proxy-not-trusted" not in [one["rule"] for one in document(server, exchange_id)["findings"]]


def test_who_is_not_named_is_not_believed(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN, trusted_proxies="10.0.0.0/8")
    exchange_id = server.client.get("/pay", headers=X_FORWARDED).headers["x-echoscope-id"]
    read = document(server, exchange_id)
    assert read["client"].startswith(f"{HOST}:")
    assert read["forwarded"] is None
    assert read["url"] == f"http://{HOST}:{server.port}/pay"


def test_a_client_that_makes_up_an_address_is_seen_behind_the_proxy(server: Running) -> None:
    """The address nearest to the proxies counts, not the first one in the list."""
    headers = {"x-forwarded-for": "1.1.1.1, 2.2.2.2, 203.0.113.9, 127.0.0.5"}
    exchange_id = server.client.get("/pay", headers=headers).headers["x-echoscope-id"]
    assert document(server, exchange_id)["client"] == "203.0.113.9"


@pytest.mark.parametrize("host", ["a b", "x/y", "", "<script>", "a,b c"])
def test_what_is_no_host_does_not_become_one(server: Running, host: str) -> None:
    exchange_id = server.client.get("/pay", headers={"x-forwarded-host": host}).headers["x-echoscope-id"]
    assert document(server, exchange_id)["url"] in (f"http://{HOST}:{server.port}/pay", "http://a/pay")


def test_the_rules_of_access_go_by_the_site_that_the_browser_sees(serve: Serve) -> None:
    """The proxy passes on its own name for us as Host, and ends TLS."""
    server = serve(token=TOKEN, trusted_proxies="127.0.0.1", hosts="shop.example.com")
    through = X_FORWARDED | {"host": f"{HOST}:{server.port}"}
    answer = server.client.post(
        "/-/login", data={"token": TOKEN}, headers=through | {"origin": "https://shop.example.com"}
    )
    assert answer.status_code == 303
    assert "Secure" in answer.headers["set-cookie"]
    cookie = {"cookie": answer.headers["set-cookie"].partition(";")[0]}
    server.client.cookies.clear()
    exchange_id = server.client.get("/x").headers["x-echoscope-id"]
    for origin, status in (("https://shop.example.com", 200), ("http://shop.example.com", 403), ("https://e.com", 403)):
        address = f"/-/api/exchanges/{exchange_id}/note"
        headers = through | cookie | {"origin": origin}
        assert server.client.put(address, json={"note": "n"}, headers=headers).status_code == status, origin
    page = server.client.get("/-/", headers=through | cookie | {"accept": "text/html"}).text
    assert "https://shop.example.com" in page
    other = through | cookie | {"x-forwarded-host": "evil.example.com"}
    assert server.client.get("/-/", headers=other).status_code == 421


def test_refused_requests_name_the_client_too(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN, trusted_proxies="127.0.0.1")
    server.raw(b"GET /no-host HTTP/1.1\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n")
    (refused,) = server.client.get("/-/api/exchanges?q=state:refused", headers=BEARER).json()["items"]
    assert refused["client"] == "203.0.113.9"


@pytest.mark.parametrize("name", ["list", "feed"])
def test_the_port_of_who_connected_is_shown_where_nobody_is_named(serve: Serve, name: str) -> None:
    server = serve()
    server.client.get("/x", headers=X_FORWARDED)
    if name == "list":
        items = server.client.get("/-/api/exchanges").json()["items"]
    else:
        with connect(server.websocket_url("/-/live?after=0"), proxy=None) as feed:
            feed.recv(WAIT_S)
            items = json.loads(feed.recv(WAIT_S))["items"]
    assert items[0]["client"].startswith(f"{HOST}:")


PREFIXED = {
    "echo": "/tools/hello",
    "endpoint": "/tools/get",
    "escaped": "/tools/caf%C3%A9",
    "the prefix alone": "/tools/",
}


@pytest.mark.parametrize("asgi_only", [False, True], ids=["plain", "through ASGI"])
@pytest.mark.parametrize("path", PREFIXED.values(), ids=PREFIXED)
def test_a_proxy_that_keeps_the_prefix_gets_what_one_that_takes_it_off_gets(
    serve: Serve, path: str, asgi_only: bool
) -> None:
    server = serve(root_path="/tools", profile="local", asgi_only=asgi_only)
    kept, taken_off = (server.client.get(target) for target in (path, path.removeprefix("/tools")))
    documents = [document(server, answer.headers["x-echoscope-id"]) for answer in (kept, taken_off)]
    for key in ("path", "url", "status"):
        assert documents[0][key] == documents[1][key], key
    for key in ("path", "raw_path", "root_path"):
        assert documents[0]["scope"][key] == documents[1]["scope"][key], key
    assert documents[0]["path"] == httpx.URL(path).path
    assert kept.headers["link"].startswith("</tools/-/exchanges/")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/tools/-/api/info", 200), ("/-/api/info", 200), ("/tools/-/login", 200), ("/tools/-", 308)],
)
def test_the_inspector_is_behind_both_and_never_recorded(serve: Serve, path: str, status: int) -> None:
    server = serve(root_path="/tools", profile="local")
    assert server.client.get(path).status_code == status
    assert server.client.get("/tools/-/api/info").json()["head"] == 0


@pytest.mark.parametrize("prefix", ["/tools", ""], ids=["kept", "taken off"])
def test_the_feed_is_behind_both(serve: Serve, prefix: str) -> None:
    server = serve(root_path="/tools", profile="local")
    with connect(server.websocket_url(f"{prefix}/-/live"), proxy=None) as feed:
        assert json.loads(feed.recv(WAIT_S))["type"] == "hello"
        server.client.get(f"{prefix}/x")
        assert json.loads(feed.recv(WAIT_S))["items"][0]["path"] == "/tools/x"
    with connect(server.websocket_url(f"{prefix}/chat"), proxy=None) as chat:
        scope = json.loads(chat.recv(WAIT_S))
    assert (scope["path"], scope["root_path"]) == ("/tools/chat", "/tools")

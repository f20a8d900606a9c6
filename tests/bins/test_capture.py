"""A bin takes any method at any path below it into a log of its own."""

import json
from contextlib import suppress

import pytest
import websockets
import websockets.sync.client

from tests import wire
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import Running

from .conftest import paths

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE", "QUERY", "X-ODD"]
BELOW = ["", "/", "/a", "/a/b/c", "/-/api/exchanges", "/get", "/status/500", "/a%2Fb", "/%ff", "/%0a", "/a//b", "/~x"]


@pytest.mark.parametrize("method", METHODS)
def test_any_method_is_taken(local: Running, method: str) -> None:
    answer = local.client.request(method, "/~hooks/x")
    assert answer.status_code == 200
    exchange = local.client.get(f"/-/bins/hooks/api/exchanges/{answer.headers['x-echoscope-id']}").json()
    assert (exchange["method"], exchange["path"], exchange["seq"]) == (method, "/~hooks/x", 1)


@pytest.mark.parametrize("below", BELOW)
def test_any_path_below_is_taken(local: Running, below: str) -> None:
    answer = wire.ask(local, "POST", f"/~hooks{below}?a=1")
    assert answer.status == 200
    (item,) = local.client.get("/-/bins/hooks/api/exchanges").json()["items"]
    assert item["query_string"] == "a=1"
    assert local.client.get("/-/api/exchanges").json()["items"] == []


@pytest.mark.parametrize("tilde", ["~", "%7E", "%7e"])
@pytest.mark.parametrize("times", [1, 3], ids=["once", "again on the connection"])
def test_a_tilde_may_be_written_as_an_escape(local: Running, tilde: str, times: int) -> None:
    for _ in range(times):
        local.client.get(f"/{tilde}hooks/x")
    assert paths(local, "hooks") == ["/~hooks/x"] * times


def test_each_log_counts_for_itself(local: Running) -> None:
    for place in ("/", "/~one/", "/~two/", "/~one/", "/"):
        local.client.get(place)
    logs = [local.client.get(f"/-{base}/api/exchanges").json() for base in ("", "/bins/one", "/bins/two")]
    assert [log["head"] for log in logs] == [2, 2, 1]
    assert len({log["epoch"] for log in logs}) == 3


@pytest.mark.parametrize("name", ["a", "A9", "a.b-c_d", "0", "x" * 64, "user"])
def test_the_first_request_makes_a_bin_in_the_local_profile(local: Running, name: str) -> None:
    assert local.client.get(f"/~{name}/").status_code == 200
    (one,) = local.client.get("/-/api/bins").json()["items"]
    assert (one["name"], one["maker"], one["has_key"], one["exchanges"]) == (name, "use", False, 1)
    assert one["url"] == f"{local.origin}/~{name}/"


@pytest.mark.parametrize("name", ["", "x" * 65, "-a", ".a", "a.", "a b", "é", "a%2Fb", "%00", "a%0A", "~", "a:b"])
def test_what_is_no_name_is_told_so_and_makes_no_bin(local: Running, name: str) -> None:
    answer = wire.ask(local, "POST", f"/~{name}/x".encode("latin-1"))
    assert answer.status == (400 if name in ("a b", "é") else 404)  # those two are no target at all
    assert local.client.get("/-/api/bins").json()["items"] == []
    if answer.status == 404:
        assert answer.header("content-type") == "application/problem+json"
        (item,) = local.client.get("/-/api/exchanges").json()["items"]
        assert item["status"] == 404


def test_an_answer_leads_to_its_exchange(local: Running) -> None:
    answer = local.client.post("/~hooks/x", content=b"hello")
    assert answer.headers["link"] == f"</-/bins/hooks/exchanges/{answer.headers['x-echoscope-id']}>; rel=describedby"
    address = answer.headers["link"].partition(">")[0][1:]
    assert "hello" in local.client.get(address).text
    assert local.client.get(f"/-/exchanges/{answer.headers['x-echoscope-id']}").status_code == 404
    page = local.client.get("/~hooks/x", headers={"accept": "text/html"})
    assert f"/-/bins/hooks/exchanges/{page.headers['x-echoscope-id']}" in page.text


def test_the_echo_shows_no_key_of_ours(local: Running) -> None:
    scope = local.client.get("/~hooks/x").json()
    assert not [key for key in scope if key.startswith("echoscope")]
    assert scope["path"] == "/~hooks/x"


def test_a_websocket_is_taken_and_echoed(local: Running) -> None:
    with websockets.sync.client.connect(local.websocket_url("/~hooks/chat")) as socket:
        assert json.loads(socket.recv())["path"] == "/~hooks/chat"
        socket.send("hello")
        assert socket.recv() == "hello"
    eventually(lambda: local.client.get("/-/bins/hooks/api/exchanges?q=type:websocket").json()["items"])


def test_a_websocket_to_no_bin_is_refused(public: Running) -> None:
    request = wire.request(target="/~nobody/chat", headers=wire.UPGRADE)
    with public.connect() as connection:
        connection.sendall(request)
        assert connection.recv(12) == b"HTTP/1.1 403"


PARTS = [
    ("/-/bins/hooks/", "/~hooks"),
    ("/-/bins/hooks/exchanges/{id}", "/~hooks/x"),
    ("/-/bins/hooks/api/exchanges/{id}", "/~hooks/x"),
    ("/-/bins/hooks/api/exchanges/{id}/code/curl", "/~hooks/x"),
    ("/-/bins/hooks/api/exchanges/{id}/headers", "x-mark"),
    ("/-/bins/hooks/api/export.jsonl", "/~hooks/x"),
    ("/-/bins/hooks/api/export.har", "/~hooks/x"),
    ("/-/bins/hooks/api/exchanges?q=header.x-mark:yes", "/~hooks/x"),
    ("/-/api/exchanges?bin=hooks", "/~hooks/x"),
    ("/-/api/exchanges/{id}?bin=hooks", "/~hooks/x"),
    ("/-/api/bins/hooks", '"exchanges":1'),
    ("/-/bins/hooks/api/bin", '"exchanges":1'),
]


@pytest.mark.parametrize(("address", "text"), PARTS, ids=lambda value: value[:60])
def test_a_bin_has_what_the_main_log_has_at_its_own_address(local: Running, address: str, text: str) -> None:
    made = local.client.get("/~hooks/x", headers={"x-mark": "yes"}).headers["x-echoscope-id"]
    answer = local.client.get(address.format(id=made))
    assert answer.status_code == 200
    assert text in answer.text


def test_pins_and_notes_are_the_bin_s(local: Running) -> None:
    made = local.client.get("/~hooks/x").headers["x-echoscope-id"]
    assert local.client.put(f"/-/bins/hooks/api/exchanges/{made}/pin").json()["pinned"] is True
    assert local.client.put(f"/-/bins/hooks/api/exchanges/{made}/note", json={"note": "look"}).status_code == 200
    assert local.client.delete("/-/bins/hooks/api/exchanges").status_code == 200
    assert [item["id"] for item in local.client.get("/-/bins/hooks/api/pins").json()["items"]] == [made]
    assert local.client.get("/-/api/pins").json()["items"] == []


@pytest.mark.parametrize("address", ["/-/bins/hooks/live", "/-/live?bin=hooks"])
def test_the_feed_of_a_bin_tells_of_the_bin_alone(local: Running, address: str) -> None:
    local.client.get("/~hooks/")
    with websockets.sync.client.connect(local.websocket_url(address)) as feed:
        assert json.loads(feed.recv())["head"] == 1
        local.client.get("/elsewhere")
        local.client.get("/~other/")
        local.client.get("/~hooks/second")
        (item,) = json.loads(feed.recv())["items"]
        assert (item["seq"], item["path"]) == (2, "/~hooks/second")


def test_bins_of_a_setting_are_there_from_the_start_and_come_back(serve: Serve) -> None:
    server = serve(bin="stripe,git-hub=a-key-of-32-letters-for-this-1")
    assert {one["name"]: one["expires_at"] for one in server.client.get("/-/api/bins").json()["items"]} == {
        "stripe": None,
        "git-hub": None,
    }
    server.client.post("/~stripe/")
    assert server.client.delete("/-/api/bins/stripe").json() == {"deleted": "stripe"}
    assert paths(server, "stripe") == []
    assert server.client.post("/~stripe/").status_code == 200


def test_a_deleted_bin_is_gone_and_its_readers_are_told(local: Running) -> None:
    local.client.get("/~hooks/x")
    with websockets.sync.client.connect(local.websocket_url("/-/bins/hooks/live?after=0")) as feed:
        feed.recv()
        assert local.client.delete("/-/api/bins/hooks").status_code == 200
        messages = []
        with suppress(websockets.ConnectionClosed):
            while True:
                messages.append(json.loads(feed.recv())["type"])
    assert messages[-1] == "bye"
    for address in ("/-/bins/hooks/", "/-/bins/hooks/api/exchanges", "/-/api/bins/hooks", "/-/live?bin=hooks"):
        assert local.client.get(address).status_code == 404
    local.client.get("/~hooks/y")
    assert paths(local, "hooks") == ["/~hooks/y"]


def test_under_a_prefix_all_addresses_have_it(serve: Serve) -> None:
    server = serve(root_path="/tools", profile="local")
    answer = server.client.get("/~hooks/x")
    assert answer.headers["link"].startswith("</tools/-/bins/hooks/exchanges/")
    (one,) = server.client.get("/-/api/bins").json()["items"]
    assert one["url"] == f"{server.origin}/tools/~hooks/"
    page = server.client.get("/-/bins/hooks/").text
    assert 'data-base="/tools/-/bins/hooks"' in page


PAGES = ["/-/bins", "/-/bins/hooks/", "/-/bins/hooks/settings", "/-/bins/hooks/delete", "/-/bins/hooks/login"]


@pytest.mark.parametrize("address", PAGES)
def test_every_page_of_bins_is_a_page_of_ours(local: Running, address: str) -> None:
    local.client.get("/~hooks/")
    answer = local.client.get(address, headers={"accept": "text/html"})
    assert answer.status_code == 200
    assert answer.headers["x-frame-options"] == "DENY"
    assert "hooks" in answer.text


def test_a_bin_is_made_and_deleted_by_forms(local: Running) -> None:
    assert local.client.post("/-/bins", data={"name": "mine"}).headers["location"] == "/-/bins/mine/"
    assert "Delete the bin mine?" in local.client.get("/-/bins/mine/delete").text
    assert local.client.get("/-/bins/mine/delete").status_code == 200
    assert local.client.post("/-/bins/mine/delete").headers["location"] == "/-/bins"
    assert local.client.get("/-/bins/mine/").status_code == 404
    made = local.client.post("/-/bins").headers["location"]
    assert local.client.get(made).status_code == 200

"""What clients see through nginx and Caddy, over TLS and HTTP/2 and 3: the same as without them."""

import json
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from echoscope.client.tls import for_threads
from tests.deploy.sites import BEARER, CLIENT, TOKEN, ProxyName, Site, site
from tests.eventually import eventually
from tests.servers import HOST, WAIT_S
from tests.systems.clients import Request, ask_over_http3

PROXIES: list[ProxyName] = ["nginx", "caddy"]


@pytest.fixture(scope="module", params=PROXIES)
def proxied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture
def client(proxied: Site) -> Iterator[httpx.Client]:
    with proxied.client() as running:
        yield running


SPOOFED = {
    "x-forwarded-for": "1.1.1.1",
    "x-forwarded-proto": "http",
    "x-forwarded-host": "evil.example.com",
    "forwarded": "for=2.2.2.2;proto=http;host=evil.example.com",
}


@pytest.mark.parametrize("headers", [{}, SPOOFED], ids=["honest", "made up"])
def test_client_scheme_and_host_are_the_client_s_whatever_it_says_itself(
    proxied: Site, client: httpx.Client, headers: dict[str, str]
) -> None:
    answer = client.get("/pay?a=1", headers=headers)
    assert answer.http_version == "HTTP/2"
    document = proxied.exchange(answer.headers["x-echoscope-id"])
    assert document["client"] == CLIENT
    assert document["url"] == f"{proxied.origin}/pay?a=1"
    assert client.get("/get", headers=headers).json()["url"] == f"{proxied.origin}/get"
    assert client.get("/ip", headers=headers).json()["origin"] == CLIENT


@pytest.mark.parametrize("target", ["/a%2Fb//c/./d%20e", "/%e2%82%ac?q=%20+&x", "/a;b=c,d'(e)*!$", "/bytes/100000"])
def test_a_target_arrives_as_it_was_written(proxied: Site, client: httpx.Client, target: str) -> None:
    with over_tls(proxied) as secure:
        secure.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost:{proxied.port}\r\nConnection: close\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head and (data := secure.recv(65_536)):
            head += data
    match = re.search(rb"(?i)x-echoscope-id: (\S+)", head)
    assert match
    scope: Any = proxied.exchange(match[1].decode())["scope"]
    assert f"{scope['raw_path']}{'?' if scope['query_string'] else ''}{scope['query_string']}" == target


def test_a_websocket_passes(proxied: Site) -> None:
    with open_websocket(proxied, "/chat") as chat:
        assert json.loads(chat.recv(WAIT_S))["type"] == "websocket"
        for message in ("text", b"\x00\xff" * 1000, ""):
            chat.send(message)
            assert chat.recv(WAIT_S) == message


def test_the_feed_comes_to_the_page_of_our_own_origin_alone(proxied: Site, client: httpx.Client) -> None:
    login = client.post("/-/login", data={"token": TOKEN}, headers={"origin": proxied.origin})
    assert login.status_code == 303
    assert "Secure" in login.headers["set-cookie"]
    cookie = login.headers["set-cookie"].partition(";")[0]
    with open_websocket(proxied, "/-/live", origin=proxied.origin, cookie=cookie) as feed:
        assert json.loads(feed.recv(WAIT_S))["type"] == "hello"
    foreign, nobody = {"origin": "https://evil.example.com", "cookie": cookie}, {"origin": proxied.origin}
    for headers, status in ((foreign, 403), (nobody, 401)):
        with pytest.raises(InvalidStatus) as refused:
            open_websocket(proxied, "/-/live", **headers)
        assert refused.value.response.status_code == status


def test_an_event_stream_comes_as_it_is_made(proxied: Site, client: httpx.Client) -> None:
    """It never ends: whoever gathers it gets nothing."""
    headers = BEARER | {"accept": "text/event-stream"}
    with client.stream("GET", "/-/live", headers=headers) as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("data: ")).startswith('data: {"type":"hello"')


def test_an_upload_comes_as_it_is_sent(proxied: Site) -> None:
    """What has been sent of a body is seen while its client still holds back the rest."""
    with over_tls(proxied) as upload:
        head = f"POST /upload-in-pieces HTTP/1.1\r\nHost: localhost:{proxied.port}\r\n"
        head += "Transfer-Encoding: chunked\r\n\r\n"
        upload.sendall(head.encode() + b"5\r\nfirst\r\n")
        eventually(
            lambda: [item["received_bytes"] for item in proxied.found("path:/upload-in-pieces state:open")] == [5]
        )
        upload.sendall(b"4\r\nlast\r\n0\r\n\r\n")
        assert upload.recv(12) == b"HTTP/1.1 200"


def test_a_large_file_is_imported(proxied: Site, client: httpx.Client) -> None:
    client.get("/kept")
    lines = client.get("/-/api/export.jsonl", headers=BEARER).content
    answer = client.post("/-/api/import", content=lines + b"\n" * (3 << 20), headers=BEARER)
    assert answer.status_code == 200


def test_the_statuses_and_methods_of_echoscope_pass(client: httpx.Client) -> None:
    for status in (204, 304, 418, 500, 503):
        assert client.get(f"/status/{status}").status_code == status
    assert client.request("PROPFIND", "/anything").json()["method"] == "PROPFIND"
    assert client.head("/get").headers["content-length"]


@pytest.mark.parametrize("proxied", ["caddy"], indirect=True)
def test_caddy_speaks_http_3(proxied: Site) -> None:
    answer = ask_over_http3((HOST, proxied.port), proxied.authority, Request(target=b"/over-http3"))
    assert answer.status == 200
    scope = answer.json()
    assert ["x-forwarded-proto", "https"] in scope["headers"]


@pytest.mark.parametrize("name", PROXIES)
def test_where_one_echoscope_dies_the_other_answers(name: ProxyName, tmp_path: Path) -> None:
    with site(name, tmp_path) as running, running.client() as client:
        running.echoscopes[0].process.kill()
        running.echoscopes[0].process.wait()
        assert [client.get(f"/{number}").status_code for number in range(20)] == [200] * 20


def test_two_that_share_a_store_are_one(proxied: Site, client: httpx.Client) -> None:
    """As in compose.yaml: whichever answers, every dashboard sees all of it, and the API finds it."""
    with open_websocket(proxied, "/-/live", authorization=BEARER["authorization"]) as feed:
        ids: list[str] = []

        def both_have_answered() -> bool:
            ids.append(client.get("/shared").headers["x-echoscope-id"])
            return len({one.partition("-")[0] for one in ids}) == 2

        eventually(both_have_answered)
        seen: set[str] = set()
        while not seen.issuperset(ids):
            seen |= {item["id"] for item in json.loads(feed.recv(WAIT_S)).get("items", [])}
        for one in ids:
            assert client.get(f"/-/api/exchanges/{one}", headers=BEARER).status_code == 200


@pytest.mark.parametrize("prefix", ["kept", "taken off"])
@pytest.mark.parametrize("name", PROXIES)
def test_below_a_prefix_everything_is_there(name: ProxyName, prefix: Any, tmp_path: Path) -> None:
    with site(name, tmp_path, prefix=prefix, echoscopes=1) as running, running.client() as client:
        answer = client.get("/debug/hello?a=1")
        assert (answer.json()["path"], answer.json()["root_path"]) == ("/debug/hello", "/debug")
        assert running.exchange(answer.headers["x-echoscope-id"])["url"] == f"{running.origin}/debug/hello?a=1"
        assert client.get("/debug/get").json()["url"].startswith(f"{running.origin}/")
        login = client.post("/debug/-/login", data={"token": TOKEN}, headers={"origin": running.origin})
        assert login.headers["location"] == "/debug/-/"
        cookie = login.headers["set-cookie"].partition(";")[0]
        page = client.get("/debug/-/", headers={"accept": "text/html"})
        assert page.status_code == 200
        for link in set(re.findall(r'(?:href|src)="(/[^"]*/static/[^"]*)"', page.text)):
            assert client.get(link).status_code == 200, link
        with open_websocket(running, "/debug/-/live", origin=running.origin, cookie=cookie) as feed:
            assert json.loads(feed.recv(WAIT_S))["type"] == "hello"
        with open_websocket(running, "/debug/chat") as chat:
            assert json.loads(chat.recv(WAIT_S))["path"] == "/debug/chat"
        recorded = [item["path"] for item in running.found("path:/-/")]
        assert recorded == []


def over_tls(running: Site) -> ssl.SSLSocket:
    """A connection that speaks HTTP/1.1, byte by byte."""
    raw = socket.create_connection((HOST, running.port), timeout=WAIT_S)
    return running.context.wrap_socket(raw, server_hostname="localhost")


def open_websocket(running: Site, path: str, **headers: str) -> Any:
    return connect(
        f"wss://localhost:{running.port}{path}",
        ssl=for_threads(running.context),
        additional_headers=headers,
        open_timeout=WAIT_S,
        proxy=None,
    )

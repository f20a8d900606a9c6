"""Statuses on demand, each with what clients expect to come with it."""

import socket
from collections import Counter

import httpx
import pytest

from echoscope.base.settings import load
from echoscope.main import create_app
from echoscope.web.httpbin.status import weighted_codes
from tests import wire
from tests.servers import Running, echoscope, read_all
from tests.systems.http2 import Http2Client

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("code", [200, 201, 226, 299, 400, 404, 418, 429, 451, 500, 503, 599])
def test_a_status_comes_to_any_method(client: httpx.Client, method: str, code: int) -> None:
    assert client.request(method, f"/status/{code}").status_code == code


@pytest.mark.parametrize(
    ("code", "header", "value"),
    [
        (300, "location", "/image/jpeg"),
        (301, "location", "/redirect/1"),
        (302, "location", "/redirect/1"),
        (303, "location", "/redirect/1"),
        (305, "location", "/redirect/1"),
        (307, "location", "/redirect/1"),
        (308, "location", "/image/jpeg"),
        (206, "content-range", "bytes 0-22/23"),
        (401, "www-authenticate", 'Basic realm="Fake Realm"'),
        (405, "allow", "GET, HEAD, POST, PUT, PATCH, DELETE, TRACE, OPTIONS"),
        (416, "content-range", "bytes */0"),
        (426, "upgrade", "websocket"),
        (426, "connection", "upgrade"),
        (407, "proxy-authenticate", 'Basic realm="Fake Realm"'),
        (402, "x-more-info", "http://vimeo.com/22053820"),
        (418, "x-more-info", "http://tools.ietf.org/html/rfc2324"),
        (200, "content-type", "text/html; charset=utf-8"),
        (406, "content-type", "application/json"),
    ],
)
def test_a_status_brings_its_header(client: httpx.Client, code: int, header: str, value: str) -> None:
    answer = client.get(f"/status/{code}")
    assert answer.status_code == code
    assert answer.headers[header] == value


@pytest.mark.parametrize("code", [206, 401, 405, 407, 416, 426])
@pytest.mark.parametrize(
    ("path", "asked"), [("/mix/s={}/b64=aGVsbG8", {}), ("/drip?code={}&duration=0&numbytes=5", {}), ("/any", {"X": ""})]
)
def test_what_a_status_must_have_comes_wherever_it_is_asked_for(
    client: httpx.Client, code: int, path: str, asked: dict[str, str]
) -> None:
    """RFC 9110, section 15."""
    answer = client.get(path.format(code), headers={"X-Echoscope-Status": str(code)} if asked else {})
    assert answer.status_code == code
    name = {
        206: "content-range",
        401: "www-authenticate",
        405: "allow",
        407: "proxy-authenticate",
        416: "content-range",
    }
    assert answer.headers[name.get(code, "upgrade")]
    if code == 206:
        size = len(answer.content)
        assert answer.headers["content-range"] == f"bytes 0-{size - 1}/{size}"


def test_what_is_composed_comes_once() -> None:
    with echoscope() as server:
        assert server.client.get("/mix/s=405/h=Allow:GET").headers.get_list("allow") == ["GET"]


def test_http_2_has_no_upgrade() -> None:
    """RFC 9113, section 8.2.2."""
    with Running(create_app(load({})), kind="http2") as server, Http2Client(server.port) as client:
        answer = client.get("/status/426")
        assert answer.status == 426
        assert {b"upgrade", b"connection"}.isdisjoint(name for name, _ in answer.headers)


def test_bodies_of_a_status(client: httpx.Client) -> None:
    assert client.get("/status/200").content == b""
    assert client.get("/status/404").content == b""
    assert "-=[ teapot ]=-" in client.get("/status/418").text
    assert client.get("/status/402").text
    assert client.get("/status/406").json()["accept"] == [
        "image/webp", "image/svg+xml", "image/jpeg", "image/png", "image/*",
    ]  # fmt: skip


@pytest.mark.parametrize("code", [300, 301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirecting_status_leads_somewhere(client: httpx.Client, method: str, code: int) -> None:
    answer = client.request(method, f"/status/{code}", follow_redirects=True)
    places = {300: (300, "/status/300"), 308: (200, "/image/jpeg")}
    assert (answer.status_code, answer.url.path) == places.get(code, (200, "/get"))


@pytest.mark.parametrize("code", [204, 205, 304])
def test_statuses_without_a_body_do_not_break_the_connection(local: Running, code: int) -> None:
    received = wire.pipeline(
        local, [wire.request("GET", f"/status/{code}"), wire.request("GET", "/status/418", close=True)]
    )
    head, _, rest = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % code)
    assert (b"content-length: 0" in head) == (code == 205)
    assert b"transfer-encoding" not in head
    assert rest.startswith(b"HTTP/1.1 418 ")


def test_a_list_draws_by_weight(client: httpx.Client) -> None:
    assert client.get("/status/200:0,503:1").status_code == 503
    assert client.get("/status/200:1,503:0.0").status_code == 200
    drawn = Counter(client.get("/status/201,202").status_code for _ in range(64))
    assert drawn.keys() == {201, 202}


def test_weights_are_read() -> None:
    assert weighted_codes("200:0.9,500:.1,418") == [(200, 0.9), (500, 0.1), (418, 1.0)]


def test_unstable_fails_at_its_rate(client: httpx.Client) -> None:
    assert client.get("/unstable?failure_rate=0").status_code == 200
    assert client.get("/unstable?failure_rate=1").status_code == 500
    drawn = {client.get("/unstable").status_code for _ in range(64)}
    assert drawn == {200, 500}
    again = {client.get("/unstable?seed=7").status_code for _ in range(8)}
    assert len(again) == 1


def test_head_sends_no_body_even_where_get_has_one(local: Running) -> None:
    with socket.create_connection(("127.0.0.1", local.port)) as connection:
        connection.sendall(wire.request("HEAD", "/status/418", close=True))
        answer = wire.Answer(read_all(connection))
    assert answer.status == 418
    assert answer.body == b""
    assert int(answer.header("content-length") or 0) > 100

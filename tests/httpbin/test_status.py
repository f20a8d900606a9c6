"""Statuses on demand, each with what clients expect to come with it."""

import socket
from collections import Counter

import httpx
import pytest

from echoscope.httpbin.status import weighted_codes
from tests import wire
from tests.servers import Running, read_all

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
        (401, "www-authenticate", 'Basic realm="Fake Realm"'),
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
    assert answer.status_code in (200, 300)


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

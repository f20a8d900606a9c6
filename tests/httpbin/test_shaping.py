"""Request headers that shape the answer of the any-path echo."""

import time

import httpx
import pytest

from tests import wire
from tests.eventually import eventually
from tests.servers import Running

from .conftest import assert_problem


@pytest.mark.parametrize("code", [200, 201, 302, 404, 418, 500, 599])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_status_is_had_for_any_path(client: httpx.Client, method: str, code: int) -> None:
    answer = client.request(method, "/any/path", headers={"X-Echoscope-Status": str(code)}, content=b"hi")
    assert answer.status_code == code
    assert answer.json()["path"] == "/any/path"
    assert answer.headers["x-echoscope-id"]
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("code", [204, 205, 304])
def test_a_status_without_a_body_has_none(local: Running, code: int) -> None:
    received = wire.pipeline(
        local,
        [wire.request("GET", "/x", [f"X-Echoscope-Status: {code}"]), wire.request("GET", "/status/418", close=True)],
    )
    head, _, rest = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % code)
    assert (b"content-length: 0" in head) == (code == 205)
    assert rest.startswith(b"HTTP/1.1 418 ")


@pytest.mark.parametrize("delay", ["0.3", "300ms", "0.3s"])
def test_an_answer_waits(client: httpx.Client, delay: str) -> None:
    started = time.monotonic()
    answer = client.post("/x", content=b"body", headers={"X-Echoscope-Delay": delay})
    assert time.monotonic() - started >= 0.3
    assert answer.json()["events"][0]["body"] == "body"


def test_a_type_labels_the_same_bytes_in_a_sandbox(client: httpx.Client) -> None:
    answer = client.get("/<b>", headers={"X-Echoscope-Content-Type": "text/html; charset=utf-8"})
    assert answer.headers.get_list("content-type") == ["text/html; charset=utf-8"]
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["path"] == "/<b>"


def test_a_page_for_a_browser_loses_its_own_policy_with_its_type(client: httpx.Client) -> None:
    headers = {"Accept": "text/html", "X-Echoscope-Content-Type": "text/plain"}
    answer = client.get("/x", headers=headers)
    assert answer.headers.get_list("content-security-policy") == ["sandbox; default-src 'none'"]
    assert answer.text.startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("Status", "99", ("between 200 and 599",)),
        ("Status", "100", ()),
        ("Status", "600", ()),
        ("Status", "x", ("'x'",)),
        ("Status", "200,500", ()),
        ("Delay", "-1", ()),
        ("Delay", "nan", ()),
        ("Delay", "soon", ("1500ms", "'soon'")),
        ("Content-Type", "nonsense", ("media type",)),
        ("Content-Type", "multipart/x-mixed-replace;boundary=a", ()),
        ("Content-Type", "message/http", ()),
    ],
)
def test_what_cannot_be_had_is_a_400(client: httpx.Client, name: str, value: str, words: tuple[str, ...]) -> None:
    answer = client.get("/x", headers={f"X-Echoscope-{name}": value})
    assert_problem(answer, 400, f"X-Echoscope-{name}", *words)
    assert answer.headers["x-echoscope-id"]


def test_head_is_shaped_too(client: httpx.Client) -> None:
    answer = client.head("/x", headers={"X-Echoscope-Status": "404"})
    assert (answer.status_code, answer.content) == (404, b"")


def test_an_error_keeps_its_own_status(public: Running) -> None:
    request = wire.request("POST", "/x", ["X-Echoscope-Status: 201", "Content-Length: 2000000"])
    with public.connect() as connection:
        connection.sendall(request + b"x" * 2_000_000)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 413 ")


def test_endpoints_are_not_shaped(client: httpx.Client) -> None:
    assert client.get("/status/201", headers={"X-Echoscope-Status": "500"}).status_code == 201


def test_a_client_who_leaves_ends_the_wait(local: Running, client: httpx.Client) -> None:
    connection = local.connect()
    connection.sendall(wire.request("GET", "/leaving", ["X-Echoscope-Delay: 9"]))
    eventually(lambda: _state(client) == "open")
    left = time.monotonic()
    connection.close()
    eventually(lambda: _state(client) == "disconnected")
    assert time.monotonic() - left < 8


def _state(client: httpx.Client) -> str | None:
    shown = client.get("/-/api/exchanges", params={"limit": "20"}).json()["items"]
    return next((item["state"] for item in shown if item["path"] == "/leaving"), None)

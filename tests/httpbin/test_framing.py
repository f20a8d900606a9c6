"""Trailers and hints: where a server offers them, and what is said where it does not."""

import json
from collections.abc import Iterator

import httpx
import pytest

from echoscope.base.settings import load
from echoscope.main import create_app
from tests.servers import Running
from tests.systems.http2 import Http2Client

from .conftest import assert_problem


@pytest.fixture(scope="module")
def http2() -> Iterator[Running]:
    with Running(create_app(load({})), kind="http2") as server:
        yield server


def test_trailers_come_after_the_body(http2: Running) -> None:
    with Http2Client(http2.port) as client:
        answer = client.get("/trailers?x-one=1&x-one=2&Y=%C3%BC")
        assert answer.status == 200
        assert json.loads(answer.body)["args"] == {"x-one": ["1", "2"], "Y": "ü"}
        assert [value for name, value in answer.headers if name == b"trailer"] == [b"x-one", b"y"]
        assert answer.trailers == [(b"x-one", b"1"), (b"x-one", b"2"), (b"y", "ü".encode())]


def test_no_trailers_are_no_trailers(http2: Running) -> None:
    with Http2Client(http2.port) as client:
        answer = client.get("/trailers")
        assert (answer.status, answer.trailers) == (200, [])


@pytest.mark.parametrize(
    "name", ["Authorization", "content-length", "HOST", "te", "trailer", "transfer-encoding", "set-cookie", "a%0db", ""]
)
def test_some_names_must_not_be_trailers(http2: Running, name: str) -> None:
    with Http2Client(http2.port) as client:
        assert client.get(f"/trailers?{name}=x").status == 400


def test_hints_come_before_the_answer(http2: Running) -> None:
    with Http2Client(http2.port) as client:
        answer = client.get("/info/103?link=%3C/a.css%3E;rel=preload&link=%3C/b.js%3E")
        assert [headers for _, headers in answer.hints] == [
            [(b"link", b"</a.css>;rel=preload")],
            [(b"link", b"</b.js>")],
        ]
        assert answer.status == 200
        assert client.get("/info/103").hints[0][0] == 103


def test_what_nothing_in_asgi_can_send_is_a_501(http2: Running) -> None:
    with Http2Client(http2.port) as client:
        assert client.get("/info/100").status == 501
        assert client.get("/info/102").status == 501


@pytest.mark.parametrize("path", ["/trailers?x=1", "/info/103"])
def test_where_the_server_cannot_a_501_says_so(client: httpx.Client, path: str) -> None:
    assert_problem(client.get(path), 501, "HTTP/2")

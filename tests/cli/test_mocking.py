"""`echoscope mock`: what was answered is answered again."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from echoscope.assembly.replaying.captured import exchanges
from echoscope.assembly.replaying.mock import Mock
from tests.conftest import Serve
from tests.servers import NO_TLS, WAIT_S, Running

from .program import COMMAND, called, clean_environment


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve(kept_body_bytes=5_000)


def session(server: Running, form: str = "jsonl") -> bytes:
    return server.client.get(f"/-/api/export.{form}?reveal=1").content


@contextmanager
def mocking(file: Path, *options: str) -> Iterator[str]:
    """The address of a running mock."""
    command = [*COMMAND, "mock", str(file), "--port", "0", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=clean_environment()) as process:
        assert process.stdout
        found = re.search(r"http://\S+", process.stdout.readline())
        try:
            assert found
            yield found[0].rstrip("/")
            process.send_signal(signal.SIGINT)
            assert process.wait(WAIT_S) == 0
        finally:
            process.kill()


@pytest.mark.parametrize("form", ["jsonl", "har"])
def test_every_request_is_answered_as_it_was(server: Running, tmp_path: Path, form: str) -> None:
    requests = [
        ("GET", "/json"),
        ("GET", "/status/418"),
        ("GET", "/bytes/200?seed=1"),
        ("POST", "/anything/a%20b?q=1"),
        ("GET", "/response-headers?x-a=1&x-a=2"),
        ("GET", "/redirect-to?url=/get"),
        ("DELETE", "/status/204"),
    ]
    before = [server.client.request(method, path) for method, path in requests]
    (tmp_path / f"session.{form}").write_bytes(session(server, form))
    with mocking(tmp_path / f"session.{form}") as origin, httpx.Client(base_url=origin, verify=NO_TLS) as client:
        for (method, path), then in zip(requests, before, strict=True):
            now = client.request(method, path)
            assert (now.status_code, now.content) == (then.status_code, then.content)
            assert without_date(now) == without_date(then)


def without_date(answer: httpx.Response) -> list[tuple[str, str]]:
    skipped = ("date", "connection", "content-length")
    return sorted(pair for pair in answer.headers.multi_items() if pair[0] not in skipped)


def test_answers_have_their_turns_and_the_last_one_stays(server: Running, serve: Serve) -> None:
    for status in (503, 503, 200):
        server.client.get("/hooks/1", headers={"x-echoscope-status": str(status)})
    mock = serve(Mock(exchanges(session(server))))
    assert [mock.client.get("/hooks/1").status_code for _ in range(5)] == [503, 503, 200, 200, 200]


def test_another_query_is_answered_by_the_path(server: Running, serve: Serve) -> None:
    server.client.get("/x?page=1")
    server.client.get("/x?page=2")
    mock = serve(Mock(exchanges(session(server))))
    assert mock.client.get("/x?page=2").json()["query_string"] == "page=2"
    assert mock.client.get("/x?page=3").json()["query_string"] == "page=1"


def test_a_request_without_an_answer_is_told_what_there_is(server: Running, serve: Serve) -> None:
    server.client.get("/x")
    server.client.post("/y")
    mock = serve(Mock(exchanges(session(server))))
    answer = mock.client.post("/x")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "No answer to POST /x was captured; there are answers to GET /x."
    assert "there are answers to GET /x, POST /y." in mock.client.get("/z").json()["detail"]


def test_an_answer_that_was_cut_is_none(server: Running, serve: Serve) -> None:
    server.client.get("/bytes/6000")
    server.client.get("/x")
    app = Mock(exchanges(session(server)))
    assert list(app.left_out.values()) == ["not all of its answer was kept"]
    assert serve(app).client.get("/bytes/6000").status_code == 404


def test_an_answer_takes_as_long_as_it_did_when_told_so(server: Running, serve: Serve) -> None:
    server.client.get("/delay/0.3")
    timed = serve(Mock(exchanges(session(server)), is_timed=True)).client.get("/delay/0.3")
    assert timed.elapsed.total_seconds() >= 0.3


MISTAKES = {
    "no session": ("hello", "neither a HAR file nor JSON Lines"),
    "an entry that is none": ('{"id": 1}\n', "cannot be read as an export: Entry 1: "),
    "nothing": ("", "neither a HAR file nor JSON Lines"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_file_that_holds_none_is_named(tmp_path: Path, name: str) -> None:
    content, reason = MISTAKES[name]
    file = tmp_path / "x.jsonl"
    file.write_text(content)
    ended = called("mock", str(file))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"echoscope: {file} cannot be read as an export: ")
    assert reason in ended.stderr


def test_a_file_that_is_not_there_is_named() -> None:
    ended = called("mock", "nowhere.jsonl")
    assert ended.returncode == 2
    assert "nowhere.jsonl" in ended.stderr

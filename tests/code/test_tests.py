"""A request as a test: pytest runs it, against an app that answers as was answered, and against one that does not."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from echoscope.assembly.replaying.fixture import read_fixture
from echoscope.exchange.sides import request_of
from echoscope.insight.code import write
from tests.captures import captures
from tests.cli.program import called, clean_environment
from tests.exchanges import made_exchange
from tests.sender.test_sender import recorded
from tests.servers import WAIT_S, echoscope

from .requests_to_repeat import TABLE
from .test_safety import ORIGIN

APP = """
seen = []


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    with open("seen.jsonl", "a") as file:
        import json

        headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
        file.write(json.dumps([scope["method"], scope["path"], headers, body.decode("latin-1")]) + "\\n")
    await send({"type": "http.response.start", "status": STATUS, "headers": [(b"x-a", b"1")]})
    await send({"type": "http.response.body", "body": b"done"})
"""

ADDED = {"host", "content-length", "connection", "transfer-encoding"}


@pytest.mark.parametrize("language", ["pytest-asgi", "pytest-starlette"])
def test_an_app_gets_the_same_request_and_its_status_is_asserted(language: str, tmp_path: Path) -> None:
    names = ["plain get", "json", "repeats", "all at once", "quotes", "all bytes", "form", "empty body", "head"]
    (tmp_path / "main.py").write_text(APP.replace("STATUS", "200"))
    with echoscope() as server:
        for number, name in enumerate(names):
            code = write(recorded(server, TABLE[name]), language, server.origin, reveal=True)
            (tmp_path / f"test_{number}.py").write_bytes(code)
    ended = run_pytest(tmp_path)
    assert ended.returncode == 0, ended.stdout
    seen = [json.loads(line) for line in (tmp_path / "seen.jsonl").read_text().splitlines()]
    for name, (method, path, headers, body) in zip(names, seen, strict=True):
        line, *fields = TABLE[name].partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        assert (method, path) == (line.split(" ")[0], line.split(" ")[1].partition("?")[0])
        pairs = [(key.lower(), value.strip()) for key, _, value in (field.partition(":") for field in fields)]
        assert without_added(map(tuple, headers)) == without_added(pairs)
        assert body.encode("latin-1") == TABLE[name].partition(b"\r\n\r\n")[2]
    (tmp_path / "main.py").write_text(APP.replace("STATUS", "500"))
    assert f"{len(names)} failed" in run_pytest(tmp_path).stdout


def test_a_server_gets_the_same_request(tmp_path: Path) -> None:
    with echoscope() as server:
        code = write(recorded(server, TABLE["json"]), "pytest-requests", server.origin, reveal=True)
        (tmp_path / "test_it.py").write_bytes(code)
        assert run_pytest(tmp_path).returncode == 0
        assert len(server.client.get("/-/api/exchanges?q=path:/orders").json()["items"]) == 2


def without_added(pairs: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [pair for pair in pairs if pair[0] not in ADDED]


def run_pytest(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore"]
    command += ["--rootdir", "."]
    environment = clean_environment(
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",  # none is needed, and some take long
        PYTHONDONTWRITEBYTECODE="1",  # an app that is written anew within a second would be taken for the one before
    )
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, timeout=3 * WAIT_S)


def test_a_test_is_named_for_its_request() -> None:
    code = write(made_exchange(method="POST", path="/a", raw_path=b"/hooks/%7Bid%7D/'; x"), "pytest-requests", ORIGIN)
    assert b"\ndef test_post_hooks_id_x() -> None:\n" in code
    assert b"\ndef test_post() -> None:\n" in write(made_exchange(), "pytest-asgi", ORIGIN)


@pytest.mark.parametrize("language", ["pytest-asgi", "pytest-starlette", "pytest-requests"])
def test_whatever_was_captured_the_test_is_python(language: str) -> None:
    for exchange in captures(200, seed=7):
        if exchange.scope["type"] == "http":
            compile(write(exchange, language, ORIGIN, reveal=True), "test", "exec")


def test_a_fixture_comes_back_as_it_was() -> None:
    for exchange in captures(300, seed=3):
        again = read_fixture(write(exchange, "asgi", ORIGIN, reveal=True))
        assert request_of(again).headers == request_of(exchange).headers
        assert request_of(again).content == request_of(exchange).content
        assert again.scope.get("raw_path") == exchange.scope.get("raw_path")
        assert [event.message for event in again.events if event.channel == "receive"] == [
            event.message for event in exchange.events if event.channel == "receive"
        ]


def test_a_fixture_has_no_secrets_until_they_are_revealed() -> None:
    exchange = made_exchange(headers=[[b"authorization", b"Bearer s3cret"]])
    assert b"s3cret" not in write(exchange, "asgi", ORIGIN)
    assert b"Secrets are redacted here." in write(exchange, "asgi", ORIGIN)
    assert b"s3cret" in write(exchange, "asgi", ORIGIN, reveal=True)


# Into an app, without a server

REPLAYED = """
import asyncio
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute


@asynccontextmanager
async def lifespan(app):
    yield {"started": True}


async def echo(request):
    body = (await request.body()).decode()
    return JSONResponse({"body": body, "q": request.query_params.get("q"), "started": request.state.started})


async def chat(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text.upper())


app = Starlette(routes=[Route("/echo", echo, methods=["POST"]), WebSocketRoute("/chat", chat)], lifespan=lifespan)


async def plain(scope, receive, send):
    if scope["type"] == "lifespan":
        raise RuntimeError("no lifespan")
    while (await receive())["more_body"]:
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"a"})
    assert (await receive())["type"] == "http.disconnect"
    raise ValueError("behind the answer\\x1b[31m")


async def raising(scope, receive, send):
    raise ZeroDivisionError


async def silent(scope, receive, send):
    pass


async def hanging(scope, receive, send):
    await asyncio.sleep(3600)


number = 7
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "replayed.py").write_text(REPLAYED)
    fixture = {
        "scope": {"type": "http", "method": "POST", "path": "/echo", "query_string": "q=1", "headers": [["host", "h"]]},
        "receive": [
            {"type": "http.request", "body": "he", "more_body": True},
            {"type": "http.request", "body": "llo", "more_body": False},
        ],
        "send": [
            {"type": "http.response.start", "status": 200, "headers": [["content-type", "application/json"]]},
            {"type": "http.response.body", "body": '{"body":"hello","q":"1","started":true}'},
        ],
    }
    (tmp_path / "one.json").write_text(json.dumps(fixture))
    return tmp_path


def replay(folder: Path, app: str, *options: str, file: str = "one.json") -> tuple[int, str, str]:
    sys.modules.pop("replayed", None)
    ended = called("replay", str(folder / file), app, "--app-dir", str(folder), *options)
    sys.path.remove(str(folder))
    return ended.returncode, ended.stdout, ended.stderr


def test_an_app_answers_a_fixture_without_a_server(folder: Path) -> None:
    code, printed, said = replay(folder, "replayed:app", "--compare")
    assert (code, said) == (0, "— the answer is the captured one\n")
    assert '{\n  "body": "hello",\n  "q": "1",\n  "started": true\n}\n' in printed


def test_an_answer_that_differs_is_shown(folder: Path) -> None:
    file = folder / "one.json"
    file.write_text(file.read_text().replace("hello", "goodbye").replace("200", "201"))
    code, printed, _ = replay(folder, "replayed:app", "--compare")
    assert code == 1
    assert "status: 200 instead of 201\n" in printed
    assert '-  "body": "goodbye",\n+  "body": "hello",\n' in printed


def test_a_session_is_held_again(folder: Path) -> None:
    session = {
        "scope": {"type": "websocket", "path": "/chat", "headers": []},
        "receive": [
            {"type": "websocket.connect"},
            {"type": "websocket.receive", "text": "hello"},
            {"type": "websocket.disconnect", "code": 1000},
        ],
    }
    (folder / "session.json").write_text(json.dumps(session))
    code, printed, _ = replay(folder, "replayed:app", file="session.json")
    assert code == 0
    assert "← websocket.send         HELLO\n" in printed


def test_what_an_app_raises_behind_its_answer_is_said(folder: Path) -> None:
    code, printed, said = replay(folder, "replayed:plain")
    assert (code, printed) == (0, "200\n\na\n")
    assert said == "— replayed:plain raised, behind its answer: ValueError: behind the answer\\x1b[31m\n"


FAULTS = {
    "raises": ("replayed:raising", 1, "replayed:raising raised before it answered:"),
    "says nothing": ("replayed:silent", 1, "replayed:silent ended without an answer"),
    "does not end": ("replayed:hanging", 1, "replayed:hanging did not end within 0.1 s"),
    "is a number": ("replayed:number", 2, "and no app: it cannot be called"),
    "is not there": ("replayed:nothing", 2, "the module 'replayed' has no 'nothing'"),
    "has no module": ("no_such_module:app", 2, "there is no module 'no_such_module'"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_an_app_that_is_none_is_named(folder: Path, name: str) -> None:
    app, expected, text = FAULTS[name]
    options = ("--timeout", "0.1") if app == "replayed:hanging" else ()  # the others end by themselves, in their time
    code, printed, said = replay(folder, app, *options)
    assert (code, printed) == (expected, "")
    assert text in said


BAD = {
    "no JSON": "{",
    "no scope": '{"receive": []}',
    "another type": '{"scope": {"type": "lifespan", "headers": []}, "receive": []}',
    "headers that are none": '{"scope": {"type": "http", "headers": ["a"]}, "receive": []}',
    "a message of no type": '{"scope": {"type": "http", "headers": []}, "receive": [{"type": "x"}]}',
    "nothing": "",
}


@pytest.mark.parametrize("name", BAD)
def test_a_fixture_that_is_none_is_named(folder: Path, name: str) -> None:
    (folder / "one.json").write_text(BAD[name])
    code, printed, said = replay_bad(folder)
    assert (code, printed) == (2, "")
    assert "cannot be replayed: " in said
    assert said.count("\n") == 1


def replay_bad(folder: Path) -> tuple[int, str, str]:
    ended = called("replay", str(folder / "one.json"), "replayed:app")
    return ended.returncode, ended.stdout, ended.stderr

"""`echoscope wait`, `tail`, `show`, `export` and `import`, as processes beside a real server."""

import asyncio
import json
import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO

import pytest
from websockets.sync.client import connect

from echoscope.base.settings import load
from echoscope.cli import COMMANDS
from echoscope.client import Client
from echoscope.main import create_app
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import WAIT_S, Running

from .program import COMMAND, Ended, called, clean_environment, run

TOKEN = "a-token-of-more-than-16"
ACTS_ON_TERMINALS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()


def ask(server: Running, *arguments: str, **environment: str) -> Ended:
    return called(*arguments, **{"ECHOSCOPE_URL": server.origin, **environment})


class Lines:
    """What a program writes, line by line, and no wait for ever."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lines: Queue[str] = Queue()
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with suppress(ValueError):  # closed
            for line in self._stream:
                self._lines.put(line)

    def next(self) -> str:
        return self._lines.get(timeout=WAIT_S)

    def until(self, text: str) -> str:
        """All lines up to the first that has this in it."""
        read = ""
        while text not in read:
            read += self.next()
        return read


class Begun:
    """A command that goes on: what it has written to both its streams, and its end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        assert process.stderr
        self.process = process
        self.out = Lines(process.stdout)
        self.err = Lines(process.stderr)


@contextmanager
def begun(server: Running, *arguments: str, **environment: str) -> Iterator[Begun]:
    env = clean_environment(ECHOSCOPE_URL=server.origin, **environment)
    pipe = subprocess.PIPE
    with subprocess.Popen([*COMMAND, *arguments], stdout=pipe, stderr=pipe, text=True, env=env) as process:
        try:
            yield Begun(process)
        finally:
            process.kill()


def hostile(server: Running) -> str:
    """A request in which everything would act on a terminal."""
    return server.client.post(
        "/%1b]0;title%07%E2%80%AE?q=%C2%9B31m&\u202e",
        content="\x1b[2J{\x9b31m\u202e\r\x00\n".encode(),
        headers=[
            (b"x-evil", b"\xc2\x9b31m\xe2\x80\xae"),
            (b"user-agent", b"\xff\x9b"),
            (b"content-type", b"text/plain"),
        ],
    ).headers["x-echoscope-id"]


def test_wait_shows_the_first_that_is_found(server: Running) -> None:
    with begun(server, "wait", "path:/hooks", "method:POST", "--timeout", str(WAIT_S)) as command:
        eventually(lambda: server.run(waits()))
        server.client.get("/hooks")
        server.client.post("/hooks?id=7", json={"paid": True}, headers={"x-a": "1"})
        printed = command.out.until("\n}\n")
        assert command.process.wait(WAIT_S) == 0
    assert "POST /hooks?id=7 HTTP/1.1" in printed
    assert "x-a: 1" in printed
    assert '{\n  "paid": true\n}' in printed


async def waits() -> bool:
    return any("Waiting.first" in repr(task.get_coro()) for task in asyncio.all_tasks())


def test_wait_ends_with_1_when_nothing_came_and_says_where_to_go_on(server: Running) -> None:
    server.client.get("/other")
    ended = ask(server, "wait", "path:/x", "--timeout", "0.05")
    epoch = server.client.get("/-/api/info").json()["epoch"]
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"echoscope: Nothing that 'path:/x' finds came within 0.05 s. --after 1 --epoch {epoch} goes on.\n"
    )
    server.client.get("/x")
    again = ask(server, "wait", "path:/x", "--after", "1", "--epoch", epoch, "--json")
    assert json.loads(again.stdout)["exchange"]["path"] == "/x"
    assert json.loads(again.stdout)["place"] == {"epoch": epoch, "seq": 2}


def test_wait_says_what_was_missed(serve: Serve) -> None:
    server = serve(max_exchanges=1)
    for number in range(3):
        server.client.get(f"/{number}")
    assert "— some exchanges left the log" in ask(server, "wait", "--after", "0").stderr
    assert "— the log began anew" in ask(server, "wait", "--after", "0", "--epoch", "x").stderr


def test_tail_prints_a_line_for_each_as_it_ends(server: Running) -> None:
    server.client.get("/before")
    with begun(server, "tail", "--after", "0") as command:
        server.client.get("/get?token=hunter2")
        server.client.get("/status/503")
        printed = [command.out.next() for _ in range(3)]
        with connect(server.websocket_url("/chat"), proxy=None):
            printed.append(command.out.next())
        printed.append(command.out.next())
    assert [re.sub("  +", " ", line).split(" ")[1:3] for line in printed[:3]] == [
        ["GET", "200"],
        ["GET", "200"],
        ["GET", "503"],
    ]
    assert re.search(r"/get\?token=redacted-[0-9a-f]{8}\n$", printed[1])
    assert printed[3].endswith("/chat  open\n")
    assert printed[4].endswith("/chat\n")


def test_tail_begins_with_the_last_ones_and_filters(server: Running) -> None:
    for number in range(5):
        server.client.get(f"/{number}")
        server.client.get("/other")
    with begun(server, "tail", "--last", "2", "--json", "--", "-path:/other") as command:
        assert [json.loads(command.out.next())["path"] for _ in range(2)] == ["/3", "/4"]
        server.client.get("/other")
        server.client.get("/5")
        assert json.loads(command.out.next())["path"] == "/5"


def test_tail_shows_headers_and_bodies(server: Running) -> None:
    server.client.post("/x", json={"a": [1]}, headers={"authorization": "Bearer hunter2"})
    with begun(server, "tail", "--after", "0", "--headers", "--body") as command:
        printed = command.out.until("\n  }\n")
    assert "  authorization: Bearer redacted-" in printed
    assert '\n  {\n    "a": [\n      1\n    ]\n  }\n' in printed
    with begun(server, "tail", "--after", "0", "--headers", "--json", "--reveal") as command:
        document = json.loads(command.out.next())
    assert ["authorization", "Bearer hunter2"] in document["scope"]["headers"]
    assert document["request"]["body"]["content"] == '{"a":[1]}'


def test_tail_ends_quietly_when_nobody_reads_it(server: Running) -> None:
    env = clean_environment(ECHOSCOPE_URL=server.origin)
    command = f"{shlex.join(COMMAND)} tail --after 0 | head -n 1; echo ended ${{PIPESTATUS[0]}}"
    server.client.get("/1")
    with subprocess.Popen(
        ["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as shell:
        assert shell.stdout
        assert "/1" in Lines(shell.stdout).next()
        while shell.poll() is None:
            server.client.get("/2")
        assert shell.stderr
        assert shell.stderr.read() == ""


def test_tail_goes_on_when_the_server_is_back(serve: Serve) -> None:
    server = serve(create_app(load({})))
    with begun(server, "tail", "--after", "0") as command:
        server.client.get("/1")
        assert "/1" in command.out.next()
        server.stop()
        assert "Trying again" in command.err.next()
        again = serve(create_app(load({})), port=server.port)
        again.client.get("/2")
        assert "/2" in command.out.next()
        command.err.until("began anew")


def test_show_gives_request_answer_and_findings(server: Running) -> None:
    sent = server.client.post("/post?a=1", content=b'{"a": 1', headers={"content-type": "application/json"})
    shown = ask(server, "show", sent.headers["x-echoscope-id"])
    assert shown.returncode == 0
    assert "POST /post?a=1 HTTP/1.1\n" in shown.stdout
    assert '\n\n{"a": 1\n' in shown.stdout
    assert "\n200\ncontent-type: application/json\n" in shown.stdout
    assert re.search(r"^error +\S", shown.stdout, re.MULTILINE)
    assert ask(server, "show", "last").stdout == shown.stdout
    document = json.loads(ask(server, "show", "last", "--json").stdout)
    assert document["request"]["body"]["content"] == '{"a": 1'
    assert document["response"]["headers"][0] == ["content-type", "application/json"]


def test_show_reads_bodies_whatever_they_are(server: Running) -> None:
    server.client.post("/x", content=bytes(range(256)))
    assert "00000000  00 01 02" in ask(server, "show", "last").stdout
    answer = server.client.get("/gzip")
    assert answer.json()["gzipped"]
    assert '"gzipped": true' in ask(server, "show", "last").stdout


def test_show_gives_the_bytes_of_a_body_or_code(server: Running) -> None:
    server.client.post("/x", content=bytes(range(256)))
    assert ask(server, "show", "last", "--raw", "request").output == bytes(range(256))
    assert json.loads(ask(server, "show", "last", "--raw", "response").stdout)["path"] == "/x"
    server.client.get("/y")
    assert ask(server, "show", "last", "--code", "curl").stdout.startswith("curl ")


def test_show_says_what_was_said_in_a_session(server: Running) -> None:
    with connect(server.websocket_url("/chat"), proxy=None) as websocket:
        websocket.recv()
        websocket.send("hello\x1b[31m")
        websocket.recv()
    eventually(lambda: "websocket.disconnect" in ask(server, "show", "last").stdout)
    assert r"→ websocket.receive      hello\x1b[31m" in ask(server, "show", "last").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "last", "--reveal"],
        ["show", "last", "--json"],
        ["wait", "--after", "0"],
        ["wait", "--after", "0", "--json"],
    ],
    ids=" ".join,
)
def test_nothing_that_was_captured_acts_on_a_terminal(server: Running, arguments: list[str]) -> None:
    hostile(server)
    shown = ask(server, *arguments)
    assert shown.returncode == 0
    assert ACTS_ON_TERMINALS.findall(shown.stdout) == []
    assert "title" in shown.stdout


@pytest.mark.parametrize("options", [[], ["--headers", "--body"], ["--json"], ["--json", "--body"]], ids=" ".join)
def test_nothing_that_is_tailed_acts_on_a_terminal(server: Running, options: list[str]) -> None:
    hostile(server)
    server.client.get("/end")
    with begun(server, "tail", "--after", "0", *options) as command:
        printed = command.out.until("/end")
    assert ACTS_ON_TERMINALS.findall(printed) == []
    assert "title" in printed


def test_a_terminal_gets_colours_and_bytes_that_are_written_out(server: Running) -> None:
    """On a real pseudo-terminal: what is raw elsewhere is harmless there."""
    hostile(server)
    for arguments in (["show", "last", "--raw", "request"], ["export", "--format", "csv", "--reveal"]):
        near, far = pty.openpty()
        env = clean_environment(ECHOSCOPE_URL=server.origin, TERM="xterm-256color")
        with subprocess.Popen([*COMMAND, *arguments], stdout=far, env=env) as process:
            os.close(far)
            printed = b""
            with suppress(OSError):  # the other side is closed
                while data := os.read(near, 1 << 16):
                    printed += data
        os.close(near)
        assert process.returncode == 0
        assert b"2J" in printed
        assert ACTS_ON_TERMINALS.findall(printed.decode().replace("\r\n", "\n")) == []


def test_files_go_out_and_come_back(server: Running, serve: Serve, tmp_path: Path) -> None:
    for path in ("/1", "/2", "/3?token=hunter2"):
        server.client.get(path)
    for name in ("all.jsonl", "all.har", "all.csv", "all.html"):
        assert ask(server, "export", "-o", str(tmp_path / name)).returncode == 0
    assert (tmp_path / "all.jsonl").read_text().count("\n") == 3
    assert len(json.loads((tmp_path / "all.har").read_text())["log"]["entries"]) == 3
    assert "hunter2" not in (tmp_path / "all.jsonl").read_text()
    assert ask(server, "export", "path:/3", "--reveal").stdout.count("hunter2") > 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["all.csv", "all.har", "all.html", "all.jsonl"]
    other = serve()
    taken = ask(other, "import", str(tmp_path / "all.jsonl"), str(tmp_path / "all.har"))
    assert taken.returncode == 0
    assert taken.stdout.splitlines()[0].endswith("all.jsonl: 3 imported, 0 already here")
    (tmp_path / "odd.jsonl").write_text((tmp_path / "all.jsonl").read_text() + "{}\n")
    odd = ask(other, "import", str(tmp_path / "odd.jsonl"))
    assert (odd.returncode, odd.stdout.endswith("0 imported, 3 already here\n")) == (1, True)
    assert odd.stderr.startswith("— entry 4 was not taken: ")


def test_an_export_that_is_refused_leaves_the_file_as_it_was(server: Running, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text("before")
    assert ask(server, "export", "--id", "nothing", "-o", str(file)).returncode == 4
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("x.jsonl", "before")]


MISTAKES = {
    "a search that cannot be read": (["wait", "status:abc"], 2, "status at position 1"),
    "an address that is none": (["tail", "--url", "localhost"], 2, "'localhost' is not the address of an Echoscope"),
    "nobody there": (["tail", "--url", "http://127.0.0.1:1"], 3, "cannot be reached: Connection refused"),
    "an exchange that is not kept": (["show", "x"], 4, "No exchange 'x' is kept"),
    "nothing to show": (["show", "last"], 1, "Nothing is kept."),
    "two places to begin": (["tail", "--last", "1", "--after", "0"], 2, "both say where to begin"),
    "an epoch without a place": (["tail", "--epoch", "x"], 2, "--epoch needs --after"),
    "two forms at once": (["show", "x", "--json", "--raw", "request"], 2, "exclude each other"),
    "a language that is none": (["show", "x", "--code", "cobol"], 4, "No exchange 'x' is kept"),
    "ids and a search": (["export", "--id", "x", "path:/"], 2, "--id excludes SEARCH and --limit"),
    "a file that is not there": (["import", "no-such-file"], 2, "no-such-file"),
    "certificates that are none": (["wait", "--cacert", "pyproject.toml"], 2, "holds no certificate in PEM form"),
    "certificates that are not there": (["wait", "--cacert", "nowhere"], 2, "No such file"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_and_an_exit_code_of_its_kind(server: Running, name: str) -> None:
    arguments, code, named = MISTAKES[name]
    ended = ask(server, *arguments)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert ended.stderr.startswith("echoscope: ")
    assert ended.stderr.count("\n") == 1
    assert named in ended.stderr


def test_the_token_is_an_option_or_a_variable(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN)
    refused = ask(server, "tail")
    assert refused.returncode == 4
    assert "--token or ECHOSCOPE_TOKEN gives it" in refused.stderr
    with Client(server.origin, TOKEN) as client:
        server.client.get("/x")
        exchange_id = client.list().items[0].id
    assert ask(server, "show", exchange_id, "--token", TOKEN).returncode == 0
    assert ask(server, "show", exchange_id, ECHOSCOPE_TOKEN=TOKEN).returncode == 0


@pytest.mark.parametrize("package", ["httpx", "rich"])
def test_a_package_that_is_missing_is_named_with_the_extra(server: Running, package: str) -> None:
    code = f"import sys; sys.modules[{package!r}] = None; from echoscope.cli import main; main()"
    env = clean_environment(ECHOSCOPE_URL=server.origin)
    server.client.get("/x")
    command = [sys.executable, "-c", code, "show", "last"]
    ended = subprocess.run(command, capture_output=True, text=True, env=env, timeout=WAIT_S)
    assert ended.returncode == 2
    assert ended.stderr == f"echoscope: This needs the package {package}: pip install 'echoscope[client]'\n"


def test_help_is_there_for_every_command() -> None:
    listing = run("--help").stdout
    for name in COMMANDS:
        assert re.search(rf"^  {name} +[A-Z]", listing, re.MULTILINE)

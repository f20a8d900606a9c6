"""`echoscope bin`, and the other commands asked about a bin, in either profile."""

import hmac
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Serve
from tests.eventually import eventually
from tests.sender.target import Target, target
from tests.servers import Running, echoscope

from .program import Ended
from .test_watching import ask, begun

TOKEN = "a-token-of-more-than-16"
KEY = "a-key-of-more-than-16"


class Asked(NamedTuple):
    """A server with a bin, and what a command needs to be let into it."""

    server: Running
    name: str
    key: str

    def bin(self, *arguments: str) -> Ended:
        return ask(self.server, "bin", *arguments, ECHOSCOPE_TOKEN=self.key)

    def json(self, *arguments: str) -> object:
        ended = self.bin(*arguments, "--json")
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)


@pytest.fixture(params=["local", "public"])
def asked(request: pytest.FixtureRequest, serve: Serve) -> Asked:
    """In the public profile a visitor's bin, opened by its key."""
    server = serve() if request.param == "local" else serve(profile="public", token=TOKEN)
    made = ask(server, "bin", "create", "--json")
    assert made.returncode == 0, made.stderr
    document = json.loads(made.stdout)
    assert (document["key"] is None) == (request.param == "local")
    return Asked(server, document["name"], document["key"] or "")


@pytest.fixture(scope="module")
def taken() -> Iterator[Running]:
    """A server with a bin of that name, which no mistake changes."""
    with echoscope() as server:
        assert ask(server, "bin", "create", "taken").returncode == 0
        yield server


@pytest.fixture
def other() -> Iterator[Target]:
    with target() as running:
        yield running


def test_a_bin_is_shown_with_what_it_is_for(asked: Asked) -> None:
    asked.server.client.get(f"/~{asked.name}/x")
    text = asked.bin("show", asked.name).stdout
    assert f"send to  {asked.server.origin}/~{asked.name}/" in text
    assert f"look at  {asked.server.origin}/-/bins/{asked.name}/" in text
    assert "keeps    1 of 1 exchanges" in text
    document = asked.json("show", asked.name)
    assert isinstance(document, dict)
    assert (document["name"], document["exchanges"]) == (asked.name, 1)


def test_an_answer_is_set_shown_and_taken_away(asked: Asked) -> None:
    place = f"/~{asked.name}/"
    told = asked.bin(
        "answer", asked.name, "--status", "418", "-H", "X-A: 1", "-H", "X-A: 2", "--body", "{{ query.a }}!"
    )
    assert (told.returncode, told.stdout) == (0, "  418  X-A: 1  X-A: 2  {{ query.a }}!\n")
    answer = asked.server.client.get(place, params={"a": "b"})
    assert (answer.status_code, answer.headers.get_list("x-a"), answer.text) == (418, ["1", "2"], "b!")
    preview = asked.bin("answer", asked.name, "--preview", "last", "--body", "<{{ query.a }}>")
    assert preview.stdout.endswith("\n\n<b>\n")
    assert "none of its rules matches" in preview.stderr
    assert asked.server.client.get(place).status_code == 418
    assert asked.bin("answer", asked.name, "--echo").stdout == "  echo\n"
    assert asked.server.client.get(place).json()["path"] == place


def test_rules_and_sequences_come_from_a_file_and_go_to_one(asked: Asked, tmp_path: Path) -> None:
    definition = {
        "rules": [{"method": "POST", "json": {"type": "ping"}, "answers": [{"body": "pong"}]}],
        "answers": [{"status": 503, "times": 2}, {"delay": 0.5, "fault": "reset"}, {"echo": True}],
    }
    file = tmp_path / "answers.json"
    file.write_text(json.dumps(definition))
    assert asked.bin("answer", asked.name, "--file", str(file)).stdout == (
        "where method is POST and json.type is ping\n"
        "  200  pong\n"
        "otherwise\n"
        "  503  2 times\n"
        "  200  after 0.5 s  fault: reset  once\n"
        "  echo  from then on\n"
    )
    assert asked.json("answer", asked.name) == definition
    assert asked.server.client.post(f"/~{asked.name}/", json={"type": "ping"}).text == "pong"


def test_a_preset_answers_a_handshake_and_is_named_when_it_is_none(asked: Asked) -> None:
    assert "where json.type is url_verification" in asked.bin("answer", asked.name, "--preset", "slack").stdout
    handshake = {"type": "url_verification", "challenge": "xyz"}
    assert asked.server.client.post(f"/~{asked.name}/", json=handshake).text == "xyz"
    ended = asked.bin("answer", asked.name, "--preset", "nope")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.match(r"echoscope: There is no preset 'nope'; the presets are slack, meta, .+\.\n$", ended.stderr)
    listed = ask(asked.server, "bin", "presets", "--bin", asked.name, "--json", ECHOSCOPE_TOKEN=asked.key).stdout
    assert [json.loads(line)["id"] for line in listed.splitlines()][:2] == ["slack", "meta"]


@pytest.mark.parametrize("way", ["option", "variable", "file"])
def test_a_secret_is_taken_in_three_ways_and_never_shown(asked: Asked, way: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2-hunter2\n")
    options = {"option": ("--secret", "hunter2-hunter2"), "file": ("--secret-file", str(tmp_path / "secret"))}
    variables = {"ECHOSCOPE_SECRET": "hunter2-hunter2"} if way == "variable" else {}
    more = ("--scheme", "hmac", "--option", "header=x-sig", *options.get(way, ()))
    ended = ask(asked.server, "bin", "signature", asked.name, *more, ECHOSCOPE_TOKEN=asked.key, **variables)
    assert (ended.returncode, ended.stdout) == (0, "scheme   hmac\nheader   x-sig\n"), ended.stderr
    told = {"scheme": "hmac", "options": {"header": "x-sig"}, "has_secret": True}
    assert asked.json("signature", asked.name) == told
    signature = hmac.new(b"hunter2-hunter2", b"abc", "sha256").hexdigest()
    for body in (b"abc", b"abc\n"):
        asked.server.client.post(f"/~{asked.name}/", content=body, headers={"x-sig": signature})
    exported = ask(asked.server, "export", "--bin", asked.name, "--reveal", ECHOSCOPE_TOKEN=asked.key).stdout
    assert signature in exported
    assert "hunter2" not in exported + asked.bin("show", asked.name, "--json").stdout
    shown = ask(asked.server, "show", "last", "--bin", asked.name, ECHOSCOPE_TOKEN=asked.key).stdout
    assert "signature  invalid  HMAC" in shown
    assert "It would be valid for the body without the line break at its end." in shown
    first = json.loads(exported.splitlines()[0])["id"]
    shown = ask(asked.server, "show", first, "--bin", asked.name, ECHOSCOPE_TOKEN=asked.key).stdout
    assert "signature  valid  HMAC" in shown
    assert asked.bin("signature", asked.name, "--forget").stderr.startswith("— signatures are not checked")


def test_bins_are_listed_made_with_answers_and_deleted(serve: Serve) -> None:
    server = serve()
    assert "there are no bins" in ask(server, "bin", "list").stderr
    assert ask(server, "bin", "create", "b", "--preset", "gone").returncode == 0
    assert ask(server, "bin", "create", "a").returncode == 0
    assert server.client.get("/~b/").status_code == 410
    table = ask(server, "bin", "list").stdout.splitlines()
    assert [line.split()[0] for line in table] == ["name", "a", "b"]
    lines = ask(server, "bin", "list", "--json").stdout.splitlines()
    assert [(json.loads(line)["name"], json.loads(line)["has_answers"]) for line in lines] == [
        ("a", False),
        ("b", True),
    ]
    assert ask(server, "bin", "delete", "a", "b").returncode == 0
    assert ask(server, "bin", "list", "--json").stdout == ""


def test_a_bin_that_cannot_answer_as_it_should_is_not_left_behind(serve: Serve) -> None:
    server = serve()
    assert ask(server, "bin", "create", "a", "--preset", "nope").returncode == 2
    assert ask(server, "bin", "list", "--json").stdout == ""


def test_a_key_is_rotated_and_the_old_one_opens_nothing(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN)
    made = ask(server, "bin", "create", "hooks", "--new-key", KEY, "--token", TOKEN)
    assert f"key      {KEY}" in made.stdout
    assert "the key is not shown again" in made.stderr
    key = ask(server, "bin", "rotate", "hooks", "--key", KEY).stdout.strip()
    assert ask(server, "bin", "show", "hooks", "--key", key).returncode == 0
    ended = ask(server, "bin", "show", "hooks", "--key", KEY)
    assert (ended.returncode, ended.stderr) == (4, "echoscope: There is no such bin, or this is not its key.\n")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["create", "taken"], 4, "There is a bin 'taken' already."),
        (["create", "a/b"], 2, "1 to 64 letters"),
        (["create", ".."], 2, "with a letter or a digit first and no dot last, not '..'"),
        (["create", "x", "--new-key", "short"], 2, "too short"),
        (["create", "x", "--preset", "slack", "--answers", __file__], 2, "--preset and --answers exclude each other"),
        (["create", "x", "--answers", __file__], 2, "no JSON object"),
        (["show", "nope"], 4, "There is no such bin."),
        (["delete", "nope"], 4, "There is no such bin."),
        (["delete"], 2, "Missing argument"),
        (["rotate", "taken"], 4, "In the local profile bins have no keys."),
        (["answer", "taken", "--status", "99"], 2, "'--status'"),
        (["answer", "taken", "--body", "{{ nope }}"], 2, "answers[0].body: Line 1, column 1"),
        (["answer", "taken", "--header", "no-colon"], 2, "A header is NAME:VALUE."),
        (["answer", "taken", "--header", "Transfer-Encoding: chunked"], 2, "answers[0].headers"),
        (["answer", "taken", "--echo", "--preset", "slack"], 2, "exclude each other"),
        (["answer", "taken", "--preview", "last"], 1, "Nothing is kept."),
        (["signature", "taken", "--option", "a=b"], 2, "need --scheme"),
        (["signature", "taken", "--scheme", "nope", "--secret", "x"], 2, "nope"),
        (["signature", "taken", "--scheme", "github", "--secret", "x", "--option", "a=b"], 2, "a"),
        (["signature", "taken", "--scheme", "hmac", "--secret", "x", "--option", "header"], 2, "not 'header'"),
        (["signature", "taken", "--scheme", "github"], 2, "only at a terminal. Give it by --secret-file"),
        (["signature", "taken", "--forget", "--scheme", "github"], 2, "exclude each other"),
        (["nope"], 2, "No such command 'nope'"),
        (["list", "--url", "http://127.0.0.1:1"], 3, "cannot be reached"),
    ],
    ids=lambda value: " ".join(value).replace(__file__, "FILE") if isinstance(value, list) else "",
)
def test_what_is_wrong_is_one_line_and_a_code(taken: Running, arguments: list[str], code: int, words: str) -> None:
    ended = ask(taken, "bin", *arguments)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert ended.stderr.startswith("echoscope: ")
    assert ended.stderr.count("\n") == 1
    assert words in ended.stderr


# The other commands


@pytest.mark.parametrize("form", ["option", "path", "capture address", "inspector's address"])
def test_every_command_that_asks_is_asked_about_a_bin(asked: Asked, other: Target, form: str, tmp_path: Path) -> None:
    server, name, key = asked
    server.client.get("/main")
    exchange_id = server.client.post(f"/~{name}/hook", content=b"abc").headers["x-echoscope-id"]
    words = {
        "option": [],
        "path": [f"/~{name}"],
        "capture address": [f"{server.origin}/~{name}/"],
        "inspector's address": [f"{server.origin}/-/bins/{name}/"],
    }[form]
    options = ["--key", key, *(["--bin", name] if form == "option" else [])]
    url = words[0] if form.endswith("address") else f"{server.origin}/-/bins/{name}"

    waited = ask(server, "wait", *words, "--after", "0", "--json", *options)
    assert json.loads(waited.stdout)["exchange"]["id"] == exchange_id
    exported = ask(server, "export", *words, *options)
    assert [json.loads(line)["id"] for line in exported.stdout.splitlines()] == [exchange_id]
    for command in (["show", "last", "--json"], ["show", exchange_id, "--json"]):
        assert json.loads(ask(server, *command, "--url", url, "--key", key).stdout)["path"] == f"/~{name}/hook"
    replayed = ask(server, "replay", exchange_id, "--to", other.origin, "--url", url, "--key", key)
    assert replayed.returncode == 0, replayed.stderr
    (tmp_path / "file.jsonl").write_text(exported.stdout)
    imported = ask(server, "import", str(tmp_path / "file.jsonl"), "--url", url, "--key", key)
    assert imported.stdout.endswith("0 imported, 1 already here\n")
    with begun(server, "tail", *words, "--after", "0", "--json", *options) as tail:
        assert json.loads(tail.out.next())["id"] == exchange_id
    with begun(server, "forward", *words, "--after", "0", "--to", other.origin, *options) as forward:
        forward.out.until("200")
        eventually(lambda: len(other.requests) == 2)
    assert [request.partition(b"\r\n\r\n")[2] for request in other.requests] == [b"abc", b"abc"]


def test_words_behind_the_bin_are_the_search(serve: Serve) -> None:
    server = serve()
    for path in ("/~hooks/a", "/~hooks/b", "/b"):
        server.client.get(path)
    for place in ("/~hooks", f"{server.origin}/~hooks/", f"{server.origin}/-/bins/hooks/"):
        lines = ask(server, "export", place, "path:*/b").stdout.splitlines()
        assert [json.loads(line)["path"] for line in lines] == ["/~hooks/b"]
    lines = ask(server, "export", f"{server.origin}/-/", "path:/b").stdout.splitlines()
    assert [json.loads(line)["path"] for line in lines] == ["/b"]

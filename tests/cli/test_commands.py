"""The commands and their page in the documents: what is said of each is there."""

import re

import click
import pytest

from echoscope.cli import COMMANDS, cli
from echoscope.client import Client
from tests.conftest import Serve
from tests.documents import DOCS

PAGE = (DOCS / "command-line.md").read_text(encoding="utf-8")
ASKING = ("wait", "tail", "show", "forward", "replay", "mock", "export", "import", "bin", "mcp")


def command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found
    return found


def options(name: str) -> set[str]:
    one = command(name)
    commands = one.commands.values() if isinstance(one, click.Group) else [one]
    return {option for each in commands for parameter in each.params for option in parameter.opts}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_says_what_it_does(name: str) -> None:
    assert command(name).name == name
    assert re.match(r"[A-Z].+\.", command(name).help or "")


@pytest.mark.parametrize("name", ASKING)
def test_every_command_that_asks_has_its_line_in_the_documents(name: str) -> None:
    assert f"`echoscope {name} " in PAGE or f"`echoscope {name}`" in PAGE


def test_every_option_of_the_documents_is_there() -> None:
    known = set().union(*map(options, ASKING))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) <= known


@pytest.mark.parametrize("name", ["wait", "tail", "show", "forward", "replay", "export", "import", "mcp"])
def test_all_that_ask_are_told_in_the_same_way_whom(name: str) -> None:
    assert {"--url", "--token", "--bin", "--cacert", "--insecure"} <= options(name)


def test_every_command_about_bins_has_its_words_in_the_documents() -> None:
    group = command("bin")
    assert isinstance(group, click.Group)
    for name, one in group.commands.items():
        assert f"`{name}`" in PAGE or f"bin {name}" in PAGE, name
        assert re.match(r"[A-Z].+\.", one.help or "")
        assert {"--url", "--token", "--key", "--cacert", "--insecure"} <= {
            option for parameter in one.params for option in parameter.opts
        }


def test_the_example_of_the_client_runs(serve: Serve) -> None:
    server = serve()
    text = (DOCS / "client.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(from echoscope\.client.*?)```", text, re.DOTALL)

    def send_the_webhook() -> None:
        server.client.post("/hooks", json={"paid": True})

    exec(example.replace("http://127.0.0.1:8000", server.origin), {"send_the_webhook": send_the_webhook})


def test_the_methods_of_the_documents_are_those_of_the_client() -> None:
    text = (DOCS / "client.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)\(", row)}
    assert named == {name for name in dir(Client) if not name.startswith("_")} - {"url", "close"}

"""Real servers, checked: what each of those that are installed does otherwise than the specification says."""

import json
import sys
from typing import Any

import pytest
from click.testing import CliRunner

from echoscope.cli.check.command import check
from tests import programs
from tests.cli.program import run
from tests.systems.catalogue import version_of

OURS = (
    f"{sys.executable} -c 'from echoscope.cli.check.probe import app; from echoscope.server import serve; "
    'serve(app, host="{host}", port={port})\' {app}'
)
"""Our own server with the probe behind it; what stands behind the command is not looked at."""

TARGET = ("raw-path", ["the address with its origin"])
"""Servers that take the whole of an address for its path."""

SERVERS: list[tuple[str, set[str]]] = [
    ("uvicorn", set()),
    ("uvicorn --http h11", {"raw-path"}),
    ("hypercorn", {"raw-path", "disconnect-code"}),
    ("granian", {"client", "server", "http-version"}),
    ("daphne", {"raw-path"}),
    (OURS, set()),
]


def checked(server: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(check, ["--server", server, "--json"])
    assert result.stdout, result.stderr
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize(
    ("server", "known"), SERVERS, ids=["uvicorn", "uvicorn, h11", "hypercorn", "granian", "daphne", "ours"]
)
def test_a_server_is_against_the_specification_where_it_is_known_to_be(server: str, known: set[str]) -> None:
    package = server.split()[0]
    if server != OURS and version_of(package) is None:
        programs.missing(f"the package {package}", programs.PYTHON_PACKAGES)
    exit_code, document = checked(server)
    assert {one["rule"] for one in document["breaches"]} == known, document["breaches"]
    assert exit_code == (1 if known else 0)
    said = {one["name"]: one["said"] for one in document["requests"]}
    assert said["POST, in chunks"] == "200"
    assert said["a session with a code"] == "101"
    assert said["a client that leaves"] == "left"


def test_the_ports_of_granian_are_text_in_every_scope() -> None:
    if version_of("granian") is None:
        programs.missing("the package granian", programs.PYTHON_PACKAGES)
    _, document = checked("granian")
    (port,) = [one for one in document["breaches"] if one["rule"] == "server"]
    assert (port["where"], port["by"]) == ("scope.server[1]", "server")
    assert len(port["requests"]) == len(document["requests"]) - 1


def test_a_mistake_is_told_by_the_command_itself() -> None:
    ended = run("check", "--server", "apache")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("echoscope: --server must be one of uvicorn")

"""What a test needs and is not there: the test is skipped by its name, with the command that installs it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import programs
from tests.conftest import LONGEST


@pytest.mark.parametrize("name", [*programs.DEBIAN, "hadolint"])
def test_the_reason_for_skipping_names_program_and_command(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MAY_SKIP", True)
    monkeypatch.setattr(programs, "_installed", lambda _: None)
    with pytest.raises(pytest.skip.Exception) as skipped:
        programs.require(name)
    command = f"apt-get install {programs.DEBIAN[name]}" if name in programs.DEBIAN else programs.PYTHON_PACKAGES
    assert str(skipped.value) == f"{name} is missing: {command}"


def test_where_nothing_may_be_skipped_it_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MAY_SKIP", False)
    monkeypatch.setattr(programs, "_installed", lambda _: None)
    with pytest.raises(pytest.fail.Exception, match="curl is missing: apt-get install curl"):
        programs.require("curl")


def test_continuous_integration_installs_all_of_them() -> None:
    script = (Path(__file__).parents[1] / ".ci" / "run").read_text()
    assert dict(re.findall(r"^need (\S+) (\S+)$", script, re.MULTILINE)).items() >= programs.DEBIAN.items()


def test_both_documents_give_the_same_command_and_what_takes_longest_is_there() -> None:
    root = Path(__file__).parents[1]
    (command,) = re.findall(r"^python3 -m venv .*\[test\].*$", (root / "README.md").read_text(), re.MULTILINE)
    assert command in (root / "CONTRIBUTING.md").read_text()
    assert [name for name in LONGEST if not (root / "tests" / name).exists()] == []


def test_a_program_that_a_test_starts_finds_what_was_compiled_before() -> None:
    code = "import echoscope; print(echoscope.__cached__)"
    for _ in range(2):
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert Path(ended.stdout.strip()).is_file()

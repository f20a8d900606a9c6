"""What is served of a script: the same program, with shorter private names."""

import re
import subprocess
from pathlib import Path

import pytest

from echoscope.inspector.assets import assets
from echoscope.paths import STATIC
from tests.programs import require

SCRIPTS = sorted(name for name in assets() if name.endswith(".js"))
IN_QUOTES = re.compile(r"""(?<!\\)(["'`])(?:(?!\1)[^\\\n]|\\.)*\1""")


def private_names(script: str) -> set[str]:
    return set(re.findall(r"\.#(\w+)", script))


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_served_with_a_letter_for_each_private_name(name: str) -> None:
    source, served = (STATIC / name).read_text(encoding="utf-8"), assets()[name].content.decode()
    assert len(private_names(served)) == len(private_names(source))
    assert all(len(short) == 1 for short in private_names(served))


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_text_of_a_script_holds_what_could_be_taken_for_one_of_its_private_names(name: str) -> None:
    source = (STATIC / name).read_text(encoding="utf-8")
    texts = "\n".join(match[0][1:] for match in IN_QUOTES.finditer(source) if "${" not in match[0])
    assert {found for found in re.findall(r".#(\w+)", texts) if found in private_names(source)} == set()


def test_each_script_is_still_a_module(tmp_path: Path) -> None:
    node = require("node")
    files = []
    for number, name in enumerate(SCRIPTS):
        files.append(tmp_path / f"{number}.mjs")
        files[-1].write_bytes(assets()[name].content)
    for file, name in zip(files, SCRIPTS, strict=True):
        check = subprocess.run([node, "--check", file], capture_output=True, text=True, timeout=60, check=False)
        assert check.returncode == 0, f"{name}: {check.stderr}"

"""The pure modules of the front end, tested by Node's own test runner."""

import subprocess
from pathlib import Path

from tests.programs import require

TESTS = Path(__file__).parent
FILES = sorted(file for file in TESTS.rglob("*.test.js") if "node_modules" not in file.parts)


def test_the_modules_pass_their_tests() -> None:
    node = require("node")
    assert {file.parent.name for file in FILES} >= {"js", "search"}
    run = subprocess.run([node, "--test", *FILES], capture_output=True, text=True, timeout=120, check=False)
    failed = [line for line in run.stdout.splitlines() if line.lstrip().startswith("not ok")]
    assert run.returncode == 0, "\n".join([*failed, run.stdout, run.stderr])
    assert "# pass 0" not in run.stdout

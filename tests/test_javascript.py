"""The front end without a browser: its pure modules by Node’s own test runner, the types of its scripts by `tsc`."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.programs import NODE_PACKAGES, missing, require
from tests.typescript import FILE, declarations, shapes

TESTS = Path(__file__).parent
STATIC = TESTS.parent / "static"
FILES = sorted(TESTS.glob("*/*.test.js"))


EACH = "for (const file of process.argv.slice(1)) await import(file);"
"""All in one process: one for each file takes four times as long."""


def test_the_modules_pass_their_tests() -> None:
    assert {file.parent.name for file in FILES} >= {"js", "search"}
    command = [require("node"), "--input-type=module", "-e", EACH, *map(str, FILES)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    failed = [line for line in run.stdout.splitlines() if line.lstrip().startswith("not ok")]
    assert run.returncode == 0, "\n".join([*failed, run.stdout, run.stderr])
    assert "# pass 0" not in run.stdout


WRONG = {
    "of a summary": ("/** @param {Summary} one */ export const f = (one) => one.verb;", "'verb' does not exist"),
    "in a list": ("/** @param {Page} page */ export const f = (page) => page.items[0].url;", "'url' does not exist"),
    "no such word": ("/** @type {Summary['state']} */ export const s = 'over';", "'\"over\"' is not assignable"),
    "of a body": ("/** @param {BodyReading} one */ export const f = (one) => one.bytes;", "'bytes' does not exist"),
    "of a union": (
        "/** @param {WireReading | NotTold} wire */ export const f = (wire) => wire.is_told && wire.why_not;",
        "'why_not' does not exist",
    ),
    "may be null": ("/** @param {Summary} one */ export const f = (one) => one.method.length;", "is possibly 'null'"),
}
"""Scripts that have a shape of the API wrong, and what is said of each."""


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What `tsc` says of all scripts and of the wrong ones, as if these stood beside them: a line for each error."""
    compiler = TESTS / "browser" / "node_modules" / "typescript" / "bin" / "tsc"
    if not compiler.exists():
        missing("tsc", NODE_PACKAGES)
    folder = tmp_path_factory.mktemp("wrong")
    for number, (script, _) in enumerate(WRONG.values()):
        (folder / f"{number}.js").write_text(script)
    project = {
        "extends": str(TESTS / "js" / "tsconfig.json"),
        "include": [str(TESTS / "js" / "*.d.ts"), str(STATIC / "**" / "*.js"), str(folder / "*.js")],
    }
    (folder / "tsconfig.json").write_text(json.dumps(project))
    command = [require("node"), str(compiler), "--noEmit", "--pretty", "false", "-p", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=folder)
    assert run.returncode != 0, "the wrong scripts are none to it"
    assert "error TS" in run.stdout, run.stdout + run.stderr
    return [line for line in run.stdout.splitlines() if "error TS" in line]


WRONG_FILE = re.compile(r"(\d+)\.js\(")


def test_the_scripts_have_the_types_that_they_say(complaints: list[str]) -> None:
    assert [line for line in complaints if not WRONG_FILE.match(line)] == []


def test_a_wrong_property_is_refused(complaints: list[str]) -> None:
    refused = [line for line in complaints if WRONG_FILE.match(line)]
    assert len(refused) == len(WRONG), refused
    for number, (_, complaint) in enumerate(WRONG.values()):
        assert any(line.startswith(f"{number}.js(") and complaint in line for line in refused), refused


def test_the_shapes_of_the_api_are_those_of_the_structs() -> None:
    assert FILE.read_text(encoding="utf-8") == declarations(), "python -m tests.typescript writes it anew"


def test_no_shape_has_the_name_of_one_that_browsers_have() -> None:
    """Two interfaces of one name would be one to the type checker, and a wrong property of ours one of theirs."""
    library = TESTS / "browser" / "node_modules" / "typescript" / "lib"
    if not library.is_dir():
        missing("typescript", NODE_PACKAGES)
    theirs = {name for file in library.glob("lib.*.d.ts") for name in _declared(file.read_text(encoding="utf-8"))}
    assert len(theirs) > 1_000
    assert shapes().keys() & theirs == set()


def _declared(text: str) -> list[str]:
    return re.findall(r"^(?:declare )?(?:interface|type|class) (\w+)", text, re.MULTILINE)

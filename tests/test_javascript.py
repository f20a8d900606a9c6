"""The front end without a browser: its pure modules by Node’s own test runner, the types of its scripts by `tsc`."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.programs import NODE_PACKAGES, missing, require
from tests.typescript import FILE, declarations, shapes

TESTS = Path(__file__).parent
STATIC = TESTS.parent / "static"
FILES = sorted(TESTS.glob("*/*.test.js"))


def test_the_modules_pass_their_tests() -> None:
    node = require("node")
    assert {file.parent.name for file in FILES} >= {"js", "search"}
    run = subprocess.run([node, "--test", *FILES], capture_output=True, text=True, timeout=120, check=False)
    failed = [line for line in run.stdout.splitlines() if line.lstrip().startswith("not ok")]
    assert run.returncode == 0, "\n".join([*failed, run.stdout, run.stderr])
    assert "# pass 0" not in run.stdout


def check_types(project: Path) -> subprocess.CompletedProcess[str]:
    """What `tsc` says of a project. It writes nothing."""
    compiler = TESTS / "browser" / "node_modules" / "typescript" / "bin" / "tsc"
    if not compiler.exists():
        missing("tsc", NODE_PACKAGES)
    command = [require("node"), str(compiler), "--noEmit", "-p", str(project)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_the_scripts_have_the_types_that_they_say() -> None:
    run = check_types(TESTS / "js")
    assert run.returncode == 0, run.stdout


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


def test_a_wrong_property_is_refused(tmp_path: Path) -> None:
    shutil.copytree(TESTS / "js", tmp_path / "tests" / "js", ignore=shutil.ignore_patterns("*.test.js"))
    (tmp_path / "static").mkdir()
    for number, (script, _) in enumerate(WRONG.values()):
        (tmp_path / "static" / f"{number}.js").write_text(script)
    run = check_types(tmp_path / "tests" / "js")
    assert run.returncode != 0
    complaints = [line for line in run.stdout.splitlines() if "error TS" in line]
    assert len(complaints) == len(WRONG), run.stdout
    for number, (_, complaint) in enumerate(WRONG.values()):
        assert any(f"{number}.js" in line and complaint in line for line in complaints), run.stdout

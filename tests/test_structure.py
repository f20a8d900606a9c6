"""The structure: imports point down, floors know what they may know, and nothing gives markup a way in."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from echoscope.paths import STATIC, TEMPLATES

PACKAGE = Path(__file__).parents[1] / "app" / "echoscope"

FLOORS = [
    ("words", "__init__ exchange paths plain settings spec wire"),
    (
        "pure: bytes and structs in, values out; no await",
        "addresses bodies changes code conformance connections document exports fields figures findings forwarding "
        "glossary har headers hops imports masking messages negotiation onwire preview search sides signatures summary "
        "systems terminal ways",
    ),
    ("machinery: knows ASGI and asyncio", "access capture log siblings threads turns visitors"),
    ("HTTP: knows Starlette", "bins echo errors httpbin inspector operations pages resend"),
    ("clients: what talks to a server, and what is done with what it tells", "client replaying sender"),
    ("assembly and server", "asgi2 check deferred doors main ownapp proxy server tls wsgi"),
    ("command line, and fixtures for tests", "__main__ cli console pytest_plugin running workers"),
]
FLOOR = {module: floor for floor, (_, modules) in enumerate(FLOORS) for module in modules.split()}

CLIENTS = ("client", "sender")
DOOR = PACKAGE / "__init__.py"
"""Names what a user imports, wherever it is, and loads it when it is asked for."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(file: Path) -> str:
    return file.relative_to(PACKAGE).with_suffix("").as_posix().removesuffix("/__init__")


def floor_of(module: str) -> int:
    """The floor of a module, or of the package that it is in."""
    top = module.split("/")[0]
    assert top in FLOOR, f"{top} has no floor: give it one in {Path(__file__).name}"
    return FLOOR[top]


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def imported(file: Path) -> Iterator[str]:
    """What a module imports, absolute: `echoscope/store/memory` for our own, `starlette.types` for others'."""
    folder = file.relative_to(PACKAGE).parent.parts
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1]
            inner = (*base, *(node.module or "").split(".")) if node.module else base
            for alias in node.names if not node.module else [None]:
                yield "/".join(("echoscope", *inner, *_submodule(inner, alias)))


def _submodule(folder: tuple[str, ...], alias: ast.alias | None) -> tuple[str, ...]:
    """`from . import name`: a module of that folder, or a name in its `__init__`."""
    if alias is None:
        return ()
    path = PACKAGE.joinpath(*folder, alias.name)
    return (alias.name,) if path.is_dir() or path.with_suffix(".py").exists() else ()


def others(file: Path) -> set[str]:
    return {name for name in imported(file) if not name.startswith("echoscope")}


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_imports_point_down(file: Path) -> None:
    floor = floor_of(name_of(file) or "__init__")
    if file == DOOR:
        floor = len(FLOORS)
    for name in imported(file):
        if name.startswith("echoscope"):
            target = name.removeprefix("echoscope").strip("/") or "__init__"
            assert floor_of(target) <= floor, f"{name_of(file)} imports {target}, which is above it"


def test_importing_the_package_loads_nothing_of_it() -> None:
    script = "import sys, echoscope; print(sorted(name for name in sys.modules if name.startswith('echoscope.')))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_imports_inside_the_package_are_relative(file: Path) -> None:
    absolute = [node for node in ast.walk(tree(file)) if isinstance(node, ast.ImportFrom) and not node.level]
    assert [node.module for node in absolute if (node.module or "").startswith("echoscope")] == []


def test_the_server_knows_nothing_of_echoscope() -> None:
    for file in (PACKAGE / "server").glob("*.py"):
        own = {name for name in imported(file) if name.startswith("echoscope")}
        assert {name for name in own if not name.startswith("echoscope/server")} == set(), file.name


def test_the_clients_know_nothing_of_how_a_server_works() -> None:
    for room in CLIENTS:
        for file in (PACKAGE / room).glob("*.py"):
            own = {name.removeprefix("echoscope/") for name in imported(file) if name.startswith("echoscope/")}
            assert {name for name in own if name.split("/")[0] not in CLIENTS and floor_of(name) > 1} == set(), (
                file.name
            )


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_each_floor_knows_only_what_it_may_know(file: Path) -> None:
    floor, names = floor_of(name_of(file) or "__init__"), others(file)
    known = {name.split(".")[0] for name in names}
    if floor < 2:
        assert known.isdisjoint({"asyncio", "starlette", "uvicorn", "jinja2", "websockets", "click"})
    if floor == 2:
        assert {name for name in names if name.startswith("starlette")} <= {"starlette.types"}
        assert known.isdisjoint({"uvicorn", "jinja2", "websockets", "click"})
    if floor == 3:
        assert known.isdisjoint({"uvicorn", "click"})
    if name_of(file).split("/")[0] in CLIENTS:
        assert known.isdisjoint({"starlette", "uvicorn", "click"})
    if "jinja2" in known:
        assert name_of(file) == "pages"


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_what_is_pure_awaits_nothing(file: Path) -> None:
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    if floor_of(name_of(file) or "__init__") < 2:
        assert [node.lineno for node in ast.walk(tree(file)) if isinstance(node, waiting)] == []


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_every_module_says_what_it_is(file: Path) -> None:
    assert len(ast.get_docstring(tree(file)) or "") > 10


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_middleware_is_plain_asgi(file: Path) -> None:
    """Starlette's `BaseHTTPMiddleware` hides the client's leaving from the app behind it."""
    assert {name for name in others(file) if name.startswith("starlette.middleware")} == set()
    assert "BaseHTTPMiddleware" not in {node.id for node in ast.walk(tree(file)) if isinstance(node, ast.Name)}


TEMPLATE_FILES = sorted(file for file in TEMPLATES.rglob("*") if file.is_file())
SCRIPTS = sorted(STATIC.rglob("*.js"))
STYLES = sorted(STATIC.rglob("*.css"))

IN_TEMPLATES = {
    "a script of its own": r"<script(?![^>]*\bsrc=)",
    "a style of its own": r"<style|\sstyle\s*=",
    "an event handler": r"\son[a-z]+\s*=",
    "an address that is code": r"javascript:",
    "text that is not escaped": r"\|\s*safe\b|\{%-?\s*autoescape\s+false|\bMarkup\b",
    "a value without quotes": r"<[^>{]*=\{\{",
    "something from elsewhere": r"(?:src|<link[^>]*href)=\"(?:https?:)?//",
}


TO_TAKE_AWAY = re.compile(r"<style>\{\{ style \}\}</style>")
"""What the report has in it, a file that stands for itself: its style, whose digest its own policy names."""


@pytest.mark.parametrize("file", TEMPLATE_FILES, ids=lambda file: file.name)
@pytest.mark.parametrize("pattern", IN_TEMPLATES.values(), ids=IN_TEMPLATES)
def test_no_template_holds(pattern: str, file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    if file.name == "export.html":
        text = TO_TAKE_AWAY.sub("", text)
    assert re.findall(pattern, text, re.IGNORECASE) == []


IN_SCRIPTS = {
    "markup from text": r"innerHTML|outerHTML|insertAdjacentHTML|setHTML|createContextualFragment|DOMParser|srcdoc",
    "writing into the document": r"document\.write",
    "code from text": r"\beval\s*\(|new\s+Function\b|set(?:Timeout|Interval)\s*\(\s*[\"'`]",
    "an address that is code": r"javascript:",
    "handlers and styles as attributes": r"setAttribute\(\s*[\"'`](?:on|style)",
    "secrets that scripts can read": r"document\.cookie",
}


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
@pytest.mark.parametrize("pattern", IN_SCRIPTS.values(), ids=IN_SCRIPTS)
def test_no_script_uses(pattern: str, file: Path) -> None:
    assert re.findall(pattern, file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", [*SCRIPTS, *STYLES], ids=lambda file: file.name)
def test_nothing_is_loaded_from_elsewhere(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert (
        re.findall(r"(?:from|import)\s*\(?[\"']https?:|url\(\s*[\"']?(?:https?:)?//|@import\s+[\"']?http", text) == []
    )


def test_the_folders_are_found() -> None:
    """Empty lists would make the tests above pass."""
    assert len(MODULES) > 40
    assert len(TEMPLATE_FILES) > 5
    assert len(SCRIPTS) > 10
    assert len(STYLES) > 5

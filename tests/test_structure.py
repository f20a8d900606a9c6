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

FORBIDDEN: list[set[str]] = [
    *[{"asyncio", "starlette", "uvicorn", "jinja2", "websockets", "click"}] * 2,
    {"uvicorn", "jinja2", "websockets", "click"},
    {"uvicorn", "click"},
    set(),
]
"""What a floor does not import, from the lowest; those above the last may import all."""

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


@cache
def imported(file: Path) -> tuple[str, ...]:
    """What a module imports, absolute: `echoscope/store/memory` for our own, `starlette.types` for others'."""
    return tuple(_imported(file))


def _imported(file: Path) -> Iterator[str]:
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


def test_imports_point_down() -> None:
    for file in MODULES:
        floor = len(FLOORS) if file == DOOR else floor_of(name_of(file) or "__init__")
        for name in imported(file):
            if name.startswith("echoscope"):
                target = name.removeprefix("echoscope").strip("/") or "__init__"
                assert floor_of(target) <= floor, f"{name_of(file)} imports {target}, which is above it"


def test_importing_the_package_loads_nothing_of_it() -> None:
    script = "import sys, echoscope; print(sorted(name for name in sys.modules if name.startswith('echoscope.')))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_imports_inside_the_package_are_relative() -> None:
    for file in MODULES:
        absolute = [node for node in ast.walk(tree(file)) if isinstance(node, ast.ImportFrom) and not node.level]
        assert [node.module for node in absolute if (node.module or "").startswith("echoscope")] == [], name_of(file)


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


def test_each_floor_knows_only_what_it_may_know() -> None:
    for file in MODULES:
        floor, names = floor_of(name_of(file) or "__init__"), others(file)
        known = {name.split(".")[0] for name in names}
        foreign = known & FORBIDDEN[min(floor, len(FORBIDDEN) - 1)]
        assert foreign == set(), f"{name_of(file)} imports {foreign}"
        if floor == 2:
            assert {name for name in names if name.startswith("starlette")} <= {"starlette.types"}, name_of(file)
        if name_of(file).split("/")[0] in CLIENTS:
            assert known.isdisjoint({"starlette", "uvicorn", "click"}), name_of(file)
        if "jinja2" in known:
            assert name_of(file) == "pages"


def test_what_is_pure_awaits_nothing() -> None:
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    for file in MODULES:
        if floor_of(name_of(file) or "__init__") < 2:
            assert [node.lineno for node in ast.walk(tree(file)) if isinstance(node, waiting)] == [], name_of(file)


def test_every_module_says_what_it_is() -> None:
    assert [name_of(file) for file in MODULES if len(ast.get_docstring(tree(file)) or "") <= 10] == []


def test_middleware_is_plain_asgi() -> None:
    """Starlette's `BaseHTTPMiddleware` hides the client's leaving from the app behind it."""
    for file in MODULES:
        names = {node.id for node in ast.walk(tree(file)) if isinstance(node, ast.Name)}
        assert {name for name in others(file) if name.startswith("starlette.middleware")} == set(), name_of(file)
        assert "BaseHTTPMiddleware" not in names, name_of(file)


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


@pytest.mark.parametrize("pattern", IN_TEMPLATES.values(), ids=IN_TEMPLATES)
def test_no_template_holds(pattern: str) -> None:
    for file in TEMPLATE_FILES:
        text = file.read_text(encoding="utf-8")
        if file.name == "export.html":
            text = TO_TAKE_AWAY.sub("", text)
        assert re.findall(pattern, text, re.IGNORECASE) == [], file.name


IN_SCRIPTS = {
    "markup from text": r"innerHTML|outerHTML|insertAdjacentHTML|setHTML|createContextualFragment|DOMParser|srcdoc",
    "writing into the document": r"document\.write",
    "code from text": r"\beval\s*\(|new\s+Function\b|set(?:Timeout|Interval)\s*\(\s*[\"'`]",
    "an address that is code": r"javascript:",
    "handlers and styles as attributes": r"setAttribute\(\s*[\"'`](?:on|style)",
    "secrets that scripts can read": r"document\.cookie",
}


@pytest.mark.parametrize("pattern", IN_SCRIPTS.values(), ids=IN_SCRIPTS)
def test_no_script_uses(pattern: str) -> None:
    for file in SCRIPTS:
        assert re.findall(pattern, file.read_text(encoding="utf-8")) == [], file.name


FROM_ELSEWHERE = r"(?:from|import)\s*\(?[\"']https?:|url\(\s*[\"']?(?:https?:)?//|@import\s+[\"']?http"


def test_nothing_is_loaded_from_elsewhere() -> None:
    for file in (*SCRIPTS, *STYLES):
        assert re.findall(FROM_ELSEWHERE, file.read_text(encoding="utf-8")) == [], file.name


def test_the_folders_are_found() -> None:
    """Empty lists would make the tests above pass."""
    assert len(MODULES) > 40
    assert len(TEMPLATE_FILES) > 5
    assert len(SCRIPTS) > 10
    assert len(STYLES) > 5

"""The structure: a folder is a floor, imports point down, rooms form no circle, and nothing gives markup a way in."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from echoscope.base.paths import STATIC, TEMPLATES

PACKAGE = Path(__file__).parents[1] / "app" / "echoscope"

FLOORS = {
    "base": "settings, places, units, plain data, turns of the event loop",
    "http": "grammar and words of HTTP and ASGI",
    "exchange": "the record of a request with its answer, and its forms",
    "insight": "what can be told of an exchange",
    "files": "exchanges as files, written and read",
    "log": "where exchanges are kept, found and followed",
    "capture": "how an exchange is recorded",
    "sender": "requests sent as bytes",
    "web": "what answers over HTTP",
    "server": "our own server, which knows nothing of Echoscope",
    "client": "what asks a running server",
    "assembly": "what puts the parts together around an app, a server or a capture",
    "cli": "commands, and fixtures for tests",
}
"""The folders from the ground up. Each imports from those above it in this table, and from itself."""

DOORS = {"main": "assembly", "asgi2": "assembly", "wsgi": "assembly", "pytest_plugin": "cli", "__main__": "cli"}
"""What stands at the top because users import it by name, and the floor that it is on."""

HAS_ROOMS = ("insight", "web", "assembly", "cli")
"""Floors whose folders are rooms of their own; the others are one room each."""

PURE = ("http", "exchange", "insight", "files")
"""Floors on which bytes and structs go in, values come out, and nothing is awaited."""

ORDER = {name: height for height, name in enumerate(FLOORS)}

MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(file: Path) -> str:
    """`log.feed` for `log/feed.py`; empty for the package itself."""
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".")


def floor_of(module: str) -> str:
    top = module.split(".")[0]
    return DOORS.get(top, top)


def room_of(module: str) -> str:
    floor, _, rest = module.partition(".")
    return f"{floor}.{rest.partition('.')[0]}" if floor in HAS_ROOMS else floor


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def nodes(file: Path) -> list[ast.AST]:
    return list(ast.walk(tree(file)))


def imported(file: Path) -> Iterator[str]:
    """The modules of our own that a module imports, such as `log.memory`."""
    folder = file.relative_to(PACKAGE).parent.parts
    for node in nodes(file):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*folder[: len(folder) - node.level + 1], *(node.module or "").split(".")]
            inner = [part for part in base if part]
            for alias in node.names:
                path = PACKAGE.joinpath(*inner, alias.name)
                is_module = path.is_dir() or path.with_suffix(".py").exists()
                yield ".".join([*inner, alias.name] if is_module else inner)


@cache
def others(file: Path) -> set[str]:
    """The modules of other packages that a module imports."""
    names = set()
    for node in nodes(file):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module or "")
    return names


def test_every_module_is_on_a_floor() -> None:
    assert {floor_of(name_of(file)) for file in MODULES} - {""} == set(FLOORS)


def test_imports_point_down() -> None:
    wrong = [
        f"{name_of(file)} imports {target}"
        for file in MODULES
        if file != PACKAGE / "__init__.py"
        for target in imported(file)
        if target and ORDER[floor_of(target)] > ORDER[floor_of(name_of(file))]
    ]
    assert wrong == []


def test_rooms_form_no_circle() -> None:
    rooms: dict[str, set[str]] = defaultdict(set)
    for file in MODULES:
        for target in filter(None, imported(file)):
            if name_of(file) and room_of(target) != room_of(name_of(file)):
                rooms[room_of(name_of(file))].add(room_of(target))
    try:
        order = [*TopologicalSorter(rooms).static_order()]
    except CycleError as error:
        pytest.fail(f"These rooms import each other: {' <- '.join(error.args[1])}")
    assert len(order) > 30


def test_importing_the_package_loads_nothing_of_it() -> None:
    script = "import sys, echoscope; print(sorted(name for name in sys.modules if name.startswith('echoscope.')))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_imports_inside_the_package_are_relative() -> None:
    wrong = {name_of(file): own for file in MODULES if (own := {name for name in others(file) if _is_ours(name)})}
    assert wrong == {}


def _is_ours(name: str) -> bool:
    return name.split(".")[0] == "echoscope"


def test_the_server_knows_nothing_of_echoscope() -> None:
    outside = {target for file in (PACKAGE / "server").glob("*.py") for target in imported(file)}
    assert {target for target in outside if floor_of(target) != "server"} == set()


def test_clients_know_nothing_of_how_a_server_works() -> None:
    outside = {
        target for room in ("client", "sender") for file in (PACKAGE / room).glob("*.py") for target in imported(file)
    }
    assert {floor_of(target) for target in outside} <= {"client", "sender", "base", *PURE}


WEB = {"starlette", "uvicorn", "jinja2", "websockets", "click"}

UNKNOWN = {
    **{floor: {"asyncio", *WEB} for floor in PURE},
    "base": WEB,
    "log": WEB - {"starlette"},
    "capture": WEB - {"starlette"},
    "sender": WEB,
    "client": {"starlette", "uvicorn", "click"},
    "web": {"uvicorn", "click"},
}
"""What the modules of a floor do not import."""


def test_each_floor_knows_only_what_it_may_know() -> None:
    wrong = []
    for file in MODULES:
        floor = floor_of(name_of(file))
        packages = {name.split(".")[0] for name in others(file)}
        wrong += [(name_of(file), name) for name in packages & UNKNOWN.get(floor, set())]
        if floor in ("log", "capture"):
            starlette = {name for name in others(file) if name.startswith("starlette")}
            wrong += [(name_of(file), name) for name in starlette - {"starlette.types"}]
        if "jinja2" in packages and name_of(file) != "web.pages":
            wrong.append((name_of(file), "jinja2"))
    assert wrong == []


def test_what_is_pure_awaits_nothing() -> None:
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    wrong = [
        f"{name_of(file)}:{node.lineno}"
        for file in MODULES
        if floor_of(name_of(file)) in PURE
        for node in nodes(file)
        if isinstance(node, waiting)
    ]
    assert wrong == []
    loops = {target for file in MODULES if floor_of(name_of(file)) in PURE for target in imported(file)}
    assert loops.isdisjoint({"base.turns", "base.threads", "base.apart"})


def test_every_module_says_what_it_is() -> None:
    assert [name_of(file) for file in MODULES if len(ast.get_docstring(tree(file)) or "") <= 10] == []


def test_middleware_is_plain_asgi() -> None:
    """Starlette's `BaseHTTPMiddleware` hides the client's leaving from the app behind it."""
    for file in MODULES:
        assert {name for name in others(file) if name.startswith("starlette.middleware")} == set(), name_of(file)
        assert "BaseHTTPMiddleware" not in {node.id for node in nodes(file) if isinstance(node, ast.Name)}


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


FROM_ELSEWHERE = re.compile(r"(?:from|import)\s*\(?[\"']https?:|url\(\s*[\"']?(?:https?:)?//|@import\s+[\"']?http")


def test_nothing_is_loaded_from_elsewhere() -> None:
    for file in [*SCRIPTS, *STYLES]:
        assert FROM_ELSEWHERE.findall(file.read_text(encoding="utf-8")) == [], file.name


def test_the_folders_are_found() -> None:
    """Empty lists would make the tests above pass."""
    assert len(MODULES) > 40
    assert len(TEMPLATE_FILES) > 5
    assert len(SCRIPTS) > 10
    assert len(STYLES) > 5

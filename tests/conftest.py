"""What all tests share: real servers that end with the test. `pytest -m quick` runs a part of them."""

import gc
import os
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import ExitStack, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp

from tests.clock import Clock
from tests.servers import Running, echoscope

Serve = Callable[..., Running]

QUICK = ("access", "api", "bodies", "test_documents.py", "test_settings.py", "test_structure.py")
"""What tells within a minute whether a change broke much: what strangers see, the API, what is shown of a request."""


LONGEST = (
    "deploy/test_image.py",
    "browser",
    "deploy",
    "systems",
    "workers",
    "plugin",
    "running",
    "store",
    "findings",
    "doors",
    "httpbin",
    "cli",
    "server",
    "code",
    "hops",
)
"""A file, and folders with the files that take longest, in their order. Where tests run in several processes, these
begin first, and no process is left with one of them when the others have nothing to do any more."""


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Nothing that is collected is ever let go: the collector of garbage would only look it through again and again,
    which takes a third of the time of a collection."""
    gc.disable()
    try:
        _import_in_turn(session)
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def _import_in_turn(session: pytest.Session) -> None:
    """Let each of several processes begin at other files to import them: what one has compiled, the others only read.
    A file that cannot be imported is told of where it is collected."""
    process = getattr(session.config, "workerinput", None)
    if process is None:
        return
    tests = Path(__file__).parent
    asked = [Path(argument.split("::")[0]).resolve() for argument in session.config.args]
    files = [
        file
        for file in sorted([*tests.glob("test_*.py"), *tests.glob("*/test_*.py")])
        if any(file.is_relative_to(place) for place in asked)
    ]
    first = len(files) * int(process["workerid"].removeprefix("gw")) // process["workercount"]
    for file in files[first:] + files[:first]:
        with suppress(Exception, pytest.skip.Exception):
            import_module(".".join(file.relative_to(tests.parent).with_suffix("").parts))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Processes of `-n auto`: two for each core, for tests often wait: for a page, a program's start, the end of a
    timeout."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _path(item.path).parts[0] in QUICK:
            item.add_marker(pytest.mark.quick)
    items.sort(key=lambda item: _turn(item.path))


@cache
def _turn(file: Path) -> int:
    """The place in `LONGEST` of a file or its folder; all others come after these."""
    return next((turn for turn, name in enumerate(LONGEST) if _path(file).is_relative_to(name)), len(LONGEST))


@cache
def _path(file: Path) -> Path:
    return file.relative_to(Path(__file__).parent)


@pytest.fixture(autouse=True, scope="module")
def collector_that_looks_at_this_module_only() -> None:
    """A pause of the collector grows with all that earlier tests left, and some tests bound the CPU they take."""
    gc.collect()
    gc.freeze()


@pytest.fixture
async def clock() -> AsyncIterator[Clock]:
    """For a test without threads and other processes: time passes at once where nothing else is to be done."""
    clock = Clock()
    with clock.running():
        yield clock


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server for an app (with `Running`'s options), or for an Echoscope with settings."""
    with ExitStack() as running:

        def start(app: ASGIApp | None = None, **options: Any) -> Running:
            return running.enter_context(Running(app, **options) if app else echoscope(**options))

        yield start

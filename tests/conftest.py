"""What all tests share: real servers that end with the test. `pytest -m quick` runs a part of them."""

import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp

from tests.clock import Clock
from tests.servers import Running, echoscope

Serve = Callable[..., Running]

QUICK = ("access", "api", "bodies", "test_documents.py", "test_settings.py", "test_structure.py")
"""What tells within a minute whether a change broke much: what strangers see, the API, what is shown of a request."""


TOGETHER = (
    "deploy/test_image.py",
    "deploy/test_proxies.py",
    "hops/test_believers.py",
    "systems/test_every_server.py",
    "systems/test_tls.py",
    "systems/test_wsgi.py",
    "test_wheel.py",
)
"""Files whose tests share what takes seconds to start: where tests run in several processes, these stay in one."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        path = item.path.relative_to(Path(__file__).parent)
        if path.parts[0] in QUICK:
            item.add_marker(pytest.mark.quick)
        if path.as_posix() in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(path.as_posix()))


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

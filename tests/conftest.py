"""What all tests share: real servers that end with the test."""

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.types import ASGIApp

from tests.servers import Running, echoscope

Serve = Callable[..., Running]


@pytest.fixture(autouse=True, scope="module")
def collector_that_looks_at_this_module_only() -> None:
    """A pause of the collector grows with all that earlier tests left, and some tests bound the CPU they take."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server for an app (with `Running`'s options), or for an Echoscope with settings."""
    with ExitStack() as running:

        def start(app: ASGIApp | None = None, **options: Any) -> Running:
            return running.enter_context(Running(app, **options) if app else echoscope(**options))

        yield start

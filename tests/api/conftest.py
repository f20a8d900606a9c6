"""Echoscopes to ask: one of its own for a test that counts what is kept, one for all of a module that does not."""

from collections.abc import Iterator

import pytest

from tests.conftest import Serve
from tests.servers import Running, echoscope


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    with echoscope() as running:
        yield running

"""One Echoscope for all tests of a module: an echo keeps nothing that the next request could see."""

from collections.abc import Iterator

import pytest

from echoscope.base.settings import load
from echoscope.main import create_app
from tests.servers import Kind, Running, echoscope

KINDS: list[Kind] = ["echoscope", "httptools", "h11"]


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with echoscope() as running:
        yield running


@pytest.fixture(scope="module", params=KINDS)
def any_server(request: pytest.FixtureRequest) -> Iterator[Running]:
    """The same app on each of the servers: what holds here holds for an app that somebody else serves."""
    with Running(create_app(load({})), kind=request.param) as running:
        yield running

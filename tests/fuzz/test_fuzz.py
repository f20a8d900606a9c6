"""After every hostile input the next good request is answered and reaches every dashboard."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from .arena import Arena, arena
from .inputs import CALLS, HTTP2, REQUESTS, SESSIONS

T = TypeVar("T")

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
"""It takes the server, whose thread may call `random` at any time, for a strategy."""

EXAMPLES = 30
"""So many of each kind take a few seconds; they are the same in every run."""


@pytest.fixture(scope="module")
def plain() -> Iterator[Arena]:
    with arena() as running:
        yield running


@pytest.fixture(scope="module")
def http2() -> Iterator[Arena]:
    with arena("http2") as running:
        yield running


def after_each(hostile: SearchStrategy[T], act: Callable[[T], None], running: Arena) -> None:
    """As a function within a test, because for a test that is one of its own Hypothesis reads all modules for constants
    at the end of the collection: in each process, though only one runs it."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(hostile)
    def attack(one: T) -> None:
        act(one)
        running.is_well()

    attack()


def test_after_any_bytes_of_http_1(plain: Arena) -> None:
    after_each(REQUESTS, plain.attack, plain)


def test_after_any_frames_of_a_websocket(plain: Arena) -> None:
    after_each(SESSIONS, plain.attack, plain)


def test_after_any_frames_of_http_2(http2: Arena) -> None:
    after_each(HTTP2, http2.attack, http2)


def test_after_any_call_of_the_api(plain: Arena) -> None:
    after_each(CALLS, plain.call, plain)

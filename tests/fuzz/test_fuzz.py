"""After every hostile input the next good request is answered and reaches every dashboard."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from .arena import Arena, arena
from .inputs import CALLS, HTTP2, REQUESTS, SESSIONS, Call, Sent

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
"""It takes the server, whose thread may call `random` at any time, for a strategy."""

EXAMPLES = 30
"""So many of each kind take a few seconds; they are the same in every run."""

bounded = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def plain() -> Iterator[Arena]:
    with arena() as running:
        yield running


@pytest.fixture(scope="module")
def http2() -> Iterator[Arena]:
    with arena("http2") as running:
        yield running


@bounded
@given(hostile=REQUESTS)
def test_after_any_bytes_of_http_1(plain: Arena, hostile: Sent) -> None:
    plain.attack(hostile)
    plain.is_well()


@bounded
@given(hostile=SESSIONS)
def test_after_any_frames_of_a_websocket(plain: Arena, hostile: Sent) -> None:
    plain.attack(hostile)
    plain.is_well()


@bounded
@given(hostile=HTTP2)
def test_after_any_frames_of_http_2(http2: Arena, hostile: Sent) -> None:
    http2.attack(hostile)
    http2.is_well()


@bounded
@given(call=CALLS)
def test_after_any_call_of_the_api(plain: Arena, call: Call) -> None:
    plain.call(call)
    plain.is_well()

"""What is remembered of the values that clients send: the short ones that they repeat, and never much."""

import tracemalloc
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from echoscope.assembly.doors.visitors import _counted
from echoscope.base.remembered import LONGEST, remembered
from echoscope.exchange.summary import summary_line
from echoscope.http.negotiation import preferred
from echoscope.insight.search.conditions import parse_address
from echoscope.server.request import is_host
from echoscope.web.echo.app import prefers_page
from echoscope.web.endpoint.request import title_case
from tests.exchanges import plain_exchange


def test_a_short_value_is_asked_for_once_and_a_long_one_each_time() -> None:
    asked: list[str] = []

    @remembered(2)
    def length(value: str) -> int:
        asked.append(value)
        return len(value)

    short, long = "a" * LONGEST, "a" * (LONGEST + 1)
    assert [length(value) for value in (short, long, short, long)] == [LONGEST, LONGEST + 1] * 2
    assert asked == [short, long, long]


def test_no_more_values_than_told_are_remembered() -> None:
    asked: list[bytes] = []

    @remembered(2)
    def same(value: bytes) -> bytes:
        asked.append(value)
        return value

    for value in (b"a", b"b", b"a", b"c", b"c", b"a"):
        assert same(value) == value
    assert asked == [b"a", b"b", b"c", b"a"]


USERS: dict[str, Callable[[bytes], object]] = {
    "accept": prefers_page,
    "accept, of some": lambda value: preferred(value, ("image/png", "image/webp")),
    "header name": title_case,
    "host": is_host,
    "address that is counted": lambda value: _counted(value.decode()),
    "address that is searched": lambda value: parse_address(value.decode()),
    "user agent": lambda value: summary_line(1, replace(plain_exchange(), user_agent=value), None),
    "content type": lambda value: summary_line(1, replace(plain_exchange(), content_type=value), None),
}


@pytest.mark.parametrize("user", USERS)
def test_nothing_is_kept_of_long_values_that_no_log_counts(user: str) -> None:
    use = USERS[user]
    use(b"text/html")
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(200):
            use(b"%05d" % number + b"a" * 8_000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 100_000

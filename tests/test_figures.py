"""Sizes and times for people."""

import pytest

from echoscope.base.figures import byte_size, milliseconds


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0, "0 µs"),
        (0.004, "4 µs"),
        (0.0994, "99 µs"),
        (0.0995, "0.10 ms"),
        (9.99, "9.99 ms"),
        (12.4, "12 ms"),
        (999, "999 ms"),
        (1500, "1.5 s"),
    ],
)
def test_a_time_has_the_unit_that_tells_it(duration: float, text: str) -> None:
    assert milliseconds(duration) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (16_400, "16 kB"), (16_000_000, "16 MB"), (2_500_000_000, "2.5 GB")],
)
def test_a_size_has_two_or_three_figures(size: int, text: str) -> None:
    assert byte_size(size) == text

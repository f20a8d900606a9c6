"""How often each of many may do something, and who counts as one."""

import pytest

from echoscope.web.visitors.client import counted
from echoscope.web.visitors.rates import MOST_KNOWN, Rate


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_so_many_may_come_at_once_and_then_one_after_the_other() -> None:
    clock = Clock()
    rate = Rate(10, 1.0, burst=20, now=clock)
    assert [rate.take("a") for _ in range(20)] == [0.0] * 20
    assert rate.take("a") == pytest.approx(0.1)
    clock.now_s += 0.1
    assert rate.take("a") == 0.0
    assert rate.take("a") > 0
    clock.now_s += 2
    assert [rate.take("a") for _ in range(21)].count(0.0) == 20


def test_each_counts_for_itself() -> None:
    rate = Rate(1, 60.0, now=Clock())
    assert rate.take("a") == 0.0
    assert rate.take("b") == 0.0
    assert rate.take("a") == pytest.approx(60)


def test_looking_counts_nothing() -> None:
    rate = Rate(1, now=Clock())
    assert [rate.wait_s("a") for _ in range(5)] == [0.0] * 5
    assert rate.take("a") == 0.0


def test_none_is_no_limit() -> None:
    rate = Rate(0)
    assert not rate.is_limited
    assert [rate.take("a") for _ in range(1_000)] == [0.0] * 1_000


def test_no_more_are_remembered_than_may_be() -> None:
    rate = Rate(1, 3_600.0, now=Clock())
    for number in range(MOST_KNOWN + 100):
        rate.take(str(number))
    assert len(rate._full_at) == MOST_KNOWN
    assert rate.take(str(MOST_KNOWN + 99)) > 0
    assert rate.take("0") == 0.0


@pytest.mark.parametrize(
    ("address", "as_one"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_an_ipv6_address_counts_by_its_network(address: str, as_one: str) -> None:
    assert counted(address) == as_one

"""What the tests of findings share: the clock stands still for them."""

import pytest

from echoscope.insight import findings


@pytest.fixture(autouse=True)
def time_that_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """The budget of time depends on the machine and on the collector's pauses; one test is about it and sets it."""
    monkeypatch.setattr(findings, "thread_time", lambda: 0.0)

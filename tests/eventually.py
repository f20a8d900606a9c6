"""Waiting for what another thread or process does in its own time."""

import time
from collections.abc import Callable

from tests.servers import WAIT_S


def eventually(is_so: Callable[[], object], wait_s: float = WAIT_S) -> None:
    """Return as soon as it is so; fail when it never becomes so."""
    ends_at = time.monotonic() + wait_s
    while not is_so():
        assert time.monotonic() < ends_at, "it never became so"
        time.sleep(0.01)

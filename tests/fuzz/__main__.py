"""`python -m tests.fuzz --minutes 10`: hostile input of every kind in turns, other ones in each run.

An input that breaks something is made as small as can be and printed, and the exit code is 1.
"""

import argparse
import itertools
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.servers import Kind as Servers

from .arena import Arena, arena
from .inputs import CALLS, HTTP2, REQUESTS, SESSIONS

ROUND = 100
"""How many inputs of one kind come before the next kind has its turn."""


class Kind(NamedTuple):
    server: Servers
    act: Callable[[Arena, Any], None]
    inputs: SearchStrategy[Any]


KINDS = {
    "http1": Kind("echoscope", Arena.attack, REQUESTS),
    "websocket": Kind("echoscope", Arena.attack, SESSIONS),
    "http2": Kind("http2", Arena.attack, HTTP2),
    "api": Kind("echoscope", Arena.call, CALLS),
}


def fuzz(kind: Kind, number: int) -> None:
    """One round, on a server of its own."""
    with arena(kind.server) as one:

        @seed(number)
        @settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(hostile=kind.inputs)
        def survives(hostile: Any) -> None:
            kind.act(one, hostile)
            one.is_well()

        survives()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="of the first round")
    parser.add_argument("--kinds", default=",".join(KINDS))
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # the server's thread may call `random`, which is taken for a strategy's fault
    names = itertools.cycle(options.kinds.split(","))
    ends_at, faults = time.monotonic() + options.minutes * 60, 0
    for number, name in enumerate(names, options.seed):
        if time.monotonic() > ends_at:
            break
        print(f"{name} --seed {number}", flush=True)
        try:
            fuzz(KINDS[name], number)
        except Exception:
            traceback.print_exc()
            faults += 1
    print(f"{faults} rounds broke something")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

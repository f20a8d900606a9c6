"""What the parts share: how long to measure, on which cores, and the start of programs."""

import os
import sys
from pathlib import Path
from typing import NamedTuple

import msgspec

from .programs import Program
from .servers import Server


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured.

    `rounds`, `seconds`: how many counted rounds and how long one takes. `paced_s`: how long the paced load lasts.
    `fill_to`: up to how many exchanges a log is filled; `fills`: how often, for its memory. `memory_at`: after how
    many requests memory is looked at; `bodies`: after how many with bodies. `starts`: how often a start is timed.
    `searches`: how often the whole log is searched. `idle_requests`: how many are timed one by one, in each round.
    `hostile_rounds`, `hostile_s`: how often each hostile load runs and how long.
    """

    rounds: int = 7
    seconds: int = 2
    paced_s: float = 10
    fills: int = 3
    fill_to: int = 100_000
    memory_at: tuple[int, ...] = (20_000, 60_000, 200_000)
    bodies: int = 20_000
    starts: int = 7
    searches: int = 5
    idle_requests: int = 100
    hostile_rounds: int = 3
    hostile_s: float = 4


QUICK = Plan(
    rounds=2,
    seconds=1,
    paced_s=3,
    fills=1,
    fill_to=20_000,
    memory_at=(20_000,),
    bodies=3_000,
    starts=3,
    searches=2,
    idle_requests=30,
    hostile_rounds=1,
    hostile_s=2,
)


class Peers(NamedTuple):
    """Programs that are not in the environment of the benchmark.

    `httpbin`: a Python that has httpbin, gunicorn and gevent. `go_httpbin`: the path of the binary, if there is one.
    `before`: a checkout of an earlier commit, if there is one.
    """

    httpbin: str = sys.executable
    go_httpbin: str | None = None
    before: Path | None = None


class Cores(NamedTuple):
    """Where the server under measurement runs and where the load does: the same core when there is only one."""

    server: int
    load: int

    @classmethod
    def divide(cls) -> "Cores":
        """Of the cores that this process may use, the last for the server and the first for the load."""
        allowed = sorted(os.sched_getaffinity(0))
        return cls(allowed[-1], allowed[0])


class Bench:
    """One run. Whatever it starts but servers inherits the load's core from it."""

    def __init__(self, plan: Plan, peers: Peers) -> None:
        self.plan = plan
        self.peers = peers
        self.cores = Cores.divide()
        os.sched_setaffinity(0, {self.cores.load})

    def serve(self, program: Program, *, on_both: bool = False) -> Server:
        """Start a program on the server's core, or on the load's as well; to be used in a `with`."""
        return Server(program, {self.cores.server, self.cores.load} if on_both else {self.cores.server})

    def say(self, text: str) -> None:
        """Progress, beside the result and not in it."""
        print(f"… {text}", file=sys.stderr, flush=True)

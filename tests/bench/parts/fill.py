"""Whether a request costs the same when the store is full of others.

A fresh Echoscope is filled by rounds at full speed. Each is divided by the mean of the rounds of `hello` before and
after it, which cancels what the machine does meanwhile.
"""

import asyncio
import statistics
from typing import NamedTuple

from ..bench import Bench
from ..errors import BenchError
from ..pace import paced
from ..programs import echoscope, hello
from ..report import Figure, Wanted
from ..rounds import measure
from ..servers import Server

FIRST = 1_000
OPTIONS = ("--max-exchanges", "200000", "--max-bytes", "2GiB")

MOST_ROUNDS = 200
"""A server that needs more, each of a second, is not worth waiting for."""


class Point(NamedTuple):
    """The cost of a request, in that of a hello, from so many kept exchanges on."""

    exchanges: int
    cost: float


def figures(bench: Bench) -> list[Figure]:
    growth: list[float] = []
    spread: list[float] = []
    for number in range(bench.plan.fills):
        bench.say(f"fill: from {FIRST:,} to {bench.plan.fill_to:,} exchanges, {number + 1} of {bench.plan.fills}")
        points = _fill(bench)
        growth.append(_growth(points))
        mean = statistics.fmean(point.cost for point in points)
        spread += [point.cost / mean for point in points]
    name = f"cost with {bench.plan.fill_to:,} kept / with {FIRST:,}, line through all rounds"
    return [
        Figure("fill", name, "×", growth, Wanted(at_most=1.05)),
        Figure("fill", "cost of a round / the mean of its fill", "×", spread),
    ]


def _fill(bench: Bench) -> list[Point]:
    points: list[Point] = []
    with bench.serve(hello()) as base, bench.serve(echoscope(*OPTIONS)) as filled:
        asyncio.run(paced(filled.port, FIRST, 1))
        measure(base, 1)
        before = measure(base, 1).cpu_us
        while (kept := _kept(filled)) < bench.plan.fill_to:
            cost = measure(filled, 1).cpu_us
            after = measure(base, 1).cpu_us
            points.append(Point(kept, cost / statistics.fmean((before, after))))
            before = after
            if len(points) == MOST_ROUNDS:
                raise BenchError(f"{kept:,} exchanges after {MOST_ROUNDS} rounds: too slow to fill the store")
    return points


def _kept(server: Server) -> int:
    return int(server.info()["exchanges"])


def _growth(points: list[Point]) -> float:
    """What the line of least squares through the points says of the last in terms of the first."""
    line = statistics.linear_regression(*zip(*points, strict=True))
    first, last = (line.intercept + line.slope * end.exchanges for end in (points[0], points[-1]))
    return last / first

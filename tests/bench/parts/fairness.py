"""Whether one client can keep the others waiting: a small request every 20 ms beside one hostile load at a time."""

import time

from ..bench import Bench
from ..hostile import Hostile
from ..loads import LOADS
from ..probe import Probe, Waits
from ..programs import echoscope
from ..report import Figure, Wanted

MORE_WANTED = Wanted(at_most=20.0)
MOST_WANTED = Wanted(at_most=60.0)

MACHINE_MS = 10.0
"""A quiet server that answers later than this shares its core with other programs."""


def figures(bench: Bench) -> list[Figure]:
    quiet: list[Waits] = []
    made: list[Figure] = []
    for name in LOADS:
        bench.say(f"fairness: {name}, {bench.plan.hostile_rounds} rounds")
        pairs = [_measure(bench, name) for _ in range(bench.plan.hostile_rounds)]
        quiet += [alone for alone, _ in pairs]
        more_ms = [beside.p99_ms - alone.p99_ms for alone, beside in pairs]
        made.append(Figure("fairness", f"{name}, p99 above the quiet one", "ms", more_ms, MORE_WANTED))
        most_ms = [beside.most_ms for _, beside in pairs]
        made.append(Figure("fairness", f"{name}, longest wait", "ms", most_ms, MOST_WANTED))
    if max(waits.p99_ms for waits in quiet) > MACHINE_MS:
        bench.say("fairness: requests waited on the quiet server too: the machine is too busy for these figures")
    return [
        Figure("fairness", "quiet, p99", "ms", [waits.p99_ms for waits in quiet]),
        Figure("fairness", "quiet, longest wait", "ms", [waits.most_ms for waits in quiet]),
        *made,
    ]


def _measure(bench: Bench, name: str) -> tuple[Waits, Waits]:
    """What a request waits on a quiet server, and beside the load."""
    with bench.serve(echoscope(*LOADS[name].options)) as server, Hostile(name, server, bench.plan.hostile_s) as hostile:
        with Probe(server) as probe:
            time.sleep(bench.plan.hostile_s / 2)
            quiet = probe.finish()
        with Probe(server) as probe:
            hostile.keep_busy()
            return quiet, probe.finish()

"""How long a user waits for the first answer, and how much of it is for the imports."""

import os
import subprocess
import sys
from functools import partial

from ..bench import Bench
from ..errors import BenchError
from ..programs import ROOT, echoscope, environment
from ..report import Figure, Wanted

START_S = 0.4

_IMPORT = "import time; began = time.perf_counter(); import echoscope.cli; print(time.perf_counter() - began)"


def figures(bench: Bench) -> list[Figure]:
    bench.say(f"start: {bench.plan.starts} times")
    starts = [_start(bench) for _ in range(bench.plan.starts)]
    elapsed_s, cpu_s = ([start[index] for start in starts] for index in range(2))
    imports = [_import(bench) for _ in range(bench.plan.starts)]
    return [
        Figure("start", "from the start of the process to its first answer", "s", elapsed_s, Wanted(at_most=START_S)),
        Figure("start", "the same in CPU time, which a busy machine disturbs less", "CPU s", cpu_s),
        Figure("start", "import of the command line and all it needs", "s", imports),
    ]


def _start(bench: Bench) -> tuple[float, float]:
    """Elapsed and CPU time."""
    with bench.serve(echoscope()) as server:
        return server.started_s, server.cpu_ns() / 1e9


def _import(bench: Bench) -> float:
    ended = subprocess.run(
        [sys.executable, "-c", _IMPORT],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        preexec_fn=partial(os.sched_setaffinity, 0, {bench.cores.server}),
    )
    if ended.returncode:
        raise BenchError(f"Echoscope cannot be imported: {ended.stderr.strip().splitlines()[-1]}")
    return float(ended.stdout)

"""What a store that is not memory costs: Redis on this machine, a SQLite file, and two workers on one Redis.

What counts is what Echoscope's own processes take. What Redis takes for a request stands beside it.
"""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from echoscope.cli.workers.engine import EngineError, running_engine

from ..bench import Bench
from ..errors import BenchError
from ..programs import Program, echoscope
from ..report import Figure, Wanted
from ..rounds import interleave, ratios

SPEED_WANTED = Wanted(at_least=0.75)
"""Of memory's, on the same way."""

WORKERS_WANTED = Wanted(at_most=1.15)

CONNECTIONS = 32

ASGI = " through ASGI"

MEMORY, REDIS, SQLITE = "memory", "redis", "sqlite"

WORKERS, CROWDED = "two workers on redis, two cores", "two workers on redis, one core"
"""On two cores, of which the load and Redis have a part, as two workers are meant; and on the one core that all others
have, where each finds what the other has left in its caches."""

HALF, TWICE = "redis, half the connections", "two workers on redis, two cores, twice the connections"
"""As many for the one as each of the two has, and for each of the two as the one has: with fewer a worker stores fewer
at once."""

SHARE = 3
"""Rounds are so many times as many as elsewhere, and shorter: what a process that sleeps between two writes takes
depends on what the machine does meanwhile, which lasts for seconds."""


def figures(bench: Bench) -> list[Figure]:
    with ExitStack() as stack:
        try:
            engine = stack.enter_context(running_engine())
        except EngineError as error:
            raise BenchError(str(error)) from error
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        programs = [
            _named(MEMORY),
            _named(f"{MEMORY}{ASGI}", "--asgi-only"),
            _named(REDIS, "--store", f"{engine.address}?prefix=one"),
            _named(f"{REDIS}{ASGI}", "--asgi-only", "--store", f"{engine.address}?prefix=two"),
            _named(SQLITE, "--store", f"sqlite:///{folder}/log.db"),
            _named(f"{SQLITE}{ASGI}", "--asgi-only", "--store", f"sqlite:///{folder}/other.db"),
            _named(WORKERS, "--store", f"{engine.address}?prefix=three", "--workers", "2"),
            _named(CROWDED, "--store", f"{engine.address}?prefix=four", "--workers", "2"),
        ]
        bench.say(f"stores: {len(programs)} programs, {SHARE * bench.plan.rounds} rounds")
        servers = {
            program.name: stack.enter_context(bench.serve(program, on_both=program.name == WORKERS))
            for program in programs
        }
        servers[HALF], servers[TWICE] = servers[REDIS], servers[WORKERS]
        rounds = interleave(
            servers,
            SHARE * bench.plan.rounds,
            max(1, bench.plan.seconds // SHARE),
            connections=CONNECTIONS,
            others_connections={HALF: CONNECTIONS // 2, TWICE: 2 * CONNECTIONS},
            store=engine.pid,
        )
    costs = [Figure("stores", name, "µs/request", [round.cpu_us for round in rounds[name]]) for name in rounds]
    costs += [
        Figure("stores", f"{name}: Redis beside it", "µs/request", [round.store_us for round in rounds[name]])
        for name in (REDIS, HALF, WORKERS, TWICE, CROWDED)
    ]
    speeds = [
        Figure("stores", f"{memory} / {other}", "×", ratios(rounds[memory], rounds[other]), SPEED_WANTED)
        for way in ("", ASGI)
        for memory, other in ((f"{MEMORY}{way}", f"{REDIS}{way}"), (f"{MEMORY}{way}", f"{SQLITE}{way}"))
    ]
    workers = [
        Figure("stores", f"{WORKERS} / {REDIS}", "×", ratios(rounds[WORKERS], rounds[REDIS]), WORKERS_WANTED),
        Figure("stores", f"{CROWDED} / {REDIS}", "×", ratios(rounds[CROWDED], rounds[REDIS])),
        Figure("stores", f"{WORKERS} / {HALF}", "×", ratios(rounds[WORKERS], rounds[HALF])),
        Figure("stores", f"{TWICE} / {REDIS}", "×", ratios(rounds[TWICE], rounds[REDIS])),
    ]
    return [*costs, *speeds, *workers]


def _named(name: str, *options: str) -> Program:
    return msgspec.structs.replace(echoscope(*options), name=name)

"""Echoscope on somebody else's server, where there is no second door: this checkout against an earlier one."""

from ..bench import Bench
from ..programs import on_uvicorn
from ..report import Figure, Wanted
from ..rounds import interleave, ratios

BEFORE_WANTED = Wanted(at_least=1.2)


def figures(bench: Bench) -> list[Figure]:
    before = bench.peers.before
    if before is None:
        bench.say("asgi: without an earlier commit: give a checkout of one with --before")
        with bench.serve(on_uvicorn()) as server:
            rounds = interleave({"now": server}, bench.plan.rounds, bench.plan.seconds)
    else:
        bench.say(f"asgi: two checkouts, {bench.plan.rounds} rounds")
        with bench.serve(on_uvicorn(before)) as then, bench.serve(on_uvicorn()) as now:
            rounds = interleave({"before": then, "now": now}, bench.plan.rounds, bench.plan.seconds)
    costs = [
        Figure("asgi", f"echoscope.main:app on uvicorn, {name}", "µs/request", [round.cpu_us for round in rounds[name]])
        for name in rounds
    ]
    if before is None:
        return costs
    return [*costs, Figure("asgi", "before / now", "×", ratios(rounds["before"], rounds["now"]), BEFORE_WANTED)]

"""What an Echoscope around an app costs: a hello on uvicorn, bare, wrapped, and wrapped with recording paused."""

from contextlib import ExitStack

from ..bench import Bench
from ..programs import hello, wrapped
from ..report import Figure, Wanted
from ..rounds import interleave

RECORDED_WANTED = Wanted(at_most=15)
PAUSED_WANTED = Wanted(at_most=1.5)
"""One call more, and a look at the path."""


def figures(bench: Bench) -> list[Figure]:
    bench.say(f"ownapp: three programs, {bench.plan.rounds} rounds")
    with ExitStack() as stack:
        programs = {"bare": hello(), "wrapped": wrapped("recorded"), "paused": wrapped("paused")}
        servers = {name: stack.enter_context(bench.serve(program)) for name, program in programs.items()}
        rounds = interleave(servers, bench.plan.rounds, bench.plan.seconds)
    costs = [Figure("ownapp", f"hello, {name}", "µs/request", [one.cpu_us for one in rounds[name]]) for name in rounds]
    for name, wanted in (("wrapped", RECORDED_WANTED), ("paused", PAUSED_WANTED)):
        more = [one.cpu_us - bare.cpu_us for one, bare in zip(rounds[name], rounds["bare"], strict=True)]
        costs.append(Figure("ownapp", f"{name} - bare", "µs/request", more, wanted))
    return costs

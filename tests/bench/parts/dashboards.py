"""Twenty dashboards: all is delivered, at once, and the requests hardly notice."""

import asyncio

from ..bench import Bench
from ..pace import Paced, paced
from ..programs import Program, echoscope
from ..readers import Readers, Report
from ..report import Figure, Wanted
from ..rounds import interleave

READERS = 20
RATE = 1_000
P99_MS = 100.0


def figures(bench: Bench) -> list[Figure]:
    return [*delivery(bench, "dashboards", echoscope(), P99_MS), *_throughput(bench)]


def delivery(bench: Bench, part: str, program: Program, p99_ms: float) -> list[Figure]:
    """What the readers of a program get, and when; `p99_ms`: what is wanted of that."""
    bench.say(f"{part}: {RATE} requests a second for {bench.plan.paced_s:g} s to {READERS}")
    with bench.serve(program) as server, Readers(server, READERS) as readers:
        server_ns, readers_ns = server.cpu_ns(), readers.cpu_ns()
        load = asyncio.run(paced(server.port, RATE, bench.plan.paced_s))
        report = readers.finish()
        shares = [(server.cpu_ns() - server_ns) / 1e9, (readers.cpu_ns() - readers_ns) / 1e9]
    return [
        *_delivered(part, load, report, p99_ms),
        Figure(part, "server's core, at this pace", "share", [shares[0] / load.seconds]),
        Figure(part, "load's core, by the dashboards", "share", [shares[1] / load.seconds]),
    ]


def _delivered(part: str, load: Paced, report: Report, p99_ms: float) -> list[Figure]:
    delays = report.delays_ms
    received = [reader.exchanges / load.requests for reader in report.readers]
    untold = [float(reader.lost) for reader in report.readers]
    missed = [float(reader.missed) for reader in report.readers]
    return [
        Figure(part, "pace", "requests/s", [load.requests / load.seconds], Wanted(at_least=0.98 * RATE)),
        Figure(part, "delivered to the one that got least", "share", [min(received)], Wanted(at_least=1.0)),
        Figure(part, "announced as missed, most", "exchanges", [max(missed)], Wanted(at_most=0)),
        Figure(part, "neither delivered nor announced, most", "exchanges", [max(untold)], Wanted(at_most=0)),
        Figure(part, "request to dashboard, all", "ms", [delays[0], delays[len(delays) // 2], delays[-1]]),
        Figure(part, "request to dashboard, p99", "ms", [delays[len(delays) * 99 // 100]], Wanted(at_most=p99_ms)),
    ]


def _throughput(bench: Bench) -> list[Figure]:
    bench.say(f"dashboards: full speed with {READERS} and with none, {bench.plan.rounds} rounds")
    plan = bench.plan
    with bench.serve(echoscope()) as alone, bench.serve(echoscope()) as watched, Readers(watched, READERS) as readers:
        before_ns = readers.cpu_ns()
        rounds = interleave({"none": alone, "all": watched}, plan.rounds, plan.seconds)
        # The round that is not counted is read too.
        share = (readers.cpu_ns() - before_ns) / 1e9 / (plan.seconds * (plan.rounds + 1))
    pairs = list(zip(rounds["all"], rounds["none"], strict=True))
    rates = [watched.rate / alone.rate for watched, alone in pairs]
    costs = [alone.cpu_us / watched.cpu_us for watched, alone in pairs]
    loads = [watched.load_share + share for watched, _ in pairs]
    return [
        Figure("dashboards", "rate with none", "requests/s", [alone.rate for _, alone in pairs]),
        Figure("dashboards", f"rate with {READERS} / with none", "×", rates),
        Figure("dashboards", f"CPU with none / with {READERS}", "×", costs),
        Figure("dashboards", "load's core, by wrk and the dashboards", "share", loads),
        Figure("dashboards", "load's core, by the dashboards alone", "share", [share]),
    ]

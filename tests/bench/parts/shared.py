"""A log that several share: what twenty dashboards over two workers get, and a search through 100,000 exchanges in
Redis, beside which others want their answers."""

import time
from contextlib import ExitStack

import httpx

from echoscope.cli.workers.engine import EngineError, running_engine

from ..bench import Bench
from ..errors import BenchError
from ..filling import LARGE, fill
from ..probe import Probe
from ..programs import echoscope
from ..report import Figure, Wanted
from ..servers import Server
from .dashboards import delivery

P99_MS = 300.0
FIRST_WANTED = Wanted(at_most=300.0)
MORE_WANTED = Wanted(at_most=20.0)

EVERYWHERE, NOWHERE = "path:/hooks", "zzzzqqq"
TIMEOUT_S = 120.0


def figures(bench: Bench) -> list[Figure]:
    with ExitStack() as stack:
        try:
            engine = stack.enter_context(running_engine())
        except EngineError as error:
            raise BenchError(str(error)) from error
        workers = echoscope("--workers", "2", "--store", f"{engine.address}?prefix=two")
        return [
            *delivery(bench, "shared", workers, P99_MS),
            *_searching(bench, f"{engine.address}?prefix=large"),
        ]


def _searching(bench: Bench, store: str) -> list[Figure]:
    exchanges, times = bench.plan.fill_to, bench.plan.searches
    bench.say(f"shared: {exchanges:,} exchanges in Redis, {times} searches of each kind")
    with bench.serve(echoscope(*LARGE, "--store", store)) as server:
        fill(server, exchanges)
        first_ms = [_search_ms(server, EVERYWHERE) for _ in range(times)]
        with Probe(server) as probe:
            time.sleep(bench.plan.hostile_s)
            quiet = probe.finish()
        with Probe(server) as probe:
            before_ns = server.cpu_ns()
            whole_ms = [_search_ms(server, NOWHERE) for _ in range(times)]
            whole_cpu_s = (server.cpu_ns() - before_ns) / 1e9 / times
            beside = probe.finish()
    return [
        Figure("shared", "search in Redis, first 50 of many", "ms", first_ms, FIRST_WANTED),
        Figure("shared", "search in Redis, all for nothing", "ms", whole_ms),
        Figure("shared", "search in Redis, all for nothing, with the others", "CPU s", [whole_cpu_s]),
        Figure(
            "shared", "others beside it, p99 above the quiet one", "ms", [beside.p99_ms - quiet.p99_ms], MORE_WANTED
        ),
        Figure("shared", "others beside it, longest wait", "ms", [beside.most_ms]),
        Figure("shared", "others on the quiet server, longest wait", "ms", [quiet.most_ms]),
    ]


def _search_ms(server: Server, search: str) -> float:
    began = time.perf_counter()
    try:
        httpx.get(
            f"{server.origin}/-/api/exchanges", params={"q": search}, trust_env=False, timeout=TIMEOUT_S
        ).raise_for_status()
    except httpx.HTTPError as error:
        raise BenchError(f"the search failed: {error!r}") from error
    return (time.perf_counter() - began) * 1e3

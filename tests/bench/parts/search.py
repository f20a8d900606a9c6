"""A search through 100,000 exchanges for a word that is nowhere: CPU time of the server, all threads together."""

import httpx

from ..bench import Bench
from ..errors import BenchError
from ..filling import LARGE, fill
from ..programs import echoscope
from ..report import Figure, Wanted
from ..servers import Server

SEARCH = "/-/api/exchanges?q=zzzzqqq"
TIMEOUT_S = 60.0
WANTED = Wanted(at_most=0.4)


def figures(bench: Bench) -> list[Figure]:
    exchanges = bench.plan.fill_to
    bench.say(f"search: {exchanges:,} exchanges, {bench.plan.searches} times")
    with bench.serve(echoscope(*LARGE)) as server:
        fill(server, exchanges)
        costs = [_search(server) * 100_000 / exchanges for _ in range(bench.plan.searches)]
    return [Figure("search", "100,000 exchanges, a word that is nowhere", "CPU s", costs, WANTED)]


def _search(server: Server) -> float:
    before_ns = server.cpu_ns()
    try:
        answer = httpx.get(server.origin + SEARCH, trust_env=False, timeout=TIMEOUT_S).raise_for_status().json()
    except httpx.HTTPError as error:
        raise BenchError(f"the search failed: {error!r}") from error
    if answer["items"]:
        raise BenchError("the search found what should not be there")
    return (server.cpu_ns() - before_ns) / 1e9

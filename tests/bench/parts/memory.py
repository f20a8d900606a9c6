"""What an Echoscope with its default settings holds in memory, after many requests and after many large ones."""

from ..bench import Bench
from ..errors import BenchError
from ..load import PATH, wrk
from ..programs import echoscope
from ..report import Figure, Wanted
from ..servers import Server

MIB = 1 << 20
BEYOND_STORE_MIB = 60

BODY_BYTES = 48 << 10
"""Received and sent back, a thousand of these are more than the store's 64 MiB: its bound by bytes is what holds."""

MOST_ROUNDS = 300
"""A server that needs more, each of a second, is not worth waiting for."""


def figures(bench: Bench) -> list[Figure]:
    return [*_small(bench), *_large(bench)]


def _small(bench: Bench) -> list[Figure]:
    *earlier, last = bench.plan.memory_at
    with bench.serve(echoscope()) as server:
        made = [_figure(server, "at the start")]
        for requests in (*earlier, last):
            bench.say(f"memory: up to {requests:,} requests")
            _load_until(server, requests)
            made.append(_figure(server, f"after {requests:,} requests", is_judged=requests == last))
    return made


def _large(bench: Bench) -> list[Figure]:
    requests = bench.plan.bodies
    bench.say(f"memory: up to {requests:,} requests with bodies")
    with bench.serve(echoscope()) as server:
        _load_until(server, requests, BODY_BYTES)
        store = Figure("memory", f"store after {requests:,} bodies of 48 KiB", "MiB", [server.info()["bytes"] / MIB])
        return [store, _figure(server, f"after {requests:,} bodies of 48 KiB", is_judged=True)]


def _load_until(server: Server, requests: int, body_bytes: int = 0) -> None:
    for _ in range(MOST_ROUNDS):
        if int(server.info()["head"]) >= requests:
            return
        wrk(server.origin + PATH, 1, body_bytes=body_bytes)
    raise BenchError(f"fewer than {requests:,} requests in {MOST_ROUNDS} rounds: too slow to fill the memory")


def _figure(server: Server, when: str, *, is_judged: bool = False) -> Figure:
    bound = server.info()["max_bytes"] / MIB + BEYOND_STORE_MIB
    return Figure(
        "memory", f"resident {when}", "MiB", [server.rss_bytes() / MIB], Wanted(at_most=bound) if is_judged else None
    )

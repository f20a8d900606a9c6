"""What an Echoscope holds in memory: by default after many requests and after many large ones; for each exchange."""

from ..bench import Bench
from ..filling import LARGE, fill
from ..programs import echoscope
from ..report import Figure, Wanted
from ..requests import BROWSER_GET, CURL_GET, JSON_POST, NEW_GET, Request
from ..servers import Server

MIB = 1 << 20
BEYOND_STORE_MIB = 60

# Received and sent back, a thousand of these are more than the store's 64 MiB: its bound by bytes is what holds.
LARGE_POST = Request(JSON_POST.headers, body=b"x" * (48 << 10))

STORED: dict[str, tuple[Request, Wanted | None]] = {
    "curl's headers": (CURL_GET, Wanted(at_most=1.4)),
    "a browser's headers": (BROWSER_GET, Wanted(at_most=2.4)),
    "ever new headers": (NEW_GET, None),
}
"""What is sent and kept again and again. Where a client repeats its request, what is kept shares most bytes."""

BEGUN_WITH = 1_000
"""By then all that a server makes once is made."""


def figures(bench: Bench) -> list[Figure]:
    stored = [_stored(bench, name, request, wanted) for name, (request, wanted) in STORED.items()]
    return [*_small(bench), *_large(bench), *stored]


def _small(bench: Bench) -> list[Figure]:
    *earlier, last = bench.plan.memory_at
    with bench.serve(echoscope()) as server:
        made = [_figure(server, "at the start")]
        for requests in (*earlier, last):
            bench.say(f"memory: up to {requests:,} requests")
            fill(server, requests)
            made.append(_figure(server, f"after {requests:,} requests", is_judged=requests == last))
    return made


def _large(bench: Bench) -> list[Figure]:
    requests = bench.plan.bodies
    bench.say(f"memory: up to {requests:,} requests with bodies")
    with bench.serve(echoscope()) as server:
        fill(server, requests, LARGE_POST)
        store = Figure("memory", f"store after {requests:,} bodies of 48 KiB", "MiB", [server.info()["bytes"] / MIB])
        return [store, _figure(server, f"after {requests:,} bodies of 48 KiB", is_judged=True)]


def _stored(bench: Bench, name: str, request: Request, wanted: Wanted | None) -> Figure:
    """By how much the memory grows while a large log fills, for each exchange."""
    values = []
    for number in range(bench.plan.fills):
        bench.say(f"memory: {bench.plan.fill_to:,} stored, {name}, {number + 1} of {bench.plan.fills}")
        with bench.serve(echoscope(*LARGE, "--max-exchanges", "1000000")) as server:
            before = fill(server, BEGUN_WITH, request)
            before_bytes = server.rss_bytes()
            fill(server, before + bench.plan.fill_to, request)
            exchanges = server.info()["exchanges"] - before
            values.append((server.rss_bytes() - before_bytes) / exchanges / 1e3)
    return Figure("memory", f"a stored GET, {name}", "kB", values, wanted)


def _figure(server: Server, when: str, *, is_judged: bool = False) -> Figure:
    bound = server.info()["max_bytes"] / MIB + BEYOND_STORE_MIB
    return Figure(
        "memory", f"resident {when}", "MiB", [server.rss_bytes() / MIB], Wanted(at_most=bound) if is_judged else None
    )

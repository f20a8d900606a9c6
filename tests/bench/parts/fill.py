"""Whether a request costs the same where many others are kept.

Two Echoscopes keep as many exchanges as they may, one of them a hundred times as many. So each request lets one go, as
in a log that has run for a while: what is let go has long left the caches of the processor where many are kept.
"""

from ..bench import Bench
from ..filling import LARGE, fill
from ..programs import echoscope
from ..report import Figure, Wanted
from ..requests import CURL_GET, NEW_GET, Request
from ..rounds import interleave, ratios

FEW = 1_000

REQUESTS: dict[str, tuple[Request, Wanted | None]] = {
    "curl's headers": (CURL_GET, Wanted(at_most=1.05)),
    "ever new headers": (NEW_GET, None),
}


def figures(bench: Bench) -> list[Figure]:
    return [_growth(bench, name, request, wanted) for name, (request, wanted) in REQUESTS.items()]


def _growth(bench: Bench, name: str, request: Request, wanted: Wanted | None) -> Figure:
    many = bench.plan.fill_to
    bench.say(f"fill: {name}, {FEW:,} and {many:,} exchanges, {bench.plan.rounds} rounds")
    options = {count: (*LARGE, "--max-exchanges", str(count)) for count in (FEW, many)}
    with bench.serve(echoscope(*options[FEW])) as small, bench.serve(echoscope(*options[many])) as large:
        for server in (small, large):
            fill(server, many, request)
        rounds = interleave({"few": small, "many": large}, bench.plan.rounds, bench.plan.seconds, request)
    what = f"{name}, cost with {many:,} kept / with {FEW:,}"
    return Figure("fill", what, "×", ratios(rounds["many"], rounds["few"]), wanted)

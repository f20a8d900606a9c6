"""The echo with recording, with 0, 1 and 20 dashboards, against the article's eight lines, a hello and go-httpbin."""

from collections.abc import Iterator
from contextlib import ExitStack

from ..bench import Bench
from ..programs import article, echoscope, go_httpbin, hello
from ..readers import Readers, Report
from ..report import Figure, Wanted
from ..requests import CURL_GET, JSON_POST, VARIANTS, Request
from ..rounds import Rounds, interleave, ratios
from ..servers import Server

DASHBOARDS = (0, 1, 20)

# By how many dashboards are open.
ARTICLE_WANTED = {
    "curl": {0: 2.2, 1: 1.8, 20: 1.4},
    "browser": {0: 2.8, 1: 2.3, 20: 1.8},
    "ever new": {0: 1.5, 1: 1.35, 20: 1.25},
}
POST_WANTED = {1: 1.4}
HELLO_WANTED = {0: 1.3}
GO_HTTPBIN_WANTED = {0: 1.0}

GO_HTTPBIN_ECHO = CURL_GET.at("/anything?attempt=1")


def figures(bench: Bench) -> list[Figure]:
    with ExitStack() as stack:
        peers = {"article": stack.enter_context(bench.serve(article()))}
        once = {"hello": stack.enter_context(bench.serve(hello()))}
        if bench.peers.go_httpbin:
            once["go-httpbin"] = stack.enter_context(bench.serve(go_httpbin(bench.peers.go_httpbin)))
        else:
            bench.say("compare: without go-httpbin: give its path with --go-httpbin")
        ours = {count: stack.enter_context(bench.serve(echoscope())) for count in DASHBOARDS}
        readers = [stack.enter_context(Readers(server, count)) for count, server in ours.items() if count]
        all_of_ours = {_name(count): server for count, server in ours.items()}
        made: list[Figure] = []
        for variant, request in VARIANTS.items():
            servers = {**peers, **(once if request is CURL_GET else {}), **all_of_ours}
            rounds = _rounds(bench, servers, variant, request)
            made += _costs(variant, rounds)
            made += _ratios(variant, rounds, "article", ARTICLE_WANTED[variant])
            made += _ratios(variant, rounds, "hello", HELLO_WANTED)
            made += _ratios(variant, rounds, "go-httpbin", GO_HTTPBIN_WANTED)
        rounds = _rounds(bench, {**peers, _name(1): ours[1]}, "POST of JSON", JSON_POST)
        made += [*_costs("POST of JSON", rounds), *_ratios("POST of JSON", rounds, "article", POST_WANTED)]
        return made + [_delivered(reading.finish()) for reading in readers]


def _name(dashboards: int) -> str:
    return f"echoscope, {dashboards} dashboard{'' if dashboards == 1 else 's'}"


def _rounds(bench: Bench, servers: dict[str, Server], variant: str, request: Request) -> Rounds:
    bench.say(f"compare: {len(servers)} programs, {bench.plan.rounds} rounds, {variant}")
    others = {"go-httpbin": GO_HTTPBIN_ECHO} if "go-httpbin" in servers else {}
    return interleave(servers, bench.plan.rounds, bench.plan.seconds, request, others)


def _costs(variant: str, rounds: Rounds) -> Iterator[Figure]:
    for name in rounds:
        yield Figure("compare", f"{variant}, {name}", "µs/request", [round.cpu_us for round in rounds[name]])


def _ratios(variant: str, rounds: Rounds, peer: str, wanted: dict[int, float]) -> Iterator[Figure]:
    for count, at_least in wanted.items() if peer in rounds else ():
        values = ratios(rounds[peer], rounds[_name(count)])
        yield Figure("compare", f"{variant}, {peer} / {_name(count)}", "×", values, Wanted(at_least=at_least))


def _delivered(report: Report) -> Figure:
    """Whether the dashboards did read: a dashboard that is told of gaps costs less."""
    name = f"delivered to {len(report.readers)} dashboard{'s' if len(report.readers) > 1 else ''} at full speed"
    shares = [reader.exchanges / max(1, reader.exchanges + reader.missed + reader.lost) for reader in report.readers]
    return Figure("compare", name, "share", shares)

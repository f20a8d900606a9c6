"""`/get` against the programs that it replaces: httpbin on gunicorn, with either usual worker, and go-httpbin."""

from contextlib import ExitStack

from ..bench import Bench
from ..programs import Program, echoscope, go_httpbin, has_httpbin, httpbin
from ..report import Figure, Wanted
from ..requests import CURL_GET
from ..rounds import interleave, ratios

GET = CURL_GET.at("/get")
HTTPBIN_WANTED = Wanted(at_least=15.0)
GO_HTTPBIN_WANTED = Wanted(at_least=0.75)

OURS = "echoscope"


def figures(bench: Bench) -> list[Figure]:
    peers = _peers(bench)
    programs = [echoscope(), *(program for program, _ in peers)]
    bench.say(f"get: {len(programs)} programs, {bench.plan.rounds} rounds")
    with ExitStack() as stack:
        servers = {program.name: stack.enter_context(bench.serve(program)) for program in programs}
        rounds = interleave(servers, bench.plan.rounds, bench.plan.seconds, GET)
    costs = [Figure("get", name, "µs/request", [round.cpu_us for round in rounds[name]]) for name in rounds]
    return costs + [
        Figure("get", f"{program.name} / {OURS}", "×", ratios(rounds[program.name], rounds[OURS]), wanted)
        for program, wanted in peers
    ]


def _peers(bench: Bench) -> list[tuple[Program, Wanted]]:
    """Those that there are, each with what is wanted; who is left out is named."""
    peers: list[tuple[Program, Wanted]] = []
    if has_httpbin(bench.peers.httpbin):
        peers += [(httpbin(bench.peers.httpbin, worker), HTTPBIN_WANTED) for worker in ("sync", "gevent")]
    else:
        bench.say(f"get: without httpbin: {bench.peers.httpbin} cannot import httpbin, gunicorn and gevent (--httpbin)")
    if bench.peers.go_httpbin:
        peers.append((go_httpbin(bench.peers.go_httpbin), GO_HTTPBIN_WANTED))
    else:
        bench.say("get: without go-httpbin: give its path with --go-httpbin")
    return peers

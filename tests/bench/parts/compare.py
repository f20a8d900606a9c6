"""The echo with recording against the article's eight lines and against a bare hello, with 0, 1 and 20 dashboards."""

from contextlib import ExitStack

from ..bench import Bench
from ..load import BROWSER, CURL
from ..programs import article, echoscope, hello
from ..readers import Readers, Report
from ..report import Figure, Wanted
from ..rounds import Rounds, interleave, ratios
from ..servers import Server

VARIANTS = {"curl": CURL, "browser": BROWSER}
DASHBOARDS = (0, 1, 20)

# The bar is set for one open dashboard, which is how Echoscope is used.
ARTICLE_WANTED = Wanted(at_least=1.0, aim=1.25)
HELLO_WANTED = Wanted(aim=0.85)


def figures(bench: Bench) -> list[Figure]:
    with ExitStack() as stack:
        servers: dict[str, Server] = {"article": stack.enter_context(bench.serve(article()))}
        servers["hello"] = stack.enter_context(bench.serve(hello()))
        readers: list[Readers] = []
        for count in DASHBOARDS:
            server = stack.enter_context(bench.serve(echoscope()))
            servers[_name(count)] = server
            if count:
                readers.append(stack.enter_context(Readers(server, count)))
        made: list[Figure] = []
        for variant, headers in VARIANTS.items():
            bench.say(f"compare: {len(servers)} programs, {bench.plan.rounds} rounds, {variant}")
            made += _figures(variant, interleave(servers, bench.plan.rounds, bench.plan.seconds, headers))
        return made + [_delivered(reading.finish()) for reading in readers]


def _name(dashboards: int) -> str:
    return f"echoscope, {dashboards} dashboard{'' if dashboards == 1 else 's'}"


def _figures(variant: str, rounds: Rounds) -> list[Figure]:
    made = [
        Figure("compare", f"{variant}, {name}", "µs/request", [round.cpu_us for round in rounds[name]])
        for name in rounds
    ]
    for peer, wanted in (("article", ARTICLE_WANTED), ("hello", HELLO_WANTED)):
        for count in DASHBOARDS:
            values = ratios(rounds[peer], rounds[_name(count)])
            name = f"{variant}, {peer} / {_name(count)}"
            made.append(Figure("compare", name, "×", values, wanted if count == 1 else None))
    return made


def _delivered(report: Report) -> Figure:
    """Whether the dashboards did read: a dashboard that is told of gaps costs less."""
    name = f"delivered to {len(report.readers)} dashboard{'s' if len(report.readers) > 1 else ''} at full speed"
    shares = [reader.exchanges / max(1, reader.exchanges + reader.missed + reader.lost) for reader in report.readers]
    return Figure("compare", name, "share", shares)

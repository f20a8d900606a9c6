"""`python -m tests.bench [PART …]`: how fast Echoscope is, measured by hand and not with the tests.

    python -m tests.bench                    all parts: about half an hour on a quiet machine
    python -m tests.bench --quick            the same in about five, to see that it works: too short to be quoted
    python -m tests.bench compare get        some parts
    python -m tests.bench --json figures.json

Needs Linux and wrk. The server that is measured runs on one core, the load and the dashboards on another where there
are two; everything is on the loopback address. Close other programs: the load average in the first line should be
near 0.

How to read it. One line is one figure: the median over the rounds, with the least and the greatest; what is wanted of
the median; whether it is reached. `µs/request` is CPU time of the server by the kernel's accounting, not elapsed
time: a busy machine disturbs it little, and ratios less, because the rounds of all programs take turns and a ratio is
made within a round. Where min and max are far apart, measure again.

    compare      `article / echoscope` above 1: Echoscope, which records and streams, needs less CPU than eight lines
                 that do neither. Article and hello run on uvicorn as it comes, without its access log. `ever new`: a
                 `traceparent` and a query that differ in every request, so that nothing can be remembered.
    get          `/get` against httpbin (`--httpbin`: a Python that has it, with gunicorn and gevent) and go-httpbin
                 (`--go-httpbin`: its binary). Above 1 the other one needs more CPU.
    asgi         `uvicorn echoscope.main:app`, without the second door of our own server; `--before`: a checkout of an
                 earlier commit to compare it with.
    ownapp       what an Echoscope around an app adds to each request of it, recorded and paused.
    dashboards   what 20 readers of the feed get at 1,000 requests a second, how late, and what they cost at full speed.
                 They share the load's core with wrk: where both together take nearly all of it (share near 1), it is
                 the load that is slow, and `CPU with none / with 20` says more than the rate.
    fill         the cost of a request where many are kept, in that where few are; 1 is flat.
    search       CPU time of the server for a search through 100,000 exchanges.
    inspector    its page in Chromium: what a first visit weighs, first paint, click to body, tasks in a flood,
                 searches. Elapsed times for quiet machines only.
    memory       resident memory with default settings (wanted: the store's budget and 60 MiB), and by how much a large
                 log grows for each exchange.
    latency      one request at a time, with pauses, on an open connection: elapsed time, so quiet machines only.
    start        until a newcomer sees an answer.
    stores       what Redis and a SQLite file cost beside memory with 32 connections, by the second door and through
                 ASGI (above 0.75: of its speed at least so much), and two workers on one Redis beside one: with as many
                 connections in all, so that each stores half as many at once, and with as many for each. What Redis
                 itself uses is not counted. A client that leaves before its answer costs the server half a second of
                 looking, so rounds of less than two seconds show too much.
    shared       what 20 readers of the feed get over two workers, and a search through 100,000 exchanges in Redis, with
                 what others wait beside it. Elapsed times for quiet machines only.
    fairness     how long a small request waits beside each hostile load of `loads`: elapsed time, so quiet machines
                 only. With some fifty loads it takes twenty minutes by itself.

`python -m tests.bench.instructions` counts the instructions of the request path, which no other program disturbs.

The exit code says whether it could be measured, not whether it is fast: 0, or 2 with one line on what could not be.
"""

import signal
import sys
from pathlib import Path
from typing import BinaryIO

import click

from . import accounting, load
from .bench import QUICK, Bench, Peers, Plan
from .errors import BenchError
from .parts import PARTS
from .report import Figure, document, machine, table


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(list(PARTS)))
@click.option("--quick", is_flag=True, help="Short rounds and few: to see that it works.")
@click.option("--json", "json_file", type=click.File("wb", lazy=False), help="Write the figures here too.")
@click.option(
    "--httpbin", metavar="PYTHON", default=Peers().httpbin, help="A Python with httpbin, gunicorn and gevent."
)
@click.option("--go-httpbin", metavar="PATH", help="The go-httpbin binary.")
@click.option("--before", metavar="DIR", type=click.Path(path_type=Path), help="A checkout of an earlier commit.")
def main(
    parts: tuple[str, ...],
    quick: bool,
    json_file: BinaryIO | None,
    httpbin: str,
    go_httpbin: str | None,
    before: Path | None,
) -> None:
    """Measure how fast Echoscope is: these PARTS, or all."""
    accounting.require()
    load.require()
    circumstances = machine()
    bench = Bench(QUICK if quick else Plan(), Peers(httpbin, go_httpbin, before))
    click.echo(_headline(bench, circumstances))
    figures, failures = _measure(bench, parts or tuple(PARTS))
    if figures:
        click.echo(table(figures))
        click.echo(_verdict(figures))
    if json_file is not None:
        json_file.write(document(figures, {"machine": circumstances, "quick": quick}))
    if failures:
        raise BenchError("; ".join(failures))


def _measure(bench: Bench, parts: tuple[str, ...]) -> tuple[list[Figure], list[str]]:
    """The figures of all parts that could be measured, and why others could not."""
    figures: list[Figure] = []
    failures: list[str] = []
    for part in parts:
        try:
            figures += PARTS[part](bench)
        except BenchError as error:
            failures.append(f"{part} was not measured: {error}")
    return figures, failures


def _headline(bench: Bench, machine: dict[str, object]) -> str:
    cores = bench.cores
    where = f"server on core {cores.server}, load on core {cores.load}"
    if cores.server == cores.load:
        where = "one core only, which server and load share"
    versions = f"Python {machine['python']}, uvicorn {machine['uvicorn']}"
    return f"{versions}; {machine['processor']}: {where}; load average {machine['load_average']}"


def _verdict(figures: list[Figure]) -> str:
    judged = [figure for figure in figures if figure.reached is not None]
    return f"{sum(figure.reached is True for figure in judged)} of {len(judged)} reached."


def _run() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended on the way out
    try:
        main(prog_name="python -m tests.bench")
    except BenchError as error:
        click.echo(f"bench: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    _run()

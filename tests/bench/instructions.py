"""`python -m tests.bench.instructions`: how many instructions a request takes, counted and not timed.

    python -m tests.bench.instructions                  all programs, paths and headers: about a minute
    python -m tests.bench.instructions --steps          and what each step of the request path takes: some minutes
    python -m tests.bench.instructions --top 30         and the C functions that take most
    python -m tests.bench.instructions --variant curl --path echo --program echoscope --steps

Needs valgrind, and a C compiler with valgrind's headers. callgrind counts the instructions in user space of the
server's real protocol class over a transport that only takes bytes (`driver`): without the kernel and without the
sockets, so the ratio to another program is larger than that of CPU time. What is counted does not depend on what else
the machine does: counts of the same code differ by less than a hundredth.

One unit: thousands of instructions for one request, less those of the driver; of the feed for one exchange and one
reader, without the WebSocket. A step is a function; what it takes is
with all that it calls, less what counting its calls takes, which leaves an error of about 0.1 for each call.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
import msgspec

from . import callgrind
from .callgrind import Count
from .driver import CONNECTIONS, DASHBOARDS, NOTHING, Case
from .errors import BenchError
from .programs import environment
from .requests import PATH, VARIANTS

PATHS: Final = {"echo": PATH, "get": "/get"}
PROGRAMS: Final = (
    "echoscope",
    *DASHBOARDS,
    "asgi only",
    "on uvicorn",
    "feed",
    "article",
    "hello",
    "wrapped hello",
    "paused hello",
)

_ONLY_ONE_PATH: Final = (*DASHBOARDS, "feed", "article", "hello", "wrapped hello", "paused hello")
"""To them every path is the same."""

_DRIVER: Final = Case("driver", PATH, "curl")

# Functions where they are looked up, each below the one that calls it. What there is no more, and what a request does
# not call, is left out of the result.
STEPS: Final = """
server.http:HttpProtocol.data_received
  server.http:HttpProtocol._read_known
    server.http:HttpProtocol._alike
      server.http:is_plain_target
  server.http:HttpProtocol._read_head
    server.http:HttpProtocol._parse
      server.http:HttpProtocol.on_message_begin
      server.http:HttpProtocol.on_header
      server.http:HttpProtocol.on_headers_complete
        server.http:announced
        server.http:split_target
    server.http:HttpProtocol._on_head
      server.http:HttpProtocol._may_answer_directly
    server.http:HttpProtocol._begin_pending
      server.http:Cycle
      server.http:HttpProtocol._begin
  server.http:Block
  server.http:DirectRequest
  server.http:HttpProtocol._answer_directly
    server.alarms:Alarms.set
    assembly.doors.direct:DirectDoor.__call__
      assembly.doors.direct:RequestFacts
        assembly.endpoints:Facts
      assembly.endpoints:Endpoints.answer
        web.httpbin.table:Table.find
        web.echo.app:Echo.answer
          web.echo.app:Facts.content
            web.echo.app:_quoted
            web.echo.app:http_scope_document
            web.echo.app:header_pairs
            web.echo.app:_json
        web.httpbin.app:Httpbin.answer
          web.httpbin.app:Request
        web.httpbin.app:_reply_now
          web.httpbin.reflect:head
            web.httpbin.reflect:semiflat
            web.httpbin.reflect:headers
            web.httpbin.reflect:origin
          web.httpbin.reflect:json_answer
        web.httpbin.app:Httpbin._more
        server.direct:DirectRequest.scope
      server.direct:DirectRequest.lines
        server.direct:render_head
      server.direct:render_lines
      assembly.doors.direct:Wire
      log.memory:MemoryStore.put
        log.memory:MemoryStore.drop_oldest
assembly.doors.plain:PlainDoor.__call__
  assembly.doors.plain:PlainDoor._request
    assembly.doors.plain:_Whole
assembly.doors.plain:answer_headers
assembly.doors.plain:Parts
capture.recorder:Recorder.keep
capture.recorder:Recording
capture.recording:Recording._note
capture.recording:Recording._exchange
log.memory:encode
server.cycle:render_head
log.feed:summary_line
  exchange.summary:_sender
  exchange.summary:rfc3339
log.feed:_messages
server.outbox:Outbox._flush
""".strip()


@click.command()
@click.option("--program", "programs", multiple=True, type=click.Choice(PROGRAMS), default=PROGRAMS)
@click.option("--path", "paths", multiple=True, type=click.Choice(list(PATHS)), default=list(PATHS))
@click.option("--variant", "variants", multiple=True, type=click.Choice(list(VARIANTS)), default=list(VARIANTS))
@click.option("--steps", is_flag=True, help="Also what each step of the request path takes.")
@click.option("--top", default=0, metavar="N", help="Also the N C functions that take most.")
@click.option("--loop", type=click.Choice(["uvloop", "asyncio"]), default="uvloop")
def main(
    programs: tuple[str, ...], paths: tuple[str, ...], variants: tuple[str, ...], steps: bool, top: int, loop: str
) -> None:
    """Count the instructions of a request, for these programs, paths and headers, or for all."""
    callgrind.require()
    cases = [
        Case(program, PATHS[path], variant)
        for program in programs
        for path in paths
        for variant in variants
        if program not in _ONLY_ONE_PATH or path == "echo"
    ]
    ours = [case for case in cases if steps and case.program not in ("article", "hello")]
    stepped = [msgspec.structs.replace(case, step=f"echoscope.{step}") for case in ours for _, step in _steps()]
    with TemporaryDirectory() as directory:
        counts = _count([_DRIVER, *cases, *stepped], loop, Path(directory))
        click.echo("\n".join(_table(cases, variants, counts)))
        for case in ours:
            click.echo("\n" + "\n".join(_stepped(case, counts)))
        for case in cases if top else []:
            click.echo("\n" + "\n".join(_top(case, counts, top)))


def _count(cases: list[Case], loop: str, directory: Path) -> dict[str, Count]:
    library = callgrind.build(directory)
    arguments = [str(library), loop, msgspec.json.encode(cases).decode()]
    return callgrind.run([sys.executable, "-m", "tests.bench.driver", *arguments], directory, environment())


def _thousands(case: Case, counts: dict[str, Count]) -> float:
    """For one request."""
    count, requests = counts[case.name], CONNECTIONS * case.turns
    if case.step is None:
        driver = counts[_DRIVER.name].instructions / (CONNECTIONS * _DRIVER.turns) if case.program != "feed" else 0
        return (count.instructions / requests - driver) / 1e3
    nothing = counts[NOTHING.name]
    return (count.instructions - count.calls * nothing.instructions / nothing.calls) / requests / 1e3


def _table(cases: list[Case], variants: Iterable[str], counts: dict[str, Count]) -> Iterator[str]:
    """A line for each program and path."""
    values = {(case.program, case.path, case.variant): _thousands(case, counts) for case in cases}
    yield _row("thousand instructions for a request", variants)
    for program, path in dict.fromkeys((case.program, case.path) for case in cases):
        yield _row(f"{program}, {path}", (f"{values[program, path, variant]:.1f}" for variant in variants))
    for peer in ("article", "hello"):
        for program in ("echoscope", *DASHBOARDS, "asgi only", "on uvicorn"):
            pairs = [(values.get((peer, PATH, name)), values.get((program, PATH, name))) for name in variants]
            ratios = [f"{one / other:.2f}" for one, other in pairs if one and other]
            if ratios:
                yield _row(f"{peer} / {program}", ratios)


def _stepped(case: Case, counts: dict[str, Count]) -> Iterator[str]:
    whole = _thousands(case, counts)
    yield _row(f"{case.program}, {case.path}, {case.variant}", ("k/request", "share", "calls"))
    for depth, name in _steps():
        step = msgspec.structs.replace(case, step=f"echoscope.{name}")
        calls = counts[step.name].calls / (CONNECTIONS * step.turns) if step.name in counts else 0
        if calls:
            value = _thousands(step, counts)
            yield _row("  " * depth + name, (f"{value:.1f}", f"{value / whole:.0%}", f"{calls:.3g}"))


def _top(case: Case, counts: dict[str, Count], top: int) -> Iterator[str]:
    requests = CONNECTIONS * case.turns
    yield _row(f"{case.program}, {case.path}, {case.variant}: C functions", ("k/request",))
    for instructions, name in callgrind.functions(counts[case.name].file, top):
        yield _row(name, (f"{instructions / requests / 1e3:.1f}",))


def _steps() -> Iterator[tuple[int, str]]:
    """How deep each stands, and its name."""
    for line in STEPS.splitlines():
        name = line.lstrip()
        yield (len(line) - len(name)) // 2, name


def _row(name: str, cells: Iterable[str]) -> str:
    return f"{name[:72]:72}" + "".join(f"{cell:>11}" for cell in cells)


if __name__ == "__main__":
    try:
        main(prog_name="python -m tests.bench.instructions")
    except BenchError as error:
        click.echo(f"bench: {error}", err=True)
        sys.exit(2)

"""`echoscope wait`, `tail` and `show`: looking at what is captured, from a terminal or a script."""

from typing import TYPE_CHECKING, Final, Unpack

import click

from .asking import NOT_SO, SEARCH, Fault, Server, asking, asks, looked_at

if TYPE_CHECKING:
    from rich.text import Text

    from ..client import Client, Gap, Place, Summary

MOST_LAST: Final = 1_000
"""How many exchanges `tail --last` can begin with: a page of the list."""


def place_of(after: int | None, epoch: str | None) -> "Place | int | None":
    """Where to begin, from the options `--after` and `--epoch`."""
    from ..client import Place

    if epoch is not None and after is None:
        raise click.UsageError("--epoch needs --after.")
    return after if after is None or epoch is None else Place(epoch, after)


@click.command("wait")
@SEARCH
@click.option("--timeout", "timeout_s", type=click.FloatRange(min=0), default=30.0, help="Seconds to wait.  [30]")
@click.option("--after", type=click.IntRange(min=0), help="Begin after this seq; 0 begins with all that is kept.")
@click.option("--epoch", help="The epoch of --after; a log with another one is read from its beginning.")
@click.option("--json", "as_json", is_flag=True, help="Print the exchange as JSON, with the place to go on from.")
@click.option("--reveal", is_flag=True, help="Show secrets.")
@asks
def wait_command(
    search: tuple[str, ...],
    timeout_s: float,
    after: int | None,
    epoch: str | None,
    as_json: bool,
    reveal: bool,
    **server: Unpack[Server],
) -> int:
    """Wait for the first exchange that SEARCH finds, and show it.

    Without --after, it is the first one that comes from now on. Exits with 1 when none came in time.
    """
    q, place = looked_at(search, server)
    with asking(place) as client:
        from ..client import NothingCame
        from .printing import exchange, json_text, say, tell

        try:
            awaited = client.wait(q, after=place_of(after, epoch), timeout_s=timeout_s, reveal=reveal)
        except NothingCame as nothing:
            raise Fault(
                f"{nothing} --after {nothing.place.seq} --epoch {nothing.place.epoch} goes on.", NOT_SO
            ) from nothing
        if awaited.missed != 0:
            tell("some exchanges left the log before they were looked at" if awaited.missed else "the log began anew")
        say(json_text(awaited) if as_json else exchange(awaited.exchange))
    return 0


@click.command("tail")
@SEARCH
@click.option("--last", type=click.IntRange(0, MOST_LAST), default=0, help="Begin with this many of the newest.")
@click.option("--after", type=click.IntRange(min=0), help="Begin after this seq; 0 begins with all that is kept.")
@click.option("--epoch", help="The epoch of --after; a log with another one is read from its beginning.")
@click.option("--headers", is_flag=True, help="Show the headers of each request.")
@click.option("--body", is_flag=True, help="Show the body of each request.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print a line of JSON for each; all of it with --headers or --body."
)
@click.option("--reveal", is_flag=True, help="Show secrets.")
@asks
def tail_command(
    search: tuple[str, ...],
    last: int,
    after: int | None,
    epoch: str | None,
    headers: bool,
    body: bool,
    as_json: bool,
    reveal: bool,
    **server: Unpack[Server],
) -> None:
    """Show exchanges as they come, those alone that SEARCH finds, until Ctrl-C.

    A connection that drops is resumed where it was. What was missed is said.
    """
    q, place = looked_at(search, server)
    with asking(place) as client:
        from ..client import Gap, Summary
        from .printing import tell

        if last and after is not None:
            raise click.UsageError("--last and --after both say where to begin.")
        lines = _Lines(client, headers=headers, body=body, as_json=as_json, reveal=reveal)
        start = place_of(after, epoch)
        if last:
            page = client.list(q, limit=last, reveal=reveal)
            for summary in reversed(page.items):
                lines.show(summary)
            start = page.place
        for news in client.follow(q, after=start, reveal=reveal, on_drop=lambda fault: tell(f"{fault} Trying again …")):
            if isinstance(news, Summary):
                lines.show(news)
            elif isinstance(news, Gap) and news.reason != "superseded":
                tell(gap_words(news))


def gap_words(gap: "Gap") -> str:
    if gap.missed is None:
        return "the log began anew; what it kept before is gone"
    return f"{gap.missed:,} exchanges left the log before they could be read"


class _Lines:
    """Prints each exchange when it is first seen, and again at its end."""

    def __init__(self, client: "Client", *, headers: bool, body: bool, as_json: bool, reveal: bool) -> None:
        self._client = client
        self._headers = headers
        self._body = body
        self._as_json = as_json
        self._reveal = reveal
        self._open: set[str] = set()

    def show(self, summary: "Summary") -> None:
        from .printing import say

        if summary.state == "open":
            if summary.id in self._open:
                return
            self._open.add(summary.id)
        else:
            self._open.discard(summary.id)
        say(self._text(summary))

    def _text(self, summary: "Summary") -> "Text | str":
        from ..client import NotKept
        from .printing import body, headers, json_text, line, lines, tell

        exchange = None
        if self._headers or self._body:
            try:
                exchange = self._client.get(summary.id, reveal=self._reveal)
            except NotKept:
                tell(f"{summary.id} has left the log")
        if self._as_json:
            return json_text(exchange or summary)
        if exchange is None:
            return line(summary)
        pairs = exchange.headers.raw
        content = exchange.request.body
        fields = headers(pairs, "  ") if self._headers else None
        text = body(content.content, pairs, content.size, "  ") if self._body else None
        return lines([line(summary), fields, text])


@click.command("show")
@click.argument("exchange_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the exchange as JSON.")
@click.option("--raw", type=click.Choice(["request", "response"]), help="Print the bytes of one body and nothing else.")
@click.option("--code", metavar="LANGUAGE", help="Print code that sends the request again, such as curl.")
@click.option("--reveal", is_flag=True, help="Show secrets.")
@asks
def show_command(
    exchange_id: str, as_json: bool, raw: str | None, code: str | None, reveal: bool, **server: Unpack[Server]
) -> None:
    """Show the exchange ID, or the newest one for `last`: request, answer, and what is odd about them."""
    if sum((as_json, raw is not None, code is not None)) > 1:
        raise click.UsageError("--json, --raw and --code exclude each other.")
    with asking(server) as client:
        from .printing import exchange, json_text, say, write_bytes

        exchange_id = id_of(client, exchange_id)
        if code is not None:
            write_bytes(client.code(exchange_id, code, reveal=reveal))
            return
        record = client.get(exchange_id, reveal=reveal)
        if raw == "request":
            write_bytes(record.content)
        elif raw == "response":
            if record.response is None:
                raise Fault("This exchange has no answer.", NOT_SO)
            write_bytes(record.response.body.content)
        else:
            say(json_text(record, indent=2) if as_json else exchange(record))


def id_of(client: "Client", name: str) -> str:
    """An id; of `last` that of the newest exchange."""
    if name != "last":
        return name
    items = client.list(limit=1).items
    if not items:
        raise Fault("Nothing is kept.", NOT_SO)
    return items[0].id

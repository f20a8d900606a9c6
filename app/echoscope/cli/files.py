"""`echoscope export` and `import`: exchanges as files, and back."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Unpack, cast

import click

from .asking import NOT_SO, SEARCH, Server, asking, asks, looked_at

if TYPE_CHECKING:
    from ..client.shapes import Format

FORMATS: Final = ("jsonl", "har", "csv", "html")
MOST_SKIPPED: Final = 10
"""How many entries that were not taken are named one by one."""


@click.command("export")
@SEARCH
@click.option("--output", "-o", type=click.Path(dir_okay=False), help="The file to write, instead of standard output.")
@click.option("--format", "format_name", type=click.Choice(FORMATS), help="The format.  [by the file's name, or jsonl]")
@click.option("--id", "ids", multiple=True, metavar="ID", help="Take this exchange; may be given several times.")
@click.option("--limit", type=click.IntRange(min=1), help="Take only this many of the newest.")
@click.option("--reveal", is_flag=True, help="Show secrets.")
@asks
def export_command(
    search: tuple[str, ...],
    output: str | None,
    format_name: str | None,
    ids: tuple[str, ...],
    limit: int | None,
    reveal: bool,
    **server: Unpack[Server],
) -> None:
    """Write the exchanges that SEARCH finds, or all, the oldest first.

    jsonl holds all that is known and can be imported again; har is for other tools.
    """
    q, place = looked_at(search, server)
    if ids and (q or limit is not None):
        raise click.UsageError("--id excludes SEARCH and --limit: it names the exchanges.")
    suffix = Path(output or "").suffix.removeprefix(".").lower()
    chosen = cast("Format", format_name or (suffix if suffix in FORMATS else "jsonl"))
    with asking(place) as client:
        pieces = client.export(chosen, q=q, ids=ids or None, limit=limit, reveal=reveal)
        if output is not None:
            _write(Path(output), pieces)
            return
        from .printing import write_bytes

        for piece in pieces:
            write_bytes(piece)


def _write(file: Path, pieces: Iterator[bytes]) -> None:
    """All of it or nothing: half a file looks like a whole one."""
    first = next(pieces, b"")  # where the Echoscope refuses, nothing is begun
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with unfinished.open("wb") as target:
            target.write(first)
            target.writelines(pieces)
        unfinished.replace(file)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.File("rb"), metavar="FILE...")
@asks
def import_command(files: tuple[IO[Any], ...], **server: Unpack[Server]) -> int:
    """Take the exchanges of HAR and JSON Lines files into the log; `-` is standard input.

    What is there already is not doubled. Exits with 1 when an entry could not be taken.
    """
    skipped_count = 0
    with asking(server) as client:
        from .printing import say, shown, tell

        for file in files:
            outcome = client.import_file(file.read())
            say(shown(f"{file.name}: {outcome.imported:,} imported, {outcome.already_here:,} already here"))
            for skipped in outcome.skipped[:MOST_SKIPPED]:
                tell(f"entry {skipped.entry} was not taken: {skipped.reason}")
            if outcome.skipped_count > MOST_SKIPPED:
                tell(f"and {outcome.skipped_count - MOST_SKIPPED:,} more were not taken")
            if outcome.not_pinned:
                tell(f"{outcome.not_pinned} were not pinned: there is no room for more pins")
            skipped_count += outcome.skipped_count
    return NOT_SO if skipped_count else 0

"""The console of a running server: one line for each exchange, as it ends.

Follows the log like any other reader, in batches, and writes in a thread: a terminal that is held up delays
its own lines and nothing else. Queries, headers and bodies are not printed, so no secret gets into a log file.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from typing import Final

import click

from ..base.figures import byte_size, milliseconds
from ..base.terminal import safe
from ..exchange.model import ExchangeHead
from ..exchange.wire import Wire
from ..log.log import Log
from ..log.store import StoreAway, head_of

PAUSE_S: Final = 0.1
"""How often lines are written, however many there are."""

BATCH: Final = 500
PATH_CHARACTERS: Final = 200

_COLOURS: Final = {1: "blue", 2: "green", 3: "cyan", 4: "yellow", 5: "red"}


async def follow(log: Log, write: Callable[[str], None], since_ns: int) -> None:
    """Write a line for each exchange that began at `since_ns` or later, as it ends, until cancelled. `write` may
    block."""
    begun_ns: int | None = since_ns
    while True:
        try:
            async for exchanges in log.tail(BATCH, begun_ns):
                begun_ns = None
                heads = (head_of(entry) for _, entry in exchanges)
                if text := "".join(line(head) + "\n" for head in heads if head.state != "open"):
                    await asyncio.to_thread(write, text)
                if len(exchanges) < BATCH:
                    await asyncio.sleep(PAUSE_S)
        except StoreAway as reason:
            await asyncio.to_thread(write, f"The log cannot be read: {reason}\n")
            await asyncio.sleep(1)


def line(head: ExchangeHead | Wire) -> str:
    """Such as `09:41:07  POST  200  0.42 ms  1.2 kB  /hooks/stripe`, with the status in colour."""
    at = time.strftime("%H:%M:%S", time.localtime(head.started_ns // 1_000_000_000))
    method = "WEBSOCKET" if head.type == "websocket" else head.method or "-"
    status = click.style(head.status or "---", fg=_COLOURS.get((head.status or 0) // 100), bold=head.state == "error")
    path = head.path
    path = path if len(path) <= PATH_CHARACTERS else path[:PATH_CHARACTERS] + "…"
    ending = "" if head.state == "done" else f"  {head.state}"
    took, size = milliseconds(head.duration_ns / 1e6), byte_size(head.sent_bytes)
    return f"{at}  {safe(method):<7} {status}  {took:>8}  {size:>7}  {safe(path)}{ending}"


def say(text: str) -> None:
    """On standard output; a server does not end because nobody reads that any more, or its terminal is gone."""
    try:
        click.echo(text, nl=False)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

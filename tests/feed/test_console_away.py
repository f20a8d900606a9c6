"""The console, which writes in a thread, at its start, and while its store is away and comes back."""

import asyncio
import time

from msgspec.structs import replace

from echoscope.cli.console import follow
from echoscope.log.log import Log
from echoscope.log.memory import MemoryStore
from tests.exchanges import made_exchange, plain_exchange
from tests.servers import WAIT_S
from tests.stores import Unsteady, put


async def test_the_console_goes_on_too() -> None:
    store = Unsteady()
    lines: list[str] = []
    following = asyncio.create_task(follow(Log(store), lines.append, time.time_ns()))
    await asyncio.sleep(0.05)
    await put(store, made_exchange("a", path="/before"))
    await asyncio.sleep(0.3)
    store.is_away = True
    store.put(made_exchange("b", path="/meanwhile"))
    await asyncio.sleep(0.3)
    store.is_away = False
    async with asyncio.timeout(WAIT_S):
        while "/after" not in "".join(lines):
            await put(store, made_exchange(f"c-{len(lines)}", path="/after"))
            await asyncio.sleep(0.1)
    following.cancel()
    assert "/before" in "".join(lines)
    assert "cannot be read" in "".join(lines)


async def test_what_came_before_the_log_has_said_where_it_stands_is_printed_once() -> None:
    store = MemoryStore()
    lines: list[str] = []
    began_ns = time.time_ns()
    for number, path in ((-1, "/earlier"), (0, "/at-once"), (1, "/soon")):
        store.put(replace(plain_exchange(path, path), started_ns=began_ns + number))
    following = asyncio.create_task(follow(Log(store), lines.append, began_ns))
    async with asyncio.timeout(WAIT_S):
        while "/then" not in "".join(lines):
            await asyncio.sleep(0.1)
            await put(store, plain_exchange("then", "/then"))
    following.cancel()
    text = "".join(lines)
    assert [text.count(f"  {path}\n") for path in ("/earlier", "/at-once", "/soon")] == [0, 1, 1]

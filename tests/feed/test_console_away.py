"""The console, which writes in a thread, while its store is away and comes back."""

import asyncio

from echoscope.cli.console import follow
from echoscope.log.log import Log
from tests.exchanges import made_exchange
from tests.servers import WAIT_S
from tests.stores import Unsteady, put


async def test_the_console_goes_on_too() -> None:
    store = Unsteady()
    lines: list[str] = []
    following = asyncio.create_task(follow(Log(store), lines.append))
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

"""Exchanges that stay open appear while they run: after about 200 ms, then at most once a second."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Receive, Scope, Send

from echoscope.capture.recorder import Recorder
from echoscope.exchange.model import State
from echoscope.log.log import Log
from echoscope.log.memory import MemoryStore
from echoscope.log.store import Captured, Kept
from tests.asgi import ALL, END, START, Wire, http_scope, newest, response
from tests.servers import WAIT_S
from tests.stores import Distant

Shown = list[tuple[float, State, int]]
"""Each record of an exchange: when it came, its state, and how many events it had."""


async def watch(store: MemoryStore, shown: dict[str, Shown]) -> None:
    """Write down every record of the log as it is appended."""
    after = 0
    while True:
        await store.wait(after)
        for record in await store.read(after, ALL):
            assert isinstance(record.entry, Kept)
            exchange = record.entry.exchange
            now = asyncio.get_running_loop().time()
            shown.setdefault(exchange.scope["path"], []).append((now, exchange.state, len(exchange.events)))
            after = record.seq


async def busy(scope: Scope, receive: Receive, send: Send) -> None:
    """Says something every 50 ms for 1.6 s."""
    await send(START)
    for _ in range(32):
        await asyncio.sleep(0.05)
        await send(response(b"x", more_body=True))
    await send(END)


async def quiet(scope: Scope, receive: Receive, send: Send) -> None:
    """Says nothing for 1.6 s."""
    await send(START)
    await asyncio.sleep(1.6)
    await send(END)


async def quick(scope: Scope, receive: Receive, send: Send) -> None:
    await send(START)
    await send(END)


APPS: dict[str, Callable[[Scope, Receive, Send], Awaitable[None]]] = {"busy": busy, "quiet": quiet, "quick": quick}


async def by_path(scope: Scope, receive: Receive, send: Send) -> None:
    await APPS[scope["path"]](scope, receive, send)


@pytest.mark.usefixtures("clock")
async def test_a_long_exchange_is_shown_while_it_runs_and_a_quick_one_once() -> None:
    store = MemoryStore()
    recorder = Recorder(by_path, Log(store))
    shown: dict[str, Shown] = {}
    began = asyncio.get_running_loop().time()
    watcher = asyncio.create_task(watch(store, shown))
    async with asyncio.timeout(WAIT_S), asyncio.TaskGroup() as calls:
        for path in APPS:
            calls.create_task(Wire().call(recorder, http_scope(path=path)))
    await asyncio.sleep(0)
    watcher.cancel()

    assert [state for _, state, _ in shown["quick"]] == ["done"]
    assert [state for _, state, _ in shown["quiet"]] == ["open", "done"]
    *opened, (_, last_state, all_events) = shown["busy"]
    times = [time for time, _, _ in opened]
    counts = [count for _, _, count in opened]
    assert [state for _, state, _ in opened] == ["open", "open"]
    assert last_state == "done"
    assert times[0] - began == pytest.approx(0.2, abs=0.1)
    assert times[1] - times[0] == pytest.approx(1.0, abs=0.1)
    assert counts == sorted(set(counts))
    assert 1 < counts[0] < all_events == 34
    assert (await store.status()).exchanges == 3


@pytest.mark.usefixtures("clock")
async def test_an_exchange_that_was_shown_ends_with_everything() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await asyncio.sleep(0.5)
        await send(response(b"the whole answer"))

    store = MemoryStore()
    await Wire().call(Recorder(app, Log(store)), http_scope())
    exchange = await newest(store)
    assert ((await store.status()).head, exchange.state, exchange.sent_bytes) == (2, "done", 16)
    assert exchange.duration_ns == pytest.approx(500_000_000, abs=1_000)


async def test_showing_and_finishing_at_once_end_in_finished() -> None:
    """The store takes its time to show an exchange that is done meanwhile: `done` must come last."""

    class Slow(Distant):
        is_showing = asyncio.Event()

        async def wait_before(self, exchange: Captured) -> None:
            if exchange.state == "open":
                self.is_showing.set()
                await asyncio.sleep(0.1)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await store.is_showing.wait()
        await send(END)

    store = Slow()
    await asyncio.wait_for(Wire().call(Recorder(app, Log(store)), http_scope()), WAIT_S)
    assert (await newest(store)).state == "done"
    assert (await store.status()).head == 2


async def test_nothing_is_left_running_when_all_exchanges_have_ended() -> None:
    before = asyncio.all_tasks()
    recorder = Recorder(quick, Log(MemoryStore()))
    for _ in range(3):
        await Wire().call(recorder, http_scope())
    async with asyncio.timeout(WAIT_S):
        for task in asyncio.all_tasks() - before:
            await task


async def test_showing_goes_on_after_a_time_without_requests() -> None:
    store = MemoryStore()
    recorder = Recorder(by_path, Log(store))
    before = asyncio.all_tasks()
    await Wire().call(recorder, http_scope(path="quick"))
    for task in asyncio.all_tasks() - before:
        await task
    call = asyncio.create_task(Wire().call(recorder, http_scope(path="quiet")))
    await asyncio.wait_for(store.wait(1), WAIT_S)
    assert (await newest(store)).state == "open"
    call.cancel()
    await asyncio.wait([call])
    assert (await newest(store)).state == "disconnected"

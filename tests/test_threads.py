"""Work beside the loop: its results, its faults, its order, and that nothing waits for it in the end."""

import asyncio
import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable
from threading import Event

import pytest
import uvloop

from echoscope.base.threads import Worker, beside
from tests.servers import WAIT_S


async def test_a_result_comes_back() -> None:
    assert await beside(divmod, 7, 2) == (3, 1)


async def test_an_error_comes_back() -> None:
    with pytest.raises(ZeroDivisionError):
        await beside(divmod, 7, 0)


async def test_work_is_done_in_order_and_not_at_all_for_who_has_left() -> None:
    done: list[int] = []
    first = asyncio.create_task(beside(time.sleep, 0.1))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(beside(done.append, number)) for number in range(4)]
    await asyncio.sleep(0)
    others[1].cancel()
    await asyncio.gather(first, *others, return_exceptions=True)
    assert done == [0, 2, 3]


def test_a_process_does_not_wait_for_it() -> None:
    program = """
import asyncio, time
from echoscope.base.threads import Worker, beside
async def main():
    try:
        await asyncio.wait_for(beside(time.sleep, 60), 0.1)
    except TimeoutError:
        print("left")
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=WAIT_S)
    assert (done.stdout, done.stderr, done.returncode) == ("left\n", "", 0)


class _WithoutReaders(asyncio.SelectorEventLoop):
    def add_reader(self, *_: object) -> None:
        raise NotImplementedError


@pytest.mark.parametrize("new_loop", [asyncio.SelectorEventLoop, uvloop.new_event_loop, _WithoutReaders])
def test_results_come_back_into_each_loop(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def results() -> list[int]:
        return await asyncio.gather(*(worker.do(abs, -number) for number in range(100)))

    worker = Worker("some")
    for _ in range(3):
        with asyncio.Runner(loop_factory=new_loop) as runner:
            assert runner.run(results()) == list(range(100))
            assert runner.run(results()) == list(range(100))
    worker.end()


@pytest.mark.skipif(sys.platform != "linux", reason="lists its descriptors in /proc")
@pytest.mark.parametrize("new_loop", [asyncio.SelectorEventLoop, uvloop.new_event_loop])
def test_loops_that_have_ended_leave_no_descriptors(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    def descriptors() -> list[str]:
        gc.collect()
        return os.listdir("/proc/self/fd")

    worker = Worker("some")
    counts: list[int] = []
    for _ in range(4):
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(worker.do(abs, -1))
        counts.append(len(descriptors()))
    assert counts[-1] == counts[0]
    worker.end()


def test_a_loop_may_end_while_its_work_is_done() -> None:
    has_begun, may_go_on = Event(), Event()
    done: list[bool] = []

    def work() -> None:
        has_begun.set()
        done.append(may_go_on.wait(WAIT_S))

    async def leave() -> None:
        task = asyncio.create_task(worker.do(work))
        await asyncio.to_thread(has_begun.wait, WAIT_S)
        task.cancel()

    worker = Worker("some")
    asyncio.run(leave())
    may_go_on.set()
    assert asyncio.run(worker.do(abs, -1)) == 1
    assert done == [True]
    worker.end()

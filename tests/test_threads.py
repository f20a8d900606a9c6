"""Work beside the loop: its results, its faults, its order, and that nothing waits for it in the end."""

import asyncio
import subprocess
import sys
import time

import pytest

from echoscope.base.threads import beside
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
from echoscope.base.threads import beside
async def main():
    try:
        await asyncio.wait_for(beside(time.sleep, 60), 0.1)
    except TimeoutError:
        print("left")
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=WAIT_S)
    assert (done.stdout, done.stderr, done.returncode) == ("left\n", "", 0)

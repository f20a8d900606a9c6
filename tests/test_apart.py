"""Work in a process of its own: its results, its faults, and its end."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from echoscope.base.apart import PIECE_BYTES, Apart, WorkFailed
from tests import works
from tests.eventually import eventually
from tests.servers import WAIT_S


@pytest.fixture
async def apart() -> AsyncIterator[Apart]:
    process = Apart()
    yield process
    process.end()


async def test_data_goes_there_and_the_result_comes_back_in_pieces(apart: Apart) -> None:
    data = [b"a" * 300_000, b"", b"b"]
    pieces = await apart.do(works.repeated, 3, data=data)
    assert b"".join(pieces) == b"".join(data) * 3
    assert max(map(len, pieces)) <= PIECE_BYTES


async def test_nothing_is_a_result_too(apart: Apart) -> None:
    assert await apart.do(works.repeated, 0, data=[]) == []


async def test_all_work_is_done_by_one_other_process(apart: Apart) -> None:
    pids = {b"".join(await apart.do(works.pid, data=[])) for _ in range(3)}
    assert len(pids) == 1
    assert pids != {str(os.getpid()).encode()}


async def test_an_error_over_there_is_raised_here_and_costs_nothing_else(apart: Apart) -> None:
    with pytest.raises(ValueError, match="of this") as caught:
        await apart.do(works.fails, data=[b"of this"])
    assert "works.py" in caught.value.__notes__[0]
    assert await apart.do(works.repeated, 1, data=[b"x"]) == [b"x"]


async def test_an_error_that_pickle_does_not_know_is_told_all_the_same(apart: Apart) -> None:
    with pytest.raises(WorkFailed, match="OddError: of this"):
        await apart.do(works.fails_oddly, data=[b"of this"])
    assert await apart.do(works.repeated, 1, data=[b"x"]) == [b"x"]


async def test_what_is_printed_over_there_is_no_result(apart: Apart) -> None:
    assert await apart.do(works.prints, data=[b"x"]) == [b"x"]


async def test_a_process_that_has_died_is_replaced(apart: Apart) -> None:
    with pytest.raises(WorkFailed, match="has ended"):
        await apart.do(works.dies, data=[])
    assert await apart.do(works.repeated, 1, data=[b"x"]) == [b"x"]


async def test_it_can_be_ended_in_the_middle_of_its_work(apart: Apart, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    work = asyncio.create_task(apart.do(works.never_ends, data=[str(begun).encode()]))
    await asyncio.to_thread(eventually, begun.exists)
    apart.end()
    with pytest.raises(WorkFailed):
        await work


@pytest.mark.parametrize("program", ["/nowhere/python", "/bin/false", ""])
async def test_where_no_process_can_be_started_the_work_is_done_here(
    apart: Apart, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    assert await apart.do(works.pid, data=[]) == [str(os.getpid()).encode()]
    with pytest.raises(ValueError, match="of this"):
        await apart.do(works.fails, data=[b"of ", b"this"])


def test_a_program_without_a_guard_around_its_main_part_is_not_run_again(tmp_path: Path) -> None:
    """As `multiprocessing` would."""
    program = tmp_path / "program.py"
    program.write_text(
        "import asyncio\n"
        "from echoscope.base.apart import apart\n"
        "from tests.works import repeated\n"
        "print('run')\n"
        "print(asyncio.run(apart(repeated, 2, data=[b'x'])))\n"
    )
    done = subprocess.run(
        [sys.executable, program],
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.split() == ["run", "[b'xx']"]

"""Writing while many come at once: those who were answered by one write go along with the next."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from echoscope.log.commit import GATHERED, WRITE_TIMEOUT_S, GroupCommit
from tests.clock import Clock

GATHER_S = 0.0625
WRITE_S = 0.03125
"""Nobody waits for either: the clock goes on by itself."""


class Writing:
    """A commit with what it has written: the items of each write and its time."""

    def __init__(self, clock: Clock) -> None:
        self.commit: GroupCommit[int] = GroupCommit(self._write, gather_s=GATHER_S)
        self.writes: list[tuple[float, list[int]]] = []
        self._clock = clock
        self._begun_at = clock.now_s()

    async def _write(self, number: int, batch: list[int]) -> None:
        self.writes.append((round(self._clock.now_s() - self._begun_at, 5), batch))
        await asyncio.sleep(WRITE_S)

    async def put(self, *items: int) -> None:
        """Return when all are written."""
        assert all(await asyncio.gather(*[self.commit.put(item, 1) for item in items]))


@pytest.fixture
async def writing() -> AsyncIterator[Writing]:
    clock = Clock()
    with clock.running():
        writing = Writing(clock)
        yield writing
        await writing.commit.close()


async def test_those_who_come_again_one_by_one_are_written_together(writing: Writing) -> None:
    await writing.put(*range(16))
    again = []
    for number in range(16, 32):
        again.append(asyncio.ensure_future(writing.put(number)))
        await asyncio.sleep(GATHER_S / 100)
    await asyncio.gather(*again)
    assert [batch for _, batch in writing.writes] == [[*range(16)], [*range(16, 32)]]
    assert writing.writes[-1][0] < WRITE_S + GATHER_S, "it does not wait longer than until all are there"


async def test_those_who_were_waiting_already_count_as_well(writing: Writing) -> None:
    first = asyncio.ensure_future(writing.put(0))
    await asyncio.sleep(WRITE_S / 2)
    rest = asyncio.ensure_future(writing.put(*range(1, GATHERED)))
    await first
    await writing.put(GATHERED)
    await rest
    assert [batch for _, batch in writing.writes] == [[0], [*range(1, GATHERED + 1)]]


async def test_nobody_waits_longer_for_those_who_do_not_come_again(writing: Writing) -> None:
    await writing.put(*range(16))
    await writing.put(16, 17)
    await writing.put(18)
    at = WRITE_S + GATHER_S
    assert writing.writes == [(0, [*range(16)]), (at, [16, 17]), (at + WRITE_S, [18])]


@pytest.mark.parametrize("count", [1, 2, GATHERED - 1])
async def test_few_never_wait_for_each_other(writing: Writing, count: int) -> None:
    await writing.put(*range(count))
    await writing.put(count)
    assert writing.writes == [(0, [*range(count)]), (WRITE_S, [count])]


async def test_whoever_comes_later_does_not_wait_for_those_of_before(writing: Writing) -> None:
    await writing.put(*range(16))
    await asyncio.sleep(2 * GATHER_S)
    await writing.put(16)
    assert writing.writes == [(0, [*range(16)]), (WRITE_S + 2 * GATHER_S, [16])]


async def test_what_comes_long_after_the_last_write_is_written_as_any_other(
    writing: Writing, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        await writing.put(number)
        await asyncio.sleep(3 * WRITE_TIMEOUT_S)
    assert [batch for _, batch in writing.writes] == [[0], [1], [2]]
    assert writing.commit.backlog.fault is None
    assert caplog.records == []


async def test_a_write_that_begins_as_the_limit_of_an_earlier_one_ends_fails_as_any_other(
    writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, loop = writing.commit, asyncio.get_running_loop()
    limit_at = loop.time() + 1.2 * WRITE_TIMEOUT_S
    await writing.put(0)
    write = commit._write

    async def fail(number: int, batch: list[int]) -> None:
        monkeypatch.setattr(commit, "_write", write)
        raise OSError("away")

    monkeypatch.setattr(commit, "_write", fail)
    loop.call_at(limit_at, commit.put, 1, 1)
    await asyncio.sleep(limit_at - loop.time() + WRITE_S)
    assert commit.backlog.fault == "away"
    await writing.put(2)
    assert [batch for _, batch in writing.writes] == [[0], [1, 2]]

"""Putting many items while a store is slow, hangs and fails: each is stored in its order or lost, and told of once."""

import asyncio
import gc
import weakref
from random import Random

import pytest

from echoscope.log.commit import CLOSE_S, PUT_WAIT_S, RETRY_S, WRITE_TIMEOUT_S, GroupCommit
from tests.clock import Clock

MOST = 300
"""How many items one run puts."""

IN_TIME_S = PUT_WAIT_S + 0.001


class About:
    """What stands for an item."""

    def __init__(self, item: int) -> None:
        self.item = item


class Putting:
    """Items, numbered from 0, that are put in both ways, also by whoever is told of another one.

    `put_at`: when each was put. `told`: what was told, each time, and when. `stored`: items with their numbers, in the
    order in which they were stored. `surprises`: what should never be.
    """

    def __init__(self, random: Random, clock: Clock) -> None:
        self.put_at: list[float] = []
        self.weights: list[int] = []
        self.told: list[tuple[int, bool, float]] = []
        self.stored: dict[int, int] = {}
        self.surprises: list[str] = []
        self.is_steady = True
        self._random = random
        self._clock = clock
        self._is_putting = self._is_writing = False
        self._batch: list[int] = []
        self._max_waiting = random.choice([1, 3, 30, 10_000])
        self._max_bytes = random.choice([40, 400, 1_000_000])
        self.commit: GroupCommit[int] = GroupCommit(
            self._write, max_waiting=self._max_waiting, max_bytes=self._max_bytes
        )

    def put(self) -> None:
        item = len(self.put_at)
        if item == MOST:
            return
        weight = self._random.choice([0, 1, 5, 20, 60])
        self.put_at.append(self._clock.now_s())
        self.weights.append(weight)
        before, self._is_putting = self._is_putting, True
        if self._random.random() < 0.5:
            self.commit.put_then(item, weight, self._tell, About(item))
        else:
            future = self.commit.put(item, weight)
            future.add_done_callback(lambda future: self._tell(About(item), future.result()))
        self._is_putting = before

    def _tell(self, about: About, is_stored: bool) -> None:
        if self._is_putting:
            self.surprises.append(f"{about.item} is told of before whoever puts has gone on")
        if is_stored and about.item not in self.stored:
            self.surprises.append(f"{about.item} is not stored")
        self.told.append((about.item, is_stored, self._clock.now_s()))
        luck = self._random.random()
        if luck < 0.3:
            self.put()
        if 0.2 < luck < 0.5:
            raise ValueError("whoever was told has failed")

    async def _write(self, number: int, batch: list[int]) -> None:
        if self._is_writing:
            self.surprises.append("two writes at once")
        self._is_writing, self._batch = True, batch
        delays_s = [0, 0.01] if self.is_steady else [0, 0.01, 0.2, 2 * PUT_WAIT_S, 2 * WRITE_TIMEOUT_S]
        fault = None if self.is_steady else self._random.choice([None, "before", "behind"])
        try:
            await asyncio.sleep(self._random.choice(delays_s))
            if fault == "before":
                raise OSError(fault)
            newest = max(self.stored.values(), default=0)
            for item_number, item in enumerate(batch, number):
                if item_number > newest:
                    if item in self.stored:
                        self.surprises.append(f"{item} is stored twice")
                    self.stored[item] = item_number
                elif self.stored.get(item) != item_number:
                    self.surprises.append(f"{item} has got number {item_number}, of which another was stored")
            if fault == "behind":
                raise OSError(fault)
        finally:
            self._is_writing = False

    def check(self) -> None:
        """What holds at any time."""
        told = [item for item, _, _ in self.told]
        late = [item for item, at in enumerate(self.put_at) if at + IN_TIME_S < self._clock.now_s()]
        assert len({*told}) == len(told), "told twice"
        assert {*late} <= {*told}
        backlog = self.commit.backlog
        under_way = sum(self.weights[item] for item in self._batch)  # which is not dropped, and neither is the newest
        assert backlog.waiting <= max(self._max_waiting, len(self._batch) + 1)
        assert backlog.waiting_bytes <= max(self._max_bytes, under_way + max(self.weights))
        assert (backlog.waiting_bytes > 0) <= (backlog.waiting > 0)
        assert len(self.stored) + backlog.waiting + backlog.lost >= len(self.put_at)
        assert self.surprises == []


@pytest.mark.parametrize("seed", range(40))
async def test_every_item_is_told_of_once_and_stored_in_its_order_or_lost(seed: int) -> None:
    random, clock = Random(seed), Clock()
    with clock.running():
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)  # of those who fail
        putting = Putting(random, clock)
        for _ in range(random.randint(1, 20)):
            putting.is_steady = random.random() < 0.4
            for _ in range(random.choice([1, 2, 12, 30])):
                putting.put()
            await asyncio.sleep(random.choice([0, 0.001, 0.2, 0.3, 2.0]))
            putting.check()
        await putting.commit.close()
        await asyncio.sleep(CLOSE_S)
        putting.check()
    commit, count = putting.commit, len(putting.put_at)
    assert sorted(item for item, _, _ in putting.told) == [*range(count)]
    assert all(at <= putting.put_at[item] + IN_TIME_S for item, _, at in putting.told)
    assert [*putting.stored] == sorted(putting.stored)
    assert [*putting.stored.values()] == sorted({*putting.stored.values()})
    unstored = count - len(putting.stored)
    assert unstored <= commit.lost + commit.waiting <= count - sum(is_stored for _, is_stored, _ in putting.told)


async def test_who_was_told_is_not_kept_while_the_store_is_away() -> None:
    async def fail(_number: int, _batch: list[int]) -> None:
        raise OSError("away")

    clock = Clock()
    with clock.running():
        commit = GroupCommit(fail)
        kept: weakref.WeakSet[About] = weakref.WeakSet()
        told: list[tuple[int, bool]] = []
        for item in range(3):
            about = About(item)
            kept.add(about)
            commit.put_then(item, 1, lambda about, is_stored: told.append((about.item, is_stored)), about)
            await asyncio.sleep(PUT_WAIT_S / 2)
        del about
        await asyncio.sleep(PUT_WAIT_S + 2 * RETRY_S)
        gc.collect()
        assert told == [(0, False), (1, False), (2, False)]
        assert commit.waiting == 3
        assert not kept
        await commit.close()
    assert len(told) == 3


async def test_nobody_hears_of_the_failure_of_somebody_else_who_was_told(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever was dropped fails like whoever was stored: it is logged, and the others are told."""

    async def never(_number: int, _batch: list[int]) -> None:
        await asyncio.Event().wait()

    def tell(item: int, is_stored: bool) -> None:
        told.append((item, is_stored))
        raise ValueError(item)

    told: list[tuple[int, bool]] = []
    with Clock().running():
        commit = GroupCommit(never, max_waiting=1)
        for item in range(3):
            commit.put_then(item, 1, tell, item)
        await asyncio.sleep(0)
        assert told == [(0, False), (1, False)]
        await commit.close()
    assert told == [(0, False), (1, False), (2, False)]
    failures = [record.message for record in caplog.records if record.exc_info]
    assert failures == ["what waited for the store has failed"] * 3

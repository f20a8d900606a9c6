"""Deadlines behind one timer, by a clock that the test turns."""

import asyncio
from collections.abc import Callable
from typing import cast

from echoscope.server.alarms import Alarms, Countdown


class Timer:
    def __init__(self, when: float, wake: Callable[[], None]) -> None:
        self.when = when
        self.wake = wake
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Clock:
    """The part of an event loop that keeps time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []
        self.started = 0

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, wake: Callable[[], None]) -> Timer:
        self.started += 1
        self.timers.append(Timer(when, wake))
        return self.timers[-1]

    def turn_to(self, now: float) -> None:
        self.now = now
        for timer in [timer for timer in self.timers if timer.when <= now]:
            self.timers.remove(timer)
            if not timer.is_cancelled:
                timer.wake()


def alarms_of(clock: Clock, rang: list[tuple[int, float]]) -> Alarms:
    return Alarms(cast(asyncio.AbstractEventLoop, clock), 2, lambda index: rang.append((index, clock.now)))


def test_each_deadline_passes_once() -> None:
    clock, rang = Clock(), list[tuple[int, float]]()
    alarms = alarms_of(clock, rang)
    alarms.set(0, 5)
    alarms.set(1, 2)
    for now in range(20):
        clock.turn_to(now)
    assert rang == [(1, 2), (0, 5)]


def test_a_deadline_that_moves_away_starts_no_new_timer() -> None:
    clock, rang = Clock(), list[tuple[int, float]]()
    alarms = alarms_of(clock, rang)
    for hundredth in range(1000):
        clock.turn_to(hundredth / 100)
        alarms.set(0, 5)
    assert rang == []
    assert clock.started <= 3


def test_a_deadline_that_is_cleared_does_not_pass() -> None:
    clock, rang = Clock(), list[tuple[int, float]]()
    alarms = alarms_of(clock, rang)
    alarms.set(0, 5)
    alarms.set(1, 6)
    alarms.clear(0)
    clock.turn_to(10)
    clock.turn_to(20)
    assert rang == [(1, 10)]


def test_nothing_passes_and_nothing_runs_after_a_stop() -> None:
    clock, rang = Clock(), list[tuple[int, float]]()
    alarms = alarms_of(clock, rang)
    alarms.set(0, 5)
    alarms.stop()
    clock.turn_to(10)
    assert rang == []
    assert all(timer.is_cancelled for timer in clock.timers)


def test_a_countdown_runs_only_when_it_is_told_to() -> None:
    countdown = Countdown(10)
    assert countdown.run(True, 100) == 10
    assert countdown.run(False, 103) == 7
    assert countdown.run(True, 200) == 7
    assert countdown.run(True, 202) == 5
    assert countdown.run(False, 300) == 0

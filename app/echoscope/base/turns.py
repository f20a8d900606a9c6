"""Long work in short turns: code that reads, searches or encodes gives the event loop back by time, not by counts."""

import asyncio
import time
from collections.abc import Iterable
from typing import Final, TypeVar

T = TypeVar("T")

TURN_S: Final = 0.002
"""How long one turn may last: ten at once still leave a request waiting for no more than 20 ms."""


class Turn:
    """A stretch of work on the loop. A long loop asks `is_over` in each round and awaits `end` when it is."""

    def __init__(self) -> None:
        self._ends_at = time.perf_counter() + TURN_S

    @property
    def is_over(self) -> bool:
        return time.perf_counter() > self._ends_at

    async def end(self) -> None:
        """Give the loop back, and go on after everybody else had a turn."""
        await asyncio.sleep(0)
        self._ends_at = time.perf_counter() + TURN_S


async def in_turns(values: Iterable[T]) -> list[T]:
    """The values of a generator, which takes its time for each."""
    turn = Turn()
    results: list[T] = []
    for value in values:
        results.append(value)
        if turn.is_over:
            await turn.end()
    return results

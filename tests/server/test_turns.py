"""Turns of the loop: what waits for one, in what order, and that everybody else has theirs in between."""

import asyncio
import time

from echoscope.server.turns import MOST_REQUESTS, TURN_S, Turns


def _turns() -> Turns:
    return Turns(asyncio.get_running_loop())


def _work_for_longer_than_a_turn() -> None:
    time.sleep(2 * TURN_S)


async def _until_idle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_turn_ends_with_its_time_and_the_next_one_begins_with_the_next_round_of_the_loop() -> None:
    turns = _turns()
    assert not turns.is_over
    _work_for_longer_than_a_turn()
    assert turns.is_over
    await _until_idle()
    assert not turns.is_over


async def test_long_work_of_one_lets_the_loop_go_on_before_that_of_the_next() -> None:
    turns, loop, events = _turns(), asyncio.get_running_loop(), list[str]()

    def work(name: str) -> None:
        events.append(name)
        loop.call_soon(events.append, f"others after {name}")
        _work_for_longer_than_a_turn()

    for name in ("a", "b", "c"):
        turns.wait(lambda name=name: work(name))  # type: ignore[misc]
    await _until_idle()
    assert events == ["a", "others after a", "b", "others after b", "c", "others after c"]


async def test_tasks_go_on_one_by_one_in_their_order() -> None:
    turns, events = _turns(), list[str]()

    async def work(name: str) -> None:
        await turns.next()
        events.append(name)
        _work_for_longer_than_a_turn()
        assert turns.is_over

    async def others() -> None:
        for _ in range(4):
            await asyncio.sleep(0)
            events.append("others")

    await asyncio.gather(work("a"), work("b"), others())
    assert events.index("a") < events.index("b")
    assert "others" in events[events.index("a") : events.index("b")]


async def test_who_has_left_holds_up_nobody() -> None:
    turns = _turns()
    left, stays = asyncio.create_task(turns.next()), asyncio.create_task(turns.next())
    await asyncio.sleep(0)
    left.cancel()
    await stays


async def test_work_that_fails_costs_the_others_nothing() -> None:
    turns, done = _turns(), list[str]()
    loop, errors = asyncio.get_running_loop(), list[BaseException]()
    loop.set_exception_handler(lambda _, context: errors.append(context["exception"]))
    turns.wait(lambda: [][0])
    turns.wait(lambda: done.append("after"))
    await _until_idle()
    assert done == ["after"]
    assert [type(error) for error in errors] == [IndexError]


async def test_only_so_many_requests_begin_in_one_turn() -> None:
    turns = _turns()
    for _ in range(MOST_REQUESTS):
        assert not turns.is_over
        turns.begin_request()
    assert turns.is_over
    await _until_idle()
    assert not turns.is_over

"""Answers that take their time, and answers that come piece by piece. All waiting is the pacer's."""

import time
from collections.abc import AsyncGenerator, Callable
from random import random
from typing import Final

import orjson

from ..endpoint.answers import AS_IT_COMES, BYTES, JSON, TEXT, Headers, Refused, Reply, Stream, bounded
from ..endpoint.pacer import Pacer, portions, spread
from ..endpoint.parameters import number, seconds, whole_number
from ..endpoint.request import Request
from ..endpoint.status import BODILESS, required
from . import reflect

MAX_ITEMS: Final = 100
"""Lines or events of one answer: httpbin's clamp for /stream."""

PIECE_BYTES: Final = 16_384
"""How much is handed to the server at once, so that a slow reader holds no more."""


async def delay(request: Request) -> Reply:
    """httpbin's clamp: more than the longest delay is the longest delay."""
    wanted_s, most_s = seconds(request.parameters["seconds"], "seconds"), request.settings.max_duration
    delay_s = min(wanted_s, most_s)
    answer = await reflect.whole(request, [_server_timing(delay_s), *bounded(wanted_s, most_s, "seconds")])
    await (await request.pacer()).pause(delay_s)
    return answer


async def drip(request: Request) -> Reply:
    return await _dripped(request, b"*", BYTES)


async def drip_lines(request: Request) -> Reply:
    return await _dripped(request, b"*\n", TEXT)


async def _dripped(request: Request, unit: bytes, kind: tuple[bytes, bytes]) -> Reply:
    most = request.settings.max_generated_bytes // len(unit)
    count = whole_number(request.option("numbytes") or "10", "numbytes", 1, most)
    code = whole_number(request.option("code") or "200", "code", 200, 599)
    delay_s, duration_s = _times(request, "2")
    counts, size = portions(count, duration_s), count * len(unit)
    pacer = await request.pacer()
    await pacer.pause(delay_s)
    return Stream(
        status=code,
        headers=[
            kind,
            AS_IT_COMES,
            _server_timing(delay_s, duration_s, len(counts)),
            *required(code, size, request.scope),
        ],
        pieces=_drops(pacer, unit, counts, duration_s),
        size=0 if code in BODILESS else size,
    )


async def _drops(pacer: Pacer, unit: bytes, counts: list[int], duration_s: float) -> AsyncGenerator[bytes]:
    async for index in pacer.moments(spread(len(counts), duration_s)):
        left = counts[index]
        while left:
            count = min(left, PIECE_BYTES // len(unit))
            yield unit * count
            left -= count


async def stream(request: Request) -> Reply:
    """httpbin's clamp: at most `MAX_ITEMS` lines, however many are asked for."""
    wanted = whole_number(request.parameters["n"], "n")
    await request.skim()
    headers = [JSON, *bounded(wanted, MAX_ITEMS, "lines")]
    return Stream(headers=headers, pieces=_at_once(min(wanted, MAX_ITEMS), _line_of(request)))


async def _at_once(count: int, item: Callable[[int], bytes]) -> AsyncGenerator[bytes]:
    for index in range(count):
        yield item(index)


async def jsonl(request: Request) -> Reply:
    """go-httpbin's clamp: at least one line, and at most `MAX_ITEMS`."""
    count = whole_number(request.option("count") or "10", "count", -(1 << 53))
    headers: Headers = [(b"content-type", b"application/x-ndjson"), *bounded(count, MAX_ITEMS, "lines")]
    return await _items(request, min(max(count, 1), MAX_ITEMS), _line_of(request), headers, "0")


async def sse(request: Request) -> Reply:
    count = whole_number(request.option("count") or "10", "count", 1, MAX_ITEMS)
    headers: Headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
    return await _items(request, count, _event, headers, "5")


async def _items(request: Request, count: int, item: Callable[[int], bytes], headers: Headers, duration: str) -> Reply:
    """`count` items over `duration` after `delay`; `jitter` is the part of an interval by which each may be early."""
    jitter = number(request.option("jitter") or "0", "jitter", 0, 1)
    delay_s, duration_s = _times(request, duration)
    times_s = spread(count, duration_s)
    step_s = times_s[1] if count > 1 else 0
    pacer = await request.pacer()
    await pacer.pause(delay_s)
    pieces = _paced(pacer, [max(0.0, time_s - random() * jitter * step_s) for time_s in times_s], item)
    return Stream(headers=[*headers, AS_IT_COMES, _server_timing(delay_s, duration_s, count)], pieces=pieces)


async def _paced(pacer: Pacer, times_s: list[float], item: Callable[[int], bytes]) -> AsyncGenerator[bytes]:
    async for index in pacer.moments(times_s):
        yield item(index)


def _line_of(request: Request) -> Callable[[int], bytes]:
    made = reflect.head(request)
    return lambda index: orjson.dumps({**made, "id": index}, option=orjson.OPT_APPEND_NEWLINE)


def _event(index: int) -> bytes:
    data = orjson.dumps({"id": index, "timestamp": time.time_ns() // 1_000_000})
    return b"event: ping\ndata: %b\n\n" % data


def _times(request: Request, duration: str) -> tuple[float, float]:
    """`delay` and `duration` in seconds, each and together within bounds. `duration`: when none is given."""
    most = request.settings.max_duration
    delay_s = seconds(request.option("delay") or "0", "delay", most)
    duration_s = seconds(request.option("duration") or str(min(float(duration), most)), "duration", most)
    if delay_s + duration_s > most:
        raise Refused(
            400, f"delay and duration must together be at most {most:g} seconds, not {delay_s + duration_s:g}."
        )
    return delay_s, duration_s


def _server_timing(delay_s: float, duration_s: float = 0, writes: int = 0) -> tuple[bytes, bytes]:
    """go-httpbin's, in milliseconds; of an answer that is written at once its delay alone."""
    timings = [("initial_delay", delay_s, "initial delay")]
    if writes:
        pause_s = duration_s / (writes - 1) if writes > 1 else duration_s
        timings += [
            ("total_duration", delay_s + duration_s, "total request duration"),
            ("write_duration", duration_s, "duration of writes after initial delay"),
            ("pause_per_write", pause_s, "computed pause between writes"),
        ]
    lines = [f'{name};dur={time_s * 1000:.2f};desc="{words}"' for name, time_s, words in timings]
    return b"server-timing", ", ".join(lines).encode()

"""Recording: a plain ASGI wrapper around any app.

It takes a snapshot of the scope before anything else touches it, notes every message that passes `receive`
and `send` with its time, and puts the exchange into the log before the last byte of the answer is handed to
the server: whoever has an answer finds its exchange. It decodes nothing, decides nothing about what passes,
and never breaks an answer: what cannot be stored is logged and counted.
"""

import asyncio
import itertools
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..base.budget import Budget, Unbounded
from ..exchange.model import ID_KEY, NOTES_KEY
from ..http.forwarding import Proxies
from ..log.log import Log
from ..log.store import Captured
from .recording import Recording

logger = logging.getLogger(__name__)

SWEEP_S: Final = 0.1
"""How often the exchanges in flight are looked at: one sweep for all instead of a timer for each request."""

FailureAnswer = Callable[[str], Iterable[Message]]


class Recorder:
    """Wraps `app` and puts what passes into `log`.

    `budget`: for request bodies that are kept until their exchange is put; what it has no room for is cut.
    `kept_body_bytes`: how much payload is kept of each direction. `max_events`: how many messages are kept,
    half of them the first and half the last. `failure_answer`: gives, by exchange id, the messages of an answer
    for an app that failed before it began one; without it the server answers. `proxies`: those that are believed to say
    where a request came from, where any are named. `recording_type`: what takes notes. `prefix`: of the ids of its
    exchanges, which no other recorder gives; a running number stands behind it. `in_flight`: the recordings of
    exchanges that have not ended, by their ids. `failures` counts what could not be stored.
    """

    def __init__(
        self,
        app: ASGIApp,
        log: Log,
        budget: Budget | None = None,
        *,
        kept_body_bytes: int = 256 << 10,
        max_events: int = 1_000,
        failure_answer: FailureAnswer | None = None,
        proxies: Proxies | None = None,
        recording_type: type[Recording] | None = None,
    ) -> None:
        self.app = app
        self.log = log
        self.budget = budget or Unbounded()
        self.holds_heads = log.takes_time
        self.proxies = proxies
        self.failures = 0
        self.kept_body_bytes = kept_body_bytes
        self.max_first = max_events - max_events // 2
        self.max_last = max_events // 2
        self._failure_answer = failure_answer
        self._recording_type = recording_type or Recording
        self.prefix = f"{secrets.token_hex(4)}-"
        self._numbers = itertools.count(1)
        self.ids: Iterator[str] = (f"{self.prefix}{number}" for number in self._numbers)
        self.in_flight: dict[str, Recording] = {}
        self._sweeper: asyncio.Task[None] | None = None

    @property
    def begun(self) -> int:
        """How many exchanges have begun, told by the number that comes next: nothing is counted for it."""
        return int(repr(self._numbers)[len("count(") : -1]) - 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        exchange_id = next(self.ids)
        if NOTES_KEY in scope:
            self.log.connections.note(scope[NOTES_KEY].connection)
        recording = self._recording_type(exchange_id, scope, receive, send, self)
        self.in_flight[exchange_id] = recording
        if self._sweeper is None:
            self._sweeper = asyncio.create_task(self._sweep())
        try:
            await self.app({**scope, ID_KEY: exchange_id}, recording.receive, recording.send)
            if not recording.is_finished:
                await self._end(recording, scope)
        except OSError as error:
            if recording.has_lost_client:
                await recording.finish("disconnected")
            else:
                await self._fail(recording, scope, error)
            raise
        except Exception as error:
            await self._fail(recording, scope, error)
            raise
        finally:
            del self.in_flight[exchange_id]
            if not recording.is_finished:
                await recording.finish("disconnected")

    async def _end(self, recording: Recording, scope: Scope) -> None:
        """The app has returned without a last word."""
        if recording.has_lost_client or _is_cancelled():
            await recording.finish("disconnected")
        elif scope["type"] == "websocket" and recording.status == 101:  # servers close it for the app
            await recording.finish("done")
        else:
            error = RuntimeError("The app returned without completing its answer.")
            if await self._fail(recording, scope, error):
                logger.error("exchange %s: %s", recording.id, error)

    async def _fail(self, recording: Recording, scope: Scope, error: Exception) -> bool:
        """Keep what failed. Whether the app was answered for: then the server finds nothing to complain of."""
        if self._failure_answer is None or scope["type"] != "http" or recording.has_begun or recording.is_finished:
            await recording.fail(error)
            await recording.release()
            return False
        recording.note_error(error)
        for message in self._failure_answer(recording.id):
            await recording.send(message)
        return True

    def keep(self, exchange: Captured) -> Awaitable[bool] | None:
        """Put an exchange into the log. A failure is logged, since recording never breaks an answer."""
        try:
            return self.log.put(exchange)
        except Exception:
            self.failures += 1
            logger.exception("exchange %s could not be stored", exchange.id)
            return None

    async def _sweep(self) -> None:
        """Show the exchanges that stay open, while any request is in flight."""
        try:
            while self.in_flight:
                await asyncio.sleep(SWEEP_S)
                now_ns = time.perf_counter_ns()
                for recording in list(self.in_flight.values()):
                    if recording.is_due(now_ns):
                        recording.show()
        finally:
            self._sweeper = None


def _is_cancelled() -> bool:
    """Whether somebody has asked this task to end, whatever became of that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0

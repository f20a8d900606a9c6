"""What runs beside an instance. `endpoints` has the addresses by which it is asked how it does."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from ... import __version__
from ...base.paths import RESERVED
from ...base.settings import Settings
from ...capture.recorder import Recorder
from ...log.log import Log
from .following import Follower, Take
from .logs import request_lines
from .metrics import SAMPLE_S, SHARED, Metrics
from .readiness import Readiness
from .spans import Spans

HEALTH: Final = RESERVED + "health"
READY: Final = RESERVED + "ready"
METRICS: Final = RESERVED + "metrics"

PROBES: Final = (HEALTH, READY)
"""What anybody may ask, under any name: probes have no token."""


class Operations:
    """The operations of one instance, between `start` and `stop`.

    Figures begin when somebody first asks for them. Where several processes share them, the figures that cost nothing
    begin at the start, and the times of exchanges when any of the processes is first asked. `recorders`: those that put
    into `log`; without any there are no figures.
    """

    def __init__(self, settings: Settings, log: Log, recorders: Sequence[Recorder] = ()) -> None:
        self._log = log
        self._recorders = recorders
        self.readiness = Readiness(log)
        self._spans = Spans(settings.otlp_endpoint, __version__) if settings.otlp_endpoint else None
        self._takers: list[Take] = []
        if settings.log_format == "json" and not settings.quiet:
            self._takers.append(request_lines(_write))
        if self._spans is not None:
            self._takers.append(self._spans.take)
        self._metrics: Metrics | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._follower: Follower | None = None

    @property
    def has_figures(self) -> bool:
        return bool(self._recorders)

    def start(self) -> None:
        """Begin. Called once the instance runs, in its event loop."""
        if SHARED in os.environ:
            self._tasks.append(asyncio.create_task(self._await_mark(self._figures())))
        if self._takers:
            self._follow()

    async def stop(self) -> None:
        self.readiness.is_stopping = True
        if self._follower is not None:
            await self._follower.catch_up()
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._spans is not None:
            await asyncio.to_thread(self._spans.close)
        if self._metrics is not None:
            self._metrics.close()

    def metrics(self) -> Metrics:
        """The figures, for somebody who asks. They begin now, unless they have begun before."""
        metrics = self._figures()
        metrics.leave_mark()
        self._time_exchanges(metrics)
        return metrics

    def _figures(self) -> Metrics:
        if self._metrics is None:
            self._metrics = Metrics(self._log, self._recorders)
            self._tasks.append(asyncio.create_task(self._metrics.sample_for_ever()))
        return self._metrics

    async def _await_mark(self, metrics: Metrics) -> None:
        """Time the exchanges once any process is asked. To follow them costs a tenth of what they themselves cost, for
        nothing while nobody asks."""
        while not metrics.is_asked:  # noqa: ASYNC110  another process tells it by a file
            await asyncio.sleep(SAMPLE_S)
        self._time_exchanges(metrics)

    def _time_exchanges(self, metrics: Metrics) -> None:
        """Have the histogram told of every exchange that ends from now on."""
        if metrics.take not in self._takers:
            self._takers.append(metrics.take)
            self._follow()

    def _follow(self) -> None:
        if self._follower is None:
            prefixes = tuple(recorder.prefix for recorder in self._recorders)
            self._follower = Follower(self._log, prefixes, self._takers)
            self._tasks.append(asyncio.create_task(self._follower.run()))


def _write(line: str) -> None:
    """On standard output, in one piece: other processes write lines there too, and a pipe keeps each whole up to
    4,096 bytes. A server does not end because nobody reads that any more."""
    try:
        os.write(1, line.encode())
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

"""Figures for Prometheus, of one process or of all that share a directory.

Nothing is counted on the way of a request. The numbers in the ids tell how many exchanges have begun; the log tells how
it stands; whoever follows the log sees how long exchanges took. All of it begins when somebody first asks.

Several processes behind one port give the figures of all of them, whichever is asked, when they share a directory
named by `PROMETHEUS_MULTIPROC_DIR`: each writes there once a second, and what a process has written outlives it. The
first process that is asked leaves a mark there, by which the others know that they are wanted.
"""

import asyncio
import logging
import os
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from ...base.threads import beside
from ...capture.recorder import Recorder
from ...exchange.model import ExchangeHead, ScopeType
from ...exchange.wire import Wire
from ...log.log import Log
from ...log.store import StoreAway

logger = logging.getLogger(__name__)

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"

_ASKED: Final = "asked"
"""The file that is this mark."""

SAMPLE_S: Final = 1.0
STORE_S: Final = 0.5
"""How long the store may take to tell its state; what only the store knows stays as it was while that is away."""

SECONDS: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Bounds of the histogram: a plain request takes a tenth of a millisecond, an endpoint at most ten seconds."""

_BOUNDS_NS: Final = [seconds * 1e9 for seconds in SECONDS]


@contextmanager
def shared_figures() -> Iterator[None]:
    """A directory for the figures of the processes that are started meanwhile, unless there is one already."""
    if SHARED in os.environ:
        yield
        return
    with TemporaryDirectory(prefix="echoscope-") as folder:
        os.environ[SHARED] = folder
        try:
            yield
        finally:
            del os.environ[SHARED]


class Metrics:
    """The figures of one instance. Once somebody has asked, `take` is given the exchanges that have ended. `sample` is
    run for as long as the instance runs."""

    def __init__(self, log: Log, recorders: Sequence[Recorder]) -> None:
        import prometheus_client as prometheus  # takes 40 ms, which who never asks need not wait for

        self._log = log
        self._recorders = recorders
        self._begun = self._lost = 0
        self._registry = registry = prometheus.CollectorRegistry()

        def gauge(name: str, told: str, mode: Any = "livesum") -> prometheus.Gauge:
            return prometheus.Gauge(f"echoscope_{name}", told, registry=registry, multiprocess_mode=mode)

        self._exchanges = prometheus.Counter("echoscope_exchanges", "Exchanges begun.", registry=registry)
        self._lost_ones = prometheus.Counter("echoscope_lost", "Exchanges that were not stored.", registry=registry)
        self._seconds = prometheus.Histogram(
            "echoscope_exchange_duration_seconds",
            "How long exchanges took that have ended, from the head of the request to the end of the answer.",
            ("type", "status"),
            buckets=SECONDS,
            registry=registry,
        )
        self._queued = gauge("queued", "Exchanges that are not stored yet.")
        self._subscribers = gauge("subscribers", "Dashboards and other readers of the feed.")
        self._open = gauge("open", "Exchanges that have not ended.")
        self._kept = gauge("kept", "Exchanges that the log keeps.", "livemax")
        self._kept_bytes = gauge("kept_bytes", "Bytes that the kept exchanges take.", "livemax")
        self._store_lost = gauge("store_lost", "Exchanges that the store had and has lost.", "livemax")
        self._is_stored = gauge(
            "store_up", "1 while the store answers and takes exchanges, 0 while it is away.", "livemin"
        )
        self._lag = gauge("loop_lag_seconds", "How late the event loop was when it was last looked at.", "livemax")
        if SHARED not in os.environ:
            prometheus.ProcessCollector(registry=registry)
            prometheus.PlatformCollector(registry=registry)

    @property
    def is_asked(self) -> bool:
        """Whether somebody has asked this process for its figures, or one that shares them."""
        return SHARED not in os.environ or Path(os.environ[SHARED], _ASKED).exists()

    def leave_mark(self) -> None:
        """Let all processes that share the figures know that somebody has asked."""
        if not self.is_asked:
            with suppress(OSError):
                Path(os.environ[SHARED], _ASKED).touch()

    def take(self, heads: list[ExchangeHead | Wire]) -> None:
        """Each figure is changed once for all of them: figures that are shared lie in a file under a lock, and
        `observe` would take more time than the request did."""
        counts: Counter[tuple[ScopeType, int, int]] = Counter()
        seconds: Counter[tuple[ScopeType, int]] = Counter()
        for head in heads:
            status, duration_ns = (head.status or 0) // 100, head.duration_ns
            counts[head.type, status, bisect_left(_BOUNDS_NS, duration_ns)] += 1
            seconds[head.type, status] += duration_ns
        for (kind, status), total_ns in seconds.items():
            self._histogram(kind, status)._sum.inc(total_ns / 1e9)
        for (kind, status, bucket), count in counts.items():
            self._histogram(kind, status)._buckets[bucket].inc(count)

    def _histogram(self, kind: str, status: int) -> Any:
        return self._seconds.labels(kind, f"{status}xx" if status else "none")

    async def sample_for_ever(self) -> None:
        """Bring the figures up to date once a second, until cancelled, and see how late that is."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                await self.sample()
            except Exception:
                logger.exception("the figures could not be brought up to date; it is tried again")
            due = loop.time() + SAMPLE_S
            await asyncio.sleep(SAMPLE_S)
            self._lag.set(max(0.0, loop.time() - due))

    async def sample(self) -> None:
        self._count()
        self._subscribers.set(self._log.feed.readers)
        self._open.set(sum(len(recorder.in_flight) for recorder in self._recorders))
        self._queued.set(self._log.backlog.waiting)
        try:
            async with asyncio.timeout(STORE_S):
                status = await self._log.status()
        except (StoreAway, TimeoutError):
            self._is_stored.set(0)
            return
        backlog = self._log.backlog
        self._is_stored.set(backlog.fault is None)
        self._store_lost.set(max(0, status.lost - backlog.lost))
        self._kept.set(status.exchanges)
        self._kept_bytes.set(status.bytes)

    def _count(self) -> None:
        """Add what this process has begun and lost since it was last asked."""
        begun = sum(recorder.begun for recorder in self._recorders)
        lost = self._log.backlog.lost + sum(recorder.failures for recorder in self._recorders)
        self._exchanges.inc(begun - self._begun)
        self._lost_ones.inc(lost - self._lost)
        self._begun, self._lost = begun, lost

    async def text(self, accept: str) -> tuple[bytes, str]:
        """The figures in the format that is wanted, and its type."""
        from prometheus_client import exposition

        await self.sample()
        write, content_type = exposition.choose_encoder(accept)
        return await beside(write, self._of_all()), content_type

    def _of_all(self) -> Any:
        from prometheus_client import CollectorRegistry, multiprocess

        if SHARED not in os.environ:
            return self._registry
        for pid in _dead(os.environ[SHARED]):
            multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return registry

    def close(self) -> None:
        """Where others tell of this process, leave them all that it has counted, and let its gauges go."""
        from prometheus_client import multiprocess

        if SHARED in os.environ:
            self._count()
            with suppress(OSError):
                multiprocess.mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]


def _dead(directory: str) -> set[int]:
    """The processes that have left gauges in the directory and are no more: nobody was there to take them away."""
    written = (re.fullmatch(r"gauge_live\w*_(\d+)\.db", name) for name in os.listdir(directory))
    return {pid for pid in {int(match[1]) for match in written if match} if not Path(f"/proc/{pid}").exists()}

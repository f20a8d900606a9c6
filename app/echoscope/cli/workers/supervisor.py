"""The process that keeps a number of workers running.

    start ──► ready ──► dies ──► start again, at once; after several quick deaths in a row with a growing pause
                │
                ├─ SIGHUP ──► the next one is started; once it is ready, this one drains and ends: one after the other
                └─ SIGTERM, SIGINT, or SIGHUP since the terminal was closed ──► all drain and end, then the engine

Workers listen on sockets that the supervisor has opened and keeps open: a connection that a worker has not taken yet
when it dies is taken by its successor. A worker whose supervisor is gone drains and ends.
"""

import logging
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Thread
from types import FrameType
from typing import Any, Final

from .engine import Engine, EngineError

logger = logging.getLogger(__name__)

QUICK_S: Final = 2.0
"""A worker that lives no longer has died quickly."""

QUICK_DEATHS: Final = 3
"""So many in a row are replaced at once."""

MAX_PAUSE_S: Final = 5.0
READY_S: Final = 30.0
LOOK_S: Final = 0.5
"""How often everything is looked at when no signal comes."""

Work = Callable[[Connection, bool], None]
"""What a worker does: with its line to the supervisor, on which it says anything once it answers requests, and whether
it is the first in its place. It is called in another process, so it must be able to travel there."""


class Worker:
    """One process."""

    def __init__(self, work: Work, number: int, *, is_first: bool) -> None:
        self.number = number
        self.started_at = time.monotonic()
        self._is_ready = False
        self._line, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self.process = context.Process(target=_run, args=(work, theirs, is_first), name=f"worker {number}")
        self.process.start()
        theirs.close()

    @property
    def is_ready(self) -> bool:
        """Whether it has come to answer requests."""
        if not self._is_ready:
            with suppress(EOFError, OSError):
                self._is_ready = self._line.poll() and bool(self._line.recv())
        return self._is_ready

    def end(self) -> None:
        self.process.terminate()

    def clear(self) -> None:
        """After its end."""
        self._line.close()
        self.process.close()


def _run(work: Work, line: Connection, is_first: bool) -> None:
    """In the worker."""
    Thread(target=_end_with_supervisor, args=(line,), daemon=True).start()
    work(line, is_first)


def _end_with_supervisor(line: Connection) -> None:
    """The supervisor never says anything: its end of the line closes when it is gone."""
    with suppress(EOFError, OSError):
        line.recv()
    os.kill(os.getpid(), signal.SIGTERM)


class Supervisor:
    """Keeps a worker running for each of `works`, and `engine`, where there is one.

    `grace_s`: how long workers may take to end.
    """

    def __init__(self, works: list[Work], grace_s: float, engine: Engine | None = None) -> None:
        self._works = works
        self._grace_s = grace_s
        self._engine = engine
        self._workers: list[Worker] = []
        self._leaving: list[Worker] = []
        self._quick_deaths = 0
        self._start_at: dict[int, float] = {}
        self._signals: set[int] = set()
        self._had_terminal = _has_terminal()
        self._wake, self._woken = socket.socketpair()

    def run(self) -> int:
        """Return when all has ended: 0, or the exit code of a worker that did not even start once."""
        before = self._listen()
        try:
            self._workers = [Worker(work, number, is_first=True) for number, work in enumerate(self._works)]
            code = self._until_all_are_ready()
            while not code and not self._is_stopping:
                if signal.SIGHUP in self._signals:
                    self._signals.discard(signal.SIGHUP)
                    self._renew()
                self._keep_running()
                self._sleep(LOOK_S)
            return code
        finally:
            self._end()
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(-1)

    # Signals

    def _listen(self) -> dict[int, Any]:
        """Wake the loop for signals; gives the handlers of before."""
        for end in (self._wake, self._woken):
            end.setblocking(False)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGCHLD]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as under nohup
            numbers.append(signal.SIGHUP)
        return {number: signal.signal(number, self._note) for number in numbers}

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._signals.add(number)

    @property
    def _is_stopping(self) -> bool:
        if signal.SIGHUP in self._signals and self._had_terminal and not _has_terminal():
            self._signals.add(signal.SIGTERM)
        return bool(self._signals & {signal.SIGINT, signal.SIGTERM})

    def _sleep(self, seconds: float) -> None:
        """Until a signal comes, the death of a child among them."""
        multiprocessing.connection.wait([self._woken], seconds)
        with suppress(BlockingIOError):
            self._woken.recv(4096)

    # Starting, replacing, ending

    def _until_all_are_ready(self) -> int:
        """0, or the exit code of the first that ends before: what one cannot do, none can."""
        waiting = list(self._workers)
        while waiting and not self._is_stopping:
            for worker in waiting:
                if worker.process.exitcode is not None and not worker.is_ready:
                    return abs(worker.process.exitcode) or 1
            waiting = [worker for worker in waiting if not worker.is_ready]
            self._sleep(0.05)
        return 0

    def _keep_running(self) -> None:
        """Replace what has ended."""
        if self._engine is not None and not self._engine.is_running:
            logger.error("the store that the workers share has ended; it is started again")
            try:
                self._engine.start()
            except EngineError as error:
                logger.error("%s; the next try follows", error)
        for worker in [worker for worker in self._leaving if worker.process.exitcode is not None]:
            self._leaving.remove(worker)
            worker.clear()
        now = time.monotonic()
        for index, worker in enumerate(self._workers):
            if worker.number not in self._start_at and worker.process.exitcode is not None:
                pause_s = self._pause_s(now - worker.started_at)
                logger.error(
                    "worker %d has ended (%s); another takes its place%s", worker.number + 1,
                    _reason(worker.process.exitcode), f" in {pause_s:g} s" if pause_s else "",
                )  # fmt: skip
                self._start_at[worker.number] = now + pause_s
            if self._start_at.get(worker.number, float("inf")) <= now:
                del self._start_at[worker.number]
                worker.clear()
                self._workers[index] = Worker(self._works[worker.number], worker.number, is_first=False)

    def _pause_s(self, lived_s: float) -> float:
        self._quick_deaths = self._quick_deaths + 1 if lived_s < QUICK_S else 0
        more = self._quick_deaths - QUICK_DEATHS
        return min(0.2 * 2**more, MAX_PAUSE_S) if more > 0 else 0.0

    def _renew(self) -> None:
        """Replace all workers, one after the other, each once its successor answers."""
        for index, worker in enumerate(self._workers):
            successor = Worker(self._works[worker.number], worker.number, is_first=False)
            ends_at = time.monotonic() + READY_S
            while not successor.is_ready and not self._is_stopping and time.monotonic() < ends_at:
                if successor.process.exitcode is not None:
                    break
                self._sleep(0.05)
            if not successor.is_ready or successor.process.exitcode is not None:
                logger.error("worker %d is not replaced: its successor does not start", worker.number + 1)
                successor.end()
                self._leaving.append(successor)
                return
            self._workers[index] = successor
            worker.end()
            self._leaving.append(worker)

    def _end(self) -> None:
        workers = [*self._workers, *self._leaving]
        for worker in workers:
            worker.end()
        ends_at = time.monotonic() + self._grace_s
        for worker in workers:
            worker.process.join(max(0.0, ends_at - time.monotonic()))
            if worker.process.exitcode is None:
                worker.process.kill()
                worker.process.join()
            worker.clear()


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _reason(code: int) -> str:
    """Of an exit code, for people."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

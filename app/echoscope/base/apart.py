"""Long work in a process of its own, for what holds the interpreter's lock: one call into a parser of megabytes stops
every thread until it returns.

A process is started when it is first needed, and ends with this one. Where none can be started, as under a server
whose program has Python within it, the work is done in the thread. A thread here talks with it by its standard
input and output, a piece at a time, so that neither the work nor a large result is ever one long step here:

    what is to be done    the length of a pickle, the pickle (function, arguments, length of the data), the data
    what came of it       whether it succeeded, the length of the result, the result, or the error as a pickle
"""

import atexit
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import RLock
from traceback import format_exc
from typing import Any, BinaryIO, Final, cast

from .threads import Worker

PIECE_BYTES: Final = 128 << 10
"""How much is read or written in one step."""

_NICENESS: Final = 5
"""Who waits for little goes before who waits for much."""

_LENGTH: Final = 8
_READY: Final = b"."
_ENDED: Final = "The process that works apart has ended."

Work = Callable[..., bytes]
"""Gives bytes for the arguments and, behind them, the data. It must be importable by its name."""

Data = Sequence[bytes | bytearray | memoryview]


class WorkFailed(Exception):
    """The process ended before its work, or the work raised an error that cannot be told from there."""


class _NotStarted(Exception):
    pass


class Apart:
    """One such process, which does one thing after the other."""

    def __init__(self) -> None:
        self._worker = Worker("apart")
        self._can_start = True
        self._process: subprocess.Popen[bytes] | None = None
        self._in_use = RLock()

    async def do(self, work: Work, *args: Any, data: Data) -> list[bytes]:
        """What `work` gives, in pieces. Raises what `work` raises, and `WorkFailed`."""
        return await self._worker.do(self._do, work, args, data)

    def end(self) -> None:
        """End the process, whatever it is at; the next work gets a new one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with self._in_use, process:  # which closes its pipes
            pass

    def _do(self, work: Work, args: tuple[Any, ...], data: Data) -> list[bytes]:
        with self._in_use:
            try:
                process = self._running()
            except _NotStarted:
                return [work(*args, b"".join(data))]
            task = pickle.dumps((work, args, sum(map(len, data))))
            output = cast(BinaryIO, process.stdout)
            try:
                _write(cast(BinaryIO, process.stdin), _length_of(task), task, *data)
                has_succeeded = _read(output, 1)[0] == b"\1"
                result = _read(output, _read_length(output))
            except (OSError, EOFError) as error:
                self.end()
                raise WorkFailed(_ENDED) from error
        if not has_succeeded:
            raise pickle.loads(b"".join(result))
        return result

    def _running(self) -> subprocess.Popen[bytes]:
        """The process, which has said that it is there. Raises `_NotStarted`, and `WorkFailed` where it is ended."""
        if not self._can_start:
            raise _NotStarted
        process = self._process
        if process is None:
            program = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import main; main()"
            command = [sys.executable, "-c", program]
            try:
                process = self._process = subprocess.Popen(command, 0, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                _read(cast(BinaryIO, process.stdout), len(_READY))
            except (OSError, EOFError) as error:
                if self._process is not process:
                    raise WorkFailed(_ENDED) from error
                self.end()
                self._can_start = False
                raise _NotStarted from error
        return process


def _write(stream: BinaryIO, *parts: bytes | bytearray | memoryview) -> None:
    for part in parts:
        view = memoryview(part)
        while view:
            view = view[stream.write(view[:PIECE_BYTES]) :]


def _read(stream: BinaryIO, length: int) -> list[bytes]:
    """So many bytes in pieces. Raises EOFError."""
    pieces = []
    while length:
        piece = stream.read(min(length, PIECE_BYTES))
        if not piece:
            raise EOFError
        pieces.append(piece)
        length -= len(piece)
    return pieces


def _length_of(part: bytes) -> bytes:
    return len(part).to_bytes(_LENGTH)


def _read_length(stream: BinaryIO) -> int:
    return int.from_bytes(b"".join(_read(stream, _LENGTH)))


_ANSWERS: Final = Apart()

LOOKS: Final = Apart()
"""For whoever looks at what is kept, who may wait for a minute: what somebody sends is not to wait behind that."""


async def apart(work: Work, *args: Any, data: Data) -> list[bytes]:
    """What `work(*args, data)` gives, done in the process for all answers to what somebody sends (`Apart.do`)."""
    return await _ANSWERS.do(work, *args, data=data)


def end_apart() -> None:
    """End both processes, whatever they are at."""
    _ANSWERS.end()
    LOOKS.end()


atexit.register(end_apart)  # what they are at would outlive an app that has no lifespan


# Over there


def main() -> None:
    """Work until there is nobody to work for. A Ctrl-C in a terminal is meant for the server, which then ends this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    given, told = os.fdopen(os.dup(0), "rb", 0), os.fdopen(os.dup(1), "wb", 0)
    os.dup2(2, 1)  # what the work prints is no result
    with suppress(EOFError, OSError):
        _write(told, _READY)
        while True:
            has_succeeded, result = _worked(given)
            _write(told, bytes([has_succeeded]), _length_of(result), result)


def _worked(given: BinaryIO) -> tuple[bool, bytes]:
    work, args, size = pickle.loads(b"".join(_read(given, _read_length(given))))
    data = b"".join(_read(given, size))
    try:
        return True, work(*args, data)
    except Exception as error:
        error.add_note(format_exc())
        return False, _told(error)


def _told(error: Exception) -> bytes:
    """The error as a pickle; `WorkFailed` for one that pickle cannot make again."""
    try:
        told = pickle.dumps(error)
        pickle.loads(told)
    except Exception:
        return pickle.dumps(WorkFailed(format_exc()))
    return told

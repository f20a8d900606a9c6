"""Long work in a process of its own, for what holds the interpreter's lock: one call into a parser of megabytes stops
every thread until it returns.

The process is started when it is first needed, and ends with this one. A thread here talks with it by its standard
input and output, a piece at a time, so that neither the work nor a large result is ever one long step here:

    what is to be done    the length of a pickle, the pickle (function, arguments, length of the data), the data
    what came of it       whether it succeeded, the length of the result, the result
"""

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

Work = Callable[..., bytes]
"""Gives bytes for the arguments and, behind them, the data. It must be importable by its name."""


class WorkFailed(Exception):
    """The work raised an error, which was written to standard error over there, or its process ended."""


class Apart:
    """One such process, which does one thing after the other."""

    def __init__(self) -> None:
        self._worker = Worker("apart")
        self._process: subprocess.Popen[bytes] | None = None
        self._in_use = RLock()

    async def do(self, work: Work, *args: Any, data: Sequence[bytes]) -> list[bytes]:
        """What `work` gives, in pieces. Raises `WorkFailed`."""
        return await self._worker.do(self._do, work, args, data)

    def end(self) -> None:
        """End the process, whatever it is at; the next work gets a new one."""
        process = self._process
        if process is None:
            return
        process.kill()
        with self._in_use, process:  # which closes its pipes
            if self._process is process:
                self._process = None

    def _do(self, work: Work, args: tuple[Any, ...], data: Sequence[bytes]) -> list[bytes]:
        with self._in_use:
            process = self._running()
            task = pickle.dumps((work, args, sum(map(len, data))))
            output = cast(BinaryIO, process.stdout)
            try:
                _write(cast(BinaryIO, process.stdin), _length_of(task), task, *data)
                has_succeeded = _read(output, 1)[0] == b"\1"
                result = _read(output, _read_length(output))
            except (OSError, EOFError) as error:
                self.end()
                raise WorkFailed("The process that works apart has ended.") from error
        if not has_succeeded:
            raise WorkFailed(b"".join(result).decode())
        return result

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            program = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import main; main()"
            command = [sys.executable, "-c", program]
            self._process = subprocess.Popen(command, 0, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self._process


def _write(stream: BinaryIO, *parts: bytes) -> None:
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


_process: Final = Apart()


async def apart(work: Work, *args: Any, data: Sequence[bytes]) -> list[bytes]:
    """What `work(*args, data)` gives, done in the process that all such work shares (`Apart.do`)."""
    return await _process.do(work, *args, data=data)


def end_apart() -> None:
    """End that process, whatever it is at."""
    _process.end()


# Over there


def main() -> None:
    """Work until there is nobody to work for. A Ctrl-C in a terminal is meant for the server, which then ends this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    given, told = os.fdopen(os.dup(0), "rb", 0), os.fdopen(os.dup(1), "wb", 0)
    os.dup2(2, 1)  # what the work prints is no result
    with suppress(EOFError, OSError):
        while True:
            has_succeeded, result = _worked(given)
            _write(told, bytes([has_succeeded]), _length_of(result), result)


def _worked(given: BinaryIO) -> tuple[bool, bytes]:
    work, args, size = pickle.loads(b"".join(_read(given, _read_length(given))))
    data = b"".join(_read(given, size))
    try:
        return True, work(*args, data)
    except Exception:
        return False, format_exc().encode("utf-8", "replace")

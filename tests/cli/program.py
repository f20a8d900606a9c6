"""The `echoscope` command as a process of its own, with what it prints."""

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import NamedTuple
from unittest.mock import patch

import pytest

from echoscope.cli import main
from tests.servers import WAIT_S

COMMAND = [sys.executable, "-m", "echoscope"]


def clean_environment(**more: str) -> dict[str, str]:
    """This process's environment without settings of Echoscope, but with `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ECHOSCOPE_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **more}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=WAIT_S, env=clean_environment(**environment)
    )


class Program:
    """A server that was started with the command; `printed` is what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.printed = ""
        self.origin = self.read_until(r"echo +(http\S+[^/\s])/")[1]
        self.read_until("Ctrl-C stops")

    def read_until(self, pattern: str) -> re.Match[str]:
        assert self.process.stdout
        while not (found := re.search(pattern, self.printed)):
            line = self.process.stdout.readline()
            assert line, f"ended without saying {pattern!r}: {self.printed}"
            self.printed += line
        return found

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and give its exit code."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=WAIT_S)
        self.printed += rest
        return self.process.returncode


@contextmanager
def started(*arguments: str, **environment: str) -> Iterator[Program]:
    command = [*COMMAND, "serve", "--port", "0", *arguments]
    env = clean_environment(**environment)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env) as process:
        try:
            yield Program(process)
        finally:
            process.kill()


class Ended(NamedTuple):
    """What a command came to."""

    returncode: int
    output: bytes
    stderr: str

    @property
    def stdout(self) -> str:
        return self.output.decode()


def called(*arguments: str, **environment: str) -> Ended:
    """The command in this process, which takes a tenth of the time of one of its own. Not for what needs signals: one
    that does not end is interrupted, as with Ctrl-C, and so its exit code is another one."""
    outputs = [io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2)]
    clean = clean_environment(COLUMNS="200", **environment)
    with (
        _interrupted_after(WAIT_S),
        patch.dict(os.environ, clean, clear=True),
        patch.object(sys, "argv", ["echoscope", *arguments]),
        patch.object(sys, "stdout", outputs[0]),
        patch.object(sys, "stderr", outputs[1]),
        pytest.raises(SystemExit) as end,
    ):
        main()
    output, error = (stream.buffer.getvalue() for stream in outputs)
    assert isinstance(end.value.code, int)
    return Ended(end.value.code, output, error.decode())


@contextmanager
def _interrupted_after(wait_s: float) -> Iterator[None]:
    timer = Timer(wait_s, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()

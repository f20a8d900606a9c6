"""Servers as processes: started with a command, waited for within bounds, ended by their own process group."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]

START_S = 40.0
"""How long a server may take to start on a busy machine."""

STOP_S = 10.0


def environment(**more: str) -> dict[str, str]:
    """This process's, without settings of Echoscope and with our packages to be found. The profile is said: a root path
    and a client that speaks HTTP/1.0 are signs of a proxy where it is a guess."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ECHOSCOPE_")}
    paths = os.pathsep.join([str(ROOT / "app"), str(ROOT)])
    said = {"ECHOSCOPE_PROFILE": "local"}
    return kept | said | {"PYTHONPATH": paths, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", **more}


class Process:
    """A command that runs until the end of a `with`, or until `stop`.

    What it writes goes to a file, so that it never has to wait for a reader. `is_gentle`: at the end of the `with` it
    may finish what it has begun; servers that are not ours take seconds for that.
    """

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        *,
        is_gentle: bool = True,
        folder: Path = ROOT,
    ) -> None:
        self.command = list(command)
        self._is_gentle = is_gentle
        self._output = TemporaryFile()  # noqa: SIM115 (closed at the end of the process)
        self._process = subprocess.Popen(
            self.command,
            cwd=folder,
            env=dict(env or environment()),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def output(self) -> str:
        self._output.seek(0)
        return self._output.read().decode(errors="replace")

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The first match in what it has written."""
        ends_at = time.monotonic() + START_S
        while (found := re.search(pattern, self.output)) is None:
            assert self.is_running, f"{self.command} has ended:\n{self.output}"
            assert time.monotonic() < ends_at, f"{self.command} never wrote {pattern!r}:\n{self.output}"
            time.sleep(0.02)
        return found

    def wait_until_listening(self, address: "tuple[str, int] | str") -> None:
        """Until somebody listens: on a host and port, or on a Unix socket."""
        ends_at = time.monotonic() + START_S
        while not _is_listening(address):
            assert self.is_running, f"{self.command} has ended:\n{self.output}"
            assert time.monotonic() < ends_at, f"{self.command} never listens:\n{self.output}"
            time.sleep(0.02)

    def stop(self, by: int = signal.SIGTERM) -> int:
        """End it gently; gives its exit code."""
        if self.is_running:
            self._process.send_signal(by)
        try:
            return self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End it at once, with its workers."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait(STOP_S)

    def wait(self) -> int:
        """Until it ends by itself; gives its exit code."""
        return self._process.wait(START_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._is_gentle:
            self.stop()
        self.kill()
        self._output.close()


def _is_listening(address: tuple[str, int] | str) -> bool:
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as client:
        return client.connect_ex(address) == 0


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]

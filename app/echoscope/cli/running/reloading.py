"""A server that is started anew when the code of its app changes.

This process listens and watches; another one serves, on the same sockets. While that one is started anew, clients wait
in the queue of the socket: none of them is refused.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from socket import socket
from threading import Event
from types import FrameType
from typing import Final

from watchfiles import PythonFilter, watch

from ..console import say

GRACE_S: Final = 3.0
"""How long requests in flight may take before their server is ended."""

LOOK_MS: Final = 500
"""How often to look whether the server still runs."""

MISTAKE: Final = 2
"""The exit code of a command that was called wrongly."""


class Reloader:
    """Runs `command` with the file descriptors of `sockets` behind it, as `--fd N`, anew with each change of Python
    code below `folders`."""

    def __init__(self, command: Sequence[str], sockets: Sequence[socket], folders: Sequence[Path]) -> None:
        self._numbers = [listener.fileno() for listener in sockets]
        self._command = [*command, *(word for number in self._numbers for word in ("--fd", str(number)))]
        self._folders = folders
        self._is_over = Event()

    def run(self) -> int:
        """Run until Ctrl-C or SIGTERM, or until the first start shows that the command was called wrongly. Gives the
        exit code."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        server, is_down, is_first = self._start(), False, True
        for changes in watch(
            *self._folders,
            watch_filter=PythonFilter(),
            stop_event=self._is_over,
            rust_timeout=LOOK_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
        ):
            if changes:
                names = sorted({os.path.relpath(path) for _, path in changes})
                say(f"Changed: {', '.join(names[:3])}{' …' if len(names) > 3 else ''}. Starting again.\n")
                _stop(server)
                server, is_down, is_first = self._start(), False, False
            elif not is_down and (code := server.poll()) is not None:
                if is_first and code == MISTAKE:
                    return code
                is_down = True
                say(f"The server has ended with exit code {code}. It starts again with the next change.\n")
        _stop(server)
        return 0

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._command, pass_fds=self._numbers)

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._is_over.set()


def _stop(server: "subprocess.Popen[bytes]") -> None:
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(GRACE_S + 2)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def own_command(arguments: Sequence[str]) -> list[str]:
    """The command that this process was started with, without `--reload`."""
    return [sys.executable, "-m", "echoscope", *(word for word in arguments if word != "--reload")]

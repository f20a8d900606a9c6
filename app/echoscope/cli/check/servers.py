"""A server, started with the probe as its app and asked over its socket."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Final

import msgspec

from ...insight.conformance import Breach
from .outcome import CannotStart, Outcome, Report
from .probe import DIRECTORY, PATIENCE_S, Seen
from .requests import (
    REQUESTS,
    SESSIONS,
    Asked,
    Request,
    Server,
    ask,
    ask_twice,
    differences,
    hold_session,
    session_differences,
)

APP: Final = "echoscope.cli.check.probe:app"
HOST: Final = "127.0.0.1"
START_S: Final = 30.0
STOP_S: Final = 10.0
OUTPUT_BYTES: Final = 4_000
"""How much of what a server wrote is shown when it does not start."""

COMMANDS: Final = {
    "uvicorn": "-m uvicorn --host {host} --port {port} {app}",
    "hypercorn": "-m hypercorn --bind {host}:{port} {app}",
    "granian": "-m granian --interface asgi --host {host} --port {port} {app}",
    "daphne": "-m daphne -b {host} -p {port} {app}",
}
"""How the servers that are known by name are started, by this Python."""

_TWICE: Final = (Request("the first of two"), Request("the second of two", "POST", b"/second", body=b"two"))


def command_of(text: str, port: int) -> list[str]:
    """The command that `--server` names: a known server, with options behind its name, or a whole command with {port}
    and {app} in it. Raises `CannotStart`."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise CannotStart(f"{text!r} is no command: {error}") from error
    values = {"host": HOST, "port": str(port), "app": APP}
    if "{port}" in text and "{app}" in text:
        return [_filled(word, values) for word in words]
    if not words or words[0] not in COMMANDS:
        known = ", ".join(COMMANDS)
        raise CannotStart(
            f"--server must be one of {known}, or a command with {{port}} and {{app}} in it, not {text!r}"
        )
    start = [_filled(word, values) for word in COMMANDS[words[0]].split()]
    return [sys.executable, *start[:-1], *words[1:], start[-1]]


def _filled(word: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(f"{{{name}}}", value)
    return word


def check_server(text: str) -> Report:
    """Start the server that `text` names, ask it everything, stop it. Raises `CannotStart`."""
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    command = command_of(text, port)
    with TemporaryDirectory(prefix="echoscope-check-") as directory, Process(command, Path(directory)) as process:
        server = Server(HOST, port)
        process.wait_until_listening(server)
        check = _Check(server, Path(directory))
        check.ask_all()
        process.stop()
        return Report(_subject(text), check.outcomes())


def _subject(text: str) -> str:
    name = text.split()[0]
    try:
        return f"{text} {version(name)}" if name in COMMANDS else text
    except PackageNotFoundError:
        return text


class Process:
    """The server's process, ended at the end of a `with` at the latest."""

    def __init__(self, command: Sequence[str], directory: Path) -> None:
        self._output = TemporaryFile()  # noqa: SIM115 (closed at the end of the process)
        try:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, DIRECTORY: str(directory)},
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            self._output.close()
            raise CannotStart(f"{command[0]} cannot be started: {error.strerror}") from error

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._output.close()

    def wait_until_listening(self, server: Server) -> None:
        ends_at = time.monotonic() + START_S
        while self._process.poll() is None and time.monotonic() < ends_at:
            try:
                socket.create_connection(server, 1).close()
                return
            except OSError:
                time.sleep(0.05)
        how = f"does not listen within {START_S:g} s" if self._process.poll() is None else "ended before it listened"
        self._output.seek(0)
        wrote = self._output.read().decode("utf-8", "replace").strip()
        raise CannotStart(f"the server {how}; it wrote:\n{wrote[-OUTPUT_BYTES:]}")

    def stop(self) -> None:
        """Gently, then not: the process and those that it has started."""
        for number, patience_s in ((signal.SIGTERM, STOP_S), (signal.SIGKILL, STOP_S)):
            if self._process.poll() is not None:
                return
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(patience_s)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


class _Check:
    """Asks everything, and puts what the server said beside what the probe has seen."""

    def __init__(self, server: Server, directory: Path) -> None:
        self._server = server
        self._directory = directory
        self._asked: dict[str, Asked] = {}

    def ask_all(self) -> None:
        for request in REQUESTS:
            self._asked[request.name] = ask(self._server, request)
        asked = ask_twice(self._server, *_TWICE)
        self._asked |= {request.name: asked for request in _TWICE}
        for name in SESSIONS:
            self._asked[name] = hold_session(self._server, name)
        ends_at = time.monotonic() + 3 * PATIENCE_S
        while not self._answered().issubset(self._seen()) and time.monotonic() < ends_at:
            time.sleep(0.05)

    def _answered(self) -> set[str]:
        """The requests that an app must have seen."""
        return {name for name, asked in self._asked.items() if asked.said.startswith(("200", "101", "left"))}

    def _seen(self) -> dict[str, Seen]:
        decode = msgspec.msgpack.Decoder(Seen).decode
        all_seen = [decode(file.read_bytes()) for file in sorted(self._directory.glob("*.seen"))]
        return {seen.case: seen for seen in all_seen if seen.case in self._asked}

    def _lifespan(self) -> Outcome:
        decode = msgspec.msgpack.Decoder(Seen).decode
        seen = [one for file in self._directory.glob("*.seen") if (one := decode(file.read_bytes())).case == "lifespan"]
        breaches = max((one.breaches for one in seen), key=len, default=[])
        return Outcome("lifespan", {0: "not run", 1: "startup"}.get(len(seen), "startup and shutdown"), breaches)

    def outcomes(self) -> list[Outcome]:
        all_seen = self._seen()
        outcomes = []
        for name, asked in self._asked.items():
            seen = all_seen.get(name)
            breaches: list[Breach] = [*asked.breaches]
            if seen is not None:
                breaches += [*seen.breaches, *self._others(name, seen, asked)]
            said = asked.said if seen is not None else f"{asked.said}, the app was not asked"
            outcomes.append(Outcome(name, said, breaches))
        return [*outcomes, self._lifespan()]

    def _others(self, name: str, seen: Seen, asked: Asked) -> list[Breach]:
        if name in SESSIONS:
            return list(session_differences(name, seen))
        request = next(one for one in (*REQUESTS, *_TWICE) if one.name == name)
        return list(differences(request, seen, asked, self._server))

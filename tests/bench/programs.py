"""The programs that are measured, as command lines, each for one free port of this machine.

All Python programs but httpbin run on the interpreter that runs the benchmark. Echoscope is started as its users
start it; the apps it is compared with run on uvicorn as it comes, told only what makes them comparable.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from .errors import BenchError

HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[2]


class Program(msgspec.Struct, frozen=True):
    """`command` makes the command line for a port; `environment` is added to that of the benchmark. `root`: the
    checkout whose package it is."""

    name: str
    command: Callable[[int], list[str]]
    environment: dict[str, str] = msgspec.field(default_factory=dict)
    root: Path = ROOT


def article() -> Program:
    return Program("article", lambda port: _uvicorn("tests.bench.apps:article", port))


def hello() -> Program:
    return Program("hello", lambda port: _uvicorn("tests.bench.apps:hello", port))


def wrapped(how: str) -> Program:
    """The hello in an Echoscope: `recorded` or `paused`."""
    return Program(f"hello, {how}", lambda port: _uvicorn(f"tests.bench.wrapped:{how}", port))


def on_uvicorn(root: Path = ROOT) -> Program:
    """Echoscope on uvicorn as it comes, from this checkout or another."""
    if not (root / "app" / "echoscope" / "main.py").exists():
        raise BenchError(f"{root} is no checkout of Echoscope: it has no app/echoscope/main.py")
    return Program("echoscope on uvicorn", lambda port: _uvicorn("echoscope.main:app", port, "on"), root=root)


def echoscope(*options: str) -> Program:
    serve = [sys.executable, "-m", "echoscope", "serve", "--quiet", *options]
    return Program("echoscope", lambda port: [*serve, "--port", str(port)])


def httpbin(python: str, worker: str) -> Program:
    """httpbin on gunicorn, from the environment of `python`, with one worker of this class."""
    serve = [python, "-m", "gunicorn", "--workers", "1", "--worker-class", worker, "httpbin:app"]
    # gunicorn puts its control socket into the home directory, where another gunicorn's may be.
    return Program(f"httpbin ({worker})", lambda port: [*serve, "--bind", f"{HOST}:{port}"], {"HOME": "/nonexistent"})


def has_httpbin(python: str) -> bool:
    """Whether httpbin runs there: releases of its dependencies have broken it more than once."""
    command = [python, "-c", "import gunicorn.workers.ggevent, httpbin"]
    try:
        return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def go_httpbin(path: str) -> Program:
    """go-httpbin on one core, like the others, and as silent as they are."""
    environment = {"GOMAXPROCS": "1", "LOG_LEVEL": "OFF"}
    return Program("go-httpbin", lambda port: [path, "-host", HOST, "-port", str(port)], environment)


def environment(root: Path = ROOT) -> dict[str, str]:
    """That of the benchmark, with the package of a checkout importable and without settings of Echoscope's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ECHOSCOPE_")}
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, (str(root / "app"), kept.get("PYTHONPATH"))))}


def _uvicorn(app: str, port: int, lifespan: str = "off") -> list[str]:
    same_as_ours = ["--http", "httptools", "--loop", "uvloop", "--no-access-log", "--lifespan", lifespan]
    return [sys.executable, "-m", "uvicorn", app, *same_as_ours, "--port", str(port)]

"""The load: wrk at full speed, with the same request for every program."""

import re
import resource
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from .errors import BenchError
from .requests import CURL_GET, Request

CONNECTIONS = 16
TIMEOUT_S = 8
"""How late an answer may be: on a machine that others use, seconds late."""

WAIT_S = 15.0
"""How long wrk may take beyond its time."""


class Load(NamedTuple):
    """`requests` answered within `seconds`; `share` of its core that wrk took."""

    requests: int
    seconds: float
    share: float


def require() -> None:
    """Raises `BenchError` when there is no wrk."""
    if shutil.which("wrk") is None:
        raise BenchError("wrk is missing: install it (Debian, Ubuntu: apt-get install wrk)")


def wrk(origin: str, seconds: int, request: Request = CURL_GET, connections: int = CONNECTIONS) -> Load:
    """Load a server from one thread over kept connections.

    Requests whose answers were still awaited at the end (one for each connection at most) are not counted.
    """
    with TemporaryDirectory() as directory:
        script = Path(directory) / "request.lua"
        script.write_bytes(request.script(origin.partition("://")[2]).encode())
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={TIMEOUT_S}s", "-s", str(script)]
        before = _children_cpu_s()
        output = _output(["wrk", *options, origin], seconds + WAIT_S)
    return _read(output, _children_cpu_s() - before)


def _output(command: list[str], timeout_s: float) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=True).stdout
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"wrk did not end within {timeout_s:g} s") from error
    except subprocess.CalledProcessError as error:
        raise BenchError(f"wrk failed: {error.stdout.strip()} {error.stderr.strip()}") from error


def _read(output: str, cpu_s: float) -> Load:
    failed = re.search(r"Non-2xx.*|Socket errors: .*", output)
    found = re.search(r"(\d+) requests in ([\d.]+)s", output)
    if failed or found is None or not int(found[1]):
        raise BenchError(f"wrk got no good answers: {failed[0] if failed else output.strip()}")
    return Load(int(found[1]), float(found[2]), cpu_s / float(found[2]))


def _children_cpu_s() -> float:
    """CPU time of the processes that this one has waited for, wrk among them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

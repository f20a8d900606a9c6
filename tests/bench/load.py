"""The load: wrk at full speed, with the same request for every program."""

import re
import resource
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from .errors import BenchError

CONNECTIONS = 16
TIMEOUT_S = 8
"""How late an answer may be: on a machine that others use, seconds late."""

WAIT_S = 15.0
"""How long wrk may take beyond its time."""

PATH = "/hooks/orders?attempt=1"
"""No path that any of the programs treats in a way of its own."""

Headers = tuple[str, ...]

CURL: Headers = ("User-Agent: curl/8.14.1", "Accept: */*")

# A page's own request (fetch), which asks for any type. For a visit, which prefers HTML, Echoscope would render
# a page, and the others would not.
BROWSER: Headers = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    'sec-ch-ua: "Chromium";v="141", "Not?A_Brand";v="8"',
    "sec-ch-ua-mobile: ?0",
    'sec-ch-ua-platform: "Linux"',
    "Accept: */*",
    "Sec-Fetch-Site: same-origin",
    "Sec-Fetch-Mode: cors",
    "Sec-Fetch-Dest: empty",
    "Referer: http://localhost:8000/shop/basket?item=42",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8",
    "Cookie: session=5f1d7a84c3b94e0d9a1c; theme=dark; consent=all",
)


class Load(NamedTuple):
    """`requests` answered within `seconds`; `share` of its core that wrk took."""

    requests: int
    seconds: float
    share: float


def require() -> None:
    """Raises `BenchError` when there is no wrk."""
    if shutil.which("wrk") is None:
        raise BenchError("wrk is missing: install it (Debian, Ubuntu: apt-get install wrk)")


def wrk(url: str, seconds: int, headers: Headers = CURL, body_bytes: int = 0) -> Load:
    """Load a URL from one thread over kept connections; with `body_bytes`, by POST.

    Requests whose answers were still awaited at the end (one for each connection at most) are not counted.
    """
    with TemporaryDirectory() as directory:
        script = Path(directory) / "post.lua"
        script.write_text(f'wrk.method = "POST"\nwrk.body = string.rep("x", {body_bytes})\n')
        options = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", f"--timeout={TIMEOUT_S}s"]
        options += [f"-H{header}" for header in headers]
        options += ["-s", str(script)] if body_bytes else []
        before = _children_cpu_s()
        output = _output(["wrk", *options, url], seconds + WAIT_S)
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

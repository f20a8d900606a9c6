"""What takes memory, all at once, in a process of its own: it stays within half a gigabyte."""

import re
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.cli.program import Program, started
from tests.eventually import eventually
from tests.programs import missing
from tests.server.frames import HANDSHAKE
from tests.servers import NO_TLS, WAIT_S

MAX_RESIDENT = 512 << 20

UPLOADS, SLOW_READERS, DASHBOARDS, BINS = 1_000, 500, 200, 1_000
FILES = 4_096
"""Open files of either process: a connection each, and some."""

SEGMENT_BYTES = 1_000
"""As over a real network: over the loopback the system would take megabytes for who does not read."""

UPLOAD_BYTES = 1 << 20
SENT_BYTES = 512 << 10
STORE_BYTES = 64 << 20

LONG_S = 60.0
"""How long an answer may take while two hundred readers search: this is about memory, not about time."""

REUSED_SOON = httpx.Limits(keepalive_expiry=1)
"""While a thousand connections are opened, the server closes one on which nothing is asked."""


@pytest.fixture
def _many_files() -> Iterator[None]:
    """This process, and those that it starts, may have that many files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES:
        missing(f"a limit of {FILES} open files (it is {hard})", f"ulimit -Hn {FILES}")
    if soft != resource.RLIM_INFINITY and soft < FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def connections(program: Program, count: int, request: Callable[[int], bytes]) -> Iterator[list[socket.socket]]:
    """So many clients with small windows, who send what they can without waiting, and read nothing."""
    address = urlsplit(program.origin)
    with ExitStack() as stack:
        opened = []
        for number in range(count):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
            client.settimeout(WAIT_S)
            client.connect((address.hostname, address.port))
            client.setblocking(False)
            with suppress(BlockingIOError, ConnectionError):
                left = memoryview(request(number))
                while left:
                    left = left[client.send(left) :]
            opened.append(client)
        yield opened


def resident(program: Program, kind: str = "VmHWM") -> int:
    """Bytes of the process in memory: `VmHWM` the most that it has had, `VmRSS` those of now."""
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    match = re.search(rf"^{kind}:\s+(\d+) kB$", status, re.MULTILINE)
    assert match
    return int(match[1]) << 10


def upload(_: int) -> bytes:
    return b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % UPLOAD_BYTES + b"a" * SENT_BYTES


def download(_: int) -> bytes:
    return b"GET /bytes/102400 HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3


def dashboard(number: int) -> bytes:
    """Every second one searches: what it is sent is made for it alone."""
    query = b"?q=-path:/nothing" if number % 2 else b""
    return b"GET /-/live%b HTTP/1.1\r\nHost: localhost\r\n%b\r\n" % (query, HANDSHAKE)


@pytest.mark.usefixtures("_many_files")
def test_all_that_takes_memory_at_once_stays_within_its_bound() -> None:
    options = ("--max-connections", "3000", "--body-idle-timeout", "300", "--write-timeout", "300", "--quiet")
    with (
        started(*options) as program,
        httpx.Client(
            base_url=program.origin, timeout=LONG_S, limits=REUSED_SOON, trust_env=False, verify=NO_TLS
        ) as client,
    ):

        def info(name: str) -> int:
            return int(client.get("/-/api/info").json()[name])

        for number in range(BINS):
            assert client.post(f"/~bin-{number}/", content=b"a").status_code == 200
        while info("bytes") < STORE_BYTES * 0.9:
            for _ in range(20):
                assert client.post("/fill", content=b"a" * 200_000).status_code == 200
        with (
            connections(program, UPLOADS, upload),
            connections(program, SLOW_READERS, download),
            connections(program, DASHBOARDS, dashboard),
        ):
            eventually(lambda: info("subscribers") == DASHBOARDS, LONG_S)
            eventually(
                lambda: f"\nechoscope_open {UPLOADS + SLOW_READERS}.0\n" in client.get("/-/metrics").text, LONG_S
            )
            for number in range(150):  # more than any of them may have waiting
                assert client.get(f"/{number}/{'x' * 8_000}").status_code == 200
            assert len(client.get("/-/api/bins").json()["items"]) == BINS
            assert resident(program) < MAX_RESIDENT

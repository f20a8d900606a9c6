"""What a process has used, by the kernel's own accounting in /proc (Linux, proc(5)).

Nothing is sampled: CPU time is the scheduler's, in nanoseconds, of all threads of a process and its descendants.
"""

from collections.abc import Iterator
from pathlib import Path

from .errors import BenchError

_KIB = 1024


def require() -> None:
    """Raises `BenchError` on a machine that does not account so."""
    if not Path("/proc/self/schedstat").exists():
        raise BenchError("/proc/self/schedstat is missing: this benchmark runs on Linux only")


def cpu_ns(pid: int) -> int:
    """CPU time so far, in nanoseconds. Threads and children that have ended are not in it."""
    threads = (thread for process in _family(pid) for thread in Path(f"/proc/{process}/task").iterdir())
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads)


def rss_bytes(pid: int) -> int:
    """Memory that is resident now, in bytes."""
    return sum(map(_resident, _family(pid)))


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * _KIB for line in lines if line.startswith("VmRSS:"))


def _family(pid: int) -> Iterator[int]:
    """A process and its descendants, such as gunicorn with its worker."""
    yield pid
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text().split():
            yield from _family(int(child))

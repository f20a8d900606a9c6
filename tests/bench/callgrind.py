"""callgrind from the inside: what is counted, and under which name, said by the program that runs under it.

valgrind's client requests are macros for a C compiler, so a library of three functions is built with the one that
there is. Outside valgrind they do nothing.
"""

import ctypes
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from .errors import BenchError

_SOURCE: Final = """
#include <valgrind/callgrind.h>
void instrument(void) { CALLGRIND_START_INSTRUMENTATION; }
void toggle(void) { CALLGRIND_TOGGLE_COLLECT; }
void dump(const char *name) { CALLGRIND_DUMP_STATS_AT(name); }
"""

T = TypeVar("T")


def require() -> None:
    """Raises `BenchError` where something is missing."""
    for program, package in (("valgrind", "valgrind"), ("cc", "gcc and libc6-dev")):
        if shutil.which(program) is None:
            raise BenchError(f"{program} is missing: install it (Debian, Ubuntu: apt-get install {package})")


def build(directory: Path) -> Path:
    """The library, in this directory."""
    source, library = directory / "requests.c", directory / "requests.so"
    source.write_text(_SOURCE)
    built = subprocess.run(
        ["cc", "-O2", "-shared", "-fPIC", "-o", library, source], capture_output=True, text=True, check=False
    )
    if built.returncode:
        raise BenchError(f"the library for callgrind cannot be built: {built.stderr.strip()}")
    return library


class Counter:
    """Counts from inside the program that is counted."""

    def __init__(self, library: Path) -> None:
        loaded = ctypes.CDLL(str(library))
        self._instrument = loaded.instrument
        self._dump = loaded.dump
        self.toggle: Callable[[], object] = loaded.toggle
        self.calls = 0

    def start(self) -> None:
        """From now on `toggle` is heeded, which at first makes counting begin."""
        self.calls = 0
        self._instrument()

    def stop(self, name: str) -> None:
        """What was counted since `start`, into a file of this name. Once in a process: later counts are wrong."""
        self._dump(f"{name}|{self.calls}".encode())

    def counted(self, function: Callable[..., T]) -> Callable[..., T]:
        """The same function; the instructions of each of its calls are counted, with all that it calls, and `calls`."""
        toggle = self.toggle

        def call(*args: object, **kwargs: object) -> T:
            self.calls += 1
            toggle()
            try:
                return function(*args, **kwargs)
            finally:
                toggle()

        return call


class Count(NamedTuple):
    """What one process counted: `instructions` in `calls` of a step, or in all; `file`: callgrind's own."""

    instructions: int
    calls: int
    file: Path


def run(command: list[str], directory: Path, environment: dict[str, str]) -> dict[str, Count]:
    """Run a Python program under callgrind; its counts by name."""
    options = ["--instr-atstart=no", "--collect-atstart=no", f"--callgrind-out-file={directory}/out.%p"]
    ended = subprocess.run(
        ["valgrind", "--tool=callgrind", "--quiet", *options, *command],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise BenchError(f"the driver failed: {ended.stderr.strip()[-2000:]}")
    counts = {}
    for file in directory.glob("out.*"):
        head = file.read_text(errors="replace").partition("\nfn=")[0]
        found = re.search(
            r"^desc: Trigger: Client Request: (.*)\|(\d+)\n.*^summary: (\d+)", head, re.DOTALL | re.MULTILINE
        )
        if found:
            counts[found[1]] = Count(int(found[3]), int(found[2]), file)
    return counts


def functions(file: Path, count: int) -> list[tuple[int, str]]:
    """The C functions that cost most, with all that they call: instructions and name, the dearest first."""
    annotate = ["callgrind_annotate", "--inclusive=yes", "--threshold=100", str(file)]
    text = subprocess.run(annotate, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^ *([\d,]+) \([ \d.]+%\)  (.*)$", text, re.MULTILINE)
    rows = [(int(number.replace(",", "")), _short(name)) for number, name in found if "PROGRAM TOTALS" not in name]
    return rows[:count]


def _short(name: str) -> str:
    """A function and its library, without paths: `orjson.so: dumps`."""
    function, _, library = name.partition(" [")
    return f"{Path(library.rstrip(']')).name}: {function.rpartition(':')[2]}"

"""What was measured, as a table for people and as JSON for programs."""

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

import msgspec


class Wanted(msgspec.Struct, frozen=True):
    """The bar for a figure. `aim`, a lower bound too, is hoped for and decides nothing."""

    at_least: float | None = None
    at_most: float | None = None
    aim: float | None = None

    def is_reached(self, value: float) -> bool | None:
        """None where only an aim is given."""
        if self.at_least is None and self.at_most is None:
            return None
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def __str__(self) -> str:
        bounds = [f"≥ {number(self.at_least)}"] if self.at_least is not None else []
        bounds += [f"≤ {number(self.at_most)}"] if self.at_most is not None else []
        aims = [f"aim {number(self.aim)}"] if self.aim is not None else []
        return ", ".join([" ".join(bounds)] * bool(bounds) + aims)


class Figure(msgspec.Struct, frozen=True):
    """One line: what was measured in each round, of which the median counts."""

    part: str
    name: str
    unit: str
    values: Sequence[float]
    wanted: Wanted | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def reached(self) -> bool | None:
        return None if self.wanted is None else self.wanted.is_reached(self.median)


def number(value: float) -> str:
    """With as many digits as tell something."""
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


_HEADINGS = ("figure", "unit", "median", "min – max", "wanted", "reached")


def table(figures: Iterable[Figure]) -> str:
    """One line for each figure, in columns."""
    rows = [_HEADINGS, *map(_row, figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(_aligned, row, widths, range(len(row)))).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _row(figure: Figure) -> tuple[str, ...]:
    spread = f"{number(min(figure.values))} – {number(max(figure.values))}" if len(figure.values) > 1 else ""
    name = f"{figure.part}: {figure.name}"
    return name, figure.unit, number(figure.median), spread, str(figure.wanted or ""), _reached(figure)


def _reached(figure: Figure) -> str:
    words = [] if figure.reached is None else ["yes" if figure.reached else "NO"]
    if figure.wanted is not None and figure.wanted.aim is not None:
        words.append("aim yes" if figure.median >= figure.wanted.aim else "aim no")
    return ", ".join(words)


def _aligned(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if _HEADINGS[column] in ("median", "min – max") else cell.ljust(width)


def document(figures: Iterable[Figure], circumstances: dict[str, Any]) -> bytes:
    """The same for programs, and under what circumstances it was measured."""
    made = {
        **circumstances,
        "figures": [
            {**msgspec.to_builtins(figure), "median": figure.median, "reached": figure.reached} for figure in figures
        ],
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n"


def machine() -> dict[str, Any]:
    """What the figures depend on; `load_average` is that of the minute before."""
    return {
        "python": platform.python_version(),
        "uvicorn": version("uvicorn"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "load_average": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    with open("/proc/cpuinfo") as lines:
        return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")

"""The parts of the benchmark: each measures one promise and gives its figures."""

from collections.abc import Callable

from ..bench import Bench
from ..report import Figure
from . import compare, dashboards, fill, get, memory, start

PARTS: dict[str, Callable[[Bench], list[Figure]]] = {
    "compare": compare.figures,
    "dashboards": dashboards.figures,
    "fill": fill.figures,
    "memory": memory.figures,
    "start": start.figures,
    "get": get.figures,
}

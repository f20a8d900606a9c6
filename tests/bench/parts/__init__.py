"""The parts of the benchmark: each measures one promise and gives its figures."""

from collections.abc import Callable

from ..bench import Bench
from ..report import Figure
from . import (
    asgi,
    compare,
    dashboards,
    fairness,
    fill,
    get,
    inspector,
    latency,
    memory,
    ownapp,
    search,
    shared,
    start,
    stores,
)

PARTS: dict[str, Callable[[Bench], list[Figure]]] = {
    "compare": compare.figures,
    "get": get.figures,
    "asgi": asgi.figures,
    "ownapp": ownapp.figures,
    "dashboards": dashboards.figures,
    "fill": fill.figures,
    "search": search.figures,
    "inspector": inspector.figures,
    "memory": memory.figures,
    "latency": latency.figures,
    "start": start.figures,
    "stores": stores.figures,
    "shared": shared.figures,
    "fairness": fairness.figures,
}

"""What the metrics rely on in prometheus-client beyond its documentation: a release that changes it fails by name here.

`pyproject.toml` states the releases that were tried; whoever raises the bound looks at this file.
"""

import tomllib
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement
from prometheus_client import CollectorRegistry, Histogram, generate_latest

ROOT = Path(__file__).parents[2]


def test_a_histogram_has_a_sum_and_counters_by_bucket_that_take_many_at_once() -> None:
    registry = CollectorRegistry()
    figures = {
        name: Histogram(name, "told", ("kind",), buckets=(0.1, 1.0), registry=registry) for name in ("at_once", "each")
    }
    at_once, each = (figure.labels("a") for figure in figures.values())
    for bucket, count, seconds in ((0, 3, 0.05), (1, 2, 0.5), (2, 1, 7.0)):
        at_once._sum.inc(count * seconds)
        at_once._buckets[bucket].inc(count)
        for _ in range(count):
            each.observe(seconds)
    lines = [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]
    told = [{line.removeprefix(name) for line in lines if _is_figure(line, name)} for name in figures]
    assert told[0] == told[1]
    assert len(told[0]) == 5, "three buckets, the count and the sum"


def _is_figure(line: str, name: str) -> bool:
    return line.startswith(name) and "_created" not in line


def test_the_bounds_are_stated_and_hold() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (stated,) = [one for text in project["dependencies"] if (one := Requirement(text)).name == "prometheus-client"]
    assert {specifier.operator for specifier in stated.specifier} == {">=", "<"}
    assert version("prometheus-client") in stated.specifier

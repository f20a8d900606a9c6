"""Rounds: short loads of several running servers in turn, so that what the machine does meanwhile hits all alike."""

import time
from collections.abc import Mapping
from typing import NamedTuple

from .load import CONNECTIONS, wrk
from .requests import CURL_GET, Request
from .servers import Server

_SETTLE_S = 0.15
"""A batch of the feed waits for 50 ms and closed connections are noticed: both belong to the round."""


class Round(NamedTuple):
    """`cpu_us`: microseconds of CPU for one request. `rate`: requests a second. `load_share`: of its core, by wrk."""

    cpu_us: float
    rate: float
    load_share: float


Rounds = dict[str, list[Round]]


def interleave(
    servers: Mapping[str, Server],
    rounds: int,
    seconds: int,
    request: Request = CURL_GET,
    others: Mapping[str, Request] | None = None,
    *,
    connections: int = CONNECTIONS,
    fewer: Mapping[str, int] | None = None,
) -> Rounds:
    """The counted rounds of each server, after one that is not counted. Every other time the order is reversed.

    `others`, `fewer`: by name of the server, the requests and the connections of those that get other ones.
    """
    requests = dict.fromkeys(servers, request) | dict(others or {})
    counts = dict.fromkeys(servers, connections) | dict(fewer or {})
    measured: Rounds = {name: [] for name in servers}
    for name, server in servers.items():
        measure(server, seconds, requests[name], counts[name])
    for number in range(rounds):
        for name in list(servers)[:: -1 if number % 2 else 1]:
            measured[name].append(measure(servers[name], seconds, requests[name], counts[name]))
    return measured


def measure(server: Server, seconds: int, request: Request = CURL_GET, connections: int = CONNECTIONS) -> Round:
    """One round."""
    before_ns = server.cpu_ns()
    load = wrk(server.origin, seconds, request, connections)
    time.sleep(_SETTLE_S)
    used_ns = server.cpu_ns() - before_ns
    return Round(used_ns / load.requests / 1e3, load.requests / load.seconds, load.share)


def ratios(above: list[Round], below: list[Round]) -> list[float]:
    """CPU for a request of the one in CPU of the other, round by round."""
    return [one.cpu_us / other.cpu_us for one, other in zip(above, below, strict=True)]

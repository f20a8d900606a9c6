"""Rounds: short loads of several running servers in turn, so that what the machine does meanwhile hits all alike."""

import time
from collections.abc import Mapping
from typing import NamedTuple

from . import accounting
from .load import CONNECTIONS, wrk
from .requests import CURL_GET, Request
from .servers import Server

_SETTLE_S = 0.15
"""A batch of the feed waits for 50 ms and closed connections are noticed: both belong to the round."""


class Round(NamedTuple):
    """`cpu_us`: microseconds of CPU for one request. `rate`: requests a second. `load_share`: of its core, by wrk.
    `store_us`: microseconds of CPU for one request that the process of the store took, where one was named."""

    cpu_us: float
    rate: float
    load_share: float
    store_us: float


Rounds = dict[str, list[Round]]


def interleave(
    servers: Mapping[str, Server],
    rounds: int,
    seconds: int,
    request: Request = CURL_GET,
    others: Mapping[str, Request] | None = None,
    *,
    connections: int = CONNECTIONS,
    others_connections: Mapping[str, int] | None = None,
    store: int | None = None,
) -> Rounds:
    """The counted rounds of each server, after one that is not counted. Every other time the order is reversed.

    `others`, `others_connections`: by name of the server, the requests and the connections of those that get other
    ones. `store`: the process beside them that is counted too.
    """
    requests = dict.fromkeys(servers, request) | dict(others or {})
    counts = dict.fromkeys(servers, connections) | dict(others_connections or {})
    measured: Rounds = {name: [] for name in servers}
    for name, server in servers.items():
        measure(server, seconds, requests[name], counts[name], store)
    for number in range(rounds):
        for name in list(servers)[:: -1 if number % 2 else 1]:
            measured[name].append(measure(servers[name], seconds, requests[name], counts[name], store))
    return measured


def measure(
    server: Server,
    seconds: int,
    request: Request = CURL_GET,
    connections: int = CONNECTIONS,
    store: int | None = None,
) -> Round:
    """One round."""
    before_ns, store_before_ns = server.cpu_ns(), _cpu_ns(store)
    load = wrk(server.origin, seconds, request, connections)
    time.sleep(_SETTLE_S)
    used_ns, store_ns = server.cpu_ns() - before_ns, _cpu_ns(store) - store_before_ns
    requests = load.requests * 1e3
    return Round(used_ns / requests, load.requests / load.seconds, load.share, store_ns / requests)


def _cpu_ns(process: int | None) -> int:
    return 0 if process is None else accounting.cpu_ns(process)


def ratios(above: list[Round], below: list[Round]) -> list[float]:
    """CPU for a request of the one in CPU of the other, round by round."""
    return [one.cpu_us / other.cpu_us for one, other in zip(above, below, strict=True)]

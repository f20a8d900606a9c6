"""How long one request takes where nothing else happens, on a connection that is open."""

import socket
import statistics
import time

from ..bench import Bench
from ..errors import BenchError
from ..pace import LENGTH
from ..programs import HOST, Program, echoscope, hello
from ..report import Figure
from ..requests import CURL_GET
from ..servers import Server

PAUSE_S = 0.005
TIMEOUT_S = 5.0


def figures(bench: Bench) -> list[Figure]:
    programs: dict[str, Program] = {"hello": hello(), "echoscope": echoscope()}
    bench.say(f"latency: {len(programs)} programs, {bench.plan.rounds} rounds")
    medians: dict[str, list[float]] = {name: [] for name in programs}
    worst: dict[str, list[float]] = {name: [] for name in programs}
    with bench.serve(programs["hello"]) as base, bench.serve(programs["echoscope"]) as ours:
        servers = {"hello": base, "echoscope": ours}
        for _ in range(bench.plan.rounds):
            for name, server in servers.items():
                times_us = sorted(_times_us(server, bench.plan.idle_requests))
                medians[name].append(statistics.median(times_us))
                worst[name].append(times_us[len(times_us) * 99 // 100])
    return [
        *(Figure("latency", f"{name}, one request, median of a round", "µs", medians[name]) for name in programs),
        *(Figure("latency", f"{name}, one request, p99 of a round", "µs", worst[name]) for name in programs),
    ]


def _times_us(server: Server, requests: int) -> list[float]:
    request = CURL_GET.encoded(0, f"{HOST}:{server.port}")
    times_us = []
    with socket.create_connection((HOST, server.port), TIMEOUT_S) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(requests):
            time.sleep(PAUSE_S)
            sent_ns = time.perf_counter_ns()
            connection.sendall(request)
            answer = connection.recv(1 << 16)
            while (end := _end(answer)) is None or len(answer) < end:
                piece = connection.recv(1 << 16)
                if not piece:
                    raise BenchError(f"{server.name} closed the connection")
                answer += piece
            times_us.append((time.perf_counter_ns() - sent_ns) / 1e3)
    return times_us


def _end(answer: bytes) -> int | None:
    """How long the answer will be; None while its head is not whole."""
    head, empty_line, _ = answer.partition(b"\r\n\r\n")
    length = LENGTH.search(head)
    return len(head) + 4 + int(length[1]) if empty_line and length else None

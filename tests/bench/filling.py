"""Filling a log with plain requests."""

from .errors import BenchError
from .load import wrk
from .requests import CURL_GET, Request
from .servers import Server

LARGE = ("--max-exchanges", "100000", "--max-bytes", "2GiB")
"""Options of a server that keeps all that it is filled with."""

MOST_ROUNDS = 300
"""A server that needs more, each of a second, is not worth waiting for."""


def fill(server: Server, requests: int, request: Request = CURL_GET) -> int:
    """Send requests until the log has seen so many; how many it has seen then."""
    for _ in range(MOST_ROUNDS):
        seen = int(server.info()["head"])
        if seen >= requests:
            return seen
        wrk(server.origin, 1, request)
    raise BenchError(f"fewer than {requests:,} requests in {MOST_ROUNDS} rounds: too slow to fill the log")

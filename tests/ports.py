"""Ports for servers that must be told theirs before they run."""

import itertools
import os
import random
import socket
from typing import Final

LOWEST: Final = 10_081
"""The one below is the last that browsers refuse to connect to."""

EPHEMERAL_FROM: Final = 32_768
"""From here on Linux gives ports to connections that go out, as it likes: one that was free is taken a moment later."""


def _share() -> range:
    """The ports of this process. Each process of a test run has others, because two that find the same port free would
    both give it to a server."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return range(LOWEST + number, EPHEMERAL_FROM, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


PORTS: Final = _share()

_turns = itertools.count(random.SystemRandom().randrange(len(PORTS)))


def free_port() -> int:
    """A port that nobody listens on, at any address, over TCP or UDP, and that no connection is given. The same one
    comes again when all others have had their turn."""
    for turn in itertools.islice(_turns, len(PORTS)):
        port = PORTS[turn % len(PORTS)]
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("", port))
        except OSError:
            continue
        return port
    raise OSError("no port is free")

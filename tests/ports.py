"""Ports for servers that must be told theirs before they run."""

import random
import socket
from typing import Final

LOWEST: Final = 10_081
"""The one below is the last that browsers refuse to connect to."""

EPHEMERAL_FROM: Final = 32_768
"""From here on Linux gives ports to connections that go out, as it likes: one that was free is taken a moment later."""


def free_port() -> int:
    """A port that nobody listens on, at any address, over TCP or UDP, and that no connection is given."""
    while True:
        port = random.randrange(LOWEST, EPHEMERAL_FROM)
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("", port))
        except OSError:
            continue
        return port

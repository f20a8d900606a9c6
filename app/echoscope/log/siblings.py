"""Several processes of one server that share no log: each of them says so.

A server with several workers starts the app in each, and none of them knows of the others: half of the requests are
missing in the list, and nobody says why. The first process that answers a request takes a name that stands
for the server, its parent process and its port; who finds the name taken is a second worker, and tells the first.
Servers with one worker never find it taken, whatever else runs on the machine. Linux alone has such names, which go
with their process (unix(7), abstract sockets).
"""

import asyncio
import logging
import os
import socket
import sys
from contextlib import suppress

from starlette.types import Scope

logger = logging.getLogger(__name__)

REASON = (
    "This is one of several processes, each with a log of its own: what one records the others do not show. "
    "Run one worker, or let them share a store (--store, ECHOSCOPE_STORE)."
)


class Siblings:
    """Looks for them once, at the first request; `has_found` says whether there are any."""

    def __init__(self) -> None:
        self.has_found = False
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def look(self, scope: Scope) -> None:
        if sys.platform != "linux":
            return
        server = scope.get("server") or ("", 0)
        name = f"\0echoscope-{os.getppid()}-{server[1] or server[0]}"
        end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            end.bind(name)
        except OSError:
            with end, suppress(OSError):
                end.sendto(b"", name)
            self._find()
            return
        self._socket, self._loop = end, asyncio.get_running_loop()
        with suppress(NotImplementedError):
            self._loop.add_reader(end.fileno(), self._hear, end)

    def close(self) -> None:
        if self._socket is not None and self._loop is not None:
            with suppress(NotImplementedError, RuntimeError):
                self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _hear(self, end: socket.socket) -> None:
        with suppress(OSError):
            end.recv(1)
        self._find()

    def _find(self) -> None:
        if not self.has_found:
            self.has_found = True
            logger.error("%s", REASON)

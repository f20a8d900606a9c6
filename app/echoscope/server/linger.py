"""The end of a connection whose last answer is written while the client may still be sending.

Closing at once would reset it, and the reset takes the answer away before the client has read it. So: half-close,
read and throw away a little longer, close, and cut what is not read even then (RFC 9112 section 9.6).
"""

import asyncio
import contextlib
from typing import Any

from .limits import Limits
from .writes import WriteGuard


class Lingering(asyncio.Protocol):
    """Takes a transport over from a protocol that has nothing more to say on it."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        transport: asyncio.Transport,
        connections: set[Any],
        limits: Limits,
    ) -> None:
        self.transport = transport
        self._connections = connections
        self._bytes_left = limits.linger_bytes
        self._guard = WriteGuard(loop, transport, limits.write_timeout)
        self._timer = loop.call_later(limits.linger_s, self.shutdown)
        connections.add(self)
        transport.set_protocol(self)
        transport.resume_reading()
        if transport.can_write_eof():
            # Fails when the client has reset the connection, which the next read will tell.
            with contextlib.suppress(OSError):
                transport.write_eof()

    def data_received(self, data: bytes) -> None:
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            self.shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self._guard.stop()
        self._connections.discard(self)

    def shutdown(self) -> None:
        """Also called by the server when it stops. What is written still goes out, to those who read it."""
        self._timer.cancel()
        self.transport.close()
        self._guard.start()

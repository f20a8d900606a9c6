"""TLS for a connection that two threads use, of which one reads while the other writes.

The client of websockets that waits reads in a thread of its own, and OpenSSL allows one call at a time for each
connection (https://docs.openssl.org/3.0/man7/openssl-threads/). Python leaves that to whoever uses the socket: what is
read in the middle of a write breaks the connection, most often in its first moments, when session tickets come while
the first request goes out.
"""

import selectors
import ssl
from collections.abc import Callable
from threading import RLock
from typing import Any, Self, TypeVar

T = TypeVar("T")


def for_threads(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same context, whose sockets may from now on be used by a thread that reads and others that write."""
    if context.sslsocket_class is ssl.SSLSocket:
        context.sslsocket_class = _SharedSocket
    return context


class _SharedSocket(ssl.SSLSocket):
    """Calls OpenSSL for one thread at a time, and waits for the network without keeping the others out."""

    _calls: RLock
    _writes: RLock

    def __new__(cls, *arguments: Any, **named: Any) -> Self:  # without __init__, which SSLContext.wrap_socket passes by
        made = super().__new__(cls, *arguments, **named)
        made._calls, made._writes = RLock(), RLock()
        return made

    def settimeout(self, value: float | None, /) -> None:
        with self._calls:
            super().settimeout(value)

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        return self._call(lambda: super(_SharedSocket, self).read(len, buffer))

    def send(self, data: Any, flags: int = 0) -> int:
        with self._writes:  # what OpenSSL could not write at once it must be given again before anything else
            return self._call(lambda: super(_SharedSocket, self).send(data, flags))

    def sendall(self, data: Any, flags: int = 0) -> None:
        with self._writes:
            super().sendall(data, flags)

    def shutdown(self, how: int, /) -> None:
        """As for any socket: what still comes is read, and deciphered."""
        super(ssl.SSLSocket, self).shutdown(how)

    def _call(self, call: Callable[[], T]) -> T:
        while True:
            with self._calls:
                timeout_s = self.gettimeout()
                super().settimeout(0)
                try:
                    return call()
                except ssl.SSLWantReadError:
                    awaited = selectors.EVENT_READ
                except ssl.SSLWantWriteError:
                    awaited = selectors.EVENT_WRITE
                finally:
                    super().settimeout(timeout_s)
            self._wait(awaited, timeout_s)

    def _wait(self, event: int, timeout_s: float | None) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self, event)
            if not selector.select(timeout_s):
                raise TimeoutError("The TLS connection made no progress in time.")

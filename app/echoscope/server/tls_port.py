"""A port on which TLS is spoken, and what becomes of a client that begins otherwise.

The first byte tells, and is only looked at: a handshake (RFC 8446, section 5.1) is left to the event loop, plain HTTP
is answered in words instead of silence. A handshake that fails is told to whoever keeps a record of what is refused.
"""

import asyncio
import errno
import logging
import ssl
import time
from collections.abc import Callable
from functools import partial
from socket import MSG_PEEK, socket
from typing import Any, Final, cast

from uvicorn.protocols.utils import get_local_addr, get_remote_addr
from uvicorn.server import ServerState

from .answers import REFUSED_HEAD_BYTES, Refusal, Refused
from .config import Config
from .connections import connections_of
from .http import HttpProtocol
from .request import is_host, is_plain_target

logger = logging.getLogger("uvicorn.error")

_HANDSHAKE: Final = 0x16

_AT_ONCE: Final = 100
"""How many connections are accepted in one turn of the loop."""

_NO_DESCRIPTORS: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_PAUSE_S: Final = 1.0
"""Until accepting is tried again where the system has nothing to accept with."""


class TlsPort:
    """A listening socket, in the place of an `asyncio.Server`."""

    def __init__(
        self, listener: socket, context: ssl.SSLContext, config: Config, state: ServerState, app_state: dict[str, Any]
    ) -> None:
        self.sockets = (listener,)
        self.context = context
        self.config = config
        self.state = state
        self.options: dict[str, Any] = {"config": config, "server_state": state, "app_state": app_state}
        self.connections = connections_of(state, config.limits)
        self.loop = asyncio.get_running_loop()
        self._listener = listener
        self._pause: asyncio.TimerHandle | None = None
        listener.setblocking(False)
        self.open()

    def open(self) -> None:
        self.loop.add_reader(self._listener.fileno(), self._accept)

    def close(self) -> None:
        """Accept no more; the socket is closed by whoever has opened it."""
        self.loop.remove_reader(self._listener.fileno())
        if self._pause is not None:
            self._pause.cancel()

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, _address = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _NO_DESCRIPTORS:
                    raise
                logger.error("No connection can be accepted: %s", error.strerror)
                self.loop.remove_reader(self._listener.fileno())
                self._pause = self.loop.call_later(_PAUSE_S, self.open)
                return
            connection.setblocking(False)
            _Arrival(self, connection).begin()


class _Arrival(asyncio.Protocol):
    """A connection until it is clear what it speaks, and until a TLS handshake is done."""

    def __init__(self, port: TlsPort, connection: socket) -> None:
        self._port = port
        self._socket = connection
        self.transport = cast(asyncio.Transport, self)  # as far as others ask for one
        self._factory: Callable[[], Any] = partial(PlainProtocol, **port.options)
        self._begun = b""
        self._begun_ns = time.time_ns()
        self._task: asyncio.Task[None] | None = None
        self._place = get_remote_addr(self.transport), get_local_addr(self.transport)

    def get_extra_info(self, name: str) -> Any:
        return self._socket if name == "socket" else None

    def abort(self) -> None:
        """Before anything is said."""
        self._leave()
        if self._task is not None:
            self._task.cancel()
        else:
            self._socket.close()

    shutdown = abort

    def begin(self) -> None:
        loop, connections = self._port.loop, self._port.connections
        connections.add(self)
        self._timer = loop.call_later(connections.head_timeout(self), self.abort)
        loop.add_reader(self._socket.fileno(), self._look)
        if connections.is_overrun(self):
            self.abort()

    def _leave(self) -> None:
        self._port.connections.discard(self)
        self._timer.cancel()
        if self._task is None:
            self._port.loop.remove_reader(self._socket.fileno())

    def _look(self) -> None:
        try:
            self._begun = self._socket.recv(REFUSED_HEAD_BYTES, MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._begun = b""
        if not self._begun:
            self.abort()
            return
        self._port.loop.remove_reader(self._socket.fileno())
        self._timer.cancel()
        self._task = self._port.loop.create_task(self._hand_over())

    async def _hand_over(self) -> None:
        port = self._port
        options: dict[str, Any] = {}
        if self._begun[0] == _HANDSHAKE:
            self._factory = partial(port.config.http_protocol_class, **port.options)
            options = {"ssl": port.context, "ssl_handshake_timeout": port.config.limits.head_timeout}
        try:
            await port.loop.connect_accepted_socket(lambda: self, self._socket, **options)
        except ssl.SSLError as error:
            self._tell(error)
        except OSError as error:
            logger.debug("TLS handshake given up: %s", error)
        finally:
            self._leave()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._leave()
        protocol = self._factory()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)

    def _tell(self, error: ssl.SSLError) -> None:
        on_refused = self._port.config.on_refused
        if on_refused is not None:
            reason = (error.reason or "unknown reason").replace("_", " ").lower()
            detail = f"The TLS handshake failed: {reason}."
            size = len(self._begun)
            on_refused(Refused(*self._place, "https", "", self._begun, size, None, detail, self._begun_ns))


class PlainProtocol(HttpProtocol):
    """HTTP without TLS, where TLS is spoken: every request is told so, within the bounds of any other."""

    def on_headers_complete(self) -> None:
        host = dict(self._fields).get(b"host", b"").strip()
        path = self._target.partition(b"?")[0]
        if not host or not is_host(host):
            raise Refusal(400, "This port speaks TLS: ask with https:// instead of http://.")
        address = (host + path if is_plain_target(path) else host).decode("ascii")
        raise Refusal(400, f"This port speaks TLS: ask for https://{address} instead.")

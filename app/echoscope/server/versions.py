"""Two versions of HTTP on one port: which of them a connection speaks is for its client to say.

By ALPN over TLS, by the first bytes without (RFC 9113 section 3.3). HTTP/1.1, and WebSockets with it, are served by the
same classes as ever; HTTP/2 needs the package zttp.
"""

import asyncio
from typing import Any, ClassVar

from uvicorn.server import ServerState

from .config import Config
from .connections import connections_of
from .frames import PREFACE
from .http import HttpProtocol
from .http2 import Http2Protocol
from .limits import DEFAULT_LIMITS, Limits


class Http2Config(Config):
    """`Config` for both versions of HTTP on one port."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.http = VersionChoice


class VersionChoice(asyncio.Protocol):
    """A new connection, until it is known which version of HTTP the client speaks."""

    alpn_protocols: ClassVar = ["h2", "http/1.1"]
    """What uvicorn offers in the TLS handshake."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.options: dict[str, Any] = {"config": config, "server_state": server_state, "app_state": app_state}
        self.loop = _loop or asyncio.get_running_loop()
        self.limits: Limits = getattr(config, "limits", DEFAULT_LIMITS)
        self.connections = connections_of(server_state, self.limits)
        self.begun = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        tls = transport.get_extra_info("ssl_object")
        if tls is not None:
            self._hand_over(tls.selected_alpn_protocol() == "h2")
            return
        self.connections.add(self)
        self.timer = self.loop.call_later(self.connections.head_timeout(self), transport.close)
        if self.connections.is_overrun(self):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        self.begun += data
        if len(self.begun) >= len(PREFACE) or not PREFACE.startswith(self.begun):
            self.connection_lost(None)
            self._hand_over(self.begun.startswith(PREFACE))

    def connection_lost(self, exc: Exception | None) -> None:
        self.connections.discard(self)
        self.timer.cancel()

    def shutdown(self) -> None:
        """Called by the server when it stops."""
        self.transport.close()

    def _hand_over(self, is_http2: bool) -> None:
        protocol = (Http2Protocol if is_http2 else HttpProtocol)(**self.options, _loop=self.loop)
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)
        if self.begun:
            protocol.data_received(self.begun)

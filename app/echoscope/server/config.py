"""uvicorn's `Config` with our protocols and our limits in it: what it is run with, not where that comes from."""

import asyncio
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn._types import ASGIApplication

from .answers import Refused
from .budget import Budget
from .direct import DirectApp
from .head import AS_GIVEN, Names
from .http import HttpProtocol
from .limits import DEFAULT_LIMITS, Limits
from .outbox import Outbox
from .turns import Turns

_DEFAULTS: dict[str, Any] = {
    # An inspector shows what reached it: the scope's client is the peer, not what a header says.
    "proxy_headers": False,
    "server_header": False,
    # 65 kB of deflate make 16 MiB before the size limit of a message sees them.
    "ws_per_message_deflate": False,
    # Requests are seen in the inspector; logging is set up by whoever runs the server.
    "access_log": False,
    "log_config": None,
    "log_level": "warning",
}


def websocket_protocol(**options: Any) -> asyncio.Protocol:
    """For a connection that becomes a WebSocket. What that takes is imported with the first of them, or before by who
    serves for long."""
    from .websocket import WebSocketProtocol

    return WebSocketProtocol(**options)


class Config(uvicorn.Config):
    """`options` are those of `uvicorn.Config`. What `limits` says goes before options of the same meaning.

    `outbox`, `turns`: those of all connections, while a server runs with this. `direct`: the second door of the app.
    `on_refused`: called with each request that the server turns away. `names`: how header names go out.
    `budget`: for all bodies and answers on their way. `grace_s`: of the server that runs with this.
    """

    outbox: Outbox | None = None
    turns: Turns | None = None
    grace_s: float = 10.0

    def __init__(
        self,
        app: ASGIApplication | Callable[..., Any] | str,
        limits: Limits = DEFAULT_LIMITS,
        *,
        direct: DirectApp | None = None,
        on_refused: Callable[[Refused], None] | None = None,
        names: Names = AS_GIVEN,
        budget: Budget | None = None,
        **options: Any,
    ) -> None:
        options = _DEFAULTS | options | {"http": HttpProtocol, "ws": websocket_protocol}
        super().__init__(app, **options, ws_max_size=limits.max_websocket_bytes)
        self.limits = limits
        self.direct = direct
        self.on_refused = on_refused
        self.names = names
        self.budget = budget or Budget()

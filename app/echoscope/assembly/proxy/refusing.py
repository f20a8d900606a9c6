"""An answer in the place of what was asked for, to a request or to the handshake of a WebSocket."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from ...web.inspector.live import deny


async def refuse(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await deny(WebSocket(scope, receive, send), response)
    else:
        await response(scope, receive, send)

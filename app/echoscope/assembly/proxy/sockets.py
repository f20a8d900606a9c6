"""A WebSocket to a server behind, for one from a client: messages pass both ways, and how it ends.

The handshake is made anew; its other fields, and the subprotocol that the server chooses, pass.
"""

import asyncio
import ssl
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus

from ...sender import Address
from ...web.problem import problem
from .refusing import refuse

OPEN_S: Final = 10.0
CLOSE_S: Final = 5.0
MAX_MESSAGE_BYTES: Final = 16 << 20
BAD_GATEWAY: Final = 1014
"""https://www.iana.org/assignments/websocket"""

_UNSENDABLE: Final = {1005: 1000, 1006: 1001, 1015: 1001}
"""Close codes that say something of a connection and are never sent (RFC 6455, section 7.4.1), and what is sent of a
client that ended so."""


async def pass_socket(address: Address, tls: ssl.SSLContext, scope: Scope, receive: Receive, send: Send) -> None:
    """Pass messages on until either side ends the session."""
    await receive()
    try:
        socket = await _connected(address, tls, scope)
    except InvalidStatus as refusal:
        await refuse(_as_given(refusal.response), scope, receive, send)
        return
    except (OSError, TimeoutError, InvalidHandshake, InvalidMessage) as error:
        reason = str(error) or "it does not answer"
        await refuse(problem(502, f"{address} cannot be reached by a WebSocket: {reason}."), scope, receive, send)
        return
    try:
        assert socket.response is not None, "it is connected"
        headers = [(name.lower().encode(), value.encode()) for name, value in socket.response.headers.raw_items()]
        await send({"type": "websocket.accept", "subprotocol": socket.subprotocol, "headers": headers})
        await _pass_messages(socket, receive, send)
    finally:
        await socket.close()


async def _pass_messages(socket: ClientConnection, receive: Receive, send: Send) -> None:
    upward = asyncio.ensure_future(_up(socket, receive))
    downward = asyncio.ensure_future(_down(socket, send))
    try:
        await asyncio.wait((upward, downward), return_when=asyncio.FIRST_COMPLETED)
        if upward.done() and not upward.result():
            await downward
    finally:
        upward.cancel()
        downward.cancel()
        await asyncio.gather(upward, downward, return_exceptions=True)


async def _connected(address: Address, tls: ssl.SSLContext, scope: Scope) -> ClientConnection:
    """Raises what `websockets` raises, and OSError. `Host` is that of the scope, which need not be where it leads."""
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    host = next((value for name, value in fields if name == "host"), address.authority)
    query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
    options: dict[str, Any] = {"ssl": tls, "server_hostname": address.host} if address.scheme == "https" else {}
    return await connect(
        f"{'wss' if options else 'ws'}://{host}{scope['raw_path'].decode('latin-1')}{query}",
        host=address.host,
        port=address.port,
        additional_headers=[field for field in fields if field[0] != "host"],
        subprotocols=scope.get("subprotocols") or None,
        compression=None,
        user_agent_header=None,
        proxy=None,
        open_timeout=OPEN_S,
        close_timeout=CLOSE_S,
        ping_interval=None,
        max_size=MAX_MESSAGE_BYTES,
        **options,
    )


async def _up(socket: ClientConnection, receive: Receive) -> bool:
    """Whether it was the client who ended it; how the server behind has, the other direction tells."""
    while (message := await receive())["type"] == "websocket.receive":
        data = message.get("text")
        try:
            await socket.send(message["bytes"] if data is None else data)
        except ConnectionClosed:
            return False
    code = message.get("code") or 1005
    if code == 1005 and "reason" not in message:  # uvicorn's word for a client that is gone without a close frame
        code = 1006
    await socket.close(_UNSENDABLE.get(code, code), message.get("reason") or "")
    return True


async def _down(socket: ClientConnection, send: Send) -> None:
    try:
        while True:
            data = await socket.recv()
            await send({"type": "websocket.send", "text" if isinstance(data, str) else "bytes": data})
    except ConnectionClosed as end:
        close = end.rcvd
        if close is None:
            await send({"type": "websocket.close", "code": BAD_GATEWAY, "reason": "the server behind has gone"})
        else:
            code = 1000 if close.code == 1005 else close.code
            await send({"type": "websocket.close", "code": code, "reason": close.reason})


def _as_given(response: Any) -> Response:
    """What a server answered in the place of a WebSocket."""
    answer = Response(bytes(response.body or b""), response.status_code)
    pairs = [(name.lower().encode(), value.encode()) for name, value in response.headers.raw_items()]
    answer.raw_headers = [pair for pair in pairs if pair[0] not in (b"content-length", b"transfer-encoding")]
    answer.raw_headers.append((b"content-length", b"%d" % len(answer.body)))
    return answer

"""For uvicorn: what the scope says."""

import json

from starlette.types import Receive, Scope, Send


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), None)
    believed = {"client": scope["client"] and scope["client"][0], "scheme": scope["scheme"], "host": host}
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(believed).encode()})

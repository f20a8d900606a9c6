"""Apps that tests put behind the server: each shows one side of it."""

import json
from typing import Any

from starlette.types import Message, Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]


def start(status: int = 200, headers: Headers | None = None) -> dict[str, object]:
    return {"type": "http.response.start", "status": status, "headers": headers or []}


def body(content: bytes = b"", *, more: bool = False) -> dict[str, object]:
    return {"type": "http.response.body", "body": content, "more_body": more}


async def lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def read_body(receive: Receive) -> tuple[bytes, bool]:
    """The body, and whether the client left before its end."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return body, True
        body += message["body"]
        if not message["more_body"]:
            return body, False


async def answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], *bodies: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for body in bodies[:-1]:
        await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": bodies[-1] if bodies else b""})


async def report(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what it was given: the scope, the body, how often `receive` had news."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    if scope["type"] == "websocket":
        await echo_frames(receive, send)
        return
    body, left = await read_body(receive)
    made = {
        "http_version": scope["http_version"],
        "method": scope["method"],
        "path": scope["path"],
        "raw_path": scope["raw_path"].decode("latin-1"),
        "query_string": scope["query_string"].decode("latin-1"),
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]],
        "body": body.decode("latin-1"),
        "left": left,
    }
    content = json.dumps(made).encode()
    await answer(send, 200, [(b"content-length", b"%d" % len(content))], content)


async def echo_frames(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        message = await receive()
        if message["type"] != "websocket.receive":
            return
        payload: Message = {key: value for key, value in message.items() if key in ("bytes", "text")}
        await send({"type": "websocket.send", **payload})


class Answering:
    """Sends these messages, whatever is asked."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.messages = messages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        for message in self.messages:
            await send(message)

"""The two apps that Echoscope is measured against: ASGI 3, on uvicorn as it comes."""

import json

from starlette.types import Receive, Scope, Send


# What the article's reader would write, in its eight lines: the whole scope as JSON, nothing kept, nothing streamed.
# With a `Content-Length`, and without indentation: Python indents JSON many times slower than it writes it.
async def article(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    text = json.dumps(scope, default=bytes.decode)
    body = text.encode()
    content_type = (b"content-type", b"application/json")
    content_length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": 200, "headers": [content_type, content_length]})
    await send({"type": "http.response.body", "body": body})


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """The least that an app can do."""
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})

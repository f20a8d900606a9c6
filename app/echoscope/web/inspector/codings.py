"""Content codings of what the inspector sends (RFC 9110, sections 8.4.1 and 12.5.3).

Assets are compressed once; pages and JSON whenever they are sent, quickly, and in a thread where there is much of it.
Streams are left alone: they are sent as they come. In one answer stand the requests of one list or of one exchange,
with the secrets of others masked, so that its compressed size gives nothing away to who sent some of it.
"""

import asyncio
import gzip
from collections.abc import Callable, Iterable
from typing import Final

import zstandard
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ENCODERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "zstd": zstandard.compress,
    "gzip": lambda content: gzip.compress(content, 5, mtime=0),
}
"""What is fast enough for every answer, by name."""

ASSET_ENCODERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "zstd": lambda content: zstandard.compress(content, 15),
    "gzip": lambda content: gzip.compress(content, mtime=0),
}
"""What is worth its time for a file that is compressed once."""

try:
    import brotli  # type: ignore[import-untyped]
except ImportError:  # there is no wheel of it for PyPy
    pass
else:
    ENCODERS["br"] = lambda content: bytes(brotli.compress(content, quality=5))
    ASSET_ENCODERS["br"] = lambda content: bytes(brotli.compress(content, quality=11))

PREFERENCE: Final = ("br", "zstd", "gzip")
MIN_BYTES: Final = 1_000
"""What is smaller fits one packet anyway."""

THREAD_BYTES: Final = 64 << 10
"""What is larger takes more than a millisecond."""

_TYPES: Final = ("text/html", "text/plain", "application/json")


def best_coding(accept: Iterable[str]) -> str:
    """The coding with the highest q-value in these `Accept-Encoding` headers; `identity` when none is wanted."""
    wanted: dict[str, float] = {}
    for part in ",".join(accept).split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        wanted[name] = next((_q(text) for text in parameters if text.startswith("q=")), 1.0)
    qualities = {name: wanted.get(name, wanted.get("*", 0.0)) for name in PREFERENCE if name in ENCODERS}
    best = max(qualities, key=lambda name: qualities[name])
    return best if qualities[best] > 0 and qualities[best] >= wanted.get("identity", 0.0) else "identity"


class Compressed:
    """An app whose answers are compressed where they come in one piece and are text."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        coding = best_coding(Headers(scope=scope).getlist("accept-encoding")) if scope["type"] == "http" else "identity"
        if coding == "identity":
            await self.app(scope, receive, send)
            return
        start: Message | None = None

        async def compress(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start is not None:
                if _is_worth_it(start, message):
                    message = await _encode(start, message, coding)
                await send(start)
                start = None
            await send(message)

        await self.app(scope, receive, compress)


def _is_worth_it(start: Message, message: Message) -> bool:
    headers = Headers(raw=start["headers"])
    is_text = headers.get("content-type", "").partition(";")[0] in _TYPES
    is_whole = not message.get("more_body", False) and len(message.get("body", b"")) >= MIN_BYTES
    return is_text and is_whole and "content-encoding" not in headers


async def _encode(start: Message, message: Message, coding: str) -> Message:
    """The body in the coding; what the headers say of it is put right."""
    body, encode = message["body"], ENCODERS[coding]
    encoded = await asyncio.to_thread(encode, body) if len(body) > THREAD_BYTES else encode(body)
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["content-encoding"] = coding
    headers["content-length"] = str(len(encoded))
    headers.add_vary_header("accept-encoding")
    start["headers"] = headers.raw
    return {**message, "body": encoded}


def _q(parameter: str) -> float:
    try:
        return min(max(float(parameter[2:]), 0.0), 1.0)
    except ValueError:
        return 0.0

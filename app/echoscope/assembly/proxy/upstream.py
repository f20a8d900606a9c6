"""A server that speaks HTTP, as an ASGI app: what its scope says is sent to it, and what it answers is sent back.

httpcore speaks HTTP/1.1 and HTTP/2; bytes go through it as they are. Request and answer are streamed, the request
first: an answer that comes before its request is whole waits for that, or for the server to read no more.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from typing import Any, Final, Literal

import httpcore
from starlette.types import Message, Receive, Scope, Send

from ...base.trust import unchecked
from ...sender import Address
from ...web.problem import problem
from ..ownapp.routes import answered_by
from .sockets import pass_socket

Http = Literal["auto", "1.1", "2"]
"""Which HTTP to speak: `auto` is what a server chooses over TLS, and HTTP/1.1 without it."""

CONNECT_S: Final = 10.0
SILENCE_S: Final = 600.0
"""How long a server may say nothing: before its answer, and within it."""

MAX_CONNECTIONS: Final = 1_000

VERSION_KEY: Final = "echoscope.answer_version"
"""The scope key under which it is told in which version of HTTP the answer has come, as bytes."""

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)  # what is logged here stands in the exchange, and not on a terminal


class ClientLeft(Exception):
    """The client has left in the middle of its request."""


class UpstreamBroke(Exception):
    """The server has broken its answer off."""


class Upstream:
    """The app. `verifies`: whether the certificate of the server has to be one that is known."""

    def __init__(self, address: Address, *, http: Http = "auto", verifies: bool = True) -> None:
        self.address = address
        context = ssl.create_default_context if verifies else unchecked
        self._tls = context()  # httpcore writes into it which HTTP it speaks
        self._tls_of_sockets = context()
        self._http = http
        self._pool: httpcore.AsyncConnectionPool | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        answered_by(str(self.address))
        if scope["type"] == "websocket":
            await pass_socket(self.address, self._tls_of_sockets, scope, receive, send)
        else:
            await self._pass_request(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._pool = self._new_pool()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    def _new_pool(self) -> httpcore.AsyncConnectionPool:
        return httpcore.AsyncConnectionPool(
            self._tls, max_connections=MAX_CONNECTIONS, http1=self._http != "2", http2=self._http != "1.1"
        )

    async def _pass_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Until the answer is whole, or the client has left."""
        body = _Body(receive)
        passing = asyncio.ensure_future(self._pass(scope, body, send))
        leaving = asyncio.ensure_future(body.until_client_leaves())
        try:
            await asyncio.wait((passing, leaving), return_when=asyncio.FIRST_COMPLETED)
            if passing.done():
                passing.result()
        except ClientLeft:
            pass
        finally:
            passing.cancel()
            leaving.cancel()
            await asyncio.gather(passing, leaving, return_exceptions=True)

    async def _pass(self, scope: Scope, body: "_Body", send: Send) -> None:
        try:
            response = await self._answer(scope, body)
        except Exception as error:
            if body.client_has_left:
                raise ClientLeft from error
            status, detail = self._failure(error)
            await problem(status, detail)(scope, _nothing_more, send)
            return
        scope[VERSION_KEY] = response.extensions["http_version"].removeprefix(b"HTTP/")
        if trailers := b", ".join(value for name, value in response.headers if name.lower() == b"trailer"):
            names = trailers.decode("latin-1")
            logger.info("The trailers of this answer are not passed on, since httpcore does not tell them: %s", names)
        try:
            await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
            async for part in response.aiter_stream():
                await send({"type": "http.response.body", "body": part, "more_body": True})
        except (httpcore.ProtocolError, httpcore.NetworkError, httpcore.TimeoutException) as error:
            raise UpstreamBroke(f"{self.address} has broken its answer off: {_reason(error)}") from None
        finally:
            await response.aclose()
        await send({"type": "http.response.body", "body": b""})

    async def _answer(self, scope: Scope, body: "_Body") -> httpcore.Response:
        if self._pool is None:
            self._pool = self._new_pool()
        query: bytes = scope["query_string"]
        target: bytes = scope["raw_path"] + (b"?" + query if query else b"")
        address = self.address
        url = httpcore.URL(scheme=address.scheme.encode(), host=address.host.encode(), port=address.port, target=target)
        content = body if await body.is_there(scope["headers"]) else None
        timeout = {"connect": CONNECT_S, "pool": CONNECT_S, "read": SILENCE_S, "write": SILENCE_S}
        request = httpcore.Request(
            scope["method"], url, headers=scope["headers"], content=content, extensions={"timeout": timeout}
        )
        return await self._pool.handle_async_request(request)

    def _failure(self, error: Exception) -> tuple[int, str]:
        """Status and sentence for an answer that did not come. What is no failure of the server's passes."""
        match error:
            case httpcore.ConnectError() | httpcore.ConnectTimeout():
                return 502, f"{self.address} cannot be reached: {_reason(error)}. Is it running, and at this address?"
            case httpcore.PoolTimeout():
                return 503, f"{MAX_CONNECTIONS:,} requests are waiting for {self.address}, as many as may."
            case httpcore.TimeoutException():
                return 504, f"{self.address} has not answered within {SILENCE_S:.0f} seconds."
            case httpcore.RemoteProtocolError() | httpcore.NetworkError():
                return 502, f"{self.address} has given no answer: {_reason(error)}."
            case httpcore.LocalProtocolError():
                return 502, f"This request cannot be sent on to {self.address}: {_reason(error)}."
        raise error


def _reason(error: Exception) -> str:
    """The error in a few words, without a full stop."""
    text = str(error) or type(error).__name__
    return text.removesuffix(".")


async def _nothing_more() -> Message:
    return {"type": "http.disconnect"}


class _Body:
    """The body of a request, as httpcore takes it, while somebody also listens for the client to leave."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._first: Message | None = None
        self._is_read = asyncio.Event()
        self.client_has_left = False

    async def is_there(self, headers: Any) -> bool:
        """Whether a request has a body, by its fields; over HTTP/2 these may be silent, and the first message says
        it."""
        names = {name.lower(): value for name, value in headers}
        if b"transfer-encoding" in names or names.get(b"content-length", b"0") != b"0":
            return True
        self._first = await self._next()
        if self._first.get("body") or self._first.get("more_body"):
            return True
        self._is_read.set()
        return False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        message, more = self._first or await self._next(), True
        while more:
            if message.get("body"):
                yield message["body"]
            more = message.get("more_body", False)
            message = await self._next() if more else message
        self._is_read.set()

    async def _next(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.client_has_left = True
            self._is_read.set()
            raise ClientLeft
        return message

    async def until_client_leaves(self) -> None:
        await self._is_read.wait()
        while not self.client_has_left:
            self.client_has_left = (await self._receive())["type"] == "http.disconnect"

"""The feed over a WebSocket and, for `curl -N`, as server-sent events."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Final

import msgspec
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from ...insight.search import Search, parse
from ...log.feed import Batch, Feed
from ...log.store import StoreAway
from ..problem import DATA_HEADERS, problem
from .answers import refuse_unknown

WRITE_TIMEOUT_S: Final = 20.0
"""A WebSocket that takes nothing for so long is cut off. It may come back and resume. Event streams are answers, whose
writing the server bounds itself."""

HEARTBEAT_S: Final = 15.0
"""How often a quiet event stream says that it is alive, so that proxies leave it open."""

PARAMETERS: Final = ("after", "epoch", "q", "reveal")

# Close codes, https://www.iana.org/assignments/websocket
POLICY_VIOLATION: Final = 1008
SERVICE_RESTART: Final = 1012
TRY_AGAIN_LATER: Final = 1013


class Subscription(msgspec.Struct, frozen=True):
    """What a reader asks for; `after` and `epoch` say where it left off, `reveal` whether secrets are to be seen."""

    after: int | None
    epoch: str | None
    search: Search | None
    reveal: bool

    @classmethod
    def of(cls, query: QueryParams, last_event_id: str = "") -> "Subscription":
        """From the query or, for the place, from the id of the last server-sent event, `EPOCH:SEQ`.

        Raises ValueError with one sentence for what cannot be read, and HTTPException for an unknown parameter.
        """
        refuse_unknown(query, PARAMETERS)
        epoch, _, seq = last_event_id.rpartition(":")
        after = query.get("after", seq)
        if after and not (after.isascii() and after.isdigit() and len(after) < 19):
            raise ValueError(f"after must be a seq, a whole number from 0 up, not {after[:50]!r}.")
        search = parse(query["q"]) if query.get("q") else None
        reveal = query.get("reveal", "0")
        if reveal not in ("0", "1"):
            raise ValueError(f"reveal must be 0 or 1, not {reveal[:50]!r}.")
        return cls(int(after) if after else None, query.get("epoch") or epoch or None, search, reveal == "1")


class Live:
    """The two forms of `/-/live`."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed

    async def websocket(self, websocket: WebSocket) -> None:
        opened = await self._open(websocket.query_params)
        if isinstance(opened, Response):
            await deny(websocket, opened)
            return
        async with aclosing(opened) as batches:
            await websocket.accept()
            async with asyncio.TaskGroup() as group:
                sender = group.create_task(_send(websocket, batches))
                listener = group.create_task(_listen(websocket))
                sender.add_done_callback(lambda _: listener.cancel())
                listener.add_done_callback(lambda _: sender.cancel())

    async def events(self, request: Request) -> Response:
        headers = {**DATA_HEADERS, "x-accel-buffering": "no"}
        if request.method == "HEAD":  # its answer has no body to wait for
            return Response(headers=headers, media_type="text/event-stream")
        opened = await self._open(request.query_params, request.headers.get("last-event-id", ""))
        if isinstance(opened, Response):
            return opened
        return _Events(self._event_stream(opened), headers=headers, media_type="text/event-stream")

    async def _open(self, query: QueryParams, last_event_id: str = "") -> AsyncGenerator[Batch, None] | Response:
        """A stream that has begun, so that it counts as a reader from here on, or the refusal of it."""
        try:
            subscription = Subscription.of(query, last_event_id)
        except ValueError as error:
            return problem(400, str(error))
        except HTTPException as error:
            return problem(error.status_code, error.detail)
        if self.feed.is_full:
            detail = (
                f"The feed has {self.feed.max_readers} readers, as many as it may have; --max-subscribers allows more."
            )
            return problem(503, detail, headers={"retry-after": "5"})
        batches = self.feed.read(
            subscription.after, subscription.epoch, subscription.search, reveal=subscription.reveal
        )
        try:
            return _from(await anext(batches), batches)
        except StoreAway as away:
            return problem(503, f"The store cannot be reached now: {away}", headers={"retry-after": "1"})

    async def _event_stream(self, opened: AsyncGenerator[Batch, None]) -> AsyncGenerator[str, None]:
        async with aclosing(_with_heartbeats(opened)) as batches:
            yield "retry: 1000\n\n"
            async for batch in batches:
                if batch is None:
                    yield ": still here\n\n"
                    continue
                *others, last = batch.messages
                for message in others:
                    yield f"data: {message}\n\n"
                yield f"id: {batch.epoch}:{batch.through}\ndata: {last}\n\n"


class _Events(StreamingResponse):
    """Ends when its reader leaves, on every server: Starlette's own waits for a `send` that fails where a server says
    that it has such a one (ASGI 2.4), and a quiet stream sends nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with asyncio.TaskGroup() as group:
            sender = group.create_task(self._stream(send))
            listener = group.create_task(self.listen_for_disconnect(receive))
            sender.add_done_callback(lambda _: listener.cancel())
            listener.add_done_callback(lambda _: sender.cancel())

    async def _stream(self, send: Send) -> None:
        with suppress(OSError):  # the reader has left
            await self.stream_response(send)


async def deny(websocket: WebSocket, response: Response) -> None:
    """Refuse a handshake with an answer; on a server that can send none, with its own 403."""
    if "websocket.http.response" in (websocket.scope.get("extensions") or {}):
        await websocket.send_denial_response(response)
    else:
        await websocket.close()


async def _from(first: Batch, batches: AsyncGenerator[Batch, None]) -> AsyncGenerator[Batch, None]:
    """All batches of a stream from which the first was taken."""
    async with aclosing(batches):
        yield first
        async for batch in batches:
            yield batch


async def _send(websocket: WebSocket, batches: AsyncGenerator[Batch, None]) -> None:
    code = SERVICE_RESTART
    with suppress(WebSocketDisconnect):
        try:
            async for batch in batches:
                for message in batch.messages:
                    async with asyncio.timeout(WRITE_TIMEOUT_S):
                        await websocket.send_text(message)
        except TimeoutError:
            code = TRY_AGAIN_LATER
        with suppress(TimeoutError):  # who reads nothing does not read this either
            async with asyncio.timeout(1):
                await _close(websocket, code)


async def _listen(websocket: WebSocket) -> None:
    """Return when the reader is gone. The feed takes no messages; who sends one is told so."""
    message = await websocket.receive()
    if message["type"] == "websocket.receive":
        await _close(websocket, POLICY_VIOLATION, "the feed takes no messages")


async def _close(websocket: WebSocket, code: int, reason: str | None = None) -> None:
    """Close it, unless that is done: by the reader, who may have left, or by the other of the two tasks."""
    if websocket.application_state is WebSocketState.CONNECTED:
        with suppress(WebSocketDisconnect):
            await websocket.close(code, reason)


async def _with_heartbeats(batches: AsyncGenerator[Batch, None]) -> AsyncGenerator[Batch | None, None]:
    """The batches, and None for each `HEARTBEAT_S` without one."""
    following = asyncio.ensure_future(anext(batches))
    try:
        while True:
            done, _ = await asyncio.wait({following}, timeout=HEARTBEAT_S)
            if not done:
                yield None
                continue
            yield following.result()
            following = asyncio.ensure_future(anext(batches))
    except StopAsyncIteration:
        return
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError, StopAsyncIteration):
            await following
        await batches.aclose()

"""The client that awaits: the methods of `Client`, under the same names."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from websockets.asyncio.client import connect

from . import bins, calls
from .address import Verify
from .asking import IMPORT_S, Asking, Waiting
from .bins import Answers, Bin, BinList, NewBin, Preset, Preview, Scheme, Signature
from .calls import Call, Start
from .errors import EchoscopeError
from .following import FAULTS, RETRY_S, Following, Reader
from .shapes import Awaited, Exchange, Format, Imported, Info, Marks, News, Page, Pins, Place

T = TypeVar("T")


class AsyncClient(Asking):
    """What `Client` is, for code that runs in an event loop."""

    def __init__(
        self, url: str | None = None, token: str | None = None, *, bin: str | None = None, verify: Verify = True
    ) -> None:
        super().__init__(url, token, bin=bin, verify=verify)
        self._http = httpx.AsyncClient(**self._address.http_options)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()

    # Reading

    async def info(self) -> Info:
        return await self._do(calls.info())

    async def place(self) -> Place:
        return calls.place_of(await self.info())

    async def list(
        self, q: str = "", *, limit: int = 50, before: int | None = None, after: int = 0, reveal: bool = False
    ) -> Page:
        return await self._do(calls.page(q, limit, before, after, reveal=reveal))

    async def get(self, exchange_id: str, *, reveal: bool = True) -> Exchange:
        return await self._do(calls.get(exchange_id, reveal=reveal))

    async def wait(self, q: str = "", *, after: Start = None, timeout_s: float = 30, reveal: bool = True) -> Awaited:
        waiting = Waiting(q, after, timeout_s, self.url, reveal=reveal)
        while True:
            if awaited := waiting.take(await self._send(waiting.call())):
                return awaited

    def follow(
        self,
        q: str = "",
        *,
        after: Start = None,
        reveal: bool = False,
        retry_s: float = RETRY_S,
        on_drop: Callable[[EchoscopeError], None] | None = None,
    ) -> "AsyncFeed":
        return AsyncFeed(self._address, Following(self._address, q, after, reveal=reveal), retry_s, on_drop)

    async def code(self, exchange_id: str, language: str, *, reveal: bool = False) -> bytes:
        return await self._do(calls.code(exchange_id, language, reveal=reveal))

    # Changing

    async def delete(self, exchange_id: str) -> None:
        await self._do(calls.delete(exchange_id))

    async def clear(self) -> None:
        await self._do(calls.clear())

    async def pin(self, exchange_id: str) -> Marks:
        return await self._do(calls.pin(exchange_id))

    async def unpin(self, exchange_id: str) -> Marks:
        return await self._do(calls.unpin(exchange_id))

    async def note(self, exchange_id: str, text: str) -> Marks:
        return await self._do(calls.note(exchange_id, text))

    async def pins(self, *, reveal: bool = False) -> Pins:
        return await self._do(calls.pins(reveal=reveal))

    # Files

    async def export(
        self,
        format: Format = "jsonl",
        *,
        q: str = "",
        ids: Iterable[str] | None = None,
        limit: int | None = None,
        reveal: bool = False,
    ) -> AsyncGenerator[bytes, None]:
        call = calls.export(format, q, ids, limit, reveal=reveal)
        try:
            async with self._http.stream(**self._request(call) | {"timeout": None}) as response:
                if not response.is_success:
                    await response.aread()
                async for piece in self._checked(response).aiter_bytes():
                    yield piece
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    async def import_file(self, content: bytes) -> Imported:
        return await self._do(calls.import_file(content, IMPORT_S))

    # Bins

    async def bins(self) -> BinList:
        return await self._do(bins.listed())

    async def create_bin(self, name: str | None = None, *, key: str | None = None) -> NewBin:
        return await self._do(bins.create(name, key))

    async def bin(self, name: str) -> Bin:
        return await self._do(bins.one(name))

    async def delete_bin(self, name: str) -> None:
        await self._do(bins.delete(name))

    async def renew_key(self, name: str) -> str:
        return await self._do(bins.renew_key(name))

    async def answers(self, name: str) -> dict[str, Any]:
        return await self._do(bins.answers(name))

    async def set_answers(self, name: str, answers: Answers | dict[str, Any]) -> dict[str, Any]:
        return await self._do(bins.set_answers(name, answers))

    async def preview(
        self, name: str, answers: Answers | dict[str, Any], exchange_id: str, *, number: int = 1
    ) -> Preview:
        return await self._do(bins.preview(name, answers, exchange_id, number))

    async def forget_answers(self, name: str) -> None:
        await self._do(bins.forget_answers(name))

    async def presets(self) -> Sequence[Preset]:
        return await self._do(bins.presets())

    async def signature(self, name: str) -> Signature | None:
        return await self._do(bins.signature(name))

    async def set_signature(
        self, name: str, scheme: str, secret: str, options: dict[str, str] | None = None
    ) -> Signature:
        return await self._do(bins.set_signature(name, scheme, secret, options))

    async def forget_signature(self, name: str) -> None:
        await self._do(bins.forget_signature(name))

    async def signature_schemes(self) -> Sequence[Scheme]:
        return await self._do(bins.schemes())

    # Asking

    async def _do(self, call: Call[T]) -> T:
        return self._read(call, await self._send(call))

    async def _send(self, call: Call[T]) -> httpx.Response:
        try:
            return self._checked(await self._http.request(**self._request(call)))
        except httpx.TransportError as error:
            raise self._unreachable(error) from error


class AsyncFeed(Reader):
    """What `Feed` is, for `async for`."""

    async def __aiter__(self) -> AsyncIterator[News]:
        while True:
            error: Exception | None = None
            try:
                async with connect(self._following.url, **self._options) as websocket:
                    async for message in websocket:
                        for news in self._take(message):
                            yield news
            except FAULTS as fault:
                error = fault
            await asyncio.sleep(self._pause_s(error))

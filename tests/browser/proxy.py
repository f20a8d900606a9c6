"""A network between a browser and a server that can be cut."""

import asyncio
import socket
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Self

from tests.servers import HOST, WAIT_S


class Network:
    """Carries bytes to the server on `port`; `cut` resets all connections, and while `is_down` takes no new ones."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server((HOST, 0))
        self.origin = f"http://{HOST}:{self._listener.getsockname()[1]}"
        self.is_down = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._is_over = asyncio.Event()
        self._thread = Thread(target=self._loop.run_until_complete, args=[self._serve()])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._is_over.set)
        self._thread.join(WAIT_S)
        self._loop.close()

    def cut(self) -> None:
        asyncio.run_coroutine_threadsafe(self._abort(), self._loop).result(WAIT_S)

    async def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self) -> None:
        async with await asyncio.start_server(self._carry, sock=self._listener):
            await self._is_over.wait()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_down:
            writer.transport.abort()
            return
        back, forth = await asyncio.open_connection(HOST, self._port)
        self._writers |= {writer, forth}
        await asyncio.gather(_pipe(reader, forth), _pipe(back, writer))
        self._writers -= {writer, forth}


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()

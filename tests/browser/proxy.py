"""A network between a browser and a server that can be cut."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from tests.servers import HOST, WAIT_S


class Network:
    """Carries bytes to the server on `port`; `cut` resets all connections, and while `is_down` takes no new ones."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._listener = socket.create_server((HOST, 0))
        self.origin = f"http://{HOST}:{self._listener.getsockname()[1]}"
        self.is_down = False

    def cut(self) -> None:
        async def abort() -> None:
            for writer in list(self._writers):
                writer.transport.abort()

        asyncio.run_coroutine_threadsafe(abort(), self._loop).result(WAIT_S)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_down:
            writer.transport.abort()
            return
        there_reader, there_writer = await asyncio.open_connection(HOST, self._target)
        self._writers |= {writer, there_writer}
        await asyncio.gather(_pipe(reader, there_writer), _pipe(there_reader, writer))
        self._writers -= {writer, there_writer}

    def _run(self) -> None:
        async def serve() -> None:
            async with await asyncio.start_server(self._carry, sock=self._listener):
                await self._stopped.wait()

        self._stopped = asyncio.Event()
        self._loop.run_until_complete(serve())


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextmanager
def network(port: int) -> Iterator[Network]:
    made = Network(port)
    thread = Thread(target=made._run)
    thread.start()
    yield made
    made.cut()
    made._loop.call_soon_threadsafe(made._stopped.set)
    thread.join(WAIT_S)
    made._loop.close()

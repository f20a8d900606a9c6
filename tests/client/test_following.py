"""A reader of the feed through the client: what it is given, and that a connection that drops costs it nothing."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

import httpx
import pytest

from echoscope.base.settings import load
from echoscope.client import AsyncClient, Client, Gap, NothingCame, Place, Summary, Unreachable
from echoscope.client.address import Address
from echoscope.client.errors import EchoscopeError
from echoscope.client.following import Following
from echoscope.client.shapes import Cleared, Deleted
from echoscope.main import create_app
from tests.conftest import Serve
from tests.servers import HOST, NO_TLS, Running


def send(server: Running, *paths: str) -> list[str]:
    return [server.client.get(path).headers["x-echoscope-id"] for path in paths]


def paths(news: list[Any]) -> list[str]:
    return [one.path for one in news if isinstance(one, Summary)]


class Wire:
    """Between a client and a server: passes bytes on, and cuts all connections when told."""

    def __init__(self, port: int) -> None:
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._target = port
        self._open: list[socket.socket] = []
        self._is_up = True
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection((HOST, self._target))
            except OSError:
                return
            self._open += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(source, target), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        for one in (source, target):
            one.close()

    def cut(self) -> None:
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()


@contextmanager
def wire_to(server: Running) -> Iterator[Wire]:
    wire = Wire(server.port)
    try:
        yield wire
    finally:
        wire.close()


def test_news_come_in_their_order_with_what_was_taken_away(serve: Serve) -> None:
    server = serve()
    ids = send(server, "/1", "/2")
    with Client(server.origin) as client:
        feed = client.follow(after=0)
        news = iter(feed)
        assert paths(list(islice(news, 2))) == ["/1", "/2"]
        client.delete(ids[0])
        client.clear()
        assert list(islice(news, 2)) == [Deleted(3, ids[0]), Cleared(4)]
        assert feed.place == client.place()


def test_a_search_gives_what_it_finds(serve: Serve) -> None:
    server = serve()
    send(server, "/a", "/b", "/a?token=hunter2")
    with Client(server.origin) as client:
        _, second = islice(client.follow("path:/a", after=0), 2)
        assert isinstance(second, Summary)
        assert "hunter2" not in second.query_string
        _, second = islice(client.follow("path:/a", after=0, reveal=True), 2)
        assert isinstance(second, Summary)
        assert second.query_string == "token=hunter2"


def test_what_is_gone_is_announced(serve: Serve) -> None:
    server = serve(max_exchanges=2)
    send(server, *(f"/{number}" for number in range(5)))
    with Client(server.origin) as client:
        gap, *rest = islice(client.follow(after=0), 3)
        assert gap == Gap(1, 3, 3, "trimmed")
        assert paths(rest) == ["/3", "/4"]


def test_a_connection_that_drops_loses_and_repeats_nothing(serve: Serve) -> None:
    server = serve()
    drops: list[EchoscopeError] = []
    with wire_to(server) as wire, Client(f"http://{HOST}:{wire.port}") as client:
        news = iter(client.follow(after=0, on_drop=drops.append))
        seen = []
        for number in range(30):
            send(server, f"/{number}")
            if number % 3 == 0:
                wire.cut()
            seen.append(next(news))
        assert paths(seen) == [f"/{number}" for number in range(30)]
    assert drops
    assert all(isinstance(drop, Unreachable) for drop in drops)


async def test_the_same_awaited(serve: Serve) -> None:
    server = serve()
    drops: list[EchoscopeError] = []
    with wire_to(server) as wire:
        async with AsyncClient(f"http://{HOST}:{wire.port}") as client:
            news = aiter(client.follow(after=0, on_drop=drops.append))
            seen = []
            for number in range(30):
                await asyncio.to_thread(send, server, f"/{number}")
                if number % 3 == 0:
                    wire.cut()
                seen.append(await anext(news))
            await news.aclose()  # type: ignore[attr-defined]
    assert paths(seen) == [f"/{number}" for number in range(30)]
    assert drops


def test_a_server_that_starts_again_is_read_from_its_beginning(serve: Serve) -> None:
    server = serve(create_app(load({})))
    with Client(server.origin) as client:
        send(server, "/1")
        feed = client.follow(after=0)
        news = iter(feed)
        assert paths([next(news)]) == ["/1"]
        before = feed.place
        server.stop()
        again = serve(create_app(load({})), port=server.port)
        send(again, "/2", "/3")
        assert next(news) == Gap(None, None, None, "restart")
        assert paths(list(islice(news, 2))) == ["/2", "/3"]
        assert before
        assert feed.place
        assert feed.place.epoch != before.epoch


def test_a_server_that_stays_away_ends_it(serve: Serve) -> None:
    server = serve(create_app(load({})))
    with Client(server.origin) as client:
        send(server, "/1")
        news = iter(client.follow(after=0, retry_s=0.3))
        next(news)
        server.stop()
        with pytest.raises(Unreachable, match="cannot be reached"):
            next(news)


async def test_every_method_is_there_for_an_event_loop(serve: Serve) -> None:
    server = serve()
    async with AsyncClient(server.origin) as client:
        place = await client.place()
        async with httpx.AsyncClient(base_url=server.origin, verify=NO_TLS) as sender:
            exchange_id = (await sender.post("/x", content=b"a")).headers["x-echoscope-id"]
        awaited = await client.wait("path:/x", after=place)
        assert awaited.exchange.id == exchange_id
        with pytest.raises(NothingCame):
            await client.wait(timeout_s=0)
        assert [one.id for one in (await client.list()).items] == [exchange_id]
        assert (await client.get(exchange_id)).content == b"a"
        assert (await client.code(exchange_id, "curl")).startswith(b"curl")
        assert (await client.pin(exchange_id)).pinned
        assert (await client.note(exchange_id, "n")).note == "n"
        assert len((await client.pins()).items) == 1
        assert not (await client.unpin(exchange_id)).pinned
        file = b"".join([piece async for piece in client.export()])
        await client.delete(exchange_id)
        assert (await client.import_file(file)).ids == [exchange_id]
        await client.clear()
        assert (await client.list()).items == []
        assert (await client.info()).exchanges == 0


def test_both_clients_have_the_same_methods() -> None:
    def names(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert names(Client) - {"close"} == names(AsyncClient) - {"aclose"}


def test_a_reader_who_begins_now_has_its_place_before_any_news() -> None:
    """So that a connection that drops at once is resumed where it began, and nothing older comes."""
    following = Following(Address("http://127.0.0.1:8000"), "", None, reveal=False)
    assert "after=" not in following.url
    hello = {"type": "hello", "epoch": "e1", "oldest": 3, "head": 9}
    assert list(following.take(json.dumps(hello))) == []
    assert following.place == Place("e1", 9)
    assert "after=9" in following.url

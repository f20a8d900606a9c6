"""The protocol of the feed, over a WebSocket: what a reader is told, and where it begins."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message
from websockets.exceptions import ConnectionClosed

from echoscope.base.settings import load
from echoscope.log.memory import MemoryStore
from echoscope.main import create_app
from tests import wire
from tests.asgi import websocket_scope
from tests.conftest import Serve
from tests.exchanges import made_exchange
from tests.servers import Running
from tests.stores import put

from .readers import Ledger, reading


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()


def send(server: Running, *paths: str) -> list[str]:
    """One request for each path; the ids of the exchanges."""
    return [server.client.get(path).headers["x-echoscope-id"] for path in paths]


def test_a_reader_that_asks_for_nothing_gets_what_comes_next(server: Running) -> None:
    send(server, "/before")
    with reading(server) as reader:
        send(server, "/after", "/again")
        reader.through(3)
    hello = reader.ledger.messages[0]
    assert hello == {"type": "hello", "epoch": hello["epoch"], "oldest": 1, "head": 1}
    assert reader.ledger.paths == ["/after", "/again"]
    assert reader.ledger.gaps == []


def test_the_first_reader_of_an_empty_log_is_greeted_at_once(server: Running) -> None:
    with reading(server) as reader:
        hello = reader.ledger.messages[0]
    assert hello == {"type": "hello", "epoch": hello["epoch"], "oldest": 1, "head": 0}


def test_a_reader_after_nothing_gets_all_that_is_kept(server: Running) -> None:
    send(server, "/1", "/2", "/3")
    with reading(server, after=0) as reader:
        reader.through(3)
    assert reader.ledger.paths == ["/1", "/2", "/3"]


def test_a_reader_that_comes_back_goes_on_where_it_was(server: Running) -> None:
    with reading(server) as reader:
        send(server, "/1", "/2")
        reader.through(2)
    send(server, "/3", "/4")
    ledger = reader.ledger
    with reading(server, ledger, after=ledger.through, epoch=ledger.epoch) as reader:
        send(server, "/5")
        reader.through(5)
    assert ledger.paths == ["/1", "/2", "/3", "/4", "/5"]


def test_a_reader_that_comes_back_to_no_news_is_only_greeted(server: Running) -> None:
    send(server, "/1")
    with reading(server, after=1) as reader:
        send(server, "/2")
        reader.through(2)
    assert reader.ledger.paths == ["/2"]


@pytest.mark.parametrize(
    "query", [{"after": 1, "epoch": "another"}, {"after": 0, "epoch": "another"}, {"after": 99}], ids=str
)
def test_a_reader_of_another_log_is_told_so_and_gets_all_that_is_kept(serve: Serve, query: dict[str, Any]) -> None:
    server = serve(max_exchanges=2)
    send(server, "/1", "/2", "/3")
    with reading(server, **query) as reader:
        reader.until(lambda ledger: len(ledger.items) == 2)
    assert [message["type"] for message in reader.ledger.messages] == ["hello", "gap", "exchanges"]
    assert reader.ledger.paths == ["/2", "/3"]


def test_an_epoch_without_a_place_in_it_begins_with_what_comes_next(server: Running) -> None:
    send(server, "/1")
    with reading(server, epoch="another") as reader:
        send(server, "/2")
        reader.through(2)
    assert reader.ledger.paths == ["/2"]


def test_what_the_log_has_dropped_is_announced(serve: Serve) -> None:
    server = serve(max_exchanges=5)
    send(server, *(f"/{number}" for number in range(1, 13)))
    with reading(server, after=3) as reader:
        reader.through(12)
    assert reader.ledger.gaps == [{"type": "gap", "from": 4, "to": 7, "missed": 4, "reason": "trimmed"}]
    assert reader.ledger.seqs == [8, 9, 10, 11, 12]


def test_a_long_exchange_comes_again_with_the_same_id(server: Running) -> None:
    with reading(server) as reader:
        connection = wire.handshake(server, "/chat")
        reader.until(lambda ledger: ledger.items)
        wire.reset(connection)
        reader.until(lambda ledger: ledger.items[-1]["state"] != "open")
    assert [item["state"] for item in reader.ledger.items] == ["open", "disconnected"]
    assert len({item["id"] for item in reader.ledger.items}) == 1


def test_a_record_that_a_later_one_replaced_is_announced_as_superseded(server: Running) -> None:
    send(server, "/1")
    with reading(server) as reader:
        connection = wire.handshake(server, "/chat")
        reader.until(lambda ledger: ledger.items)
        wire.reset(connection)
        reader.through(3)
    with reading(server, after=0) as late:
        late.through(3)
    assert late.ledger.gaps == [{"type": "gap", "from": 2, "to": 2, "missed": 1, "reason": "superseded"}]
    assert late.ledger.seqs == [1, 3]


def test_a_deletion_is_told_to_who_is_there_and_to_who_comes_back(server: Running) -> None:
    with reading(server) as reader:
        ids = send(server, "/1", "/2", "/3")
        server.client.delete(f"/-/api/exchanges/{ids[1]}")
        reader.through(4)
    assert reader.ledger.messages[-1] == {"type": "deleted", "seq": 4, "id": ids[1]}
    with reading(server, after=0) as late:
        late.through(4)
    assert late.ledger.paths == ["/1", "/3"]
    assert late.ledger.gaps == [{"type": "gap", "from": 2, "to": 2, "missed": 1, "reason": "superseded"}]
    assert late.ledger.messages[-1] == {"type": "deleted", "seq": 4, "id": ids[1]}


def test_a_clearing_is_told_to_who_is_there_and_to_who_comes_back(server: Running) -> None:
    with reading(server) as reader:
        send(server, "/1", "/2", "/3")
        server.client.delete("/-/api/exchanges")
        send(server, "/5")
        reader.through(5)
    assert {"type": "cleared", "seq": 4} in reader.ledger.messages
    with reading(server, after=1) as late:
        late.through(5)
    assert [message["type"] for message in late.ledger.messages] == ["hello", "gap", "cleared", "exchanges"]
    assert late.ledger.paths == ["/5"]


def test_all_readers_get_the_same_bytes(server: Running) -> None:
    with reading(server) as one, reading(server) as two:
        send(server, "/1", "/é?x=%ff", "/3")
        texts = [one.websocket.recv(), two.websocket.recv()]
    assert texts[0] == texts[1]


def test_news_come_in_company(server: Running) -> None:
    """Readers get at most about 20 messages a second, however many exchanges there are."""
    with reading(server) as reader:
        wire.pipeline(server, [wire.request(target=f"/{number}", close=number == 999) for number in range(1000)])
        reader.through(1000)
    assert len(reader.ledger.messages) < 100
    assert reader.ledger.paths == [f"/{number}" for number in range(1000)]


def test_an_item_is_the_summary_of_the_list(server: Running) -> None:
    with reading(server) as reader:
        server.client.post(
            "/a%20b?x=1&token=S1", content="hello", headers={"user-agent": "me", "content-type": "text/x"}
        )
        reader.through(1)
    (listed,) = server.client.get("/-/api/exchanges").json()["items"]
    assert reader.ledger.items == [listed]
    assert "S1" not in str(listed)


def test_an_exchange_looks_the_same_however_it_was_come_by(server: Running) -> None:
    """Kept before anybody followed, while somebody does, and looked up again."""
    addresses = ["/a%20b?x=%ff&token=S1", "/%ff", "/é", "/plain"]
    send(server, *addresses)
    with reading(server, after=0) as replayed:
        replayed.through(4)
        send(server, *addresses)
        replayed.through(8)
    with reading(server, after=0) as later:
        later.through(8)
    listed = server.client.get("/-/api/exchanges").json()["items"][::-1]
    assert replayed.ledger.items == later.ledger.items == listed


def test_the_end_of_the_server_is_told_with_the_place_to_come_back_to(serve: Serve) -> None:
    server = serve()
    with reading(server) as reader:
        send(server, "/1", "/2")
        reader.through(2)
        server.stop()
        assert reader.next() == {"type": "bye", "after": 2}
        with pytest.raises(ConnectionClosed) as closed:
            reader.next()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012


def test_a_reader_that_speaks_is_sent_away(server: Running) -> None:
    with reading(server) as reader:
        reader.websocket.send("hello?")
        with pytest.raises(ConnectionClosed) as closed:
            reader.next()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "the feed takes no messages")


async def test_a_reader_that_speaks_and_breaks_off_is_no_error_of_ours() -> None:
    """The server fails to send at the moment at which the last message of the reader comes."""
    is_gone, sent = asyncio.Event(), list[str]()

    async def receive() -> Message:
        if not sent:
            return {"type": "websocket.connect"}
        await is_gone.wait()
        return {"type": "websocket.receive", "text": "hello?"}

    async def send(message: Message) -> None:
        sent.append(message["type"])
        if message["type"] != "websocket.accept":
            is_gone.set()
            raise OSError("the reader has left")

    scope = websocket_scope(path="/-/live", raw_path=b"/-/live", query_string=b"")
    await create_app(load({}))(scope, receive, send)
    assert sent == ["websocket.accept", "websocket.send"]


def test_a_log_that_many_append_to_at_once_is_read_in_order(serve: Serve) -> None:
    store = MemoryStore()
    server = serve(create_app(load({}), store))

    async def append_many(start: int) -> None:
        for number in range(start, start + 100):
            await put(store, made_exchange(f"id-{number}"))
            await asyncio.sleep(0)

    async def append_all() -> None:
        await asyncio.gather(*(append_many(start) for start in range(0, 800, 100)))

    with reading(server, Ledger(0), after=0) as reader:
        server.run(append_all())
        reader.through(800)
    assert reader.ledger.seqs == list(range(1, 801))

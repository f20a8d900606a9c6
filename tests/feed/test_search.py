"""The feed with `q`: only what matches, and how far the log was searched."""

import pytest

from tests import wire
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import Running

from .readers import Message, Reader, reading


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()


def exchanges(reader: Reader, through: int) -> list[Message]:
    """The messages up to the one that says that all through this seq was searched."""
    messages = [reader.next()]
    while messages[-1]["type"] != "exchanges" or messages[-1]["through"] < through:
        messages.append(reader.next())
    return messages


def paths(messages: list[Message]) -> list[str]:
    return [item["path"] for message in messages if message["type"] == "exchanges" for item in message["items"]]


def test_only_what_matches_is_given_of_what_is_kept(server: Running) -> None:
    for path in ("/hooks/1", "/other", "/hooks/2"):
        server.client.get(path)
    with reading(server, after=0, q="path:/hooks") as reader:
        assert paths(exchanges(reader, 3)) == ["/hooks/1", "/hooks/2"]


def test_only_what_matches_is_given_of_what_comes(server: Running) -> None:
    with reading(server, q="method:POST body:needle") as reader:
        server.client.post("/1", content="hay")
        server.client.post("/2", content="a needle")
        server.client.get("/3")
        assert paths(exchanges(reader, 3)) == ["/2"]


def test_what_does_not_match_still_moves_the_place_to_come_back_to(server: Running) -> None:
    with reading(server, q="path:/never") as reader:
        server.client.get("/1")
        assert exchanges(reader, 1)[-1] == {"type": "exchanges", "items": [], "through": 1}
    with reading(server, after=1, q="path:/2") as reader:
        server.client.get("/2")
        assert paths(exchanges(reader, 2)) == ["/2"]


def test_who_searches_and_who_does_not_read_side_by_side(server: Running) -> None:
    with reading(server, q="path:/7") as searching, reading(server) as reader:
        wire.pipeline(server, [wire.request(target=f"/{number}", close=number == 99) for number in range(100)])
        reader.through(100)
        found = exchanges(searching, 100)
    assert reader.ledger.paths == [f"/{number}" for number in range(100)]
    assert paths(found) == ["/7", *(f"/7{digit}" for digit in range(10))]
    through = [message["through"] for message in found]
    assert through == sorted(set(through))


def test_deletions_and_gaps_are_told_to_who_searches(serve: Serve) -> None:
    server = serve(max_exchanges=3)
    ids = [server.client.get(f"/{number}").headers["x-echoscope-id"] for number in range(1, 6)]
    with reading(server, after=0, q="path:/4") as reader:
        first = exchanges(reader, 5)
        server.client.delete(f"/-/api/exchanges/{ids[3]}")
        second = exchanges(reader, 6)
        server.client.delete("/-/api/exchanges")
        third = exchanges(reader, 7)
    assert {"type": "gap", "from": 1, "to": 2, "missed": 2, "reason": "trimmed"} in first
    assert paths(first) == ["/4"]
    assert {"type": "deleted", "seq": 6, "id": ids[3]} in second
    assert {"type": "cleared", "seq": 7} in third


def test_a_long_log_is_searched_in_turns_with_others(serve: Serve) -> None:
    server = serve(max_exchanges=5_000)
    requests = [wire.request(target=f"/{number}", close=number == 2_999) for number in range(3_000)]
    wire.pipeline(server, requests)
    with reading(server, after=0, q="body:nothing") as reader:
        assert server.client.get("/-/health").text == "ok\n"
        messages = exchanges(reader, 3_000)
    assert paths(messages) == []
    assert len(messages) >= 10


def test_who_searched_and_left_is_not_there(server: Running) -> None:
    with reading(server, q="path:/x"):
        assert server.client.get("/-/api/info").json()["subscribers"] == 1
    eventually(lambda: server.client.get("/-/api/info").json()["subscribers"] == 0)

"""The stored form of an exchange that is kept as its bytes: what comes back is what was put."""

import json
from copy import copy
from hashlib import sha256
from typing import Any

import pytest
from msgspec.structs import replace

from echoscope.exchange.summary import summary_line
from echoscope.exchange.wire import Peer, Wire
from echoscope.http.forwarding import Proxies, teller
from echoscope.log.store import Store
from echoscope.log.stored import FORM, encoded, outline, whole
from tests.exchanges import made_exchange, plain_exchange
from tests.stores import put


class Notes:
    """What a server notes of a connection."""

    id = "c-1"
    opened_ns = 1_795_338_000_000_000_000
    closed_ns = None
    closed_by = None
    http2 = None

    def __init__(self, pipelined: list[int], tls: dict[str, str | None] | None = None) -> None:
        self.pipelined = pipelined
        self.tls = tls


def peer_with(wire: Wire, **facts: Any) -> Peer:
    """The peer of an exchange of which something else is known."""
    peer = copy(wire.peer)
    for name, value in facts.items():
        setattr(peer, name, value)
    return peer


def noted(wire: Wire, notes: Notes) -> Wire:
    return replace(wire, peer=peer_with(wire, notes=notes), number=7, is_pipelined=7 in notes.pipelined)


def told(wire: Wire) -> Wire:
    proxies = Proxies(["127.0.0.1"])
    return replace(wire, peer=peer_with(wire, tells=teller(proxies, "127.0.0.1")))


WIRES = {
    "plain": plain_exchange(),
    "a body": plain_exchange(
        "b", "/a?b=%20c", b"User-Agent: x", b"X-A: \xff", method="POST", body=b"\x00\xff", answer=b""
    ),
    "a root path": plain_exchange("c", "/%C3%A9", root_path="/tools"),
    "no client": plain_exchange("d", client=None),
    "a client without a port": plain_exchange("d", client=("::1", None)),
    "a Unix socket": plain_exchange("d", client=("unix:/tmp/\u00e9 x", None)),
    "an answer to HEAD": replace(plain_exchange("d", method="HEAD"), content=b""),
    "an answer that names it twice": replace(
        plain_exchange("d"),
        peer=Peer(None, None, "http", "", "3.0", "2.4", ("\r\nX-Id: ", "\r\nLink: </", ">\r\nContent-Length: ")),
    ),
    "a connection": noted(plain_exchange("e"), Notes([])),
    "pipelined": noted(plain_exchange("f"), Notes([3, 7])),
    "behind one that was pipelined": noted(plain_exchange("g"), Notes([6])),
    "TLS": noted(
        plain_exchange("h"), Notes([], {"version": "TLSv1.3", "cipher": "X", "alpn": None, "server_name": "a"})
    ),
    "forwarded": told(plain_exchange("i", "/", b"Forwarded: for=192.0.2.1;proto=https;host=a.example")),
    "nothing forwarded": told(plain_exchange("j")),
}


@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
def test_its_stored_form_holds_all_of_it(wire: Wire) -> None:
    data = encoded(wire, bytearray())
    stored = whole(wire.id, data)
    assert isinstance(stored, Wire)
    assert stored.exchange == wire.exchange
    assert stored.head == wire.head == whole(wire.id, outline(data)).head
    assert summary_line(1, stored, None) == summary_line(1, wire, None)
    assert encoded(stored, bytearray()) == data


FORMS = {4: ("8b04b3", "9a7d9f")}
"""The beginnings of the digests of an exchange that is kept as its bytes, and of one of messages, by the number of the
form."""


def test_another_stored_form_has_another_number() -> None:
    exchanges = plain_exchange(), made_exchange(body=b"\x01")
    digests = tuple(sha256(encoded(exchange, bytearray())).hexdigest()[:6] for exchange in exchanges)
    assert {FORM: digests} == FORMS


def test_requests_of_one_connection_share_what_is_known_of_it() -> None:
    peer = Peer(None, None, "http", "", "3.0", "2.4", ("",))
    first, second = (whole("a", encoded(replace(plain_exchange(), peer=peer), bytearray())) for _ in range(2))
    assert isinstance(first, Wire)
    assert isinstance(second, Wire)
    assert first.peer is second.peer


def test_requests_by_way_of_one_proxy_are_listed_with_a_client_each() -> None:
    believed = peer_with(plain_exchange(), tells=teller(Proxies(["127.0.0.1"]), "127.0.0.1"))
    said = (), (b"Forwarded: for=192.0.2.1",), (), (b"Forwarded: for=192.0.2.2",)
    wires = [replace(plain_exchange("a", "/", *lines), peer=believed, number=2) for lines in said]
    stored = [whole("a", encoded(wire, bytearray())) for wire in wires]
    clients = [json.loads(summary_line(1, wire, None))["client"] for wire in stored]
    assert clients == ["127.0.0.1:50000", "192.0.2.1", "127.0.0.1:50000", "192.0.2.2"]


def test_an_exchange_of_messages_keeps_its_form() -> None:
    exchange = made_exchange("a", body=b"\x01")
    assert whole("a", encoded(exchange, bytearray())).exchange == exchange


@pytest.mark.parametrize("size", [0, 7_000, 9_000, 100_000])
async def test_every_store_gives_it_back_whole(store: Store, size: int) -> None:
    wire = plain_exchange("a", "/a?b=c", b"User-Agent: x", method="POST", body=b"y" * size)
    seq = await put(store, wire)
    (found,) = await store.get_many(["a"])
    assert (found.seq, found.exchange) == (seq, wire.exchange)
    (record,) = await store.read(0, 10)
    assert record.entry.head == wire.head  # type: ignore[union-attr]
    assert await store.pin("a")
    await store.clear()
    (pinned,) = (await store.pins()).found
    assert pinned.head == wire.head
    again = await store.get("a")
    assert again is not None
    assert again.exchange == wire.exchange

"""Looking for a search in raw bytes first finds what the search itself finds: no more and no less."""

import random
from functools import cache

import pytest
from tests.captures import captures
from tests.exchanges import made_exchange, parts_exchange, plain_exchange

from echoscope.base.turns import Turn
from echoscope.exchange.facts import NO_FACTS
from echoscope.exchange.model import Event, Exchange, encode
from echoscope.insight.search import Marked, parse
from echoscope.log import find, store
from echoscope.log.find import matching
from echoscope.log.memory import MemoryStore
from echoscope.log.store import Encoded, Kept, Record

PLAIN = [
    plain_exchange("p-1", "/hooks/Orders?attempt=1", b"User-Agent: Curl/8", answer=b'{"Needle": 1}'),
    plain_exchange("p-2", "/a%20b?q=x+y", b"Accept: Text/HTML"),
    plain_exchange("p-3", "/%E2%84%AAelvin?%C4%B0=1"),
    plain_exchange("p-4", "/", b"X-A:no-space", b"X-B:   spaced   "),
    plain_exchange("p-5", "/", b"X: caf\xe9 \xe2\x84\xaa \xff"),
    plain_exchange("p-6", "/post", b"Content-Type: text/plain", method="POST", body=b"The BODY, \xff needle"),
    plain_exchange("p-8", "/answer", answer="Ünïcode \N{KELVIN SIGN}".encode()),
    plain_exchange("p-7", "/x", root_path="/sub"),  # behind the lines of the one before
]

SPLIT = Exchange(
    "e-2", "done", 1, 1, 200, 6, 6, False, NO_FACTS,
    {"type": "http", "method": "POST", "path": "/split", "query_string": b"", "headers": []},
    None, None, 0,
    [
        Event("receive", 0, 3, {"type": "http.request", "body": b"nee", "more_body": True}),
        Event("receive", 1, 3, {"type": "http.request", "body": b"dle", "more_body": False}),
    ],
)  # fmt: skip

PARTS = [
    parts_exchange("q-1", "/hooks/Orders?attempt=1", (b"user-agent", b"Curl/8"), answer=b'{"Needle": 1}'),
    parts_exchange("q-2", "/a%20b?q=x+y", (b"accept", b"Text/HTML")),
    parts_exchange("q-3", "/%E2%84%AAelvin?%C4%B0=1"),
    parts_exchange("q-4", "/", (b"x-a", b"no-space"), (b"x-b", b"spaced")),
    parts_exchange("q-5", "/", (b"x", b"caf\xe9 \xe2\x84\xaa \xff")),
    parts_exchange("q-6", "/post", (b"cookie", b"a=1"), method="POST"),
    parts_exchange("q-7", "/answer", answer="Ünïcode \N{KELVIN SIGN}".encode()),
]

EXCHANGES: list[Kept] = [
    *PLAIN,
    *PARTS,
    *(Encoded(exchange.id, encode(exchange)) for exchange in [SPLIT, *captures(120, seed=5)]),
]

WORDS = [
    "needle", "NEEDLE", "k", "i", "curl", "Curl/8", "text/html", '"accept: text"', '"x-a: no"', '"x-b: spaced"',
    "attempt", '"x y"', '"a b"', "xff", "\\xff", "caf", "é", "kelvin", "sub", "http", "get", '"GET /"', "localhost",
    "body", "1.1", "path:hooks", "query:attempt", "query.attempt:1", "header.user-agent:curl", "header:accept",
    "body:needle", "request.body:needle", "response.body:needle", "response.header.content-type:plain", "cookie.a:1",
    "id:p-", "method:post", "status:200", "-needle", "needle OR curl", "(needle curl)", "-(needle curl)", "state:done",
    "path:=/answer", "version:1.1", "content-length", "ünï", "path:/sub/x",
    '"ünïcode k"', 'body:"ünïcode k"',
]  # fmt: skip


async def found(q: str) -> list[int]:
    records = [Record(seq, kept) for seq, kept in enumerate(EXCHANGES, 1)]
    return [seq for seq, _ in await matching(parse(q), records, MemoryStore(), Turn(), {})]


@cache
def whole() -> list[Exchange]:
    return [kept.exchange for kept in EXCHANGES]


def looked_at(q: str) -> list[int]:
    search = parse(q)
    return [seq for seq, one in enumerate(whole(), 1) if search.matches(seq, one.head, one.events)]


@pytest.mark.parametrize("word", WORDS)
async def test_a_search_finds_what_it_finds_in_whole_exchanges(word: str) -> None:
    assert await found(word) == looked_at(word)


@pytest.mark.parametrize("word", WORDS)
async def test_long_exchanges_are_looked_at_in_another_process_which_finds_the_same(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = looked_at(word)
    monkeypatch.setattr(find, "HEAVY_BYTES", 0)
    monkeypatch.setattr(find, "MUCH_BYTES", 0)
    monkeypatch.setattr(store, "decode_exchange", None)  # nothing is decoded in this one
    assert await found(word) == expected


async def test_what_people_put_on_a_long_exchange_is_known_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "MUCH_BYTES", 0)
    long = Encoded("e-2", encode(made_exchange("e-2", body=b"needle " * 10_000)))
    records = [Record(1, long)]
    for q, hits in (("needle is:pinned", [1]), ("needle -is:pinned", []), ("needle note:hay", [1])):
        marks = {"e-2": Marked(pinned=True, note="hay")}
        assert [seq for seq, _ in await matching(parse(q), records, MemoryStore(), Turn(), marks)] == hits, q


async def test_so_do_random_ones() -> None:
    chance = random.Random(3)
    hits = 0
    for _ in range(400):
        q = " ".join(chance.choice(["", "", "-"]) + chance.choice(WORDS).removeprefix("-") for _ in range(2))
        expected = looked_at(q)
        hits += bool(expected)
        assert await found(q) == expected, q
    assert hits > 50

"""How many bins, how much in each, how often and for how long: each limit at its edge."""

import pytest

from echoscope.base.settings import load
from echoscope.exchange.answers import Answer, Answers
from echoscope.log.log import Logs
from echoscope.log.store import Bounds, PinsFull
from echoscope.web.bins.bin import Bin
from echoscope.web.bins.catalogue import Bins, BinsFull, NameTaken
from tests.conftest import Serve
from tests.exchanges import made_exchange
from tests.stores import put

from .conftest import OPERATOR, TOKEN, paths


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_795_338_000.0

    def __call__(self) -> float:
        return self.now_s


def catalogue(clock: Clock, logs: Logs | None = None, **settings: object) -> Bins:
    return Bins(logs or Logs(Bounds()), load({}, **settings), clock)


async def test_there_are_so_many_bins_and_no_more_until_one_has_expired() -> None:
    clock = Clock()
    bins = catalogue(clock, max_bins=3, bin_idle=100)
    for name in ("a", "b", "c"):
        await bins.create("operator", name)
    with pytest.raises(BinsFull, match="3 bins"):
        await bins.create("operator", "d")
    clock.now_s += 100
    await bins.create("operator", "d")
    assert [one.name for one in await bins.all()] == ["d"]


async def test_a_bin_that_is_there_is_not_made_again() -> None:
    bins = catalogue(Clock())
    await bins.create("operator", "a")
    with pytest.raises(NameTaken):
        await bins.create("visitor", "a")


async def test_a_bin_expires_when_nobody_has_used_it_for_so_long_and_not_before() -> None:
    clock = Clock()
    bins = catalogue(clock, bin_idle=1000)
    one = await bins.create("operator", "a")
    clock.now_s += 999.9
    assert await bins.find("a") is not None
    await bins.touch(one)
    clock.now_s += 999.9
    assert await bins.find("a") is not None
    clock.now_s += 0.1
    assert await bins.find("a") is None
    assert await bins.all() == []


async def test_what_was_in_an_expired_bin_is_not_in_the_next_of_its_name() -> None:
    clock = Clock()
    bins = catalogue(clock, bin_idle=10)
    await put(bins.log(await bins.create("operator", "a")), made_exchange("x-1"))
    clock.now_s += 10
    again = await bins.create("operator", "a")
    assert (await bins.log(again).status()).exchanges == 0


async def test_a_bin_of_a_setting_never_expires() -> None:
    clock = Clock()
    bins = catalogue(clock, bin="a", bin_idle=10)
    clock.now_s += 1_000_000
    one = await bins.find("a")
    assert one is not None
    assert bins.expires_at(one) is None


async def test_expired_bins_are_let_go_while_others_are_used() -> None:
    clock = Clock()
    logs = Logs(Bounds())
    bins = catalogue(clock, logs, bin_idle=100)
    await bins.create("operator", "old")
    clock.now_s += 90
    new = await bins.create("operator", "new")
    clock.now_s += 61
    await bins.touch(new)
    assert list(await logs.shelf.items("bins/")) == ["bins/new"]


async def test_processes_that_share_a_shelf_share_their_bins() -> None:
    clock, logs = Clock(), Logs(Bounds())
    first, second = catalogue(clock, logs), catalogue(clock, logs)
    one = await first.create("operator", "a", "a-key")
    assert await second.find("a") == one
    await first.renew_key(one)
    clock.now_s += 1
    changed = await second.find("a")
    assert changed is not None
    assert not changed.is_opened_by("a-key")
    assert [await bins.turn(one, None) for bins in (first, second, first)] == [1, 2, 3]
    await second.delete("a")
    clock.now_s += 1
    assert await first.find("a") is None


async def test_what_another_process_has_just_changed_stays() -> None:
    clock, logs = Clock(), Logs(Bounds())
    first, second = catalogue(clock, logs), catalogue(clock, logs)
    one = await first.create("operator", "a", "a-key")
    clock.now_s += 61
    seen = await second.find("a")
    assert seen is not None
    await first.set_answers(one, Answers(answers=[Answer(body="new")]))
    await second.touch(seen)
    clock.now_s += 1
    changed = await first.find("a")
    assert changed is not None
    assert changed.answers.answers == [Answer(body="new")]
    clock.now_s += 61
    seen = await second.find("a")
    assert seen is not None
    await first.delete("a")
    await second.touch(seen)
    clock.now_s += 1
    assert await first.find("a") is None
    assert await logs.shelf.items("bins/") == {}


async def test_a_key_is_kept_as_a_digest_alone() -> None:
    logs = Logs(Bounds())
    await catalogue(Clock(), logs).create("operator", "a", "the-key-itself")
    assert b"the-key-itself" not in b"".join((await logs.shelf.items("")).values())
    assert not Bin("a", "use", 0, 0).is_opened_by("")


def test_each_bin_keeps_so_many_exchanges(serve: Serve) -> None:
    server = serve(max_bin_exchanges=3)
    for number in range(4):
        server.client.get(f"/~a/{number}")
        server.client.get(f"/~b/{number}")
        server.client.get(f"/{number}")
    assert paths(server, "a") == ["/~a/1", "/~a/2", "/~a/3"]
    assert paths(server, "b") == ["/~b/1", "/~b/2", "/~b/3"]
    assert len(server.client.get("/-/api/exchanges").json()["items"]) == 4


def test_each_bin_takes_so_many_bytes(serve: Serve) -> None:
    server = serve(max_bin_bytes=100_000)
    for number in range(20):
        server.client.post(f"/~a/{number}", content=bytes(10_000))
    kept = server.client.get("/-/api/bins/a").json()
    assert 0 < kept["bytes"] <= 100_000
    assert kept["exchanges"] < 20
    assert paths(server, "a")[-1] == "/~a/19"


async def test_the_pins_of_all_bins_share_their_room() -> None:
    logs = Logs(Bounds(max_bytes=40_000))
    for name in ("a", "b"):
        await put(logs.named(name), made_exchange(name, body=bytes(6_000)))
    assert await logs.named("a").pin("a")
    with pytest.raises(PinsFull, match="all bins"):
        await logs.named("b").pin("b")
    await logs.named("a").unpin("a")
    assert await logs.named("b").pin("b")
    await logs.forget("b")
    assert await logs.named("a").pin("a")


def test_first_use_makes_no_more_bins_than_there_may_be(serve: Serve) -> None:
    server = serve(max_bins=2)
    assert [server.client.get(f"/~{name}/").status_code for name in ("a", "b", "c", "a")] == [200, 200, 503, 200]


def test_one_address_makes_so_many_bins_in_an_hour(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN, max_new_bins=3)
    answers = [server.client.post("/-/api/bins") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 3600
    assert server.client.post("/-/bins").status_code == 429
    assert server.client.post("/-/api/bins", headers=OPERATOR).status_code == 201


def test_a_bin_takes_so_many_requests_and_more_are_told_to_wait(serve: Serve) -> None:
    server = serve(bin_rate=1)
    statuses = [server.client.get("/~a/").status_code for _ in range(5)]
    assert statuses[:2] == [200, 200]
    assert 429 in statuses[2:]
    answer = next(one for one in iter(lambda: server.client.get("/~a/"), None) if one.status_code == 429)
    assert answer.headers["retry-after"] == "1"
    assert server.client.get("/~b/").status_code == 200

"""What is sent together: at the end of the turn in which it was said, in order, and never without bounds."""

import asyncio
from threading import Event

import pytest
from starlette.types import Receive, Scope, Send

from echoscope.server import Limits
from echoscope.server.outbox import Outbox
from tests.server.apps import body, start
from tests.server.wire import CLOSE, get, parse
from tests.servers import WAIT_S, Running, read_all

PIECE = b"x" * 1_000
PIECES = 4_000


class Sending:
    def __init__(self, outbox: Outbox, name: str, told: list[str]) -> None:
        self.outbox = outbox
        self.name = name
        self.told = told

    def flush(self) -> None:
        self.told.append(self.name)
        if self.name == "fails":
            raise ValueError(self.name)
        if self.name == "more":
            self.name = "once more"
            self.outbox.add(self)


async def test_each_sender_has_its_turn_once_in_the_order_in_which_they_came() -> None:
    outbox, told = Outbox(asyncio.get_running_loop()), list[str]()
    first, second = Sending(outbox, "first", told), Sending(outbox, "second", told)
    for sender in (first, second, first):
        outbox.add(sender)
    assert told == []
    await asyncio.sleep(0)
    assert told == ["first", "second"]
    await asyncio.sleep(0)
    assert told == ["first", "second"]


async def test_a_sender_that_has_more_to_say_has_another_turn() -> None:
    outbox, told = Outbox(asyncio.get_running_loop()), list[str]()
    outbox.add(Sending(outbox, "more", told))
    outbox.add(Sending(outbox, "other", told))
    for _ in range(3):
        await asyncio.sleep(0)
    assert told == ["more", "other", "once more"]


async def test_a_sender_that_fails_takes_nobody_s_turn_away() -> None:
    loop = asyncio.get_running_loop()
    failures: list[dict[str, object]] = []
    loop.set_exception_handler(lambda _, failure: failures.append(failure))
    outbox, told = Outbox(loop), list[str]()
    for name in ("first", "fails", "last"):
        outbox.add(Sending(outbox, name, told))
    for _ in range(3):
        await asyncio.sleep(0)
    assert told == ["first", "fails", "last"]
    assert [str(failure["exception"]) for failure in failures] == ["fails"]


class Pouring:
    """Sends small pieces one after another and waits for nothing else; counts those that were taken."""

    def __init__(self) -> None:
        self.taken = 0
        self.is_over = Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        for _ in range(PIECES):
            await send(body(PIECE, more=True))
            self.taken += 1
        await send(body())
        self.is_over.set()


def test_an_app_that_only_sends_is_held_back_by_a_client_that_does_not_read() -> None:
    app = Pouring()
    limits = Limits(write_timeout=WAIT_S)
    with Running(app, limits=limits, lifespan="off", send_buffer_bytes=1 << 16) as running:
        with running.connect() as connection:
            connection.sendall(get(lines=CLOSE))
            assert not app.is_over.wait(0.5)
            assert app.taken < PIECES
            received = read_all(connection)
        assert app.is_over.wait(WAIT_S)
    assert parse(received)[0].body == PIECE * PIECES


@pytest.mark.parametrize("pieces", [0, 1, 3])
def test_nothing_is_kept_back_while_an_app_waits(pieces: int) -> None:
    may_go_on = Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        for number in range(pieces):
            await send(body(b"piece %d" % number, more=True))
        await asyncio.to_thread(may_go_on.wait, WAIT_S)
        await send(body(b"end"))

    with Running(app, lifespan="off") as running, running.connect() as connection:
        connection.sendall(get(lines=CLOSE))
        received = b""
        while received.count(b"piece") < pieces or b"\r\n\r\n" not in received:
            received += connection.recv(1 << 16)
        may_go_on.set()
        received += read_all(connection)
    assert parse(received)[0].body == b"".join(b"piece %d" % number for number in range(pieces)) + b"end"

"""The request path without a network: the server's real protocol class over a transport that only takes bytes.

Run under callgrind by `instructions`. 32 connections get one head each per turn of a real event loop; a turn ends when
all have their answers. What the network costs is left out, and what happens by the clock too, which runs fifty times
slower here.
"""

import asyncio
import gc
import importlib
import os
import sys
import traceback
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
import uvicorn
import uvloop
from uvicorn.server import ServerState

from echoscope import Echoscope as WrappedApp
from echoscope.base import turns
from echoscope.base.settings import load
from echoscope.capture import recorder
from echoscope.log import feed
from echoscope.log.feed import FULL_RECORDS, Feed
from echoscope.main import Echoscope
from echoscope.server import Config, Limits
from echoscope.server.head import TITLED
from echoscope.server.outbox import Outbox

from . import apps
from .callgrind import Counter
from .requests import VARIANTS, Request

CONNECTIONS: Final = 32
KEPT: Final = 256
"""The log is full, as it is after the first moments."""

DASHBOARDS: Final = {"1 dashboard": 1, "20 dashboards": 20}
WATCHED: Final = 2 * FULL_RECORDS
"""How many a log keeps that has dashboards: nothing is trimmed before they have it."""

WARM_TURNS: Final = 12
TURNS: Final = 20
STEP_TURNS: Final = 4

_TURNS_FOR_AN_ANSWER: Final = 40
"""More turns of the loop than any answer takes."""

_GREETING_S: Final = 60.0
"""More than a dashboard waits, which is let in by the clock."""

_CLIENT, _SERVER = ("127.0.0.1", 50_000), ("127.0.0.1", 8_000)


class Case(msgspec.Struct, frozen=True):
    """`program`: `echoscope`, the same with `1 dashboard` or `20 dashboards`, `asgi only` (without the second door),
    `on uvicorn`, `feed` (one reader of what it has recorded), `article`, `hello` or `driver`, which does nothing.
    `step`: the function, as `module:name`, whose calls are counted; None for all."""

    program: str
    path: str
    variant: str
    step: str | None = None

    @property
    def name(self) -> str:
        return "|".join((self.program, self.path, self.variant, self.step or ""))

    @property
    def dashboards(self) -> int:
        return DASHBOARDS.get(self.program, 0)

    @property
    def turns(self) -> int:
        if self.dashboards:
            return 4 * FULL_RECORDS // CONNECTIONS  # some messages
        if self.program == "feed":
            return KEPT // CONNECTIONS
        return STEP_TURNS if self.step else TURNS


NOTHING: Final = Case("driver", "", "", "nothing")
"""What counting the calls of a step costs."""


class Sink(asyncio.Transport):
    """Takes bytes. `writes` is shared by all: taking them costs as little as can be."""

    def __init__(self, writes: deque[bytes]) -> None:
        super().__init__({"peername": _CLIENT, "sockname": _SERVER})
        self.protocol: Any = None
        self.write = writes.append  # type: ignore[method-assign, assignment]

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def get_protocol(self) -> Any:
        return self.protocol

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def close(self) -> None:
        raise RuntimeError("A connection was closed.")


class Nothing:
    """The protocol that shows what the driver itself costs."""

    def connection_made(self, transport: Sink) -> None:
        self.data_received = transport.write


class Drive:
    """The connections of one program."""

    def __init__(self, case: Case) -> None:
        self.writes: deque[bytes] = deque()
        self.writes_per_request = 1
        self._request: Request = VARIANTS[case.variant].at(case.path)
        self._number = 0
        self.config = _config(case.program)
        make = _maker(self.config) if self.config else Nothing
        self._protocols = [_protocol(make, self.writes) for _ in range(CONNECTIONS)]
        self._said: deque[bytes] = deque(maxlen=1)
        self._dashboards = [_protocol(make, self._said) for _ in range(case.dashboards)]

    async def warm(self) -> None:
        """Fill the log, and look at what is answered and said to dashboards."""
        self._feed(self._heads())
        for _ in range(_TURNS_FOR_AN_ANSWER):
            await asyncio.sleep(0)
        answers = b"".join(self.writes).count(b"HTTP/1.1 200 OK")
        if answers not in (CONNECTIONS, 0) or (not answers and b"GET " not in self.writes[0]):
            raise RuntimeError(f"{answers} good answers to {CONNECTIONS} requests: {self.writes[0]!r}")
        self.writes_per_request = len(self.writes) // CONNECTIONS
        self.writes.clear()
        for protocol in self._dashboards:
            protocol.data_received(_HANDSHAKE)
            async with asyncio.timeout(_GREETING_S):
                while not self._said or b'"hello"' not in self._said[0]:  # noqa: ASYNC110 -- nothing tells
                    await asyncio.sleep(0.001)
            self._said.clear()
        for _ in range(WARM_TURNS):
            await self.turn(self._heads())

    async def turn(self, heads: list[bytes]) -> None:
        self._feed(heads)
        expected = CONNECTIONS * self.writes_per_request
        while len(self.writes) < expected:  # noqa: ASYNC110 -- one turn of the loop, not a moment
            await asyncio.sleep(0)
        await asyncio.sleep(0)  # what answers leave behind, such as tasks that are done
        self.writes.clear()

    def prepared(self, turns: int) -> list[list[bytes]]:
        """Heads, so that making them is not counted."""
        return [self._heads() for _ in range(turns)]

    def _feed(self, heads: list[bytes]) -> None:
        for protocol, head in zip(self._protocols, heads, strict=True):
            protocol.data_received(head)

    def _heads(self) -> list[bytes]:
        numbers = range(self._number, self._number + CONNECTIONS)
        self._number += CONNECTIONS
        return [self._request.encoded(number) for number in numbers]


_HANDSHAKE: Final = (
    b"GET /-/live HTTP/1.1\r\nHost: localhost:8000\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
)


def _protocol(make: Callable[[], Any], writes: deque[bytes]) -> Any:
    protocol, transport = make(), Sink(writes)
    protocol.connection_made(transport)
    return protocol


def _config(program: str) -> uvicorn.Config | None:
    """What the program is served with; None for the driver alone."""
    if program == "driver":
        return None
    if program in ("article", "hello"):
        return _stock(getattr(apps, program))
    if program in ("wrapped hello", "paused hello"):
        wrapper = WrappedApp(apps.hello, max_exchanges=str(KEPT), enabled=True)
        wrapper.recording = program == "wrapped hello"
        return _stock(wrapper)
    if program == "on uvicorn":
        return _stock(Echoscope(load({}, max_exchanges=str(KEPT))))
    return _ours(asgi_only=program == "asgi only", kept=WATCHED if program in DASHBOARDS else KEPT)


def _maker(config: uvicorn.Config) -> Callable[[], Any]:
    """What makes the protocols of one server."""
    config.load()
    state = ServerState()
    state.default_headers = [(b"date", b"Fri, 27 Nov 2026 05:48:14 GMT"), *config.encoded_headers]
    protocol_class: Any = config.http_protocol_class
    return lambda: protocol_class(config=config, server_state=state, app_state={})


def _stock(app: Any) -> uvicorn.Config:
    return uvicorn.Config(app, http="httptools", lifespan="off", access_log=False, log_config=None)


def _ours(*, asgi_only: bool, kept: int) -> Config:
    """As `echoscope serve` has it."""
    options = {"quiet": "true", "max_exchanges": str(kept), "asgi_only": str(asgi_only).lower()}
    app = Echoscope(load({}, **options))
    config = Config(
        app,
        limits=Limits(reserved=b"/-/"),
        ws_per_message_deflate=True,
        direct=app.direct,
        on_refused=app.on_refused,
        names=TITLED,
    )
    config.outbox = Outbox(asyncio.get_running_loop())
    return config


async def _measure(case: Case, counter: Counter) -> None:
    if case.step is not None:
        _count_calls(case.step, counter)
    drive = Drive(case)
    await drive.warm()
    heads = drive.prepared(case.turns)
    if case.program == "feed":
        await _measure_feed(drive, heads, case, counter)
        return
    counter.start()
    if case.step is None:
        counter.toggle()
    for turn in heads:
        await drive.turn(turn)
    if case.step is None:
        counter.toggle()
    counter.stop(case.name)


async def _measure_feed(drive: Drive, heads: list[list[bytes]], case: Case, counter: Counter) -> None:
    """What a reader costs for each exchange that has come since it last looked."""
    assert drive.config is not None
    app: Any = drive.config.app
    after = await _read_feed(app.logs.main.feed, 0)
    for turn in heads:
        await drive.turn(turn)
    counter.start()
    if case.step is None:
        counter.toggle()
    await _read_feed(app.logs.main.feed, after)
    if case.step is None:
        counter.toggle()
    counter.stop(case.name)


async def _read_feed(feed: Feed, after: int) -> int:
    """Read what there is behind a seq, and give the seq up to which there is something."""
    head = (await feed.store.status()).head
    async with aclosing(feed.read(after)) as batches:
        async for batch in batches:
            if batch.through >= head:
                break
    return head


def _count_calls(step: str, counter: Counter) -> None:
    """From now on, to the end of this process, the calls of the function are counted."""
    module_name, _, names = step.partition(":")
    owner: Any = importlib.import_module(module_name)
    *classes, name = names.split(".")
    for class_name in classes:
        owner = getattr(owner, class_name)
    if hasattr(owner, name):
        setattr(owner, name, counter.counted(getattr(owner, name)))


def nothing() -> None:
    """Its calls cost what counting a call costs."""


async def _measure_nothing(counter: Counter) -> None:
    counted = counter.counted(nothing)
    counter.start()
    for _ in range(CONNECTIONS * STEP_TURNS):
        counted()
    counter.stop(NOTHING.name)


def main(library: str, loop: str, cases: str) -> None:
    # What goes by the clock, which runs fifty times slower here.
    for module, name in ((recorder, "SWEEP_S"), (feed, "BATCH_S"), (turns, "TURN_S")):
        setattr(module, name, 3600.0)
    counter = Counter(Path(library))
    _apart(partial(_measure_nothing, counter), loop)
    for case in msgspec.json.decode(cases, type=list[Case]):
        _apart(partial(_measure, case, counter), loop)


def _apart(measure: Callable[[], Coroutine[Any, Any, None]], loop: str) -> None:
    """In a process of its own: callgrind counts right once. What is imported it need not import again."""
    child = os.fork()
    if child:
        if os.waitpid(child, 0)[1]:
            sys.exit(1)
        return
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # as `echoscope serve` does
    factory = uvloop.new_event_loop if loop == "uvloop" else asyncio.new_event_loop
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(measure())
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])

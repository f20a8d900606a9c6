"""The fixture `echoscope`: what a test sends to, what it gets, and what it may ask afterwards.

What a test asks it learns from the client, which is imported then: a server alone starts in a tenth of a second.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pytest

from ..base.settings import load
from ..log.log import Log
from ..main import Echoscope
from .expectation import Expectation, failure, safe_lines
from .responses import NOT_GIVEN, Responding, Response, response
from .serving import WAIT_S as CALL_S
from .serving import Served, serving

if TYPE_CHECKING:
    from ..client import Client, Exchange, Place

    After = Exchange | Place | int | None
    """What comes next after an exchange, a place of the client, or a seq; None for all of the test."""

WAIT_S: Final = 5.0
"""How long `wait` waits unless told otherwise."""

RECEIVE_S: Final = 1.0
"""How long `assert_received` waits for what is on its way."""

MAX_EXCHANGES: Final = 10_000
PAGE: Final = 1_000


class Receiver(Served):
    """A server for one test after the other. Each begins with no exchanges and no answers of its own."""

    def __init__(self, served: Served, log: Log, responding: Responding) -> None:
        super().__init__(served.protocol, served.host, served.port, served.loop)
        self._log = log
        self._responding = responding
        self._seq = 0

    def begin(self) -> None:
        """Forget what the test before has sent and said."""
        self._responding.forget()
        self._seq = asyncio.run_coroutine_threadsafe(self._log.clear(), self.loop).result(CALL_S)

    @cached_property
    def client(self) -> Client:
        """A client of this server, for what it is not told by the methods here."""
        try:
            from ..client import Client  # and httpx, which takes longer than to start the server
        except ModuleNotFoundError as error:
            pytest.fail(f"this needs the package {error.name}: pip install 'echoscope[pytest]'", pytrace=False)
        return Client(self.url, token="")

    def close(self) -> None:
        if "client" in vars(self):
            self.client.close()

    @property
    def exchanges(self) -> list[Exchange]:
        """What came since the test began, in its order. Secrets are in it."""
        page = self.client.list(limit=PAGE, after=self._seq)
        ids = [one.id for one in page.items]
        while page.next is not None:
            page = self.client.list(limit=PAGE, before=page.next, after=self._seq)
            ids += [one.id for one in page.items]
        return [self.client.get(exchange_id) for exchange_id in reversed(ids)]

    def respond(
        self,
        path: str = "*",
        *,
        method: str | None = None,
        status: int = 200,
        json: Any = NOT_GIVEN,
        text: str | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
        delay_s: float = 0.0,
        times: int | None = None,
    ) -> Response:
        """Answer requests for `path` (which may hold `*`) so, for the rest of the test or `times` times.

        The first answer that was asked for, that matches and is not used up, is given; so two lines make a server that
        fails once: `respond(status=503, times=1)` and `respond(json={"ok": True})`.
        """
        made = response(
            path,
            method=method,
            status=status,
            json=json,
            text=text,
            content=content,
            headers=headers,
            delay_s=delay_s,
            times=times,
        )
        self._responding.add(made)
        return made

    def wait(self, q: str = "", *, after: After = None, timeout_s: float = WAIT_S) -> Exchange:
        """The first exchange of this test, or after another one, that the search `q` finds, as soon as it is there."""
        __tracebackhide__ = True
        client = self.client
        from ..client import NothingCame

        seq = after if isinstance(after, int) else self._seq if after is None else after.seq
        try:
            return client.wait(q, after=seq, timeout_s=timeout_s).exchange
        except NothingCame as nothing:
            came = ", ".join(f"{one.method or 'WEBSOCKET'} {one.path}" for one in self.exchanges)
            raise AssertionError(safe_lines(f"{nothing} Came: {came or 'nothing'}")) from None

    async def wait_async(self, q: str = "", *, after: After = None, timeout_s: float = WAIT_S) -> Exchange:
        """The same for a test that runs in an event loop, which goes on meanwhile."""
        __tracebackhide__ = True
        return await asyncio.to_thread(self.wait, q, after=after, timeout_s=timeout_s)

    def assert_received(
        self,
        method: str | None = None,
        path: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        json: Any = NOT_GIVEN,
        content: bytes | None = None,
        count: int | None = None,
        timeout_s: float = RECEIVE_S,
    ) -> Exchange:
        """That a request of this kind came, or exactly `count`; gives the first.

        What is on its way has `timeout_s` to come. `path` may hold `*`; of `headers` and `query` only what is named is
        looked at. The failure says which request came closest, and in what it differs.
        """
        __tracebackhide__ = True
        client = self.client
        from ..client import NothingCame

        if count is not None and count < 1:
            raise ValueError(f"count must be 1 or more, not {count}.")
        expectation = Expectation(method and method.upper(), path, headers, query, json, content)
        ends_at = time.monotonic() + timeout_s
        seq = self._seq
        while True:
            came = self.exchanges
            matches = [exchange for exchange in came if not expectation.differences(exchange)]
            if matches and (count is None or len(matches) == count):
                return matches[0]
            left_s = ends_at - time.monotonic()
            if left_s <= 0 or (count is not None and len(matches) > count):
                raise AssertionError(failure(expectation, came, len(matches), count))
            seq = max((exchange.seq for exchange in came), default=seq)
            with suppress(NothingCame):
                client.wait(after=seq, timeout_s=left_s)

    async def assert_received_async(self, *args: Any, **kwargs: Any) -> Exchange:
        """The same for a test that runs in an event loop, which goes on meanwhile."""
        __tracebackhide__ = True
        return await asyncio.to_thread(self.assert_received, *args, **kwargs)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """The fixture's server. Every request goes through ASGI, where answers can be put in front of it."""
    app = Echoscope(load({}, port=0, asgi_only=True, max_exchanges=MAX_EXCHANGES, kept_body_bytes=1 << 20))
    responding = Responding(app.recorder.app)
    app.recorder.app = responding
    with (
        serving(app, on_stopping=app.logs.end_feeds, **app.server_options) as served,
        closing(Receiver(served, app.logs.main, responding)) as receiver,
    ):
        yield receiver

"""One exchange with an own app: beside the messages, what was seen inside it.

Route, log records, the time that the app waited for its client, and what a second Echoscope nearer to the app saw. Each
is bounded, and made into data when the exchange is kept.
"""

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from time import perf_counter_ns
from typing import Any

from msgspec.structs import replace
from starlette.types import Message, Receive, Scope, Send

from ...capture.recording import Keeper, Recording
from ...exchange.model import MAX_LOG_LINES, Exchange, Inside, LogLine, RouteMatch, State
from .logs import log_line

RouteOf = Callable[[Any], RouteMatch | None]
"""Finds the route in what an app was called with: a scope, or an environ."""


class AppRecording(Recording):
    """The `receive` and `send` of an own app. `called_with`: its scope or environ, into which frameworks write what
    they have matched; `route_of` reads it there, unless the framework told `route`."""

    __slots__ = (
        "_duration_ns", "_has_news", "_inner", "_is_request_read", "_logged_error", "_logs", "_logs_omitted",
        "_waited_ns", "_waits", "_waits_since_ns", "called_with", "route", "route_of",
    )  # fmt: skip

    def __init__(self, exchange_id: str, scope: Scope, receive: Receive, send: Send, keeper: Keeper) -> None:
        super().__init__(exchange_id, scope, receive, send, keeper)
        self.called_with: Any = None
        self.route: RouteMatch | None = None
        self.route_of: RouteOf | None = None
        self._inner: AppRecording | None = None
        self._logs: deque[LogLine] | None = None
        self._logs_omitted = 0
        self._logged_error: str | None = None
        self._has_news = False
        self._duration_ns: int | None = None
        self._is_request_read = False
        self._waits = self._waited_ns = self._waits_since_ns = 0

    # Waiting for the client. An app may wait for several things at once, so a clock runs while it waits for any.

    async def receive(self) -> Message:
        """Who has the whole request waits here for nothing but the client's leaving, often beside other work."""
        if self._is_request_read:
            return await super().receive()
        self.begin_waiting()
        try:
            message = await super().receive()
        finally:
            self.end_waiting()
        self._is_request_read = message["type"] == "http.request" and not message.get("more_body")
        return message

    def _send_on(self, message: Message) -> Coroutine[Any, Any, None]:
        return super()._send_on(message) if self.is_finished else self._send_and_wait(message)

    async def _send_and_wait(self, message: Message) -> None:
        self.begin_waiting()
        try:
            await self._send(message)
        except OSError:
            self.has_lost_client = True
            raise
        finally:
            self.end_waiting()

    def begin_waiting(self) -> None:
        if not self._waits:
            self._waits_since_ns = perf_counter_ns()
        self._waits += 1

    def end_waiting(self) -> None:
        if self._waits == 1:
            self._waited_ns += perf_counter_ns() - self._waits_since_ns
        self._waits -= 1

    # What is seen inside

    def note_log(self, record: logging.LogRecord) -> None:
        line = log_line(record, perf_counter_ns() - self._start_ns)
        if line.error is not None and record.levelno >= logging.ERROR:
            self._logged_error = line.error
        if self._logs is None:
            self._logs = deque(maxlen=MAX_LOG_LINES)
        self._logs_omitted += len(self._logs) == MAX_LOG_LINES
        self._logs.append(line)
        self._has_news = True

    def within(self, scope: Scope, receive: Receive, send: Send) -> "AppRecording":
        """The recording of the same exchange farther in. It goes where this one goes; of several that follow each other
        the last one counts: middleware may try again."""
        if self._inner is not None and not self._inner.is_finished:
            return self._inner.within(scope, receive, send)
        self._inner = _InnerRecording(self.id, scope, receive, send, self._keeper)
        return self._inner

    @property
    def has_news(self) -> bool:
        """Whether the app has logged something after its answer."""
        return self._has_news and self.is_finished

    async def keep_news(self) -> None:
        """Keep the finished exchange once more: what the app did after its answer is no part of the time that the
        exchange took."""
        await self.finish("error" if self._error else self._state)

    # What becomes of it

    def _keep_finished(self) -> Awaitable[bool] | None:
        """Many frameworks answer for an error and only log it."""
        has_failed = self.status is None or self.status >= 500 or self.status == 101
        if self._error is None and self._logged_error is not None and has_failed:
            self._error = self._logged_error
        return super()._keep_finished()

    def _exchange(self, state: State, inside: Inside | None = None) -> Exchange:
        self._has_news = False
        waited_ns = self._waited_ns + (perf_counter_ns() - self._waits_since_ns if self._waits else 0)
        route = self.route
        if route is None and self.route_of is not None:
            route = self.route_of(self.called_with)
        logs = [] if self._logs is None else list(self._logs)
        inner = None if self._inner is None else self._inner.as_it_is()
        exchange = super()._exchange(state, Inside(waited_ns, route, logs, self._logs_omitted, inner))
        if self._duration_ns is not None:
            return replace(exchange, duration_ns=self._duration_ns)
        if self.is_finished:
            self._duration_ns = exchange.duration_ns
        return exchange

    def as_it_is(self) -> Exchange:
        """The exchange, finished or not."""
        state = self._state if self.is_finished else "open"
        return self._exchange("error" if self._error else state)


class _InnerRecording(AppRecording):
    """Keep this exchange as a part of the outer one."""

    __slots__ = ()

    def _keep_finished(self) -> None:
        self._keeper.budget.give_back(self._taken_bytes)
        self._taken_bytes = 0

"""The record of a plain request through ASGI: one without a body, whose whole answer is known before any of it is sent.

It is what a `Recording` would have made of the same three messages, without a wrapper around each."""

from time import perf_counter_ns, time_ns
from typing import Final

from starlette.types import Message, Scope

from ..exchange.facts import NO_FACTS
from ..exchange.model import Event, Exchange, State
from ..http.forwarding import Proxies
from .recording import snapshot, traceback_text

EMPTY: Final[Message] = {"type": "http.request", "body": b"", "more_body": False}


def now() -> tuple[int, int]:
    """By the wall clock, since 1970, and by a monotonic one, in nanoseconds."""
    return time_ns(), perf_counter_ns()


class PlainRecord:
    """`began`: when the request came. `received`, `start` and `body` are noted when they pass; `exchange` is what has
    passed so far. `proxies`: those that are believed, where any are named."""

    __slots__ = ("_events", "_scope", "_sent_bytes", "_start_ns", "_started_ns", "_status")

    def __init__(self, began: tuple[int, int], scope: Scope, proxies: Proxies | None) -> None:
        self._started_ns, self._start_ns = began
        self._scope = snapshot(scope, proxies)
        self._events: list[Event] = []
        self._status: int | None = None
        self._sent_bytes = 0

    def received(self, message: Message) -> None:
        self._events.append(Event("receive", perf_counter_ns() - self._start_ns, 0, {**message}))

    def start(self, message: Message) -> None:
        noted = {**message, "headers": tuple(message["headers"])}
        self._status = message["status"]
        self._events.append(Event("send", perf_counter_ns() - self._start_ns, 0, noted))

    def body(self, message: Message) -> None:
        size = self._sent_bytes = len(message["body"])
        self._events.append(Event("send", perf_counter_ns() - self._start_ns, size, {**message}))

    def exchange(self, exchange_id: str, error: BaseException | None = None) -> Exchange:
        """`error`: what handing on the last message came to, where it failed."""
        state: State = "done" if error is None else "disconnected" if _is_disconnect(error) else "error"
        return Exchange(
            exchange_id,
            state,
            self._started_ns,
            perf_counter_ns() - self._start_ns,
            self._status,
            0,
            self._sent_bytes,
            False,
            NO_FACTS,
            self._scope,
            None,
            traceback_text(error) if error is not None and state == "error" else None,
            0,
            self._events,
        )


def _is_disconnect(error: BaseException) -> bool:
    """Whether an error of `send` says that the client has left or that the request was given up, and not that something
    failed."""
    return isinstance(error, OSError) or not isinstance(error, Exception)

"""Reading the feed: where a reader stands, and what is told of it. No network here; the clients bring the messages."""

import time
from collections.abc import Callable, Iterator
from typing import Any, Final, cast

import msgspec
from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException

from .address import Address, fault_words
from .calls import Start, where
from .errors import EchoscopeError, Full, NotEchoscope, Unreachable, refusal, unreadable
from .shapes import Bye, Cleared, Deleted, Exchanges, Gap, Hello, Message, News, Place, decode

PAUSES_S: Final = (0.0, 0.25, 0.5, 1.0, 2.0)
"""How long is waited before each attempt to connect again; the last for all that follow."""

RETRY_S: Final = 60.0
"""How long a server may be away, by default, before its reader gives up."""


class Following:
    """A reader's place, kept message by message, so that a connection that drops is resumed without loss or repeat.

    `place`: after what was given last; None before the first `hello`, unless the reader began at one.
    """

    def __init__(self, address: Address, q: str, start: Start, *, reveal: bool) -> None:
        self._address = address
        self._params: dict[str, Any] = {"q": q, "reveal": int(reveal)}
        self._start = start
        self._oldest = 1
        self.place = start if isinstance(start, Place) else None
        self.has_begun = False

    @property
    def url(self) -> str:
        return self._address.feed_url(self._params | where(self.place or self._start))

    def take(self, text: str | bytes) -> Iterator[News]:
        """What one message brings, in order; `place` moves along with each."""
        try:
            message = decode(text, cast(type[Message], Message))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise unreadable(self._address.url, error) from error
        match message:
            case Hello():
                self._begin(message)
            case Exchanges():
                for summary in message.items:
                    self._move(summary.seq)
                    yield summary
                if message.through is not None:
                    self._move(message.through)
            case Gap():
                self._move(self._oldest - 1 if message.last is None else message.last)
                yield message
            case Deleted() | Cleared():
                self._move(message.seq)
                yield message
            case Bye():
                self._move(message.after)

    @property
    def ended(self) -> str:
        """What to say of a feed that was closed as is proper: the server stops, or starts again."""
        return f"The Echoscope at {self._address.url} has closed the feed."

    def _begin(self, hello: Hello) -> None:
        self.has_begun = True
        self._oldest = hello.oldest
        start = self.place.seq if self.place else self._start
        self.place = Place(hello.epoch, start if isinstance(start, int) else hello.head)

    def _move(self, seq: int) -> None:
        if self.place is None:
            raise NotEchoscope(
                f"What answers at {self._address.url} is not an Echoscope: its feed begins without hello."
            )
        self.place = Place(self.place.epoch, seq)

    def fault(self, error: Exception) -> EchoscopeError:
        """What became of a connection, as an error of this client."""
        if isinstance(error, InvalidStatus):
            return refusal(error.response.status_code, bytes(error.response.body or b""), self._address.url)
        if isinstance(error, InvalidHandshake):
            return NotEchoscope(f"What answers at {self._address.url} is not an Echoscope: {error}.")
        return Unreachable(f"The Echoscope at {self._address.url} cannot be reached: {fault_words(error)}.")


FAULTS: Final = (OSError, EOFError, WebSocketException)
"""What a connection of websockets raises. TimeoutError is an OSError."""


class Patience:
    """How often and how long a reader that has lost its server tries to have it back.

    One that has never had it gives up at once, and so does one that the server refuses for another reason than that it
    is full.
    """

    def __init__(self, retry_s: float) -> None:
        self._retry_s = retry_s
        self._lost_at: float | None = None
        self._attempts = 0

    def found(self) -> None:
        self._lost_at = None
        self._attempts = 0

    def pause_s(self, fault: EchoscopeError, now_s: float, *, has_begun: bool) -> float:
        """How long to wait before the next attempt. Raises the fault when there should be none."""
        if self._lost_at is None:
            self._lost_at = now_s
        is_passing = isinstance(fault, Unreachable | Full)
        if not has_begun or not is_passing or now_s - self._lost_at >= self._retry_s:
            raise fault
        pause_s = PAUSES_S[min(self._attempts, len(PAUSES_S) - 1)]
        self._attempts += 1
        return pause_s


class Reader:
    """What `Feed` and `AsyncFeed` have in common: all but the connection. `place`: after what was given last."""

    def __init__(
        self,
        address: Address,
        following: Following,
        retry_s: float,
        on_drop: Callable[[EchoscopeError], None] | None,
    ) -> None:
        self._options = address.feed_options
        self._following = following
        self._patience = Patience(retry_s)
        self._on_drop = on_drop

    @property
    def place(self) -> Place | None:
        return self._following.place

    def _take(self, message: str | bytes) -> Iterator[News]:
        """What one message brings: the server is there."""
        self._patience.found()
        return self._following.take(message)

    def _pause_s(self, error: Exception | None) -> float:
        """How long to wait after a connection that broke by this error, or was closed. Raises what became of it, when
        there should be no other."""
        fault = Unreachable(self._following.ended) if error is None else self._following.fault(error)
        pause_s = self._patience.pause_s(fault, time.monotonic(), has_begun=self._following.has_begun)
        if self._on_drop is not None:
            self._on_drop(fault)
        return pause_s

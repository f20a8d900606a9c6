"""What connections have to send, sent together at the end of a turn of the event loop.

Who waits for an answer on the same machine, a client or a proxy, is woken by it, and waking costs the kernel more than
sending. Answers that follow one another closely wake it once.
"""

from asyncio import AbstractEventLoop
from typing import Final, Protocol

MOST_UNSENT_BYTES: Final = 64 << 10
"""A connection with more does not wait: nothing else would stop an app that sends and sends and waits for nothing."""


class Sender(Protocol):
    def flush(self) -> None:
        """Send what there is, if anything still is."""


class Outbox:
    """Of one event loop."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._senders: dict[Sender, None] = {}

    def add(self, sender: Sender) -> None:
        """Flush it at the end of this turn, once."""
        if not self._senders:
            self._loop.call_soon(self._flush)
        self._senders[sender] = None

    def _flush(self) -> None:
        senders, self._senders = iter(self._senders), {}
        try:
            for sender in senders:
                sender.flush()
        finally:  # where one has failed, the others still have their turn
            for sender in senders:
                self.add(sender)

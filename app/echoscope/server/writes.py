"""Unsent bytes that lie still: the one wait that no protocol callback ends, not even after a close."""

from asyncio import AbstractEventLoop, TimerHandle, Transport


class WriteGuard:
    """Aborts a transport whose write buffer has not shrunk for `timeout_s`.

    To be started when the buffer can only shrink: when the transport has asked for a pause, or is closing.
    """

    __slots__ = ("_loop", "_timeout_s", "_timer", "_transport", "_unsent")

    def __init__(self, loop: AbstractEventLoop, transport: Transport, timeout_s: float) -> None:
        self._loop = loop
        self._transport = transport
        self._timeout_s = timeout_s
        self._timer: TimerHandle | None = None
        self._unsent = 0

    def start(self) -> None:
        """No second time while it runs."""
        if self._timer is None:
            self._unsent = self._transport.get_write_buffer_size()
            self._timer = self._loop.call_later(self._timeout_s, self._check)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        self._timer = None
        if self._transport.get_write_buffer_size() < self._unsent:
            self.start()
        else:
            self._transport.abort()

"""What the client that waits and the one that awaits have in common: whom they ask, and what an answer says. No network
here; each of them sends, receives and sleeps in its own way."""

import time
from typing import Any, Final, Self, TypeVar

import httpx
import msgspec

from . import calls
from .address import CONNECT_S, Address, Verify, fault_words
from .calls import Call, Start
from .errors import NothingCame, Unreachable, refusal, unreadable
from .shapes import Awaited

T = TypeVar("T")

IMPORT_S: Final = 600.0
"""How long the server may take for a file: it reads some 20 MiB a second."""


class Asking:
    """A client but for its network."""

    def __init__(
        self, url: str | None = None, token: str | None = None, *, bin: str | None = None, verify: Verify = True
    ) -> None:
        self._address = Address(url, token, bin=bin, verify=verify)

    @property
    def url(self) -> str:
        return self._address.url

    def at_bin(self, name: str, key: str | None = None) -> Self:
        """A client for the log of a bin of this server, with its `key`; without one, with this client's token."""
        address = self._address
        return type(self)(address.site, address.token if key is None else key, bin=name, verify=address.verify)

    def _request(self, call: Call[T]) -> dict[str, Any]:
        """What a client of httpx sends."""
        return {
            "method": call.method,
            "url": self._address.url_of(call.path, is_of_site=call.is_of_site),
            "params": call.params,
            "content": call.content,
            "timeout": httpx.Timeout(CONNECT_S, read=CONNECT_S + call.takes_s),
        }

    def _checked(self, response: httpx.Response) -> httpx.Response:
        """An answer of success. Raises what any other one says."""
        if not response.is_success:
            raise refusal(response.status_code, response.content, self.url)
        return response

    def _read(self, call: Call[T], response: httpx.Response) -> T:
        try:
            return call.read(response.content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise unreadable(self.url, error) from error

    def _unreachable(self, error: httpx.TransportError) -> Unreachable:
        return Unreachable(f"The Echoscope at {self.url} cannot be reached: {fault_words(error)}.")


class Waiting:
    """A wait for an exchange, which is one request or, where it is long, several."""

    def __init__(self, q: str, start: Start, timeout_s: float, url: str, *, reveal: bool) -> None:
        self._q = q
        self._start = start
        self._timeout_s = timeout_s
        self._url = url
        self._reveal = reveal
        self._ends_at = time.monotonic() + timeout_s
        self._left_s = timeout_s
        self._missed: int | None = 0

    def call(self) -> Call[None]:
        """The next request, whose answer `take` reads."""
        self._left_s = self._ends_at - time.monotonic()
        return calls.wait(self._q, self._start, self._left_s, reveal=self._reveal)

    def take(self, response: httpx.Response) -> Awaited | None:
        """The exchange; None for another request. Raises `NothingCame` when the time is over, and `NotEchoscope` for
        what is no answer to a wait."""
        answer = calls.read_wait(response.headers, response.content, self._missed, self._url)
        self._start, self._missed = answer.place, answer.missed
        if answer.awaited is None and self._left_s <= calls.MAX_WAIT_S:
            raise NothingCame(self._q, self._timeout_s, answer.place)
        return answer.awaited

"""The client that waits."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from websockets.sync.client import connect

from . import bins, calls
from .address import Verify
from .asking import IMPORT_S, Asking, Waiting
from .bins import Answers, Bin, BinList, NewBin, Preset, Preview, Scheme, Signature
from .calls import Call, Start
from .errors import EchoscopeError
from .following import FAULTS, RETRY_S, Following, Reader
from .shapes import Awaited, Exchange, Format, Imported, Info, Marks, News, Page, Pins, Place

T = TypeVar("T")


class Client(Asking):
    """One Echoscope, at `url` (or `ECHOSCOPE_URL`), asked with `token` (or `ECHOSCOPE_TOKEN`).

    `bin`: ask the log of this bin, with its key as the token. `verify`: how the certificate is checked, a context of
    `ssl` among the ways. Every method raises an `EchoscopeError`. Secrets are masked unless `reveal`; in one exchange
    that is asked for they are not.
    """

    def __init__(
        self, url: str | None = None, token: str | None = None, *, bin: str | None = None, verify: Verify = True
    ) -> None:
        super().__init__(url, token, bin=bin, verify=verify)
        self._http = httpx.Client(**self._address.http_options)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # Reading

    def info(self) -> Info:
        return self._do(calls.info())

    def place(self) -> Place:
        """Where the log stands now: what comes later, comes after it."""
        return calls.place_of(self.info())

    def list(
        self, q: str = "", *, limit: int = 50, before: int | None = None, after: int = 0, reveal: bool = False
    ) -> Page:
        """The exchanges that the search `q` finds, the newest first."""
        return self._do(calls.page(q, limit, before, after, reveal=reveal))

    def get(self, exchange_id: str, *, reveal: bool = True) -> Exchange:
        """One exchange, whole. Raises `NotKept`."""
        return self._do(calls.get(exchange_id, reveal=reveal))

    def wait(self, q: str = "", *, after: Start = None, timeout_s: float = 30, reveal: bool = True) -> Awaited:
        """The first exchange after a place that `q` finds, or that comes from now on. Raises `NothingCame`.

        An exchange that stays open matches as soon as it is in the log, and again with its news; `-state:open` in `q`
        waits for its end.
        """
        waiting = Waiting(q, after, timeout_s, self.url, reveal=reveal)
        while True:
            if awaited := waiting.take(self._send(waiting.call())):
                return awaited

    def follow(
        self,
        q: str = "",
        *,
        after: Start = None,
        reveal: bool = False,
        retry_s: float = RETRY_S,
        on_drop: Callable[[EchoscopeError], None] | None = None,
    ) -> "Feed":
        """What comes after a place, or from now on, as an iterator without end (`Feed`).

        A connection that drops is resumed where it was, without loss or repeat, unless the server is away for `retry_s`
        seconds; `on_drop` is told of each drop.
        """
        return Feed(self._address, Following(self._address, q, after, reveal=reveal), retry_s, on_drop)

    def code(self, exchange_id: str, language: str, *, reveal: bool = False) -> bytes:
        """Code that sends the request again, in a language such as `curl`."""
        return self._do(calls.code(exchange_id, language, reveal=reveal))

    # Changing

    def delete(self, exchange_id: str) -> None:
        """Delete an exchange with its pin and note. Raises `NotKept`."""
        self._do(calls.delete(exchange_id))

    def clear(self) -> None:
        """Delete all exchanges but the pinned ones."""
        self._do(calls.clear())

    def pin(self, exchange_id: str) -> Marks:
        """Keep an exchange when the log drops it. Raises `NotKept`, and `Full` when there is no room for one more."""
        return self._do(calls.pin(exchange_id))

    def unpin(self, exchange_id: str) -> Marks:
        return self._do(calls.unpin(exchange_id))

    def note(self, exchange_id: str, text: str) -> Marks:
        """Write on an exchange; an empty text takes the note away."""
        return self._do(calls.note(exchange_id, text))

    def pins(self, *, reveal: bool = False) -> Pins:
        return self._do(calls.pins(reveal=reveal))

    # Files

    def export(
        self,
        format: Format = "jsonl",
        *,
        q: str = "",
        ids: Iterable[str] | None = None,
        limit: int | None = None,
        reveal: bool = False,
    ) -> Iterator[bytes]:
        """A file of the exchanges with these ids, or of those that `q` finds, the oldest first, piece by piece."""
        call = calls.export(format, q, ids, limit, reveal=reveal)
        try:
            with self._http.stream(**self._request(call) | {"timeout": None}) as response:
                if not response.is_success:
                    response.read()
                yield from self._checked(response).iter_bytes()
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def import_file(self, content: bytes) -> Imported:
        """The exchanges of a HAR or JSON Lines file into the log; what is there already is not doubled."""
        return self._do(calls.import_file(content, IMPORT_S))

    # Bins

    def bins(self) -> BinList:
        """All bins: the operator's to see."""
        return self._do(bins.listed())

    def create_bin(self, name: str | None = None, *, key: str | None = None) -> NewBin:
        """A new bin, with its key, told this once. Raises `Full` when there are too many, or one of this name."""
        return self._do(bins.create(name, key))

    def bin(self, name: str) -> Bin:
        """Raises `NotKept` when there is no such bin, or this client may not see it."""
        return self._do(bins.one(name))

    def delete_bin(self, name: str) -> None:
        """A bin with all that it has kept. Raises `NotKept`."""
        self._do(bins.delete(name))

    def renew_key(self, name: str) -> str:
        """Another key for a bin; the old one opens nothing any more."""
        return self._do(bins.renew_key(name))

    def answers(self, name: str) -> dict[str, Any]:
        """What a bin answers, as JSON has it; empty for one that echoes."""
        return self._do(bins.answers(name))

    def set_answers(self, name: str, answers: Answers | dict[str, Any]) -> dict[str, Any]:
        """All answers and rules of a bin, in the place of those before. `Refused` says where a fault is."""
        return self._do(bins.set_answers(name, answers))

    def preview(self, name: str, answers: Answers | dict[str, Any], exchange_id: str, *, number: int = 1) -> Preview:
        """What a bin would answer to an exchange that it keeps, were it the one with this number; nothing is set."""
        return self._do(bins.preview(name, answers, exchange_id, number))

    def forget_answers(self, name: str) -> None:
        """The bin echoes again."""
        self._do(bins.forget_answers(name))

    def presets(self) -> Sequence[Preset]:
        """Answers that are ready: handshakes of senders, and faults."""
        return self._do(bins.presets())

    def signature(self, name: str) -> Signature | None:
        """How the sender of a bin signs; None where that is not set."""
        return self._do(bins.signature(name))

    def set_signature(self, name: str, scheme: str, secret: str, options: dict[str, str] | None = None) -> Signature:
        """The scheme and the secret by which the exchanges of a bin are checked; nothing tells the secret again."""
        return self._do(bins.set_signature(name, scheme, secret, options))

    def forget_signature(self, name: str) -> None:
        self._do(bins.forget_signature(name))

    def signature_schemes(self) -> Sequence[Scheme]:
        """The schemes that can be checked."""
        return self._do(bins.schemes())

    # Asking

    def _do(self, call: Call[T]) -> T:
        return self._read(call, self._send(call))

    def _send(self, call: Call[T]) -> httpx.Response:
        try:
            return self._checked(self._http.request(**self._request(call)))
        except httpx.TransportError as error:
            raise self._unreachable(error) from error


class Feed(Reader):
    """An iterator over the news of a log: summaries of exchanges, gaps, deletions. An exchange comes again as long as
    there is news of it, and the newest summary of an id counts. `place`: after what was given last."""

    def __iter__(self) -> Iterator[News]:
        while True:
            error: Exception | None = None
            try:
                with connect(self._following.url, **self._options) as websocket:
                    for message in websocket:
                        yield from self._take(message)
            except FAULTS as fault:
                error = fault
            time.sleep(self._pause_s(error))

"""One call of a WSGI app, handed on as it is and told to a recording as if it were ASGI's messages.

The recording waits for nothing here: what it awaits is there at once, since the server's thread reads and writes.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from starlette.types import Message

from ..assembly.ownapp.logs import listening
from ..assembly.ownapp.recording import AppRecording
from .bridge import Source, StartResponse

WsgiApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
Headers = list[tuple[str, str]]

T = TypeVar("T")


class Input:
    """`wsgi.input`; its `receive` gives what the app reads as the messages of a body of `length` bytes.

    Where nobody says how long a body is, its end shows by a read that gives nothing.
    """

    def __init__(self, source: Source, length: int | None) -> None:
        self._source = source
        self._left = length
        self._read: Callable[[], bytes] = bytes
        self.recording: AppRecording | None = None

    async def receive(self) -> Message:
        body = self._read()
        if self._left is not None:
            self._left -= len(body)
            return {"type": "http.request", "body": body, "more_body": self._left > 0}
        return {"type": "http.request", "body": body, "more_body": bool(body)}

    def read(self, *size: int) -> bytes:
        return self._noted(lambda: self._source.read(*size))

    def readline(self, *size: int) -> bytes:
        return self._noted(lambda: self._source.readline(*size))

    def readlines(self, hint: int = -1) -> list[bytes]:
        """All of them: a server is free to ignore the hint (PEP 3333, "Input and Error Streams")."""
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_source"], name)

    def _noted(self, read: Callable[[], bytes]) -> bytes:
        if self.recording is None or self._left == 0:
            return read()
        self._read = read
        body: bytes = run(self.recording.receive())["body"]
        return body


class Passing:
    """One call, as `recording` notes it. `holds_context`: whether what the app logs meanwhile is for this recording."""

    def __init__(self, recording: AppRecording, *, holds_context: bool) -> None:
        self.recording = recording
        self._holds_context = holds_context
        self._start: tuple[str, Headers] | None = None
        self._left: int | None = None

    def call(self, app: WsgiApp, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Headers, *exc_info: Any) -> Callable[[bytes], object]:
            write: Any = start_response(status, headers, *exc_info)
            self._start = status, headers

            def write_and_note(data: bytes) -> object:
                self.note(data)
                return write(data)

            return write_and_note

        with self.noting_failure():
            result = app(environ, start)
        if isinstance(result, list | tuple):  # servers count them, and send the length of one
            self._finish_with(result)
            return result
        return _Answer(result, self)

    @contextmanager
    def noting_failure(self) -> Iterator[None]:
        """Entered around everything that the app does."""
        token = listening.set(self.recording) if self._holds_context else None
        try:
            yield
        except Exception as error:
            run(self.recording.fail(error))
            raise
        finally:
            if token is not None:
                listening.reset(token)

    def note(self, body: bytes, *, is_last: bool = False) -> None:
        """A piece of the answer. An answer that has all its bytes is complete, whether or not the app says so."""
        if self._start is not None:
            status, headers = self._start
            self._start, self._left = None, _length(headers)
            pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
            run(self.recording.send({"type": "http.response.start", "status": int(status[:3]), "headers": pairs}))
        if self._left is not None:
            self._left -= len(body)
            is_last = is_last or (self._left <= 0 and bool(body))
        if body or is_last:
            run(self.recording.send({"type": "http.response.body", "body": body, "more_body": not is_last}))

    def end(self) -> None:
        """The server has closed the answer."""
        if not self.recording.is_finished:
            run(self.recording.finish("disconnected"))
        if self.recording.has_news:
            run(self.recording.keep_news())

    def _finish_with(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            self.note(piece)
        if not self.recording.is_finished:
            self.note(b"", is_last=True)
        self.end()


class _Answer:
    """The rest of an answer, as the server iterates over it."""

    def __init__(self, result: Iterable[bytes], passing: Passing) -> None:
        self._result = result
        self._iterator: Iterator[bytes] | None = None
        self._passing = passing
        self._is_handed_over = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        passing = self._passing
        self._go_on()
        with passing.noting_failure():
            if self._iterator is None:
                self._iterator = iter(self._result)
            piece = next(self._iterator, None)
        if piece is None:
            if not passing.recording.is_finished:
                passing.note(b"", is_last=True)
            raise StopIteration
        passing.note(piece)
        passing.recording.begin_waiting()
        self._is_handed_over = True
        return piece

    def _go_on(self) -> None:
        """The server has written what it was given, and asks for more."""
        if self._is_handed_over:
            self._passing.recording.end_waiting()
            self._is_handed_over = False

    def close(self) -> None:
        self._go_on()
        close: Callable[[], None] | None = getattr(self._result, "close", None)
        try:
            if close is not None:
                with self._passing.noting_failure():
                    close()
        finally:
            self._passing.end()


async def take(message: Message) -> None:
    """The server's `send`: it has its own way to the bytes."""


def run(awaitable: Awaitable[T]) -> T:
    """The result of a coroutine that waits for nothing."""
    try:
        awaitable.__await__().send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise RuntimeError("it waits for something")


def _length(headers: Headers) -> int | None:
    length = next((value for name, value in headers if name.lower() == "content-length"), "")
    return int(length) if length.isascii() and length.isdigit() else None

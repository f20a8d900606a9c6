"""A client of HTTP/2 that shows frames as they come, and sends what no honest client would.

The state machine is h2's, with its own checks of what is sent switched off. It takes a GOAWAY for the end of all, which
it is not (RFC 9113 section 6.8), so that it does not get to see one.
"""

import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Self

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    DataReceived,
    Event,
    InformationalResponseReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)

from tests.servers import HOST, WAIT_S

Headers = list[tuple[Any, Any]]

HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0x1, 0x2, 0x3, 0x4, 0x6, 0x7, 0x9

LAST_POSSIBLE_STREAM = (1 << 31) - 1


class Answer:
    """What came on one stream. `status` is None while nothing has; `reset` is the error code of a reset."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers: Headers = []
        self.body = b""
        self.trailers: Headers = []
        self.hints: list[tuple[int, Headers]] = []
        self.reset: int | None = None
        self.is_complete = False

    def header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key == name), None)


class Http2Client:
    """One connection. `acknowledges` opens the window again for what was received. `goaways`: the last stream and the
    error code of each that came, `goaway`: the code of the newest."""

    def __init__(self, port: int, *, tls: ssl.SSLContext | None = None, acknowledges: bool = True) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=WAIT_S)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.h2 = H2Connection(
            H2Configuration(client_side=True, validate_outbound_headers=False, normalize_outbound_headers=False)
        )
        self.answers: dict[int, Answer] = {}
        self.settings: dict[int, int] = {}
        self.goaways: list[tuple[int, int]] = []
        self._received = b""
        self.is_closed = False
        self._acknowledges = acknowledges
        self.h2.initiate_connection()
        self.flush()

    def request(
        self,
        method: str = "GET",
        path: str | bytes = "/",
        headers: Iterable[tuple[Any, Any]] = (),
        pieces: Sequence[bytes] = (),
        *,
        end: bool = True,
    ) -> int:
        """Send a request in one go; gives its stream. `pieces`: its body, a frame each."""
        pseudo: Headers = [(":method", method), (":path", path), (":scheme", "http"), (":authority", "localhost")]
        return self.request_raw([*pseudo, *headers], pieces, end=end)

    def request_raw(self, headers: Headers, pieces: Sequence[bytes] = (), *, end: bool = True) -> int:
        stream = self.h2.get_next_available_stream_id()
        self.answers[stream] = Answer()
        self.h2.send_headers(stream, headers, end_stream=end and not pieces)
        for number, piece in enumerate(pieces, 1):
            self.h2.send_data(stream, piece, end_stream=end and number == len(pieces))
        self.flush()
        return stream

    def body(self, stream: int, data: bytes, *, end: bool = True) -> None:
        """Send body bytes as far as the window goes; it is for the caller to stay within."""
        for start in range(0, len(data) or 1, 16_384):
            piece = data[start : start + 16_384]
            while self.h2.local_flow_control_window(stream) < len(piece):
                if not self.step():
                    return
            if self.answers[stream].reset is not None:
                return
            self.h2.send_data(stream, piece, end_stream=end and start + 16_384 >= len(data))
            self.flush()

    def frame(self, kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
        """A frame as bytes, for what the state machine would not send."""
        return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload

    def flush(self) -> None:
        self.socket.sendall(self.h2.data_to_send())

    def step(self) -> bool:
        """Take in what comes next; False when the connection has ended."""
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionError:
            data = b""
        if not data:
            self.is_closed = True
            return False
        for event in self.h2.receive_data(self._without_goaways(data)):
            self._take(event)
        self.flush()
        return True

    def _without_goaways(self, data: bytes) -> bytes:
        """The frames that are whole by now."""
        self._received += data
        others = b""
        while len(self._received) >= 9 and len(self._received) >= (size := 9 + int.from_bytes(self._received[:3])):
            frame, self._received = self._received[:size], self._received[size:]
            if frame[3] == GOAWAY:
                self.goaways.append((int.from_bytes(frame[9:13]), int.from_bytes(frame[13:17])))
            else:
                others += frame
        return others

    @property
    def goaway(self) -> int | None:
        return self.goaways[-1][1] if self.goaways else None

    def until(self, is_so: Callable[[], object]) -> None:
        """Take in until it is so, or the connection ends."""
        while not is_so() and self.step():
            pass

    def answer(self, stream: int) -> Answer:
        """The answer on a stream, once it is whole, reset, or will never come."""
        answer = self.answers[stream]
        self.until(lambda: answer.is_complete or answer.reset is not None)
        return answer

    def get(self, path: str | bytes = "/", headers: Iterable[tuple[Any, Any]] = ()) -> Answer:
        return self.answer(self.request("GET", path, headers))

    def _take(self, event: Event) -> None:
        match event:
            case RemoteSettingsChanged():
                self.settings |= {int(code): change.new_value for code, change in event.changed_settings.items()}
            case InformationalResponseReceived():
                status, *headers = event.headers
                self.answers[event.stream_id].hints.append((int(status[1]), headers))
            case ResponseReceived():
                status, *headers = event.headers
                self.answers[event.stream_id].status = int(status[1])
                self.answers[event.stream_id].headers = headers
            case DataReceived():
                self.answers[event.stream_id].body += event.data
                if self._acknowledges and event.flow_controlled_length:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case TrailersReceived():
                self.answers[event.stream_id].trailers = list(event.headers)
            case StreamEnded():
                self.answers[event.stream_id].is_complete = True
            case StreamReset():
                self.answers[event.stream_id].reset = int(event.error_code)

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

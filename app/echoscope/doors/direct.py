"""The second door: plain requests, answered by a call of our own server and recorded as the bytes that passed.

What goes through here gets the same answer and has the same document as through ASGI; `tests/doors` holds the two
together. Whatever is not plain enough is declined and goes through ASGI.
"""

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter_ns, time_ns
from typing import Final

from ..echo import Frames, exchange_headers
from ..exchange import ID_KEY
from ..httpbin.app import RequestFacts
from ..log.log import Log
from ..server.direct import SPEC_VERSION, Connection, DirectRequest
from ..server.head import CONTENT_LENGTH
from ..wire import Peer, Wire

Header = tuple[bytes, bytes]
AnswerNow = Callable[[DirectRequest, RequestFacts], tuple[int, Sequence[Header], bytes] | None]
"""Status, headers and body of the answer to a whole request, or None where it takes time."""

_ELSEWHERE: Final = frozenset((b"/-", b"/~", b"/%"))
"""How the paths begin of the inspector and of bins, and of what may be one of them written with escapes."""


class DirectDoor:
    """Calls `answer` and puts what it gives into `log`, under the next of `ids`. `kept_body_bytes`: what is kept of a
    body; of a plain exchange all is kept."""

    def __init__(self, answer: AnswerNow, log: Log, ids: Iterator[str], kept_body_bytes: int) -> None:
        self._answer = answer
        self._put = log.put
        self._ids = ids
        self._kept_body_bytes = kept_body_bytes

    def __call__(self, request: DirectRequest) -> bytes | None:
        block, connection = request.block, request.connection
        if request.target_path[:2] in _ELSEWHERE or len(request.body) > self._kept_body_bytes:
            return None
        started_ns, start_ns = time_ns(), perf_counter_ns()
        place = connection.memo
        if place is None:
            place = connection.memo = _Place(connection)
        facts = block.memo
        if facts is None:
            facts = block.memo = RequestFacts(block.headers, block.values, connection.root_path, place.frames)
        try:
            reply = self._answer(request, facts)
            if reply is None or len(reply[2]) > self._kept_body_bytes:
                return None
            status, headers, body = reply
            lines = request.lines(status, headers)
        except Exception:  # it fails again through ASGI, where failures are recorded and answered for
            return None
        exchange_id = next(self._ids)
        name = exchange_id.encode()
        server_lines = connection.server_lines()
        content = body if request.method != "HEAD" else b""
        answer: bytes = place.answer % (lines, name, name, len(body), server_lines, content)
        self._put(
            Wire(
                exchange_id,
                place.peer,
                started_ns,
                perf_counter_ns() - start_ns,
                request.line,
                block.raw,
                request.body,
                status,
                answer,
                len(server_lines),
                facts.content_type,
                facts.user_agent,
            )
        )
        return answer


class _Place:
    """What the exchanges of one connection have in common. `answer`: with holes for the lines of the reply, twice the
    id of the exchange, the length of the body, the server's lines and the body. `frames`: of the echo."""

    __slots__ = ("answer", "frames", "peer")

    def __init__(self, connection: Connection) -> None:
        self.frames: Frames = {}
        self.peer = Peer(
            connection.client,
            connection.server,
            connection.scheme,
            connection.root_path,
            connection.asgi_version,
            SPEC_VERSION,
        )
        lines = [
            connection.names.start(name) + value
            for name, value in exchange_headers({ID_KEY: "%b", "root_path": connection.root_path.replace("%", "%%")})
        ]
        self.answer = b"%b" + b"".join(lines) + CONTENT_LENGTH + b"%d%b\r\n\r\n%b"

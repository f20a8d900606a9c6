"""The second door: plain requests, which our own server has answered by a call, recorded as the bytes that passed.

A request gets the same answer and has the same document through this door as through ASGI, which `tests/doors` checks.
A request that is not plain enough is declined and goes through ASGI."""

from collections.abc import Iterator
from functools import lru_cache
from time import perf_counter_ns, time_ns
from typing import Final

from ...exchange.model import STORED_LATER
from ...exchange.wire import Peer, Wire, counted_size
from ...http.forwarding import Proxies, teller
from ...log.log import Log
from ...server.direct import LATER, SPEC_VERSION, Block, Connection, DirectRequest, Later
from ...server.head import CONTENT_LENGTH, Names
from ...web.echo.app import Frames
from ...web.endpoint.sending import ID_HOLE, exchange_header_templates
from ..endpoints import READ, AnswerNow, RequestFacts

_ELSEWHERE: Final = (b"/-", b"/~", b"/%")
"""How the paths of the inspector and of bins begin, and those that may be one of them in percent-encoding."""

_HEAD_END: Final = b"\r\n\r\n"


class DirectDoor:
    """Calls `answer` and puts the exchange into `log`, under the next of `ids`.

    `kept_body_bytes`: how much of a body is kept; a request or an answer with a longer one is not plain. `proxies`:
    those that are believed, where any are named. `root_path`: a prefix that a proxy may have left in front of a path;
    requests with it go through ASGI.
    """

    def __init__(
        self,
        answer: AnswerNow,
        log: Log,
        ids: Iterator[str],
        kept_body_bytes: int,
        *,
        proxies: Proxies | None = None,
        root_path: str = "",
    ) -> None:
        self._answer = answer
        self._log = log
        self._takes_time = log.takes_time
        self._ids = ids
        self._kept_body_bytes = kept_body_bytes
        self._proxies = proxies
        self._not_plain = (*_ELSEWHERE, root_path.encode()) if root_path else _ELSEWHERE

    def __call__(self, request: DirectRequest) -> bytes | Later | None:
        block, connection = request.block, request.connection
        if request.target_path.startswith(self._not_plain) or len(request.body) > self._kept_body_bytes:
            return None
        started_ns, start_ns = time_ns(), perf_counter_ns()
        place = connection.memo
        if place is None:
            place = connection.memo = _Place(connection, self._proxies)
        try:
            facts = block.memo
            if facts is None:
                facts = block.memo = _facts(block, connection.root_path, place.frames)
            reply = self._answer(request, facts)
            if reply is None or len(reply[2]) > self._kept_body_bytes:
                return None
            status, headers, body = reply
            lines = request.lines(status, headers)
        except Exception:  # it fails again through ASGI, where failures are recorded and answered for
            return None
        exchange_id = next(self._ids)
        length = len(body)
        server_lines = connection.server_lines()
        content = body if request.method != "HEAD" else b""
        notes = connection.notes
        number = notes.requests + 1
        wire = Wire(
            exchange_id,
            started_ns,
            perf_counter_ns() - start_ns,
            number,
            number in notes.pipelined[-1:],  # it is the newest, and there may be a thousand before it
            request.line,
            block.raw,
            request.body,
            status,
            lines,
            length,
            server_lines,
            content,
            facts.content_type,
            facts.user_agent,
            size=counted_size(number, request.line, block.raw, request.body, lines, content, facts.listed_bytes),
            peer=place.peer,
        )
        if self._takes_time:
            self._log.put_then(wire, place.answer)
            return LATER
        self._log.put(wire)
        return b"".join((lines, wire.naming_lines, server_lines, _HEAD_END, content))


def _facts(block: Block, root_path: str, frames: Frames) -> RequestFacts:
    """What the header lines say. Of lines that follow a pattern, only the values that are new are read."""
    pattern = block.pattern
    if pattern is not None and pattern.memo is not None:
        memo: RequestFacts = pattern.memo
        return memo.varied(block.headers, block.values, pattern.indexes)
    facts = RequestFacts.of(block.headers, block.values, root_path, frames)
    if pattern is not None and READ.isdisjoint(pattern.names):
        pattern.memo = facts
    return facts


class _Place:
    """What the exchanges of one connection have in common.

    `frames`: those of the echo.
    """

    __slots__ = ("_connection", "frames", "peer")

    def __init__(self, connection: Connection, proxies: Proxies | None) -> None:
        self._connection = connection
        self.frames: Frames = {}
        address = connection.client[0] if connection.client else ""
        self.peer = Peer(
            connection.client,
            connection.server,
            connection.scheme,
            connection.root_path,
            connection.asgi_version,
            SPEC_VERSION,
            _naming(connection.root_path, connection.names),
            tells=None if proxies is None else teller(proxies, address),
            notes=connection.notes,
        )

    def answer(self, wire: Wire, is_stored: bool) -> None:
        """Send the answer that has waited until its exchange was stored or, after a while, in vain: then a line in
        front of the length says so."""
        connection = self._connection
        naming_lines = wire.naming_lines
        if not is_stored:
            later = connection.names.start(STORED_LATER[0]) + STORED_LATER[1]
            naming_lines = naming_lines.replace(CONTENT_LENGTH, later + CONTENT_LENGTH)
        if connection.send_later is not None:
            connection.send_later(
                b"".join((wire.answer_lines, naming_lines, wire.server_lines, _HEAD_END, wire.content))
            )


@lru_cache(maxsize=8)
def _naming(root_path: str, names: Names) -> tuple[str, ...]:
    """What `Peer.naming` is, which all connections share."""
    lines = [names.start(name) + template for name, template in exchange_header_templates(root_path)]
    return tuple((b"".join(lines) + CONTENT_LENGTH).decode("ascii").split(ID_HOLE))

"""The second door: plain requests, answered by a call of our own server and recorded as the bytes that passed.

What goes through here gets the same answer and has the same document as through ASGI; `tests/doors` holds the two
together. Whatever is not plain enough is declined and goes through ASGI.
"""

import time
from collections.abc import Callable, Iterator
from typing import Final

from starlette.types import Scope

from ..exchange import ID_KEY
from ..httpbin.app import RequestFacts
from ..log.log import Log
from ..server.direct import Connection, DirectRequest
from ..wire import Peer, Wire

Headers = list[tuple[bytes, bytes]]
AnswerNow = Callable[[Scope, bytes, RequestFacts], tuple[int, Headers, bytes] | None]
"""Status, headers and body of the answer to a whole request, or None where it takes time."""

_RESERVED: Final = b"/-"


class DirectDoor:
    """Calls `answer` and puts what it gives into `log`, under the next of `ids`. `kept_body_bytes`: what is kept of a
    body; of a plain exchange all is kept."""

    def __init__(self, answer: AnswerNow, log: Log, ids: Iterator[str], kept_body_bytes: int) -> None:
        self._answer = answer
        self._put = log.put
        self._ids = ids
        self._unused: str | None = None
        self._kept_body_bytes = kept_body_bytes

    def __call__(self, request: DirectRequest) -> bytes | None:
        if request.target_path.startswith(_RESERVED) or len(request.body) > self._kept_body_bytes:
            return None
        started_ns, start_ns = time.time_ns(), time.perf_counter_ns()
        facts = request.block.memo
        if facts is None:
            facts = request.block.memo = RequestFacts(request.block.headers)
        scope: Scope = request.scope()  # type: ignore[assignment]
        scope[ID_KEY] = exchange_id = self._unused or next(self._ids)
        self._unused = exchange_id
        try:
            reply = self._answer(scope, request.body, facts)
            if reply is None or len(reply[2]) > self._kept_body_bytes:
                return None
            status, headers, body = reply
            answer = request.answer(status, headers, body)
        except Exception:  # it fails again through ASGI, where failures are recorded and answered for
            return None
        self._unused = None
        self._put(
            Wire(
                exchange_id,
                request.connection.memo or _peer(request.connection),
                started_ns,
                time.perf_counter_ns() - start_ns,
                request.line,
                request.block.raw,
                request.body,
                status,
                answer,
                len(request.connection.server_lines()),
            )
        )
        return answer


def _peer(connection: Connection) -> Peer:
    peer = connection.memo = Peer(
        connection.client, connection.server, connection.scheme, connection.root_path, connection.asgi_version
    )
    return peer

"""The first door's short way: a plain request on any ASGI server, answered and recorded without a wrapper.

A plain request has no body, its scope has the keys of the ASGI specification alone, and its answer waits for nothing.
Every other request goes through the recorder and the endpoints. There a plain request would get the same answer and
have the same document, which `tests/doors` checks."""

from collections.abc import Awaitable, Sequence
from time import perf_counter_ns as now
from time import time_ns
from typing import Any, Final

from msgspec.msgpack import encode
from msgspec.structs import astuple
from starlette.types import Message, Receive, Scope, Send

from ...capture.plain import with_failure
from ...capture.recorder import Recorder
from ...exchange.parts import OVERHEAD, SHARED_OVERHEAD, Parts, SharedScope, answer_headers, headers_size
from ...http.spec import HTTP_SCOPE_KEYS, Header, fits
from ...http.spec import Scope as SpecifiedScope
from ...web.endpoint.sending import naming_headers
from ..endpoints import AnswerNow, Reply, RequestFacts

_VERSIONS: Final = ("1.1", "1.0")
"""Of HTTP, in which a body is announced (RFC 9112, section 6.3)."""

_EMPTY: Final[Message] = {"type": "http.request", "body": b"", "more_body": False}

_ANNOUNCES_BODY: Final = frozenset({b"content-length", b"transfer-encoding"})

_SCOPED: Final = SharedScope.__struct_fields__.index("forwarded")
"""How many fields of `SharedScope`, the first ones, are values of a scope."""

_MOST_KNOWN: Final = 1_024
"""How many heads are remembered, each as it comes on one connection."""

_MOST_KNOWN_BYTES: Final = 8 << 10
"""How much a head may take that is remembered."""


class PlainDoor:
    """Calls `answer` and records what it gives as `recorder` would, to which everything else goes."""

    def __init__(self, answer: AnswerNow, recorder: Recorder) -> None:
        self._answer = answer
        self._recorder = recorder
        self._asgi: dict[str, Any] = {}
        self._known: dict[Any, tuple[RequestFacts, SharedScope]] = {}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        start = time_ns(), now()
        try:
            request = self._request(scope)
            reply = None if request is None else self._answer(request, request.facts)
        except Exception:  # the scope is not plain, or the failure comes again where it is recorded and answered
            request = reply = None
        if request is None or reply is None or len(reply[2]) > self._recorder.kept_body_bytes:
            return self._recorder(scope, receive, send)
        return self._pass(start, request, reply, receive, send)

    def _request(self, scope: Scope) -> "_PlainRequest | None":
        """The request, where it is plain. Raises KeyError and other errors for a scope that is not as specified."""
        if scope["type"] != "http" or scope["http_version"] not in _VERSIONS:
            return None
        if len(scope) - ("state" in scope) != len(HTTP_SCOPE_KEYS):
            return None
        headers, root_path = tuple(scope["headers"]), scope["root_path"]
        key = scope["client"], scope["server"], scope["scheme"], scope["http_version"], root_path, headers
        memo = self._known.get(key)
        if memo is None or memo[1].asgi != scope["asgi"]:
            fields = dict(headers)
            if not _ANNOUNCES_BODY.isdisjoint(fields) or not fits(scope, SpecifiedScope):
                return None
            shared = self._shared_scope(scope, headers)
            encode(astuple(shared)[:_SCOPED])  # raises for what is not plain data
            memo = RequestFacts.of(list(headers), fields, root_path, {}), shared
            if shared.uncounted_bytes <= _MOST_KNOWN_BYTES:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[key] = memo
        request = _PlainRequest(scope, *memo)
        return request if request.is_plain() else None

    def _shared_scope(self, scope: Scope, headers: tuple[Header, ...]) -> SharedScope:
        proxies = self._recorder.proxies
        if self._asgi != scope["asgi"]:
            self._asgi = {**scope["asgi"]}
        return SharedScope(
            self._asgi,
            scope["http_version"],
            scope["scheme"],
            scope["root_path"],
            headers,
            scope["client"],
            scope["server"],
            None if proxies is None else proxies.told(scope),
            naming_headers(scope["root_path"]),
            SHARED_OVERHEAD + headers_size(headers),
        )

    async def _pass(
        self, start: tuple[int, int], request: "_PlainRequest", reply: Reply, receive: Receive, send: Send
    ) -> None:
        """Send the answer, and keep the exchange before the last message goes. A request that has a body after all goes
        by way of the recorder."""
        recorder = self._recorder
        try:
            message = await receive()
        except BaseException as error:
            await recorder(request.scope(), _first(error, receive), send)
            raise
        if message != _EMPTY:
            await recorder(request.scope(), _first(message, receive), send)
            return
        received_ns = now()
        exchange_id = next(recorder.ids)
        status, headers, body = reply
        body = b"%b" % body  # a copy, since an echo may be given again, and the log counts the body of each exchange
        fields = answer_headers(headers, request.shared.naming_headers(exchange_id.encode()), len(body))
        begun_ns = now()
        try:
            await send({"type": "http.response.start", "status": status, "headers": fields})
        except BaseException as error:
            parts = request.parts(exchange_id, start, received_ns, begun_ns, status, headers, body)
            recorder.keep(with_failure(parts.exchange, 1, error, now() - start[1]))
            raise
        parts = request.parts(exchange_id, start, received_ns, begun_ns, status, headers, body)
        recorder.keep(parts)
        try:
            await send({"type": "http.response.body", "body": parts.sent})
        except BaseException as error:
            recorder.keep(with_failure(parts.exchange, 2, error, now() - start[1]))
            raise


class _PlainRequest:
    """A request without a body, of which nothing more will come."""

    __slots__ = ("_scope", "body", "facts", "method", "path", "query", "raw_path", "shared")

    def __init__(self, scope: Scope, facts: RequestFacts, shared: SharedScope) -> None:
        self._scope = scope
        self.facts = facts
        self.shared = shared
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.raw_path: bytes = scope["raw_path"]
        self.query: bytes = scope["query_string"]
        self.body = b""

    def scope(self) -> Scope:
        return self._scope

    def is_plain(self) -> bool:
        """Whether all of it is plain data, its target is immutable bytes, and its path the same text, unless that is
        percent-encoded. Raises UnicodeEncodeError for a path with lone surrogates."""
        raw_path, path, method = self.raw_path, self.path, self.method
        if type(raw_path) is not bytes or type(self.query) is not bytes or type(path) is not str:
            return False
        return type(method) is str and method.isascii() and (raw_path == path.encode() or 37 in raw_path)  # "%"

    def parts(
        self,
        exchange_id: str,
        start: tuple[int, int],
        received_ns: int,
        begun_ns: int,
        status: int,
        headers: Sequence[Header],
        body: bytes,
    ) -> Parts:
        """The exchange, whose answer ends now. `start`: when the request came, by the wall clock and by the monotonic
        one; `received_ns` and `begun_ns` are by the latter."""
        started_ns, start_ns = start
        shared = self.shared
        size = OVERHEAD + shared.uncounted_bytes + 2 * len(self.raw_path) + len(self.query) + len(body)
        shared.uncounted_bytes = 0
        if type(headers) is not tuple:  # a tuple is a constant, which many answers refer to
            headers = tuple(headers)
            size += headers_size(headers)
        return Parts(
            exchange_id,
            started_ns,
            received_ns - start_ns,
            begun_ns - start_ns,
            now() - start_ns,
            shared,
            self.method,
            self.path,
            self.raw_path,
            self.query,
            status,
            headers,
            body,
            size,
        )


def _first(outcome: Message | BaseException, receive: Receive) -> Receive:
    """A `receive` that begins with what has come already."""
    outcomes = [outcome]

    async def receive_again() -> Message:
        if not outcomes:
            return await receive()
        first = outcomes.pop()
        if isinstance(first, BaseException):
            raise first
        return first

    return receive_again

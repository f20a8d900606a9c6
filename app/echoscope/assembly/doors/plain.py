"""The first door's short way: a plain request on anybody's server, answered and recorded in one go.

It has no body and the keys of the ASGI spec alone, and its answer waits for nothing. It gets the same answer and has
the same document as by way of the recorder and the endpoints, which `tests/doors` checks. Every other request goes that
way."""

from collections.abc import Awaitable, Sequence
from time import perf_counter_ns as now
from time import time_ns
from typing import Any, Final

from msgspec.msgpack import encode
from msgspec.structs import astuple
from starlette.types import Message, Receive, Scope, Send

from ...capture.plain import failed
from ...capture.recorder import Recorder
from ...exchange.parts import HEAD_OVERHEAD, OVERHEAD, Asked, Parts, answer_headers, headers_size
from ...http.spec import HTTP_SCOPE_KEYS, Header, fits
from ...http.spec import Scope as SpecifiedScope
from ...web.endpoint.sending import naming
from ..endpoints import AnswerNow, Reply, RequestFacts

_VERSIONS: Final = ("1.1", "1.0")
"""Of HTTP, in which a body is announced (RFC 9112, section 6.3)."""

_EMPTY: Final[Message] = {"type": "http.request", "body": b"", "more_body": False}

_ANNOUNCES_BODY: Final = frozenset({b"content-length", b"transfer-encoding"})

_SCOPED: Final = Asked.__struct_fields__.index("forwarded")
"""How many fields of `Asked`, the first ones, are values of a scope."""

_MOST_KNOWN: Final = 1_024
"""How many heads are known, each as it comes on one connection."""

_MOST_KNOWN_BYTES: Final = 8 << 10


class PlainDoor:
    """Calls `answer` and records what it gives as `recorder` would, to which everything else goes."""

    def __init__(self, answer: AnswerNow, recorder: Recorder) -> None:
        self._answer = answer
        self._recorder = recorder
        self._asgi: dict[str, Any] = {}
        self._known: dict[Any, tuple[RequestFacts, Asked]] = {}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        began = time_ns(), now()
        try:
            request = self._request(scope)
            reply = None if request is None else self._answer(request, request.facts)
        except Exception:  # no plain scope, or it fails again where failures are recorded and answered for
            request = reply = None
        if request is None or reply is None or len(reply[2]) > self._recorder.kept_body_bytes:
            return self._recorder(scope, receive, send)
        return self._pass(began, request, reply, receive, send)

    def _request(self, scope: Scope) -> "_Whole | None":
        """A plain request; None for any other. Raises KeyError and others for a scope that is none."""
        if scope["type"] != "http" or scope["http_version"] not in _VERSIONS:
            return None
        if len(scope) - ("state" in scope) != len(HTTP_SCOPE_KEYS):
            return None
        headers, root_path = tuple(scope["headers"]), scope["root_path"]
        key = scope["client"], scope["server"], scope["scheme"], scope["http_version"], root_path, headers
        known = self._known.get(key)
        if known is None or known[1].asgi != scope["asgi"]:
            fields = dict(headers)
            if not _ANNOUNCES_BODY.isdisjoint(fields) or not fits(scope, SpecifiedScope):
                return None
            asked = self._asked(scope, headers)
            encode(astuple(asked)[:_SCOPED])  # raises for what is no plain data
            known = RequestFacts.of(list(headers), fields, root_path, {}), asked
            if asked.uncounted <= _MOST_KNOWN_BYTES:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[key] = known
        request = _Whole(scope, *known)
        return request if request.is_plain() else None

    def _asked(self, scope: Scope, headers: tuple[Header, ...]) -> Asked:
        proxies = self._recorder.proxies
        if self._asgi != scope["asgi"]:
            self._asgi = {**scope["asgi"]}
        return Asked(
            self._asgi,
            scope["http_version"],
            scope["scheme"],
            scope["root_path"],
            headers,
            scope["client"],
            scope["server"],
            None if proxies is None else proxies.told(scope),
            naming(scope["root_path"]),
            HEAD_OVERHEAD + headers_size(headers),
        )

    async def _pass(
        self, began: tuple[int, int], request: "_Whole", reply: Reply, receive: Receive, send: Send
    ) -> None:
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
        body = b"%b" % body  # of its own size: an encoder of JSON gives bytes with room for more behind them
        fields = answer_headers(headers, request.asked.names(exchange_id.encode()), len(body))
        begun_ns = now()
        try:
            await send({"type": "http.response.start", "status": status, "headers": fields})
        except BaseException as error:
            parts = request.parts(exchange_id, began, received_ns, begun_ns, status, headers, body)
            recorder.keep(failed(parts.exchange, 1, error, now() - began[1]))
            raise
        parts = request.parts(exchange_id, began, received_ns, begun_ns, status, headers, body)
        recorder.keep(parts)
        try:
            await send({"type": "http.response.body", "body": parts.sent})
        except BaseException as error:
            recorder.keep(failed(parts.exchange, 2, error, now() - began[1]))
            raise


class _Whole:
    """A request of which nothing is to come."""

    __slots__ = ("_scope", "asked", "body", "facts", "method", "path", "query", "raw_path")

    def __init__(self, scope: Scope, facts: RequestFacts, asked: Asked) -> None:
        self._scope = scope
        self.facts = facts
        self.asked = asked
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.raw_path: bytes = scope["raw_path"]
        self.query: bytes = scope["query_string"]
        self.body = b""

    def scope(self) -> Scope:
        return self._scope

    def is_plain(self) -> bool:
        """Whether all of it is plain data, its target is of bytes that nobody changes, and its path what they say.
        Raises UnicodeEncodeError for a path of halves of characters."""
        raw_path, path, method = self.raw_path, self.path, self.method
        if type(raw_path) is not bytes or type(self.query) is not bytes or type(path) is not str:
            return False
        return type(method) is str and method.isascii() and (raw_path == path.encode() or 37 in raw_path)  # "%"

    def parts(
        self,
        exchange_id: str,
        began: tuple[int, int],
        received_ns: int,
        begun_ns: int,
        status: int,
        headers: Sequence[Header],
        body: bytes,
    ) -> Parts:
        """The exchange, whose answer ends now."""
        started_ns, start_ns = began
        asked = self.asked
        size = OVERHEAD + asked.uncounted + 2 * len(self.raw_path) + len(self.query) + len(body)
        asked.uncounted = 0
        if type(headers) is not tuple:  # a tuple is the same one each time
            headers = tuple(headers)
            size += headers_size(headers)
        return Parts(
            exchange_id,
            started_ns,
            received_ns - start_ns,
            begun_ns - start_ns,
            now() - start_ns,
            asked,
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

"""The first door's short way: a plain request on anybody's server, answered and recorded in one go.

It has no body and the keys of the ASGI spec alone, and its answer waits for nothing. It gets the same answer and has
the same document as by way of the recorder and the endpoints, which `tests/doors` checks. Every other request goes that
way."""

from collections.abc import Awaitable
from typing import Any, Final

from starlette.types import Message, Receive, Scope, Send

from ...capture.plain import EMPTY, PlainRecord, now
from ...capture.recorder import Recorder
from ...exchange.model import ID_KEY
from ...http.spec import HTTP_SCOPE_KEYS
from ...web.endpoint.sending import exchange_headers
from ..endpoints import AnswerNow, Reply, RequestFacts

_VERSIONS: Final = ("1.1", "1.0")
"""Of HTTP, in which a body is announced (RFC 9112, section 6.3)."""

_ANNOUNCES_BODY: Final = frozenset({b"content-length", b"transfer-encoding"})

_MOST_KNOWN: Final = 1_024
"""How many heads are known, each as it comes on one connection."""

_MOST_KNOWN_BYTES: Final = 4 << 10


class PlainDoor:
    """Calls `answer` and records what it gives as `recorder` would, to which everything else goes."""

    def __init__(self, answer: AnswerNow, recorder: Recorder) -> None:
        self._answer = answer
        self._recorder = recorder
        self._known: dict[Any, RequestFacts] = {}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        began = now()
        try:
            reply = self._reply(scope)
        except Exception:  # no plain scope, or it fails again where failures are recorded and answered for
            reply = None
        if reply is None:
            return self._recorder(scope, receive, send)
        return self._pass(reply, PlainRecord(began, scope, self._recorder.proxies), scope, receive, send)

    def _reply(self, scope: Scope) -> Reply | None:
        """The answer to a plain request. Raises KeyError and others for a scope that is none."""
        if scope["type"] != "http" or scope["http_version"] not in _VERSIONS:
            return None
        if len(scope) - ("state" in scope) != len(HTTP_SCOPE_KEYS):
            return None
        raw_path: bytes = scope["raw_path"]
        if 37 not in raw_path and raw_path != scope["path"].encode():  # "%"
            return None
        facts = self._facts(scope)
        if facts is None:
            return None
        reply = self._answer(_Whole(scope), facts)
        return None if reply is None or len(reply[2]) > self._recorder.kept_body_bytes else reply

    def _facts(self, scope: Scope) -> RequestFacts | None:
        """What the head says, known again where a client repeats it; None where it announces a body."""
        headers, root_path = tuple(scope["headers"]), scope["root_path"]
        key = scope["client"], scope["server"], scope["scheme"], scope["http_version"], root_path, headers
        facts = self._known.get(key)
        if facts is None and "asgi" in scope:
            fields = dict(headers)
            if not _ANNOUNCES_BODY.isdisjoint(fields):
                return None
            facts = RequestFacts.of(list(headers), fields, root_path, {})
            if sum(map(len, fields)) + sum(map(len, fields.values())) <= _MOST_KNOWN_BYTES:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[key] = facts
        return facts

    async def _pass(self, reply: Reply, record: PlainRecord, scope: Scope, receive: Receive, send: Send) -> None:
        recorder = self._recorder
        try:
            message = await receive()
        except BaseException as error:
            await recorder(scope, _first(error, receive), send)
            raise
        if message != EMPTY:
            await recorder(scope, _first(message, receive), send)
            return
        record.received(message)
        exchange_id = next(recorder.ids)
        status, headers, body = reply
        naming = exchange_headers({ID_KEY: exchange_id, "root_path": scope["root_path"]})
        fields = [*headers, *naming, (b"content-length", b"%d" % len(body))]
        start = {"type": "http.response.start", "status": status, "headers": fields}
        end = {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        try:
            record.start(start)
            await send(start)
            record.body(end)
            recorder.keep(record.exchange(exchange_id))
            await send(end)
        except BaseException as error:
            recorder.keep(record.exchange(exchange_id, error))
            raise


class _Whole:
    """A request of which nothing is to come."""

    __slots__ = ("_scope", "body", "method", "path", "query", "raw_path")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.raw_path: bytes = scope["raw_path"]
        self.query: bytes = scope["query_string"]
        self.body = b""

    def scope(self) -> Scope:
        return self._scope


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

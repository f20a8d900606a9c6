"""What the forms of a plain exchange derive alike: its head, and the whole as a recorder would have noted it.

A plain request came whole in one message, and its answer was whole before any of it was sent. So there are three
messages, and the state is `done`.
"""

from hashlib import sha256
from typing import Any, Protocol

import msgspec

from ..http.spec import FORWARDED_KEY, Forwarded, Header, ScopeHead
from .facts import NO_FACTS
from .model import Event, Exchange, ExchangeHead, State


class Record(Protocol):
    """What every form has as it is."""

    @property
    def id(self) -> str: ...

    @property
    def state(self) -> State: ...

    @property
    def started_ns(self) -> int: ...

    @property
    def duration_ns(self) -> int: ...

    @property
    def status(self) -> int: ...


def plain_head(record: Record, received_bytes: int, sent_bytes: int, scope: ScopeHead) -> ExchangeHead:
    return ExchangeHead(
        record.id,
        record.state,
        record.started_ns,
        record.duration_ns,
        record.status,
        received_bytes,
        sent_bytes,
        False,
        NO_FACTS,
        scope,
    )


def plain_exchange(
    record: Record,
    scope: dict[str, Any],
    forwarded: Forwarded | None,
    body: bytes,
    headers: tuple[Header, ...],
    content: bytes,
    *,
    received_ns: int,
    begun_ns: int,
) -> Exchange:
    """Scope and messages as an ASGI app would have had them, and the messages that it would have sent.

    `scope`: without `forwarded`, which is what a believed proxy said. `body`: of the request. `headers`, `content`: of
    the answer, as it was sent. `received_ns`, `begun_ns`: when the request had come and when the answer began, since
    the exchange began.
    """
    if forwarded is not None:
        scope[FORWARDED_KEY] = msgspec.to_builtins(forwarded)
    start = {"type": "http.response.start", "status": record.status, "headers": headers}
    return Exchange(
        record.id,
        record.state,
        record.started_ns,
        record.duration_ns,
        record.status,
        len(body),
        len(content),
        False,
        NO_FACTS,
        scope,
        sha256(body).hexdigest() if body else None,
        None,
        0,
        [
            Event("receive", received_ns, len(body), {"type": "http.request", "body": body, "more_body": False}),
            Event("send", begun_ns, 0, start),
            Event("send", record.duration_ns, len(content), {"type": "http.response.body", "body": content}),
        ],
    )
